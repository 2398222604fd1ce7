"""The exercise library: complete, sane, and clear about what is wrong in a file."""

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from models.errors import ExerciseDefinitionError, ExerciseNotFoundError, TimerExerciseError
from models.exercises.definition import ExerciseDefinition, TimerExercise
from models.exercises.form_rules import ONLY_VIEW
from models.exercises.library import LIBRARY_FOLDER, load_exercise, load_library
from models.messages import PrescriptionItem

LIBRARY = load_library()
MEASURED = LIBRARY.all_measured()
IN_DEGREES_ELSEWHERE = {
    "clamshell", "calf_raise", "single_leg_stance", "tandem_stance", "pelvis_rotation",
}  # fmt: skip
ADDED = {
    "elbow_flexion", "push_up_wall", "push_up_floor", "chair_stand_30s", "quad_set", "ankle_pump",
}  # fmt: skip
FAULT_FIELDS = {
    # JSON's code: the field of the form rules.
    "HS": "hand_support", "DROP": "fast_lowering", "TL": "trunk_lean_forward",
    "TB": "trunk_lean_backward", "TS": "trunk_lean_sideways", "ROM": "incomplete_range",
    "RET": "incomplete_return", "ASY": "asymmetry", "KV": "knee_valgus", "KB": "knee_bent",
    "EB": "elbow_bent", "SH": "shoulder_hike", "PD": "pelvic_drop", "KX": "pelvis_roll",
    "HIPDROP": "hip_flexed", "FAST": "too_fast", "SLOW": "too_slow", "TD": "touch_down",
    "SWAY": "sway",
}  # fmt: skip
CANNOT_BE_SEEN = {
    ("bridge", "asymmetry"), ("bird_dog", "trunk_lean_sideways"),
    ("trunk_side_tilt", "trunk_lean_forward"), ("shoulder_rotation_90", "shoulder_hike"),
    ("single_leg_stance", "hand_support"), ("tandem_stance", "hand_support"),
    # A foot that leaves the line ends a tandem stance by the measure itself.
    ("tandem_stance", "touch_down"),
    # An elbow that must stay at a right angle is judged as such.
    ("shoulder_rotation_90", "elbow_bent"),
}  # fmt: skip
EXERCISES = pytest.mark.parametrize("exercise", LIBRARY.values(), ids=list(LIBRARY))
MEASURED_EXERCISES = pytest.mark.parametrize(
    "exercise", MEASURED, ids=[each.id for each in MEASURED]
)


@pytest.fixture
def starting_values(shared_data: Path) -> dict[str, dict[str, Any]]:
    document = json.loads((shared_data / "exercises.json").read_text(encoding="utf-8"))
    return {row["id"]: row for row in document["exercises"]}


@pytest.mark.shared_data
def test_every_exercise_of_the_project_is_there(starting_values) -> None:
    assert set(LIBRARY) == set(starting_values) | ADDED


@pytest.mark.shared_data
def test_ranges_are_the_projects_where_it_gives_degrees(starting_values) -> None:
    compared = 0
    for exercise_id, row in starting_values.items():
        if exercise_id in IN_DEGREES_ELSEWHERE:
            continue
        span = LIBRARY.measured(exercise_id).range_of_motion
        expected = tuple(float(row[key]) for key in ("start", "easy", "full"))
        assert (span.start_deg, span.easy_deg, span.full_deg) == expected, exercise_id
        compared += 1
    assert compared == 23


@pytest.mark.shared_data
def test_tempo_grade_and_faults_are_the_projects(starting_values) -> None:
    for exercise_id, row in starting_values.items():
        exercise = LIBRARY.measured(exercise_id)
        assert exercise.grade == row["grade"], exercise_id
        if row["tempo"] != "hold":
            tempo = tuple(exercise.tempo.model_dump().values())
            assert tempo == tuple(map(float, row["tempo"].split("-"))), exercise_id
        for fault in row["faults"]:
            name, _, limit = fault.partition(":")
            code = FAULT_FIELDS[name.partition("(")[0]]
            if (exercise_id, code) in CANNOT_BE_SEEN:
                assert code not in exercise.form.fault_codes()
                continue
            rule = exercise.form.rule(code)
            if limit.isdigit():
                assert rule.limit_deg == float(limit), (exercise_id, code)


def test_an_unknown_exercise_names_those_there_are() -> None:
    with pytest.raises(ExerciseNotFoundError, match="squat_mini"):
        LIBRARY["handstand"]


def test_an_exercise_guided_by_the_clock_has_nothing_measured() -> None:
    assert {each.id for each in LIBRARY.values() if isinstance(each, TimerExercise)} == {
        "quad_set",
        "ankle_pump",
    }
    with pytest.raises(TimerExerciseError, match="clock"):
        LIBRARY.measured("quad_set")


def test_a_set_by_the_clock_lasts_all_its_phases() -> None:
    exercise = LIBRARY["quad_set"]
    assert isinstance(exercise, TimerExercise)
    item = PrescriptionItem(exercise_id="quad_set", side="left", sets=1, reps=3)
    assert exercise.set_duration_s(item) == 3 * (1 + 5 + 1 + 3)
    assert exercise.set_duration_s(item.model_copy(update={"hold_s": 8})) == 3 * (1 + 8 + 1 + 3)


@MEASURED_EXERCISES
def test_norms_are_sane_and_have_a_source(exercise: ExerciseDefinition) -> None:
    span = exercise.range_of_motion
    if span.norm_deg is None:
        assert span.norm_source == "no published norm found"
    else:
        assert "(19" in span.norm_source or "(20" in span.norm_source
        # Nobody is asked for more than healthy people can do.
        assert 0 <= span.full_deg <= span.norm_deg


@MEASURED_EXERCISES
def test_every_fault_can_be_seen_from_where_the_exercise_is_counted(
    exercise: ExerciseDefinition,
) -> None:
    for code in exercise.form.fault_codes():
        assert ONLY_VIEW.get(code, exercise.view) in exercise.count_views


@MEASURED_EXERCISES
def test_a_repetition_at_the_prescribed_tempo_is_not_too_long(
    exercise: ExerciseDefinition,
) -> None:
    tempo = exercise.tempo
    moving_s = tempo.out_s + tempo.hold_s + tempo.return_s
    assert exercise.repetition.shortest_s < moving_s
    assert 1.5 * moving_s <= exercise.repetition.longest_s


@EXERCISES
def test_the_default_dose_holds_as_long_as_the_tempo(exercise) -> None:
    assert exercise.dose.hold_s in (0.0, exercise.tempo.hold_s)


@EXERCISES
def test_pain_is_a_reason_not_to_do_any_exercise(exercise) -> None:
    assert "contraindication-pain-new-or-worse" in exercise.contraindications


def test_the_three_tests_have_norms_for_old_age() -> None:
    tests = {each.id: each.test for each in MEASURED if each.test is not None}
    assert set(tests) == {"chair_stand_30s", "single_leg_stance", "tandem_stance"}
    for test in tests.values():
        for sex in ("female", "male"):
            assert test.norm_for(75, sex) is not None
            assert test.norm_for(10, sex) is None


def test_norms_of_a_test_never_overlap_and_fall_with_age() -> None:
    for exercise in MEASURED:
        if exercise.test is None:
            continue
        for sex in ("female", "male"):
            norms = [each for each in exercise.test.norms if each.sex in (sex, "any")]
            for younger, older in itertools.pairwise(norms):
                assert younger.age_to < older.age_from
                assert younger.value >= older.value


@pytest.mark.parametrize(
    ("age", "sex", "value"),
    [(64, "female", 12), (64, "male", 14), (75, "male", 11), (89, "female", 8), (94, "female", 4)],
)
def test_the_chair_stand_has_the_limits_of_steadi(age, sex, value) -> None:
    test = LIBRARY.measured("chair_stand_30s").test
    assert test is not None
    assert test.norm_for(age, sex).value == value


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("easy_deg = 30", "easy_deg = -30"), "range_of_motion"),
        (("limit_deg = 40", "limit_deg = 400"), r"form\.trunk_lean_forward\.limit_deg"),
        (("reps = 10", ""), r"dose\.reps"),
        (("reps = 10", 'reps = "many"'), r"dose\.reps"),
        (("enter = 0.75", "enter = 0.1"), "repetition"),
        (('id = "squat_mini"', 'id = "other"'), "id"),
        (("[dose]", "[dose"), "TOML"),
        (("schema_version = 2", "schema_version = 2\nsurprise = 2"), "surprise"),
        (("schema_version = 2", "schema_version = 1"), "schema_version"),
        (('"knee", "hip"', '"knee", "hipp"'), r"regions\.1"),
        (('measure = "knee_flexion"', 'measure = "knee"'), "measure"),
        (('kind = "repetitions"', 'kind = "counted"'), "kind"),
        (('"sagittal", "frontal"]', '"sagittal"]'), r"form\.knee_valgus"),
        (('cue = "cue-trunk-lean"', 'cue = "Chest up"'), r"form\.trunk_lean_forward\.cue"),
        (("[motion]", '[test]\nduration_s = 30\nresult = "longest_hold_s"\nmeaning = "m"\n'
          'source = "s"\nnorms = [{ sex = "any", age_from = 9, age_to = 8, value = 1 }]\n[motion]'),
         r"test\.norms\.0"),
        (("[motion]", '[test]\nduration_s = 30\nresult = "longest_hold_s"\nmeaning = "m"\n'
          'source = "s"\nnorms = [{ sex = "any", age_from = 8, age_to = 9, value = 1 }]\n[motion]'),
         r"test\.result"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named_with_its_key(
    tmp_path: Path, change: tuple[str, str], said: str
) -> None:
    text = (LIBRARY_FOLDER / "squat_mini.toml").read_text(encoding="utf-8")
    assert change[0] in text
    path = tmp_path / "squat_mini.toml"
    path.write_text(text.replace(*change, 1), encoding="utf-8")
    with pytest.raises(ExerciseDefinitionError, match=rf"squat_mini\.toml.*{said}"):
        load_exercise(path)


def test_a_hold_without_its_time_is_an_error(tmp_path: Path) -> None:
    text = (LIBRARY_FOLDER / "tandem_stance.toml").read_text(encoding="utf-8")
    path = tmp_path / "tandem_stance.toml"
    path.write_text(text.replace("hold_s = 10", "hold_s = 0", 1), encoding="utf-8")
    with pytest.raises(ExerciseDefinitionError, match=r"tandem_stance\.toml.*tempo\.hold_s"):
        load_exercise(path)


def test_looking_for_an_exercise_that_may_not_be_there_finds_nothing() -> None:
    assert load_library().get("") is None
    with pytest.raises(ExerciseNotFoundError, match=r"^unknown exercise 'no_such': choose one of"):
        load_library()["no_such"]
