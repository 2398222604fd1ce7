"""The form: what can be prescribed, by the library and the wire contract, and what cannot."""

from typing import Any

import pytest

from cloud_bridge.portal.prescription_form import PlanForm
from cloud_bridge.prescribing.typed_plan import TypedItem, TypedPlan, first_dose, typed_item
from models.exercises.library import load_library


def form_of(exercise: str, typed: dict[str, Any]) -> PlanForm:
    own = {name: typed[name] for name in typed if name in TypedItem.model_fields}
    about = {name: typed[name] for name in typed if name not in own}
    item = first_dose(load_library()[exercise]).model_copy(update=own)
    return PlanForm(TypedPlan(items=(item,), **about))


@pytest.mark.parametrize(
    ("exercise", "typed", "said"),
    [
        ("squat_mini", {"sets": ""}, "Give the number of sets"),
        ("squat_mini", {"reps": "9999"}, "between 1 and 100"),
        ("squat_mini", {"side": "left"}, "both sides"),
        ("squat_mini", {"side": "nowhere"}, "both sides"),
        ("hip_abduction_standing", {}, "choose left or right"),
        ("squat_mini", {"target_rom_deg": "500"}, "Choose 30 to 60 degrees"),
        ("squat_mini", {"target_rom_deg": "nan"}, "Choose 30 to 60 degrees"),
        ("squat_mini", {"goal_deg": "1"}, "Choose 30 to"),
        ("squat_mini", {"goal_by": "2027-01-01"}, "Give the goal's angle"),
        ("squat_mini", {"out_s": "2"}, "all four parts"),
        ("squat_mini", {"times": "25:00"}, "is no time"),
        ("squat_mini", {"times": "1:00 2:00 3:00 4:00 5:00 6:00 7:00"}, "At most 6 times"),
        ("squat_mini", {"weekdays": ["someday"]}, "not a valid choice"),
        ("squat_mini", {"days_per_week": "8"}, "between 1 and 7"),
        ("squat_mini", {"pain_stop": "11"}, "between 0 and 10"),
        ("squat_mini", {"change": "more"}, "Give both"),
        ("squat_mini", {"load": "x" * 101}, "longer than 100"),
        ("squat_mini", {"starts_on": "2027-01-02", "ends_on": "2027-01-01"}, "before the first"),
        ("squat_mini", {"precautions": "x" * 2001}, "longer than 2000"),
        ("squat_mini", {"rest_s": "1e9"}, "between 0 and 1800"),
    ],
)  # fmt: skip
def test_what_cannot_be_prescribed_is_told_and_where(
    exercise: str, typed: dict[str, Any], said: str
) -> None:
    form = form_of(exercise, typed)
    assert not form.validate()
    assert said in " ".join(error for _, error in form.errors())


@pytest.mark.parametrize("exercise", list(load_library()))
def test_the_librarys_own_dose_can_be_signed_once_a_side_is_chosen(exercise: str) -> None:
    unilateral = load_library()[exercise].side == "unilateral"
    form = form_of(exercise, {"side": "left"} if unilateral else {})
    assert form.validate(), list(form.errors())
    (item,) = form.prescribed()
    again = PlanForm(TypedPlan(items=(typed_item(item),)))
    assert again.validate()
    assert again.prescribed() == (item,)


@pytest.mark.parametrize(
    ("exercise", "said_s", "held_s"),
    [("single_leg_stance", "", 10.0), ("single_leg_stance", "20", 20.0), ("squat_mini", "", 0.0)],
)
def test_a_posture_is_held_for_the_librarys_time_where_the_clinician_names_none(
    exercise: str, said_s: str, held_s: float
) -> None:
    side = "left" if exercise == "single_leg_stance" else "both"
    form = form_of(exercise, {"hold_s": said_s, "side": side})
    assert form.validate()
    assert form.prescribed()[0].hold_s == held_s


def test_an_exercise_by_the_clock_has_no_angle() -> None:
    for typed in ({"target_rom_deg": "30"}, {"tolerance_deg": "5"}, {"goal_deg": "30"}):
        form = form_of("quad_set", {"side": "left"} | typed)
        assert not form.validate()
        assert "guided by the clock" in " ".join(error for _, error in form.errors())


def test_one_goal_is_for_both_sides_of_an_exercise() -> None:
    one = first_dose(load_library()["hip_abduction_standing"])
    goal = {"goal_deg": "30"}
    sides = [one.with_new_key().model_copy(update={"side": s} | goal) for s in ("left", "right")]
    form = PlanForm(TypedPlan(items=tuple(sides)))
    assert not form.validate()
    assert "given twice" in form.items[1].problem
