"""Whoever walks through the picture takes the keypoints away, but no repetition with them."""

import numpy as np
import pytest

from device.analyse import analyse_poses
from device.camera.simulated.keypoint_recording import NO_NOISE, record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.set_coach import SetCoach
from device.pose.smoothing import KeypointSmoother
from device.recording import KeypointRecording
from models.exercises.library import load_library

LIBRARY = load_library()
STANDING = 0
"""The frame whose pose the passer-by has."""


def recorded(exercise_id: str) -> tuple[KeypointRecording, Performance]:
    performance = Performance(LIBRARY.measured(exercise_id), "both", 3)
    patient = SimulatedPatient(performance, body_seed=1)
    return record_keypoints(patient, noise=NO_NOISE, fps=15.0).recording, performance


def passed_by(recording: KeypointRecording, from_s: float, to_s: float) -> KeypointRecording:
    """The keypoints walk out of the picture with somebody who looks like the patient at rest."""
    keypoints = recording.keypoints.copy()
    gone = (recording.times_s >= from_s) & (recording.times_s < to_s)
    keypoints[gone] = keypoints[STANDING]
    walked = (recording.times_s[gone] - from_s) / (to_s - from_s)
    keypoints[gone, :, 1] -= 0.45 * walked[:, None]
    return KeypointRecording(keypoints, recording.times_s, recording.width, recording.height)


@pytest.mark.parametrize("exercise_id", ["shoulder_abduction", "squat_mini"])
def test_a_repetition_behind_a_passer_by_is_counted_and_not_judged(exercise_id):
    recording, performance = recorded(exercise_id)
    second = performance.repetitions[1]
    # After the top: what is seen then looks like the return.
    seen = passed_by(recording, second.peaks_s + 0.3, second.peaks_s + 1.5)
    coach, smoother = SetCoach(LIBRARY.measured(exercise_id), "both"), KeypointSmoother()
    for pose in seen.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    assert coach.reps_counted == 3
    hidden = coach.repetitions[1]
    assert hidden.peak_deg is None
    assert hidden.judgement.full_range is None
    assert hidden.judgement.faults == ()
    assert set(hidden.judgement.not_judged.values()) == {"not_visible"}
    for other in (coach.repetitions[0], coach.repetitions[2]):
        assert other.peak_deg is not None


def test_what_a_passer_by_does_is_not_counted():
    recording, performance = recorded("shoulder_abduction")
    first, second = performance.repetitions[:2]
    # A copy of the first repetition, two torso lengths aside, in the pause before the second.
    keypoints, times_s = recording.keypoints.copy(), recording.times_s
    done = np.flatnonzero((times_s >= first.begins_s) & (times_s < first.returned_s))
    rest = keypoints[STANDING]
    lead = 30
    passing = keypoints[done].copy()
    passing[..., 1] -= np.linspace(0.3, 0.5, len(done))[:, None]
    at = int(np.searchsorted(times_s, first.ends_s))
    still = np.repeat(rest[None], lead, axis=0)
    spliced = np.concatenate([keypoints[:at], still, passing, still, keypoints[at:]])
    spliced_s = np.arange(len(spliced)) / 15.0
    seen = KeypointRecording(spliced, spliced_s, recording.width, recording.height)
    exercise = LIBRARY.measured("shoulder_abduction")
    assert second.begins_s >= first.ends_s
    assert analyse_poses(seen.poses(), exercise, "both", "none").reps_counted == 3


def test_who_walks_away_and_back_was_no_passer_by():
    recording, performance = recorded("shoulder_abduction")
    away_s, back_s = performance.repetitions[0].ends_s, performance.repetitions[1].begins_s + 0.8
    keypoints = recording.keypoints.copy()
    times_s = recording.times_s
    walk = np.interp(times_s, [away_s, (away_s + back_s) / 2, back_s], [0.0, 0.15, 0.0])
    keypoints[..., 1] -= walk[:, None].astype(np.float32)
    seen = KeypointRecording(keypoints, times_s, recording.width, recording.height)
    coach, smoother = SetCoach(LIBRARY.measured("shoulder_abduction"), "both"), KeypointSmoother()
    for pose in seen.poses():
        coach.take(smoother.smooth(pose))
    coach.finish()
    assert all("not_visible" not in each.judgement.not_judged.values() for each in coach.movements)
