"""Weeks in a row, from stored sessions only."""

from datetime import UTC

from device.rhythm.done_sets import done_sets
from device.rhythm.streak import weeks_in_a_row
from models.messages import Prescription
from tests.device.rhythm.prescribed import at, day, done_on, item, prescription

THREE_A_WEEK = prescription(issued_at=at(0, 6))


def streak(today: int, trained: list[int], *versions: Prescription) -> int:
    done = done_sets([done_on(number) for number in trained], UTC, at(today))
    return weeks_in_a_row(versions or (THREE_A_WEEK,), done, day(today), UTC)


def test_no_prescription_and_no_session_are_no_streak() -> None:
    assert weeks_in_a_row((), {}, day(0), UTC) == 0
    assert streak(20, []) == 0


def test_this_week_adds_once_it_is_done_and_takes_nothing_away() -> None:
    assert streak(2, [0, 2]) == 0
    assert streak(4, [0, 2, 4]) == 1
    assert streak(8, [0, 2, 4]) == 1
    assert streak(13, [0, 2, 4]) == 1, "the second week is not over"
    assert streak(14, [0, 2, 4]) == 0, "and now it is"
    assert streak(14, [0, 2, 4, 7, 8, 9]) == 2


def test_a_week_with_a_day_too_few_ends_the_row() -> None:
    assert streak(21, [0, 2, 4, 7, 9, 14, 16, 18]) == 1


def test_days_caught_up_within_the_week_count() -> None:
    assert streak(7, [4, 5, 6]) == 1


def test_twice_on_a_day_is_one_day() -> None:
    assert streak(7, [0, 0, 2]) == 0


def test_a_week_on_hold_neither_adds_nor_ends_the_row() -> None:
    held = prescription(version=2, status="on_hold", issued_at=at(7, 8))
    again = prescription(version=3, issued_at=at(14, 8))
    versions = (THREE_A_WEEK, held, again)
    assert streak(21, [0, 2, 4, 14, 16, 18], *versions) == 2
    assert streak(10, [0, 2, 4], *versions) == 1


def test_in_a_week_that_changed_the_plan_either_plan_done_is_enough() -> None:
    harder = prescription(item(days=6), version=2, issued_at=at(11, 8))
    versions = (THREE_A_WEEK, harder)
    assert streak(14, [0, 2, 4, 7, 8, 9], *versions) == 2
    assert streak(21, [0, 2, 4, 7, 8, 9, 14, 16, 18], *versions) == 0, "the harder plan holds now"


def test_an_exercise_that_came_in_the_middle_of_a_week_asks_for_its_share() -> None:
    more = prescription(item("arm_lift", days=3), version=2, issued_at=at(10, 8))
    done = done_sets(
        [*(done_on(number) for number in (0, 2, 4, 7)),
         *(done_on(number, exercise_id="arm_lift") for number in (10, 12))],
        UTC, at(14),
    )  # fmt: skip
    assert weeks_in_a_row((THREE_A_WEEK, more), done, day(14), UTC) == 2


def test_after_the_period_the_row_stays() -> None:
    over = prescription(issued_at=at(0, 6), ends_on=day(6))
    assert streak(30, [0, 2, 4], over) == 1
