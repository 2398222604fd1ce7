"""Every measure of the library against the true joints, without a network's noise and with it."""

import statistics
from collections.abc import Sequence

import pytest

from device.camera.simulated.conditions import Conditions
from device.camera.simulated.keypoint_recording import (
    MOVENET_LIKE,
    NO_NOISE,
    KeypointNoise,
    KeypointTake,
    record_keypoints,
)
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.joint_angles import JointAngles
from device.coaching.measure_counting import estimator_for
from device.coaching.set_coach import SetCoach
from device.coaching.set_progress import JudgedMovement
from device.pose.smoothing import KeypointSmoother
from device.recording import KeypointRecording
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Side

LIBRARY = load_library()
EXERCISES = [exercise.id for exercise in LIBRARY.all_measured()]
FPS = 12.0
# Where one camera sees the measure only roughly (grade C), the error allowed without any noise.
ALLOWED_DEG = {"push_up_floor": 12.0, "trunk_rotation": 20.0, "clamshell": 8.0, "lunge_side": 9.0}


def side_of(exercise: ExerciseDefinition) -> Side:
    if exercise.side == "alternating":
        return "both"
    return "left" if exercise.side == "unilateral" or exercise.motion.one_sided else "both"


def take_of(
    exercise_id: str,
    noise: KeypointNoise = NO_NOISE,
    obliqueness_deg: float = 0.0,
    reps: int = 2,
) -> KeypointTake:
    exercise = LIBRARY.measured(exercise_id)
    hold_s = 3.0 if exercise.kind == "hold" else None
    performance = Performance(exercise, side_of(exercise), reps, hold_s=hold_s)
    conditions = Conditions(obliqueness_deg=obliqueness_deg)
    return record_keypoints(SimulatedPatient(performance, 4, conditions=conditions), 4, noise, FPS)


def coached_recording(recording: KeypointRecording) -> Sequence[JudgedMovement]:
    coach = SetCoach(LIBRARY.measured("trunk_side_tilt"), "both")
    for pose in recording.poses():
        coach.take(pose)
    coach.finish()
    return coach.repetitions


def coached(exercise_id: str, take: KeypointTake) -> SetCoach:
    exercise = LIBRARY.measured(exercise_id)
    coach, smoother = SetCoach(exercise, side_of(exercise)), KeypointSmoother()
    for pose in take.recording.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    return coach


def angles_of(exercise_id: str, take: KeypointTake) -> list[JointAngles]:
    estimator = estimator_for(LIBRARY.measured(exercise_id))
    return [estimator.estimate(pose) for pose in take.recording.poses()]


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_two_repetitions_are_counted_and_their_peaks_measured(exercise_id: str) -> None:
    take = take_of(exercise_id)
    coach = coached(exercise_id, take)
    assert coach.reps_counted == 2
    full_deg = LIBRARY.measured(exercise_id).range_of_motion.full_deg
    for each in coach.repetitions:
        assert each.peak_deg is not None
        assert abs(each.peak_deg - full_deg) < ALLOWED_DEG.get(exercise_id, 6.0)


@pytest.mark.parametrize(
    "exercise_id", ["squat_deep", "hip_abduction_standing", "slr_standing", "shoulder_abduction"]
)
def test_foreshortening_is_corrected(exercise_id: str) -> None:
    take = take_of(exercise_id, obliqueness_deg=-40.0)
    full_deg = LIBRARY.measured(exercise_id).range_of_motion.full_deg
    peaks = [each.peak_deg for each in coached(exercise_id, take).repetitions]
    assert len(peaks) == 2
    for peak_deg in peaks:
        assert peak_deg is None or abs(peak_deg - full_deg) < 12.0


def test_the_obliqueness_is_estimated_from_the_breadth() -> None:
    for wanted_deg in (0.0, 30.0, 60.0):
        angles = angles_of("squat_mini", take_of("squat_mini", obliqueness_deg=-wanted_deg))
        found = statistics.median(
            each.obliqueness_deg for each in angles if each.obliqueness_deg is not None
        )
        assert abs(found - wanted_deg) < 12.0


def test_an_angle_seen_from_too_far_off_is_not_measured() -> None:
    angles = angles_of("knee_curl_standing", take_of("knee_curl_standing", obliqueness_deg=-80.0))
    assert not any(each.measured for each in angles[5:])


def test_the_sides_of_an_alternating_exercise_are_named() -> None:
    coach = coached("trunk_side_tilt", take_of("trunk_side_tilt", reps=4))
    assert [each.side for each in coach.repetitions] == ["left", "right", "left", "right"]


def test_a_front_taken_for_a_back_for_a_while_does_not_change_the_side() -> None:
    recording = take_of("trunk_side_tilt").recording
    keypoints, times_s = recording.keypoints.copy(), recording.times_s
    mirrored = [0, *(each + 1 if each % 2 else each - 1 for each in range(1, 17))]
    _, second_s = peaks = [each.movement.peak_s for each in coached_recording(recording)]
    wrong = (times_s > second_s - 0.8) & (times_s < second_s + 1.2)
    keypoints[wrong] = keypoints[wrong][:, mirrored]
    confused = KeypointRecording(keypoints, times_s, recording.width, recording.height)
    found = coached_recording(confused)
    assert [each.side for each in found] == ["left", "right"]
    assert [each.movement.peak_s for each in found] == pytest.approx(peaks, abs=0.5)


def test_a_hold_is_timed_from_the_range_that_counts() -> None:
    coach = coached("single_leg_stance", take_of("single_leg_stance"))
    for each in coach.repetitions:
        # Three seconds at the peak and the upper part of the ways there and back.
        assert 4.5 < each.movement.hold_s < 5.7


def test_hardly_seen_keypoints_give_low_confidence() -> None:
    dim = KeypointNoise(visible_score=0.36, hidden_score=0.34, score_deviation=0.01, dropped=0.0)
    sure = coached("squat_mini", take_of("squat_mini", MOVENET_LIKE)).repetitions
    unsure = coached("squat_mini", take_of("squat_mini", dim)).repetitions
    assert unsure
    assert all(each.low_confidence for each in unsure if each.peak_deg is not None)
    assert not any(each.low_confidence and each.expected_error_deg is not None for each in sure)
