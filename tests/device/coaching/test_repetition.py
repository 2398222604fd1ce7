"""The repetition counter on made-up angles with known answers."""

import math
from collections.abc import Iterable

import pytest

from device.coaching.repetition import Movement, RepetitionCounter
from models.exercises.library import load_library
from models.exercises.motion import minimum_jerk

SQUAT = load_library().measured("squat_deep")
FPS = 30


def count(angles: Iterable[float | None]) -> list[Movement]:
    counter = RepetitionCounter(SQUAT.repetition, SQUAT.range_of_motion)
    found = [counter.update(index / FPS, angle) for index, angle in enumerate(angles)]
    return [each for each in (*found, counter.finish()) if each is not None]


def rest(seconds: float, at: float = 5.0) -> list[float | None]:
    return [at] * int(seconds * FPS)


def repetition(
    peak: float, out_s: float = 2.0, hold_s: float = 1.0, return_s: float = 2.0, at: float = 5.0
) -> list[float | None]:
    def way(seconds: float) -> list[float]:
        steps = max(int(seconds * FPS), 1)
        return [at + (peak - at) * minimum_jerk(step / steps) for step in range(steps)]

    return [*way(out_s), *[peak] * int(hold_s * FPS), *reversed(way(return_s))]


def kinds(movements: list[Movement]) -> list[str]:
    return [each.kind for each in movements]


def test_three_repetitions() -> None:
    movements = count([*rest(1), *(repetition(100) + rest(1)) * 3])
    assert kinds(movements) == ["repetition"] * 3
    assert all(math.isclose(each.peak_deg, 100, abs_tol=0.5) for each in movements)


def test_a_partial_movement_is_an_attempt() -> None:
    assert kinds(count([*rest(1), *repetition(40), *rest(1)])) == ["attempt"]


def test_a_small_movement_is_nothing() -> None:
    assert count([*rest(1), *repetition(20), *rest(1)]) == []


def test_a_pause_half_way_is_one_repetition() -> None:
    down, up = repetition(100)[:60], repetition(100)[60:]
    movements = count([*rest(1), *down[:30], *[down[30]] * 45, *down[30:], *up, *rest(1)])
    assert kinds(movements) == ["repetition"]


def test_a_tremble_at_the_bottom_is_one_repetition() -> None:
    bottom = [100 + 8 * math.sin(index / 2) for index in range(60)]
    movements = count([*rest(1), *repetition(100)[:60], *bottom, *repetition(100)[90:], *rest(1)])
    assert kinds(movements) == ["repetition"]


def test_a_single_wild_frame_is_nothing() -> None:
    angles = rest(4)
    angles[60] = 120.0
    assert count(angles) == []


def test_a_keypoint_lost_for_a_moment_does_not_split_a_repetition() -> None:
    angles = [*rest(1), *repetition(100), *rest(1)]
    angles[95:98] = [None, None, None]
    assert kinds(count(angles)) == ["repetition"]


def test_a_movement_hardly_seen_is_not_counted() -> None:
    angles = [*rest(1), *repetition(100), *rest(1)]
    angles[52:130:3] = [None] * len(angles[52:130:3])
    angles[53:130:3] = [None] * len(angles[53:130:3])
    assert count(angles) == []


def test_what_began_unseen_is_not_counted() -> None:
    assert count([*repetition(100)[75:], *rest(1)]) == []


def test_a_recording_that_ends_at_the_bottom_counts_it() -> None:
    movements = count([*rest(1), *repetition(100)[:80]])
    assert kinds(movements) == ["repetition"]
    assert movements[0].complete is False
    assert movements[0].return_s is None


def test_staying_down_is_not_a_repetition() -> None:
    assert (
        count([*rest(1), *repetition(100)[:60], *[100.0] * 20 * FPS, *repetition(100)[90:]]) == []
    )


def test_rest_may_lie_higher_than_the_library_says() -> None:
    angles = [*rest(6, at=20), *(repetition(95, at=20) + rest(1, at=20)) * 2]
    assert kinds(count(angles)) == ["repetition"] * 2


def test_returning_only_most_of_the_way_counts() -> None:
    angles = [*rest(1), *repetition(100, at=5)[:90]]
    for _ in range(2):
        angles += [100 - 65 * minimum_jerk(step / 60) for step in range(60)]
        angles += [35 + 65 * minimum_jerk(step / 60) for step in range(60)]
    assert len(count([*angles, *reversed(repetition(100)[:60]), *rest(1)])) == 3


@pytest.mark.parametrize(("out_s", "return_s"), [(2.0, 3.0), (0.5, 0.6), (3.0, 1.0)])
def test_phases_are_timed(out_s: float, return_s: float) -> None:
    (movement,) = count([*rest(2), *repetition(100, out_s, 1.0, return_s), *rest(2)])
    assert movement.out_s is not None
    assert movement.return_s is not None
    assert math.isclose(movement.out_s, out_s, rel_tol=0.3)
    assert math.isclose(movement.return_s, return_s, rel_tol=0.3)


def test_a_count_comes_within_a_second_of_the_return() -> None:
    angles = [*rest(1), *repetition(100), *rest(1)]
    (movement,) = count(angles)
    assert movement.ended_s <= (len(angles) - FPS) / FPS


def test_quick_repetitions_are_each_counted() -> None:
    quick = repetition(100, out_s=0.5, hold_s=0.0, return_s=0.5) + rest(0.5)
    assert kinds(count([*rest(1), *quick * 4])) == ["repetition"] * 4


def test_a_repetition_twice_as_quick_as_the_last_is_counted() -> None:
    quick = repetition(100, out_s=1.0, hold_s=0.5, return_s=1.0)
    assert kinds(count([*rest(1), *repetition(100), *rest(1), *quick, *rest(1)])) == (
        ["repetition"] * 2
    )


def test_a_jerk_after_a_slow_repetition_is_counted() -> None:
    jerk = repetition(100, out_s=0.4, hold_s=0.3, return_s=0.6)
    assert kinds(count([*rest(1), *repetition(100), *rest(1), *jerk, *rest(1)])) == (
        ["repetition"] * 2
    )
