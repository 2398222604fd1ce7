"""What the simulated patient's truth says is what its joints in space do."""

import numpy as np
import pytest

from device.camera.simulated.patient import FAULTS, Performance, SimulatedPatient
from device.camera.simulated.skeleton import SIDES
from models.exercises.library import load_library
from models.messages import Tempo

LIBRARY = load_library()
EXERCISES = pytest.mark.parametrize("exercise_id", LIBRARY)
FPS = 10.0


def performance_of(exercise_id: str, side: str | None = None, **how) -> Performance:
    exercise = LIBRARY[exercise_id]
    one_sided = exercise.side == "unilateral"
    return Performance(exercise, side or ("left" if one_sided else "both"), **{"reps": 2, **how})


def truths_of(performance: Performance, body_seed: int = 1):
    return list(SimulatedPatient(performance, body_seed).truths(FPS))


@EXERCISES
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_measure_runs_from_start_to_the_commanded_target_and_back(exercise_id, side):
    span = LIBRARY[exercise_id].range_of_motion
    target_deg = (span.easy_deg + span.full_deg) / 2
    for asked_deg, peak_deg in ((None, span.full_deg), (target_deg, target_deg)):
        performance = performance_of(exercise_id, side, target_deg=asked_deg)
        patient = SimulatedPatient(performance, 3)
        for repetition in performance.repetitions:
            for time_s, expected_deg in (
                (repetition.begins_s, span.start_deg),
                (repetition.peaks_s, peak_deg),
                (repetition.returned_s, span.start_deg),
            ):
                assert patient.truth_at(time_s).measure_deg == pytest.approx(expected_deg, abs=1e-6)
        measured = [truth.measure_deg for truth in patient.truths(FPS)]
        low, high = sorted((span.start_deg, peak_deg))
        assert low - 1e-6 <= min(measured) and max(measured) <= high + 1e-6


@EXERCISES
def test_repetitions_are_counted_when_the_limb_is_back(exercise_id):
    performance = performance_of(exercise_id, reps=3)
    truths = truths_of(performance)
    completed = [truth.reps_completed for truth in truths]
    assert completed == sorted(completed)
    assert (completed[0], completed[-1]) == (0, 3)
    for repetition in performance.repetitions:
        first = next(t for t in truths if t.reps_completed >= repetition.number)
        assert repetition.returned_s <= first.time_s < repetition.returned_s + 1.5 / FPS
    assert truths[0].repetition == truths[-1].repetition == 0
    assert {truth.repetition for truth in truths} == {0, 1, 2, 3}


@pytest.mark.parametrize("exercise_id", ["squat_deep", "squat_mini", "sit_to_stand"])
@pytest.mark.parametrize("body_seed", [1, 2, 3])
def test_feet_do_not_slide(exercise_id, body_seed):
    truths = truths_of(performance_of(exercise_id, reps=1), body_seed)
    for side in SIDES:
        for joint in ("ankle", "sole", "toes"):
            path = np.array([truth.joints[f"{side}_{joint}"] for truth in truths])
            assert np.ptp(path, axis=0).max() < 0.01


@EXERCISES
def test_nothing_goes_through_the_floor_and_limbs_keep_their_length(exercise_id):
    truths = truths_of(performance_of(exercise_id, reps=1))
    for truth in truths:
        assert min(point[1] for point in truth.joints.values()) > -0.005
    for side in SIDES:
        for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("shoulder", "elbow")):
            lengths = [
                np.linalg.norm(t.joints[f"{side}_{upper}"] - t.joints[f"{side}_{lower}"])
                for t in truths
            ]
            assert np.ptp(lengths) < 1e-9


@EXERCISES
def test_every_keypoint_stays_in_the_picture(exercise_id):
    for body_seed in range(1, 5):
        for truth in truths_of(performance_of(exercise_id, reps=1), body_seed):
            assert truth.keypoints.min() >= 0.0
            assert truth.keypoints.max() <= 1.0


def test_a_pose_of_the_left_arm_is_on_the_right_of_a_picture_from_in_front():
    truths = truths_of(performance_of("shoulder_abduction", "left", reps=1))
    peak = max(truths, key=lambda truth: truth.measure_deg)
    left_wrist, right_wrist = peak.keypoints[9], peak.keypoints[10]
    assert left_wrist[1] > right_wrist[1]
    assert left_wrist[0] < right_wrist[0]


@EXERCISES
def test_each_fault_breaks_its_rule_and_no_other(exercise_id):
    exercise = LIBRARY[exercise_id]
    rule = exercise.form.trunk_lean
    lean_axis = {"sideways": 0, "forward": 2, "backward": 2}[rule.direction]

    def leans_deg(truths):
        trunks = [
            (t.joints["left_shoulder"] + t.joints["right_shoulder"]) / 2 - t.joints["pelvis"]
            for t in truths
        ]
        tilt_deg = np.degrees([np.arctan2(trunk[lean_axis], trunk[1]) for trunk in trunks])
        return np.abs(tilt_deg - tilt_deg[0]).max()

    for fault in (None, *FAULTS):
        performance = performance_of(exercise_id, reps=1, fault=fault)
        truths = truths_of(performance)
        span, (repetition,) = exercise.range_of_motion, performance.repetitions
        reached = max(span.progress(truth.measure_deg) for truth in truths)
        assert (leans_deg(truths) > rule.limit_deg) == (fault == "trunk_lean"), fault
        short = reached < exercise.form.incomplete_range.minimum_progress
        assert short == (fault == "incomplete_range"), fault
        fast = repetition.tempo.out_s < (
            exercise.form.too_fast.minimum_fraction * exercise.tempo.out_s
        )
        assert fast == (fault == "too_fast"), fault
        # It must still count as a repetition, or no rule would be asked.
        easy = span.progress(span.easy_deg)
        assert reached > exercise.repetition.enter * easy


def test_faults_and_ranges_can_be_given_to_single_repetitions():
    performance = performance_of(
        "squat_mini",
        reps=4,
        faults={2: "too_fast", 4: "trunk_lean"},
        range_fractions={3: 0.5},
        tempo=Tempo(out_s=2, hold_s=1, return_s=2, pause_s=1),
    )
    planned = performance.repetitions
    assert [each.fault for each in planned] == [None, "too_fast", None, "trunk_lean"]
    assert [each.peak_deg for each in planned] == [60, 60, 30, 60]
    truths = truths_of(performance)
    assert [next(t.fault for t in truths if t.repetition == n) for n in (1, 2, 3, 4)] == [
        None, "too_fast", None, "trunk_lean",
    ]  # fmt: skip
    assert len(truths) == round(performance.duration_s * FPS)
