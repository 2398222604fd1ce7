"""What smoothing does to keypoints: calmer, hardly later, and nothing invented for long."""

import numpy as np
import pytest

from device.pose.pose import Keypoint, Pose
from device.pose.smoothing import HOLD_S, USED_SCORE, KeypointSmoother

FPS = 15.0
WIDTH, HEIGHT = 640, 480
WRIST = Keypoint.LEFT_WRIST
LEGS = [(11, 12), (13, 14), (15, 16)]


def body():
    """float32 [17, 3] of a person seen from the front, torso 120 px; left is at larger x."""
    y_x = [
        (0.20, 0.50), (0.18, 0.51), (0.18, 0.49), (0.19, 0.53), (0.19, 0.47),
        (0.30, 0.56), (0.30, 0.44), (0.42, 0.60), (0.42, 0.40), (0.53, 0.62), (0.53, 0.38),
        (0.55, 0.54), (0.55, 0.46), (0.72, 0.56), (0.72, 0.44), (0.90, 0.58), (0.90, 0.42),
    ]  # fmt: skip
    return np.array([(y, x, 0.8) for y, x in y_x], np.float32)


def pose(keypoints, index, fps=FPS, width=WIDTH, height=HEIGHT):
    return Pose(index + 1, index / fps, np.asarray(keypoints, np.float32), width, height)


def smooth(sequence, fps=FPS):
    """float32 [T, 17, 3] through a fresh smoother."""
    smoother = KeypointSmoother()
    return np.stack([smoother.smooth(pose(k, i, fps)).keypoints for i, k in enumerate(sequence)])


def settled(smoother, frames=5):
    for index in range(frames):
        smoother.smooth(pose(body(), index))
    return frames


def swap(keypoints, pairs):
    swapped = keypoints.copy()
    for left, right in pairs:
        swapped[[left, right]] = swapped[[right, left]]
    return swapped


def test_a_person_who_holds_still_stays_where_they_are():
    assert smooth([body()] * 20)[-1] == pytest.approx(body(), abs=1e-6)


def test_noise_on_a_still_person_is_halved_at_least():
    random = np.random.default_rng(1)
    raw = np.repeat(body()[None], 300, axis=0)
    raw[..., :2] += random.normal(0, 0.004, (300, 17, 2))
    calm = smooth(raw)
    raw_jitter = np.diff(raw[30:, :, :2], axis=0).std()
    assert np.diff(calm[30:, :, :2], axis=0).std() <= 0.5 * raw_jitter
    assert calm[30:, :, :2].mean(axis=0) == pytest.approx(body()[:, :2], abs=0.002)


@pytest.mark.parametrize("fps", [10.0, 15.0, 30.0])
def test_a_moving_keypoint_is_followed_with_little_delay(fps):
    speed_per_s = 0.25  # of the picture's height: one torso length a second
    raw = np.repeat(body()[None], int(3 * fps), axis=0)
    raw[:, WRIST, 0] += speed_per_s * np.arange(len(raw)) / fps
    behind = raw[-1, WRIST, 0] - smooth(raw, fps)[-1, WRIST, 0]
    assert 0 < behind / speed_per_s <= 0.075


def test_the_same_movement_further_away_is_smoothed_alike():
    random = np.random.default_rng(2)
    near = np.repeat(body()[None], 60, axis=0)
    near[..., :2] += random.normal(0, 0.01, (60, 17, 2)).cumsum(axis=0) * 0.3
    far = near.copy()
    far[..., :2] = 0.5 + (near[..., :2] - 0.5) / 2
    expected = 0.5 + (smooth(near)[..., :2] - 0.5) / 2
    assert smooth(far)[..., :2] == pytest.approx(expected, abs=1e-5)


def test_a_keypoint_of_low_score_does_not_move_and_is_held_for_a_while():
    smoother = KeypointSmoother()
    frames = settled(smoother)
    wild = body()
    wild[WRIST] = (0.05, 0.05, USED_SCORE - 0.05)
    held = smoother.smooth(pose(wild, frames)).keypoints
    assert held[WRIST] == pytest.approx([*body()[WRIST, :2], USED_SCORE])
    assert held[Keypoint.LEFT_ELBOW, 2] == pytest.approx(0.8)


@pytest.mark.parametrize("score", [0.0, 0.1, 0.25])
def test_a_keypoint_gone_for_longer_is_not_visible(score):
    smoother = KeypointSmoother()
    frames = settled(smoother)
    hidden = body()
    hidden[WRIST, 2] = score
    found = []
    for index in range(frames, frames + 8):
        found.append((index, smoother.smooth(pose(hidden, index)).keypoints[WRIST, 2]))
    last_seen_s = (frames - 1) / FPS
    for index, found_score in found:
        gone_s = index / FPS - last_seen_s
        expected = USED_SCORE if gone_s <= HOLD_S else 0.0
        assert found_score == pytest.approx(expected), f"gone for {gone_s:.2f} s"


def test_a_keypoint_never_seen_is_not_visible_from_the_first_frame():
    hidden = body()
    hidden[WRIST, 2] = USED_SCORE - 0.01
    assert smooth([hidden])[0, WRIST, 2] == 0.0


def test_a_keypoint_that_comes_back_starts_where_it_is():
    smoother = KeypointSmoother()
    frames = settled(smoother)
    hidden, back = body(), body()
    hidden[WRIST, 2] = 0.0
    back[WRIST, :2] = (0.2, 0.7)
    for index in range(frames, frames + 8):
        smoother.smooth(pose(hidden, index))
    assert smoother.smooth(pose(back, frames + 8)).keypoints[WRIST] == pytest.approx(back[WRIST])


def test_sides_exchanged_for_two_frames_are_put_back():
    sequence = np.repeat(body()[None], 20, axis=0)
    for index in (10, 11):
        sequence[index] = swap(body(), LEGS)
    assert smooth(sequence)[:, :, :2] == pytest.approx(
        np.repeat(body()[None, :, :2], 20, axis=0), abs=1e-6
    )


def test_scores_go_with_their_keypoints_when_sides_are_put_back():
    one_sided = body()
    one_sided[Keypoint.LEFT_HIP, 2] = 0.5
    sequence = [one_sided] * 5 + [swap(one_sided, LEGS)]
    assert smooth(sequence)[-1, Keypoint.LEFT_HIP, 2] == pytest.approx(0.5)


def test_a_person_who_has_turned_round_is_believed_after_the_holding_time():
    turned = swap(body(), [(5, 6), (7, 8), (9, 10), *LEGS])
    sequence = [body()] * 10 + [turned] * 20
    found = smooth(sequence)
    assert found[11, :, :2] == pytest.approx(body()[:, :2], abs=1e-6)
    assert found[-1, :, :2] == pytest.approx(turned[:, :2], abs=0.01)


def test_feet_that_really_cross_are_not_exchanged():
    apart = np.full(40, 0.08)
    apart[10:16] = np.linspace(0.08, 0.01, 6)
    apart[16:] = -0.01  # just across, and there they stay
    sequence = np.repeat(body()[None], 40, axis=0)
    sequence[:, 15, 1], sequence[:, 16, 1] = 0.5 + apart, 0.5 - apart
    found = smooth(sequence)[:, [15, 16], 1]
    left_after_200_ms, right_after_200_ms = found[19]
    assert left_after_200_ms < right_after_200_ms
    assert found[-1] == pytest.approx([0.49, 0.51], abs=0.005)


@pytest.mark.parametrize("later_s", [2.0, -1.0])
def test_after_a_gap_or_another_clip_it_starts_afresh(later_s):
    smoother = KeypointSmoother()
    settled(smoother, 20)
    elsewhere = body()
    elsewhere[:, 1] += 0.2
    time_s = 19 / FPS + later_s
    found = smoother.smooth(Pose(99, time_s, elsewhere, WIDTH, HEIGHT))
    assert found.keypoints == pytest.approx(elsewhere)


def test_two_poses_at_the_same_time_change_nothing():
    smoother = KeypointSmoother()
    settled(smoother, 20)
    moved = body()
    moved[:, 1] += 0.1
    found = smoother.smooth(pose(moved, 19))
    assert found.keypoints[:, :2] == pytest.approx(body()[:, :2], abs=1e-6)


def test_the_same_poses_give_the_same_result_after_reset_and_are_not_changed():
    random = np.random.default_rng(3)
    raw = np.repeat(body()[None], 30, axis=0)
    raw += random.normal(0, 0.05, raw.shape).astype(np.float32)
    before = raw.copy()
    smoother = KeypointSmoother()

    def once():
        return np.stack([smoother.smooth(pose(k, i)).keypoints for i, k in enumerate(raw)])

    first = once()
    smoother.reset()
    assert np.array_equal(once(), first)
    assert np.array_equal(raw, before)
    assert first.dtype == np.float32


def test_the_frame_goes_with_the_pose():
    found = KeypointSmoother().smooth(Pose(7, 3.5, body(), 1280, 720))
    assert (found.sequence, found.captured_at_s, found.width, found.height) == (7, 3.5, 1280, 720)
