"""Where the movement is found in a signal, and what the signal is."""

import numpy as np
import pytest

from models.movement_span import INPUTS, RATE_HZ, SpanLimits, main_movement, sampled, span
from tests.models.test_standard_body import STANDING

LIMITS = SpanLimits(surely=0.8, still=0.5, gap_s=2.0, shortest_s=0.5)


def signal(*parts):
    """Seconds at a height, one after the other."""
    return np.concatenate([np.full(round(RATE_HZ * seconds), height) for seconds, height in parts])


def seconds(found):
    return None if found is None else tuple(frame / RATE_HZ for frame in found)


def test_it_reaches_as_far_as_the_signal_stays_above_still():
    found = span(signal((2, 0.1), (1, 0.6), (2, 0.9), (1, 0.6), (3, 0.2)), LIMITS)
    assert seconds(found) == pytest.approx((2, 6), abs=0.1)


def test_what_is_never_sure_is_no_movement():
    assert span(signal((2, 0.1), (3, 0.7), (2, 0.1)), LIMITS) is None


def test_a_short_rest_between_repetitions_is_bridged_and_a_long_one_is_not():
    short = span(signal((1, 0), (2, 1), (1.5, 0), (2, 1), (1, 0)), LIMITS)
    assert seconds(short) == pytest.approx((1, 6.5), abs=0.1)
    long = span(signal((1, 0), (1, 1), (4, 0), (3, 1), (1, 0)), LIMITS)
    assert seconds(long) == pytest.approx((6, 9), abs=0.1)


def test_a_twitch_is_no_movement():
    assert span(signal((2, 0), (0.2, 1), (2, 0)), LIMITS) is None


def test_a_signal_that_is_high_from_end_to_end_is_all_movement():
    assert span(np.ones(50), LIMITS) == (0, 49)


@pytest.mark.parametrize("fps", [10, 15, 30])
def test_the_cameras_rate_does_not_change_what_is_looked_at(fps):
    def squat(times_s):
        joints_m = np.repeat(STANDING[None], len(times_s), axis=0)
        joints_m[:, 3:7, 1] += 0.3 * np.sin(np.pi * times_s / 6)[:, None] ** 2
        return joints_m

    times_s = 5 + np.arange(0, 6 * fps + 1) / fps
    values, at_s = sampled(squat(times_s - 5), times_s)
    assert values.shape == (91, INPUTS)
    assert at_s[[0, -1]] == pytest.approx([5, 11])
    exact, _ = sampled(squat(at_s - 5), at_s)
    assert np.abs(values - exact).max() < 0.05


def test_the_main_movement_is_low_at_rest_whatever_its_direction():
    there_and_back = np.sin(np.linspace(0, np.pi, 90)) ** 4
    for direction in (1.0, -1.0):
        body = np.zeros((90, 39))
        body[:, 7] = direction * there_and_back
        found = main_movement(body)
        assert found[[0, -1]] == pytest.approx(0, abs=0.05)
        assert found[45] == pytest.approx(1, abs=0.1)


def test_where_nothing_moves_there_is_no_main_movement():
    assert not main_movement(np.ones((30, 39))).any()
