"""Simulated movement for training is what its truth says, and is read as it was written."""

import numpy as np
import pytest

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.training_motion import __main__ as command
from device.camera.simulated.training_motion.graded_faults import (
    LARGEST,
    GradedFault,
    GradedPerformance,
    drawn_fault,
)
from device.camera.simulated.training_motion.points import POINTS, points_of
from device.camera.simulated.training_motion.proportions import (
    SEEN_BY_KINECT,
    VARIES,
    Proportions,
)
from device.camera.simulated.training_motion.take import denser, everyday_of, take_of
from models.exercises.library import load_library
from models.training.motion import simulated
from tests.device.camera.simulated.form_of_truth import Filmed, broken

# Each kind of rule once; what is smaller than its limit breaks none, what is larger does.
GRADED = [
    ("squat_deep", "both", "trunk_lean_forward"),
    ("lunge_side", "left", "knee_valgus"),
    ("hip_abduction_standing", "left", "pelvic_drop"),
    ("shoulder_rotation_90", "right", "elbow_angle"),
    ("clamshell", "left", "pelvis_roll"),
    ("single_leg_stance", "left", "sway"),
    ("squat_mini", "both", "incomplete_range"),
    ("elbow_flexion", "left", "incomplete_return"),
    ("sit_to_stand", "both", "fast_lowering"),
    ("pelvis_rotation", "left", "too_slow"),
    ("bridge", "both", "too_fast"),
]
BODY = command.FIRST_SEED + 1


@pytest.fixture(scope="module")
def squat_take():
    return take_of(load_library().measured("squat_mini"), BODY)


def performance_of(exercise_id, side, code, times_limit):
    exercise = load_library().measured(exercise_id)
    hold_s = 4.0 if exercise.kind == "hold" else None
    graded = {1: GradedFault(code, times_limit)}
    return GradedPerformance(exercise, side, 1, graded=graded, hold_s=hold_s)


def place(points_m, name):
    return points_m[:, POINTS.index(name)]


@pytest.mark.parametrize(("exercise_id", "side", "code"), GRADED)
def test_a_fault_breaks_its_rule_from_its_limit_on(exercise_id, side, code):
    small, large = (
        broken(Filmed(performance_of(exercise_id, side, code, size)), code) for size in (0.7, 1.35)
    )
    assert (small, large) == (False, True)


def test_each_repetition_has_its_own_fault():
    exercise = load_library().measured("squat_mini")
    graded = {1: GradedFault("too_fast", 1.2), 3: GradedFault("incomplete_range", 1.5)}
    first, second, third = GradedPerformance(exercise, "both", 3, graded=graded).repetitions
    assert first.tempo.out_s < 0.5 * second.tempo.out_s
    assert first.peak_progress == second.peak_progress == 1.0
    assert third.tempo == second.tempo
    missing = 1.5 * (1.0 - exercise.form.incomplete_range.minimum_progress)
    assert third.peak_progress == pytest.approx(1.0 - missing)


def test_faults_are_drawn_of_every_size():
    exercise = load_library().measured("squat_deep")
    random = np.random.default_rng(0)
    sizes = [drawn_fault(exercise, "knee_valgus", random).times_limit for _ in range(200)]
    assert min(sizes) < 0.1
    assert 2.3 < max(sizes) <= LARGEST
    assert drawn_fault(load_library().measured("sit_to_stand"), "hand_support", random) == (
        GradedFault("hand_support", 2.0)
    )


def test_other_proportions_keep_every_direction_and_what_stands():
    exercise = load_library().measured("squat_deep")
    angles = exercise.motion.angles_at(0.8)
    before = np.repeat(points_of(skeleton_of(1.7, angles))[None], 12, axis=0)
    proportions = Proportions.drawn(np.random.default_rng(3))
    after = proportions.of(before, [angles.support] * 12)
    for upper, lower, segment in (
        ("left_hip", "left_knee", "thigh"),
        ("right_knee", "right_ankle", "shank"),
        ("left_shoulder", "left_elbow", "upper_arm"),
    ):
        old, new = (place(points, lower) - place(points, upper) for points in (before, after))
        factor = proportions.factors[segment]
        assert np.allclose(new, factor * old)
        assert abs(factor / SEEN_BY_KINECT[segment] - 1.0) <= VARIES
    feet = [
        np.mean([place(points, f"{side}_ankle") for side in ("left", "right")], axis=0)
        for points in (before, after)
    ]
    assert np.allclose(*feet, atol=1e-9)


def test_the_frames_between_lie_on_the_curve():
    at = np.linspace(0.0, 6.0, 61)
    coarse = np.stack([np.sin(at), np.cos(at), at], axis=1)[:, None]
    fine = np.linspace(0.0, 6.0, 181)
    dense = denser(coarse, 3)
    assert np.allclose(dense[:, 0], np.stack([np.sin(fine), np.cos(fine), fine], 1), atol=2e-3)
    assert np.array_equal(dense[::3], coarse)


@pytest.mark.parametrize("exercise_id", ["pelvis_rotation", "slr_supine"])
def test_a_take_moves_smoothly_and_with_constant_limbs(exercise_id):
    take = take_of(load_library().measured(exercise_id), BODY)
    speed_m_s = np.linalg.norm(np.diff(take.points_m, axis=0), axis=-1) * 30.0
    assert speed_m_s.max() < 9.0
    for upper, lower in (("left_hip", "left_knee"), ("right_shoulder", "right_elbow")):
        length = np.linalg.norm(place(take.points_m, lower) - place(take.points_m, upper), axis=-1)
        assert length.std() < 0.01 * length.mean()


def test_the_truth_says_when_each_repetition_is_done():
    take = take_of(load_library().measured("arm_lift"), BODY)
    height = place(take.points_m, "left_wrist")[:, 1] - place(take.points_m, "left_shoulder")[:, 1]
    times_s = np.arange(len(height)) / 30.0
    assert take.begins_s == take.repetitions[0].begins_s
    assert take.ends_s == take.repetitions[-1].returned_s
    for repetition in take.repetitions:
        begins, peaks, returned = (
            float(np.interp(at_s, times_s, height))
            for at_s in (repetition.begins_s, repetition.peaks_s, repetition.returned_s)
        )
        assert peaks > max(begins, returned) + 0.4


def test_what_is_written_is_read_with_its_truth(tmp_path, monkeypatch, squat_take):
    exercise = load_library().measured("squat_mini")
    takes = {"squat_mini": squat_take, "everyday-0": everyday_of(exercise, BODY)}
    monkeypatch.setattr(command, "takes_of", lambda _: takes)
    command.write_body(tmp_path, BODY)
    squat, everyday = simulated.takes(tmp_path)
    assert squat.motion.exercise_id == "squat_mini"
    assert squat.motion.subject == everyday.motion.subject
    assert (everyday.begins_s, everyday.repetitions) == (None, ())
    start = round(squat.begins_s * 30)
    # Whoever is about to begin faces the camera, the left on its right.
    assert squat.motion.joints_m[start, 1, 0] > squat.motion.joints_m[start, 2, 0] + 0.2
    written = takes["squat_mini"].points_m
    between = place(written, "left_wrist") - place(written, "right_ankle")
    read = squat.motion.joints_m[:, 5] - squat.motion.joints_m[:, 12]
    assert np.abs(read - between).max() < 0.002
    assert np.abs(squat.keypoints_m[:, 5:] - squat.motion.places_m[:, 1:]).max() < 1e-5
    repetitions = simulated.load(tmp_path)
    assert [each.repetition for each in repetitions] == [1, 2, 3, 4]
    for motion, truth in zip(repetitions, takes["squat_mini"].repetitions, strict=True):
        assert motion.faults == ({truth.fault: truth.size} if truth.fault else {})
        assert motion.correct is (truth.size <= 1.0)
        assert motion.duration_s == pytest.approx(truth.returned_s - truth.begins_s, abs=0.07)


def test_a_body_moves_the_same_way_again_and_another_otherwise(squat_take):
    exercise = load_library().measured("squat_mini")
    again = take_of(exercise, BODY)
    assert np.array_equal(squat_take.points_m, again.points_m)
    assert squat_take.truth() == again.truth()
    assert everyday_of(exercise, BODY).points_m.tolist() != (
        everyday_of(exercise, BODY + 1).points_m.tolist()
    )


@pytest.mark.slow
def test_every_exercise_is_taken_by_a_body():
    takes = command.takes_of(BODY)
    exercises = {exercise.id for exercise in load_library().all_measured()}
    assert {take.exercise_id for take in takes.values()} == exercises | {simulated.EVERYDAY}
    for take in takes.values():
        assert np.isfinite(take.points_m).all()
        assert len(take.repetitions) == 0 or take.ends_s < len(take.points_m) / 30.0
