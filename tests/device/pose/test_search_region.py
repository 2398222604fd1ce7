"""Where the person is looked for next."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device.pose.region import next_region, whole_picture

WIDTH, HEIGHT = 640, 480
SEEN, UNSEEN = 0.8, 0.05


def standing(score=SEEN, centre=(0.5, 0.5)):
    """A person 0.6 of the picture high, round ``centre`` (y, x)."""
    y, x = centre
    return (
        [[y - 0.3, x, score]] * 5
        + [[y - 0.2, x - 0.05, score], [y - 0.2, x + 0.05, score]]
        + [[y - 0.1, x - 0.1, score], [y - 0.1, x + 0.1, score]] * 2
        + [[y, x - 0.03, score], [y, x + 0.03, score]]
        + [[y + 0.15, x - 0.03, score], [y + 0.15, x + 0.03, score]]
        + [[y + 0.3, x - 0.03, score], [y + 0.3, x + 0.03, score]]
    )


def test_the_whole_picture_is_the_smallest_square_round_it():
    region = whole_picture(WIDTH, HEIGHT)
    assert (region.left, region.top, region.size) == (0.0, -80.0, 640.0)


def test_the_region_is_a_square_round_the_hips_that_holds_the_body_with_room():
    region = next_region(standing(), WIDTH, HEIGHT)
    assert region.left + region.size / 2 == pytest.approx(320)
    assert region.top + region.size / 2 == pytest.approx(240)
    furthest_px = 0.3 * HEIGHT
    torso_px = 0.2 * HEIGHT
    assert region.size / 2 == pytest.approx(max(1.2 * furthest_px, 1.9 * torso_px))


def test_without_a_torso_the_whole_picture_is_searched():
    rows = standing()
    for index in (11, 12):
        rows[index] = [*rows[index][:2], UNSEEN]
    assert next_region(rows, WIDTH, HEIGHT) == whole_picture(WIDTH, HEIGHT)


def test_one_side_of_the_torso_is_enough_in_the_side_view():
    rows = standing()
    for index in (6, 12):
        rows[index] = [*rows[index][:2], UNSEEN]
    assert next_region(rows, WIDTH, HEIGHT).size < whole_picture(WIDTH, HEIGHT).size


def test_a_keypoint_that_is_not_seen_does_not_widen_the_region():
    rows = standing()
    expected = next_region(rows, WIDTH, HEIGHT)
    rows[9] = [3.0, 3.0, UNSEEN]
    assert next_region(rows, WIDTH, HEIGHT) == expected


def assert_reaches_into_picture(region, width, height):
    assert min(int(region.left + region.size), width) > max(int(region.left), 0)
    assert min(int(region.top + region.size), height) > max(int(region.top), 0)


@pytest.mark.parametrize("centre", [(0.5, -0.4), (0.5, 1.4), (-0.6, 0.5), (1.6, 0.5)])
def test_a_body_beside_the_picture_is_looked_for_at_its_border(centre):
    region = next_region([[y, x, s] for y, x, s in tiny(centre)], WIDTH, HEIGHT)
    assert_reaches_into_picture(region, WIDTH, HEIGHT)


def tiny(centre):
    """A person a tenth as large round ``centre`` (y, x)."""
    y0, x0 = centre
    return [(y0 + (y - 0.5) / 10, x0 + (x - 0.5) / 10, score) for y, x, score in standing()]


coordinate = st.floats(-2.0, 3.0)
rows_of_any_kind = st.lists(
    st.tuples(coordinate, coordinate, st.floats(0.0, 1.0)), min_size=17, max_size=17
)


@given(rows_of_any_kind, st.integers(1, 2000), st.integers(1, 2000))
def test_some_of_the_region_is_always_inside_the_picture(rows, width, height):
    assert_reaches_into_picture(
        next_region([list(row) for row in rows], width, height), width, height
    )
