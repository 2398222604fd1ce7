"""What a person is told who finds another version, and the words that the patient will read."""

import pytest

from cloud_bridge.prescribing.differences import FIELD_NAMES, differences
from cloud_bridge.prescribing.preview import LANGUAGE_NAMES, PREVIEW_TEXTS
from cloud_bridge.prescribing.typed_plan import (
    MOST_EXERCISES,
    TypedItem,
    TypedPlan,
    first_dose,
    typed_item,
)
from device.kiosk.wording import KIOSK_TEXTS
from models.exercises.catalogue import LANGUAGES
from models.exercises.library import load_library
from models.messages import PrescriptionItem


def plan(*exercises: str, **fields: str) -> TypedPlan:
    library = load_library()
    items = tuple(
        first_dose(library[each]).model_copy(update={"key": each.replace("_", "")})
        for each in exercises
    )
    return TypedPlan(items=items, **fields)


def told(before: TypedPlan, after: TypedPlan) -> list[str]:
    return differences(before, after, str.upper)


def test_equal_plans_do_not_differ_whatever_their_keys() -> None:
    before = plan("bridge", "squat_mini")
    after = before.model_copy(update={"items": tuple(e.with_new_key() for e in before.items)})
    assert told(before, after) == []


def test_each_change_is_one_line() -> None:
    before = plan("bridge", "squat_mini", "quad_set", precautions="Slowly.")
    after = plan("quad_set", "squat_mini", "calf_raise")
    squat = after.items[1].model_copy(update={"reps": "7", "weekdays": ("mon", "fri"), "load": ""})
    after = after.model_copy(update={"items": (after.items[0], squat, after.items[2])})
    assert told(before, after) == [
        "Precautions: Slowly. → nothing",
        "BRIDGE: taken out",
        "SQUAT_MINI, repetitions a set: 10 → 7",
        "SQUAT_MINI, weekdays: nothing → mon fri",
        "CALF_RAISE: put in",
        "The order of the exercises",
    ]


def test_every_field_of_a_dose_can_be_told_to_differ() -> None:
    assert set(FIELD_NAMES) == set(TypedItem.model_fields) - {"key", "exercise_id", "side"}


def test_a_prescribed_exercise_is_typed_whole() -> None:
    named = {"tempo": "out_s", "target_rom_deg": "target_rom_deg", "progression": "condition"}
    for field in PrescriptionItem.model_fields:
        assert named.get(field, field) in TypedItem.model_fields
    item = PrescriptionItem(exercise_id="bridge", sets=1, reps=2, rest_s=0, pain_stop=0)
    typed = typed_item(item)
    assert (typed.rest_s, typed.pain_stop, typed.hold_s) == ("0", "0", "")


def test_exercises_move_within_the_plan_and_never_beyond_its_size() -> None:
    three = plan("bridge", "squat_mini", "quad_set")
    assert three.moved("bridge", -1) == three
    assert [e.key for e in three.moved("bridge", 1).items] == ["squatmini", "bridge", "quadset"]
    assert three.moved("unknown", 1) == three
    assert len(three.added(three.items * MOST_EXERCISES).items) == MOST_EXERCISES


def message(text: str, name: str) -> str:
    lines = text.splitlines()
    begin = next(i for i, line in enumerate(lines) if line.startswith(f"{name} ="))
    end = next((i for i in range(begin + 1, len(lines)) if lines[i][:1] != " "), len(lines))
    return "\n".join(lines[begin:end])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_preview_has_the_devices_own_words(language: str) -> None:
    ours, theirs = (
        (folder / f"{language}.ftl").read_text(encoding="utf-8")
        for folder in (PREVIEW_TEXTS, KIOSK_TEXTS)
    )
    names = [line.split(" =")[0] for line in ours.splitlines() if line[:1].isalpha()]
    assert len(names) == 5
    for name in names:
        assert message(ours, name) == message(theirs, name)
    assert language in LANGUAGE_NAMES
