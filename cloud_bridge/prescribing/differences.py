"""What differs between two plans, in words: for who finds that another has prescribed meanwhile."""

from collections.abc import Callable, Iterator
from typing import Final

from cloud_bridge.prescribing.typed_plan import TypedItem, TypedPlan

FIELD_NAMES: Final = {
    "sets": "sets",
    "reps": "repetitions a set",
    "hold_s": "hold, seconds",
    "rest_s": "rest between sets, seconds",
    "out_s": "tempo, way out",
    "top_s": "tempo, at the top",
    "return_s": "tempo, way back",
    "pause_s": "tempo, pause",
    "load": "load",
    "rpe_target": "effort aimed at",
    "target_rom_deg": "target angle, degrees",
    "tolerance_deg": "tolerance, degrees",
    "days_per_week": "days a week",
    "weekdays": "weekdays",
    "times": "times of day",
    "pain_stop": "stop above pain of",
    "condition": "progression, when",
    "change": "progression, change",
    "goal_deg": "goal, degrees",
    "goal_by": "goal, by",
}
_PLAN_NAMES: Final = {"starts_on": "first day", "ends_on": "last day", "precautions": "precautions"}
_EMPTY: Final = "nothing"


def differences(before: TypedPlan, after: TypedPlan, name_of: Callable[[str], str]) -> list[str]:
    """One line for each difference; ``name_of`` names an exercise by its id.

    Exercises are the same where exercise and side are.
    """
    return list(_differences(before, after, name_of))


def _differences(
    before: TypedPlan, after: TypedPlan, name_of: Callable[[str], str]
) -> Iterator[str]:
    for field, said in _PLAN_NAMES.items():
        yield from _change(said.capitalize(), getattr(before, field), getattr(after, field))
    old, new = _by_key(before), _by_key(after)
    for key, item in old.items():
        if key not in new:
            yield f"{_named(item, name_of)}: taken out"
    for key, item in new.items():
        if key not in old:
            yield f"{_named(item, name_of)}: put in"
            continue
        for field, said in FIELD_NAMES.items():
            was, now = _text(getattr(old[key], field)), _text(getattr(item, field))
            yield from _change(f"{_named(item, name_of)}, {said}", was, now)
    if [key for key in old if key in new] != [key for key in new if key in old]:
        yield "The order of the exercises"


def _by_key(plan: TypedPlan) -> dict[tuple[str, str, int], TypedItem]:
    found: dict[tuple[str, str, int], TypedItem] = {}
    for item in plan.items:
        number = 0
        while (item.exercise_id, item.side, number) in found:
            number += 1
        found[item.exercise_id, item.side, number] = item
    return found


def _named(item: TypedItem, name_of: Callable[[str], str]) -> str:
    side = f", {item.side}" if item.side in ("left", "right") else ""
    return f"{name_of(item.exercise_id)}{side}"


def _text(value: str | tuple[str, ...]) -> str:
    return " ".join(value) if isinstance(value, tuple) else value


def _change(what: str, was: str, now: str) -> Iterator[str]:
    if was != now:
        yield f"{what}: {was or _EMPTY} → {now or _EMPTY}"
