"""A plan as somebody typed it: text that may still be wrong, so that nothing typed is ever lost."""

from collections.abc import Iterable, Iterator
from secrets import token_hex
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field
from werkzeug.datastructures import MultiDict

from models.exercises.definition import Exercise, ExerciseDefinition
from models.messages import Goal, Prescription, PrescriptionItem

MOST_EXERCISES: Final = 30
"""As many as the wire contract takes in one prescription."""
MOST_CHARACTERS: Final = 5000
"""Of one field; what a field may really hold is less, and told beside it."""

Words = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]{1,16}$")]


class TypedItem(BaseModel):
    """One exercise with its dose as typed; ``key`` tells it from the others on the page."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    key: Key
    exercise_id: Annotated[str, Field(max_length=64)]
    side: Words = ""
    sets: Words = ""
    reps: Words = ""
    hold_s: Words = ""
    rest_s: Words = ""
    out_s: Words = ""
    top_s: Words = ""
    return_s: Words = ""
    pause_s: Words = ""
    load: Words = ""
    rpe_target: Words = ""
    target_rom_deg: Words = ""
    tolerance_deg: Words = ""
    days_per_week: Words = ""
    weekdays: tuple[Annotated[str, Field(max_length=10)], ...] = ()
    times: Words = ""
    pain_stop: Words = ""
    condition: Words = ""
    change: Words = ""
    goal_deg: Words = ""
    goal_by: Words = ""

    def with_new_key(self) -> Self:
        """The same once more, for another plan."""
        return self.model_copy(update={"key": new_key()})

    def dose_alone(self) -> Self:
        """Without what was written in words or set as a goal for one person."""
        own = {"load", "condition", "change", "goal_deg", "goal_by"}
        return self.model_copy(update=dict.fromkeys(own, "") | {"key": new_key()})


class TypedPlan(BaseModel):
    """What stands in the form: exercises in their order, and what is about the whole plan."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    starts_on: Words = ""
    ends_on: Words = ""
    precautions: Words = ""
    items: Annotated[tuple[TypedItem, ...], Field(max_length=MOST_EXERCISES)] = ()

    def moved(self, key: str, by: int) -> Self:
        """With one exercise further up (-1) or down (1), as far as there is place."""
        places = [each.key for each in self.items]
        if key not in places:
            return self
        here = places.index(key)
        there = min(max(here + by, 0), len(places) - 1)
        items = list(self.items)
        items.insert(there, items.pop(here))
        return self.model_copy(update={"items": tuple(items)})

    def without(self, key: str) -> Self:
        """Without one exercise."""
        kept = tuple(each for each in self.items if each.key != key)
        return self.model_copy(update={"items": kept})

    def added(self, items: Iterable[TypedItem]) -> Self:
        """With more exercises at the end; those beyond :data:`MOST_EXERCISES` are left out."""
        together = (*self.items, *items)[:MOST_EXERCISES]
        return self.model_copy(update={"items": together})

    def form_fields(self) -> Iterator[tuple[str, str]]:
        """Names and values as the page's form has them."""
        for name in ("starts_on", "ends_on", "precautions"):
            yield name, getattr(self, name)
        for item in self.items:
            for name in type(item).model_fields:
                if name in ("key", "weekdays"):
                    continue
                yield f"{item.key}-{name}", getattr(item, name)
            for day in item.weekdays:
                yield f"{item.key}-weekdays", day


def new_key() -> str:
    """A key that no other exercise of a page has."""
    return f"x{token_hex(5)}"


def plan_from_form(form: MultiDict[str, str]) -> TypedPlan:
    """What a browser sent, exercises in the page's order.

    Raises :class:`pydantic.ValidationError` for what no page of ours sends.
    """
    items = []
    for key in dict.fromkeys(form.getlist("item")):
        names = set(TypedItem.model_fields) - {"key", "weekdays"}
        fields = {name: _clean(form.get(f"{key}-{name}") or "") for name in names}
        items.append({"key": key, "weekdays": form.getlist(f"{key}-weekdays"), **fields})
    about = {name: _clean(form.get(name) or "") for name in ("starts_on", "ends_on", "precautions")}
    return TypedPlan.model_validate({**about, "items": items})


def typed_plan(prescription: Prescription) -> TypedPlan:
    """A prescription as it would be typed."""
    goals = {each.exercise_id: each for each in prescription.goals}
    return TypedPlan(
        starts_on=_said(prescription.starts_on),
        ends_on=_said(prescription.ends_on),
        precautions=prescription.precautions,
        # A goal is for an exercise: it stands with the first that has it.
        items=tuple(
            typed_item(item, goals.pop(item.exercise_id, None)) for item in prescription.items
        ),
    )


def typed_item(item: PrescriptionItem, goal: Goal | None = None) -> TypedItem:
    """A prescribed exercise as it would be typed."""
    tempo, progression = item.tempo, item.progression
    return TypedItem(
        key=new_key(),
        exercise_id=item.exercise_id,
        side=item.side,
        sets=_said(item.sets),
        reps=_said(item.reps),
        hold_s=_said(item.hold_s or None),
        rest_s=_said(item.rest_s),
        out_s="" if tempo is None else _said(tempo.out_s),
        top_s="" if tempo is None else _said(tempo.hold_s),
        return_s="" if tempo is None else _said(tempo.return_s),
        pause_s="" if tempo is None else _said(tempo.pause_s),
        load=item.load or "",
        rpe_target=_said(item.rpe_target),
        target_rom_deg=_said(item.target_rom_deg),
        tolerance_deg=_said(item.tolerance_deg),
        days_per_week=_said(item.days_per_week),
        weekdays=item.weekdays,
        times=", ".join(item.times),
        pain_stop=_said(item.pain_stop),
        condition="" if progression is None else progression.condition,
        change="" if progression is None else progression.change,
        goal_deg="" if goal is None else _said(goal.target_rom_deg),
        goal_by="" if goal is None else _said(goal.by),
    )


def first_dose(exercise: Exercise) -> TypedItem:
    """An exercise newly chosen, with the dose that its library suggests to begin with.

    Which side is trained is nobody's guess where it is one alone.
    """
    dose = exercise.dose
    holds = isinstance(exercise, ExerciseDefinition) and exercise.kind == "hold"
    return TypedItem(
        key=new_key(),
        exercise_id=exercise.id,
        side="" if exercise.side == "unilateral" else "both",
        sets=_said(dose.sets),
        reps=_said(dose.reps),
        hold_s=_said(dose.hold_s) if holds or dose.hold_s else "",
        rest_s=_said(dose.rest_s),
        days_per_week=_said(dose.days_per_week),
        pain_stop=_said(PrescriptionItem.model_fields["pain_stop"].default),
    )


def _said(value: object) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _clean(text: str) -> str:
    # Browsers send CR LF; control characters have no place in a database or on a screen.
    text = text.replace("\r\n", "\n").strip()
    return "".join(each for each in text if each == "\n" or each.isprintable())
