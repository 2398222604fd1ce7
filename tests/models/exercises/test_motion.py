"""Reference motions run exactly over the range that the exercise states, at its tempo."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.exercises.definition import Exercise, ExerciseDefinition
from models.exercises.library import load_library
from models.exercises.motion import (
    ReferenceMotion,
    SideAngles,
    minimum_jerk,
    phase_at,
    progress_at,
    repetition_duration_s,
)
from models.messages import Tempo

LIBRARY = load_library()
EXERCISES = pytest.mark.parametrize("exercise", LIBRARY.values(), ids=list(LIBRARY))
TEMPO = Tempo(out_s=2, hold_s=1, return_s=3, pause_s=1)


def side_of(exercise: Exercise) -> str:
    return "both" if exercise.side == "bilateral" else "left"


def measured_joint(exercise: Exercise) -> tuple[str, float] | None:
    """The joint angle that is the measure itself, and its sign; None for one made of several."""
    if not isinstance(exercise, ExerciseDefinition):
        return None
    # An extension is a flexion the other way.
    name, sign = exercise.measure, 1.0
    if name in ("hip_extension", "shoulder_extension"):
        name, sign = name.replace("extension", "flexion"), -1.0
    return (f"{name}_deg", sign) if f"{name}_deg" in SideAngles.model_fields else None


@EXERCISES
@pytest.mark.parametrize("progress", [0.0, 0.2, 0.5, 0.77, 1.0, 1.05])
def test_the_measure_is_linear_in_progress_from_start_to_full_range(exercise, progress):
    joint = measured_joint(exercise)
    if joint is None:
        pytest.skip("not one joint's angle: the simulated patient's truth is tested for it")
    name, sign = joint
    angles = exercise.motion.angles_at(progress, side_of(exercise))
    span = exercise.range_of_motion
    expected_deg = span.start_deg + progress * (span.full_deg - span.start_deg)
    assert sign * getattr(angles.left, name) == pytest.approx(expected_deg)


@pytest.mark.parametrize(
    ("exercise_id", "name"),
    [
        ("trunk_side_tilt", "trunk_lateral_flexion_deg"),
        ("trunk_rotation", "trunk_rotation_deg"),
    ],
)
def test_the_trunk_bends_and_turns_to_the_side_trained(exercise_id, name):
    exercise = LIBRARY[exercise_id]
    full_deg = exercise.range_of_motion.full_deg
    assert getattr(exercise.motion.angles_at(1.0, "left"), name) == pytest.approx(full_deg)
    assert getattr(exercise.motion.angles_at(1.0, "right"), name) == pytest.approx(-full_deg)


@EXERCISES
def test_one_sided_exercises_are_the_mirror_image_on_the_other_side(exercise):
    if exercise.side == "bilateral":
        pytest.skip("both sides move")
    left, right = (exercise.motion.angles_at(1.0, side) for side in ("left", "right"))
    assert left.left == right.right
    assert left.right == right.left
    assert left != right


@EXERCISES
def test_both_sides_of_a_bilateral_exercise_move_whichever_side_is_prescribed(exercise):
    if exercise.side != "bilateral":
        pytest.skip("one side moves")
    for side in ("left", "right", "both"):
        angles = exercise.motion.angles_at(0.8, side)
        assert angles.left == angles.right


@EXERCISES
def test_the_side_trained_faces_the_camera(exercise):
    motion = exercise.motion
    assert motion.camera_azimuth_for("left") == -motion.camera_azimuth_for("right")
    seen_from_side = motion.camera_azimuth_for("left") > 45
    assert seen_from_side == (exercise.view == "sagittal")


@EXERCISES
def test_angles_change_without_jumps(exercise):
    poses = [exercise.motion.angles_at(i / 200, side_of(exercise)) for i in range(201)]
    for before, after in itertools.pairwise(poses):
        for name, value in before.left.model_dump().items():
            assert abs(getattr(after.left, name) - value) < 3.0, name
        assert abs(after.trunk_flexion_deg - before.trunk_flexion_deg) < 3.0


def test_a_waypoint_is_passed_and_start_and_peak_are_kept():
    motion = LIBRARY["sit_to_stand"].motion
    waypoint = motion.waypoint
    assert waypoint is not None
    assert motion.angles_at(waypoint.progress).trunk_flexion_deg == waypoint.trunk_flexion_deg
    assert motion.angles_at(0.0).trunk_flexion_deg == motion.start.trunk_flexion_deg
    assert motion.angles_at(1.0).trunk_flexion_deg == pytest.approx(motion.peak.trunk_flexion_deg)


def test_leaning_keeps_the_feet_flat_and_the_thighs_on_the_seat():
    squat = LIBRARY["squat_deep"].motion.angles_at(0.6).leaning(20.0, 0.0)
    leg = squat.left
    shank_deg = leg.hip_flexion_deg - squat.trunk_flexion_deg - leg.knee_flexion_deg
    assert shank_deg + leg.ankle_dorsiflexion_deg == pytest.approx(0.0)
    seated = LIBRARY["knee_extension_seated"].motion.angles_at(0.6, "left").leaning(-20.0, 0.0)
    assert seated.left.hip_flexion_deg - seated.trunk_flexion_deg == pytest.approx(90.0)


def test_nobody_stands_on_the_leg_that_is_lifted():
    motion = LIBRARY["hip_abduction_standing"].motion
    assert motion.angles_at(0.5, "left").support == "right_foot"
    assert motion.angles_at(0.5, "right").support == "left_foot"
    with pytest.raises(ValueError, match="side must be left or right"):
        motion.angles_at(0.5, "both")


def test_the_hip_of_a_leg_that_carries_may_not_be_given():
    motion = LIBRARY["squat_mini"].motion.model_dump(exclude_none=True)
    motion["peak"]["moving"]["hip_flexion_deg"] = 30
    with pytest.raises(ValidationError, match="leave it out"):
        ReferenceMotion.model_validate(motion)


@given(st.floats(0, 1))
def test_minimum_jerk_is_symmetric_and_never_turns_back(fraction):
    assert minimum_jerk(fraction) + minimum_jerk(1 - fraction) == pytest.approx(1.0)
    assert minimum_jerk(fraction) <= minimum_jerk(min(fraction + 1e-3, 1.0)) + 1e-12


@pytest.mark.parametrize(
    ("time_s", "phase", "progress"),
    [
        (0.0, "out", 0.0),
        (1.0, "out", 0.5),
        (2.0, "hold", 1.0),
        (2.9, "hold", 1.0),
        (4.5, "return", 0.5),
        (6.0, "pause", 0.0),
        (7.0, "pause", 0.0),
    ],
)
def test_progress_follows_the_tempo(time_s, phase, progress):
    assert phase_at(time_s, TEMPO)[0] == phase
    assert progress_at(time_s, TEMPO) == pytest.approx(progress)


def test_a_phase_of_no_duration_is_skipped():
    tempo = Tempo(out_s=1, hold_s=0, return_s=1, pause_s=0)
    assert phase_at(1.0, tempo)[0] == "return"
    assert repetition_duration_s(tempo) == 2.0
    assert progress_at(2.0, tempo) == 0.0
