"""MoveNet's keypoints become Kinect-style joints, frame by frame."""

import numpy as np
import pytest

from device.pose.pose import Keypoint
from device.quality.kinect_conversion import KinectConversion, converted
from device.recording import KeypointRecording, load_recording
from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.motion.squats import squats


def recording(frames=12, width=640, height=480, seed=0):
    """A person standing in a little noise, as COCO keypoints."""
    places_px = np.array(
        [
            (320, 90),
            (325, 85),
            (315, 85),
            (332, 88),
            (308, 88),
            (350, 130),
            (290, 130),
            (360, 180),
            (280, 180),
            (362, 230),
            (278, 230),
            (338, 240),
            (302, 240),
            (340, 320),
            (300, 320),
            (342, 400),
            (298, 400),
        ],
        float,
    )
    random = np.random.default_rng(seed)
    keypoints = np.empty((frames, 17, 3), np.float32)
    noisy = places_px + random.normal(0, 1, (frames, 17, 2))
    keypoints[..., 0], keypoints[..., 1] = noisy[..., 1] / height, noisy[..., 0] / width
    keypoints[..., 2] = random.uniform(0.4, 0.9, (frames, 17))
    return KeypointRecording(keypoints, np.arange(frames) / 15.0, width, height)


def test_the_persons_left_is_at_the_right_of_the_picture_and_the_head_is_up():
    joints = converted(recording())
    place = {name: joints[-1, at, :2] for at, name in enumerate(JOINTS)}
    assert place["left_shoulder"][0] > 0 > place["right_shoulder"][0]
    assert place["head"][1] > 1.0 > place["left_shoulder"][1] > 0 > place["left_foot"][1]


def test_a_wide_picture_and_a_tall_one_show_the_same_person():
    wide = recording()
    tall = KeypointRecording(
        wide.keypoints * np.array([480 / 960, 640 / 320, 1], np.float32), wide.times_s, 320, 960
    )
    assert converted(tall) == pytest.approx(converted(wide), abs=1e-5)


def test_the_whole_recording_is_what_the_steps_give():
    whole, conversion = recording(), KinectConversion()
    steps = [conversion.step(pose) for pose in whole.poses()]
    assert np.array_equal(converted(whole), steps)
    conversion.reset()
    assert np.array_equal(conversion.step(next(whole.poses())), steps[0])


def test_a_lost_wrist_is_carried_and_then_has_no_score():
    lost = recording(frames=15)
    lost.keypoints[5:, Keypoint.LEFT_WRIST] = (0.0, 0.0, 0.02)
    scores = converted(lost)[:, JOINTS.index("left_hand"), 2]
    assert scores[4] > scores[6] > scores[8] > 0
    assert not scores[11:].any()


def test_an_empty_recording_has_no_joints():
    nothing = KeypointRecording(np.empty((0, 17, 3), np.float32), np.empty(0), 640, 480)
    assert converted(nothing).shape == (0, JOINT_COUNT, 3)


@pytest.mark.shared_data
def test_the_rule_is_as_near_the_kinect_as_its_card_says(shared_data):
    """x and y of the 13 joints, relative to the hips, by person; see kinect_conversion.md."""
    folder = shared_data / "squats"
    clips = {squat.motion.subject: squat for squat in squats(folder) if squat.pair_ok}
    errors_cm = []
    for squat in clips.values():
        frames, _ = squat.pairs()
        recording = load_recording(folder / "squats.npz", squat.motion.key)
        joints = converted(recording)[squat.at[frames], :, :2]
        true_m = squat.camera_m[frames] - squat.camera_m[frames, 7:9].mean(axis=1, keepdims=True)
        torso_m = np.median(np.linalg.norm(true_m[:, 1:3].mean(axis=1), axis=-1))
        errors_cm.append(100 * np.linalg.norm(joints * torso_m - true_m[..., :2], axis=-1).mean())
    assert len(errors_cm) >= 3
    assert np.mean(errors_cm) < 9.0
