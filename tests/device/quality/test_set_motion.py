"""What is sent of a set's movement: as it was seen, with what was said of it, small enough."""

from dataclasses import replace

import numpy as np
import pytest

from device.coaching.set_recording import RecordedSet, RepetitionTimes
from device.errors import QualityError
from device.quality.pipeline import InSpace, QualityPipeline, SetAnalysis
from device.quality.set_motion import set_motion, worst_window
from device.quality.stages import available_stages
from device.recording import KeypointRecording
from models.messages import MAXIMUM_PAYLOAD_BYTES
from models.motion import MotionRepetition, Span
from models.motion_track import track_of
from models.quality import RepetitionQuality, SetQuality


def analysed(recorded, *repetitions, trimmed_s=None, lifted=True):
    frames = len(recorded.recording)
    joints = np.random.default_rng(1).normal(0, 0.5, (frames, 13, 3)).astype(np.float32)
    quality = SetQuality(status="analysed", reason="no_repetition", repetitions=repetitions)
    in_space = InSpace(joints, joints, joints[..., 0], trimmed_s) if lifted else None
    return SetAnalysis(quality, None, in_space)


def noise(frames, fps=30.0, begins_s=500.0):
    """As hard to compress as keypoints can be."""
    keypoints = np.random.default_rng(2).uniform(0, 1, (frames, 17, 3)).astype(np.float32)
    return KeypointRecording(keypoints, begins_s + np.arange(frames) / fps, 640, 480)


def test_a_set_that_was_analysed_is_sent_as_it_was_seen(filmed):
    recording = filmed()
    times = (RepetitionTimes(1.0, 2.0, 3.0, "left"),)
    recorded = RecordedSet("shoulder_abduction", "both", recording, times)
    analysis = QualityPipeline(available_stages()).analyse(recorded)
    motion = set_motion(recorded, analysis)
    assert (motion.frames, motion.every, motion.joints) == (len(recording), 1, "depth")
    sent = track_of(motion)
    assert np.abs(sent.keypoints - recording.keypoints.clip(0, 1)).max() < 0.003
    assert np.abs(sent.joints_m - analysis.in_space.joints_m).max() < 0.00051
    assert motion.recorded_frames_per_s == pytest.approx(15, abs=0.5)


def test_times_count_from_the_sets_first_frame_and_repetitions_keep_what_was_said(filmed):
    times = (
        RepetitionTimes(500.2, 500.5, 501.0, "both"),
        RepetitionTimes(501.0, 501.4, 501.8, "both"),
    )
    recorded = RecordedSet("squat_mini", "both", noise(60), times)
    said = RepetitionQuality(begins_s=0.2, ends_s=1.0, good=False, score=2.5, deviation=0.4)
    motion = set_motion(recorded, analysed(recorded, said, trimmed_s=(500.1, 501.9)))
    first, second = motion.repetitions
    assert (first.begins_s, first.ends_s, first.good, first.score) == (0.2, 1.0, False, 2.5)
    assert (second.good, second.score) == (None, None)
    assert motion.trimmed == Span(begins_s=0.1, ends_s=1.9)


def test_where_the_gate_stopped_only_what_the_camera_saw_is_sent():
    recorded = RecordedSet("squat_mini", "both", noise(30))
    motion = set_motion(recorded, analysed(recorded, lifted=False))
    assert motion.joints == "none"
    assert track_of(motion).joints_m is None
    assert motion.trimmed is None


def test_a_set_too_large_for_a_message_is_sent_with_fewer_frames_from_end_to_end():
    recorded = RecordedSet("squat_mini", "both", noise(6000))
    motion = set_motion(recorded, analysed(recorded))
    assert motion.every in (4, 8, 16)
    assert len(motion.model_dump_json()) < MAXIMUM_PAYLOAD_BYTES
    times_s = track_of(motion).times_s
    assert (times_s[0], times_s[-1] > 199) == (0.0, True)


def test_the_most_repetitions_there_can_be_still_fit():
    times = tuple(
        RepetitionTimes(500 + i / 3, 500.1 + i / 3, 500.2 + i / 3, "right") for i in range(300)
    )
    recorded = RecordedSet("squat_mini", "both", noise(6000), times)
    said = [
        RepetitionQuality(begins_s=0, ends_s=1, good=False, probability_good=0.123, score=3.123,
                          deviation=0.123) for _ in range(200)
    ]  # fmt: skip
    motion = set_motion(recorded, analysed(recorded, *said))
    assert len(motion.repetitions) == 200
    assert len(motion.model_dump_json()) < MAXIMUM_PAYLOAD_BYTES - 2048


def test_frames_of_one_millisecond_are_one_frame():
    recording = noise(4)
    close = replace(recording, times_s=np.array([1.0, 1.0001, 1.0002, 1.5]))
    recorded = RecordedSet("squat_mini", "both", close)
    assert set_motion(recorded, analysed(recorded)).frames == 2


def test_what_is_not_finite_is_not_sent():
    recording = noise(5)
    recording.keypoints[2, 3, 1] = np.nan
    recorded = RecordedSet("squat_mini", "both", recording)
    with pytest.raises(QualityError, match="finite"):
        set_motion(recorded, analysed(recorded))


def repetition(begins_s, **said):
    return MotionRepetition(begins_s=begins_s, ends_s=begins_s + 1, side="both", **said)


def test_the_worst_is_by_the_score_else_by_the_form():
    scored = [repetition(0, score=1.0), repetition(2, score=2.0, deviation=0.9), repetition(4)]
    assert (worst_window(scored).begins_s, worst_window(scored).by) == (2, "score")
    formed = [
        repetition(0, good=False, probability_good=0.3),
        repetition(2, good=False, probability_good=0.1),
        repetition(4, good=True, probability_good=0.9),
    ]
    assert (worst_window(formed).begins_s, worst_window(formed).by) == (2, "form")


def test_where_none_stands_out_there_is_no_worst():
    alike = [repetition(0, score=1.0, deviation=0.8), repetition(2, score=1.7, deviation=0.8)]
    assert worst_window(alike) is None
    good = [repetition(at, good=True, probability_good=0.7 + at / 10) for at in (0, 2)]
    assert worst_window(good) is None
    assert worst_window([repetition(0, score=3.0, deviation=0.1)]) is None
    assert worst_window([repetition(0), repetition(2)]) is None
