"""What the simulated patient's truth says is what its joints in space do."""

import numpy as np
import pytest

from device.camera.simulated.patient import Performance, SimulatedPatient
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.truth import measure_deg
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, SideAngles

LIBRARY = load_library()
MEASURED = LIBRARY.all_measured()
EXERCISES = pytest.mark.parametrize("exercise", MEASURED, ids=[each.id for each in MEASURED])


def side_of(exercise, side=None):
    one_sided = exercise.side in ("unilateral", "alternating")
    return side or ("left" if one_sided else "both")


def patient_of(exercise, side=None, body_seed=1, **how):
    performance = Performance(exercise, side_of(exercise, side), **{"reps": 2, **how})
    return SimulatedPatient(performance, body_seed)


@EXERCISES
@pytest.mark.parametrize("side", ["left", "right"])
def test_the_measure_runs_from_start_to_the_commanded_target_and_back(exercise, side):
    span = exercise.range_of_motion
    target_deg = (span.easy_deg + span.full_deg) / 2
    for asked_deg, peak_deg in ((None, span.full_deg), (target_deg, target_deg)):
        patient = patient_of(exercise, side, 3, target_deg=asked_deg, reps=1, hold_s=0.5)
        for repetition in patient.performance.repetitions:
            for time_s, expected_deg in (
                (repetition.begins_s, span.start_deg),
                (repetition.peaks_s, peak_deg),
                (repetition.returned_s, span.start_deg),
            ):
                assert patient.truth_at(time_s).measure_deg == pytest.approx(expected_deg, abs=2.0)
        times_s = np.linspace(0.0, patient.performance.duration_s, 15)
        measured = [patient.truth_at(float(time_s)).measure_deg for time_s in times_s]
        low, high = sorted((span.start_deg, peak_deg))
        assert low - 2.0 <= min(measured) and max(measured) <= high + 2.0


@EXERCISES
def test_repetitions_are_counted_when_the_limb_is_back(exercise):
    performance = Performance(exercise, side_of(exercise), 3)
    for repetition in performance.repetitions:
        _, phase, before = performance.progress_at(repetition.returned_s - 1e-6)
        _, _, after = performance.progress_at(repetition.returned_s + 1e-6)
        assert (before, after) == (repetition.number - 1, repetition.number)
        assert phase == "return"
    assert performance.repetition_at(0.0) is None
    assert performance.repetition_at(performance.duration_s) is None


@EXERCISES
def test_every_keypoint_stays_in_the_picture(exercise):
    for body_seed in (1, 6):
        patient = patient_of(exercise, body_seed=body_seed, reps=1)
        for time_s in np.linspace(0.0, patient.performance.repetitions[0].peaks_s, 7):
            keypoints = patient.truth_at(float(time_s)).keypoints
            assert keypoints.min() >= 0.0
            assert keypoints.max() <= 1.0


def test_a_pose_of_the_left_arm_is_on_the_right_of_a_picture_from_in_front():
    patient = patient_of(LIBRARY.measured("shoulder_abduction"), "left", reps=1)
    peak = patient.truth_at(patient.performance.repetitions[0].peaks_s)
    left_wrist, right_wrist = peak.keypoints[9], peak.keypoints[10]
    assert left_wrist[1] > right_wrist[1]
    assert left_wrist[0] < right_wrist[0]


NEUTRAL = SideAngles()


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize(
    ("measure", "limb", "trunk"),
    [
        ("hip_flexion", {"hip_flexion_deg": 50}, {}),
        ("hip_abduction", {"hip_abduction_deg": 30}, {}),
        ("knee_flexion", {"knee_flexion_deg": 70, "hip_abduction_deg": 25}, {}),
        ("shoulder_flexion", {"shoulder_flexion_deg": 170}, {"trunk_flexion_deg": 30}),
        ("shoulder_abduction", {"shoulder_abduction_deg": 100}, {"trunk_rotation_deg": 40}),
        ("elbow_flexion", {"elbow_flexion_deg": 80, "shoulder_rotation_deg": 60}, {}),
    ],
)
def test_a_measure_is_the_joint_angle_whatever_the_rest_does(side, measure, limb, trunk):
    moved = SideAngles(**limb)
    sides = {"left": NEUTRAL, "right": NEUTRAL, side: moved}
    support = "right_foot" if side == "left" else "left_foot"
    skeleton = skeleton_of(1.7, JointAngles(**sides, **trunk, support=support))
    assert measure_deg(skeleton, measure, side) == pytest.approx(limb[f"{measure}_deg"], abs=1e-6)


@pytest.mark.parametrize("side", ["left", "right"])
def test_outward_rotation_of_an_arm_held_out_lifts_the_forearm(side):
    arm = SideAngles(shoulder_abduction_deg=90, elbow_flexion_deg=90, shoulder_rotation_deg=60)
    sides = {"left": NEUTRAL, "right": NEUTRAL, side: arm}
    skeleton = skeleton_of(1.7, JointAngles(**sides, support="feet"))
    rise = skeleton.joints[f"{side}_wrist"][1] - skeleton.joints[f"{side}_elbow"][1]
    assert rise > 0.15
    assert measure_deg(skeleton, "shoulder_rotation", side) == pytest.approx(60.0)


@pytest.mark.parametrize("horizontal_deg", [0, 30])
def test_elevation_is_the_same_in_the_frontal_plane_and_in_that_of_the_shoulder_blade(
    horizontal_deg,
):
    arm = SideAngles(shoulder_abduction_deg=75, shoulder_horizontal_flexion_deg=horizontal_deg)
    skeleton = skeleton_of(1.7, JointAngles(left=arm, right=arm, support="feet"))
    for side in ("left", "right"):
        assert measure_deg(skeleton, "shoulder_abduction", side) == pytest.approx(75.0)
        assert skeleton.joints[f"{side}_elbow"][2] == pytest.approx(
            0.186 * 1.7 * np.sin(np.radians(75)) * np.sin(np.radians(horizontal_deg)), abs=1e-6
        )


def test_lateral_measures_are_positive_towards_the_side_asked_for():
    to_left = JointAngles(
        trunk_lateral_flexion_deg=20,
        trunk_rotation_deg=30,
        left=SideAngles(hip_abduction_deg=-5),
        right=SideAngles(hip_abduction_deg=5),
        support="feet",
    )
    skeleton = skeleton_of(1.7, to_left)
    for measure in ("trunk_lateral_flexion", "trunk_rotation", "pelvis_shift"):
        left_deg, right_deg = (measure_deg(skeleton, measure, side) for side in ("left", "right"))
        assert left_deg > 3.0, measure
        assert right_deg == pytest.approx(-left_deg), measure
