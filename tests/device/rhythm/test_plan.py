"""What is due today: spread over the week, caught up within it, never twice a day."""

from datetime import UTC, date, time
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from device.rhythm.done_sets import DoneSets, done_session, done_sets
from device.rhythm.plan import Plan, monday_of, plan_of
from tests.device.rhythm.prescribed import (
    ARMS,
    MONDAY,
    SQUAT,
    at,
    day,
    done_on,
    item,
    prescription,
    session,
    set_result,
)


def plan(*items: object, **changes: object) -> Plan:
    only = prescription(*items, **changes)  # type: ignore[arg-type]
    return plan_of(only, [only], UTC)


def due_days(of: Plan, missed: set[int], days: int = 7) -> list[int]:
    """The days on which a patient who misses some is asked to train, and otherwise does."""
    done: dict[date, dict[tuple[str, str], int]] = {}
    asked = []
    for number in range(days):
        if SQUAT in of.due(day(number), done):  # type: ignore[arg-type]
            asked.append(number)
            if number not in missed:
                done[day(number)] = {SQUAT: 2}
    return asked


@pytest.mark.parametrize(
    ("days", "asked"),
    [
        (1, [0]), (2, [0, 3]), (3, [0, 2, 4]), (4, [0, 1, 3, 5]), (5, [0, 1, 2, 4, 5]),
        (7, [0, 1, 2, 3, 4, 5, 6]), (None, [0, 1, 2, 3, 4, 5, 6]),
    ],
)  # fmt: skip
def test_the_days_are_spread_over_the_week(days: int | None, asked: list[int]) -> None:
    assert due_days(plan(item(days=days)), missed=set()) == asked


def test_a_missed_day_is_asked_for_again_with_the_same_rest_after_it() -> None:
    assert due_days(plan(item(days=3)), missed={0}) == [0, 1, 3, 5]
    assert due_days(plan(item(days=2)), missed={0, 1}) == [0, 1, 2, 5]


def test_at_the_end_of_the_week_the_rest_gives_way() -> None:
    assert due_days(plan(item(days=3)), missed={0, 1, 2, 3}) == [0, 1, 2, 3, 4, 5, 6]


def test_what_was_missed_in_one_week_is_not_asked_for_in_the_next() -> None:
    asked = due_days(plan(item(days=3)), missed=set(range(7)), days=14)
    assert [number for number in asked if number >= 7] == [7, 9, 11]


def test_a_catch_up_says_that_it_is_one() -> None:
    of = plan(item(days=3))
    assert not of.due(day(0), {})[SQUAT].catches_up
    assert of.due(day(1), {})[SQUAT].catches_up


def test_a_day_half_done_asks_for_the_sets_that_are_left() -> None:
    of = plan(item(sets=3, days=7))
    assert of.due(MONDAY, {MONDAY: {SQUAT: 1}})[SQUAT].sets_left == 2
    assert of.due(MONDAY, {MONDAY: {SQUAT: 3}}) == {}
    assert of.due(MONDAY, {MONDAY: {SQUAT: 5}}) == {}


def test_each_exercise_has_days_of_its_own() -> None:
    of = plan(item(days=7), item("arm_lift", days=1))
    assert set(of.due(day(0), {})) == {SQUAT, ARMS}
    done: DoneSets = {day(0): {SQUAT: 2, ARMS: 2}}
    assert set(of.due(day(1), done)) == {SQUAT}


def test_the_same_exercise_twice_in_a_plan_is_done_when_both_are() -> None:
    of = plan(item(days=7, sets=2), item(days=7, sets=1))
    assert of.due(MONDAY, {MONDAY: {SQUAT: 2}})[SQUAT].sets_left == 1


def test_nothing_is_due_outside_the_period_nor_on_hold() -> None:
    of = plan(item(days=7), starts_on=day(1), ends_on=day(3))
    assert [number for number in range(7) if of.due(day(number), {})] == [1, 2, 3]
    for status in ("on_hold", "revoked", "completed"):
        assert plan(item(), status=status).due(MONDAY, {}) == {}


def test_a_week_that_begins_late_asks_for_its_share() -> None:
    of = plan(item(days=3), starts_on=day(4))
    assert of.required(SQUAT, MONDAY) == 1
    assert of.required(SQUAT, day(7)) == 3
    assert of.required(SQUAT, day(-7)) == 0


def test_without_a_beginning_a_plan_begins_when_its_exercise_was_first_issued() -> None:
    first = prescription(item(days=7), issued_at=at(2))
    second = prescription(item(days=7), item("arm_lift", days=7), issued_at=at(4), version=2)
    of = plan_of(second, [first, second], UTC)
    assert of.wanted[SQUAT].begins_on == day(2)
    assert of.wanted[ARMS].begins_on == day(4)


def test_an_exercise_with_weekdays_is_due_on_these_alone_and_what_was_missed_stays_missed() -> None:
    of = plan(item(days=2, weekdays=("tue", "fri")))
    assert due_days(of, missed=set(), days=14) == [1, 4, 8, 11]
    assert due_days(of, missed={1, 4}, days=14) == [1, 4, 8, 11]
    assert not of.due(day(1), {})[SQUAT].catches_up
    assert of.due(day(1), {day(1): {SQUAT: 1}})[SQUAT].sets_left == 1


def test_a_week_without_its_weekdays_asks_for_nothing_and_another_day_counts() -> None:
    of = plan(item(days=2, weekdays=("tue", "fri")), ends_on=day(10))
    assert (of.required(SQUAT, MONDAY), of.required(SQUAT, day(7))) == (2, 1)
    assert plan(item(days=1, weekdays=("mon",)), starts_on=day(1)).required(SQUAT, MONDAY) == 0
    assert of.days_done(SQUAT, MONDAY, {day(2): {SQUAT: 2}}) == 1


def test_the_same_exercise_twice_is_for_the_days_of_both() -> None:
    twice = plan(item(days=1, weekdays=("mon",)), item(days=1, weekdays=("wed",)))
    assert [number for number in range(7) if twice.due(day(number), {})] == [0, 2]
    any_day = plan(item(days=1, weekdays=("mon",)), item(days=7))
    assert any_day.wanted[SQUAT].weekdays == frozenset()


def test_times_are_those_of_what_is_due_that_day() -> None:
    arms = item("arm_lift", days=1, weekdays=("tue",), times=("08:30",))
    of = plan(item(days=1, weekdays=("mon",)), arms)
    assert of.times(day(0), {}) is None
    assert of.times(day(1), {}) == {time(8, 30)}
    assert of.times(day(1), {day(1): {ARMS: 2}}) is None


def test_a_set_broken_off_does_not_count_and_the_sets_before_it_do() -> None:
    whole, broken = set_result(0), set_result(0, counted=4)
    assert done_session(session(0, whole, broken)).sets == {SQUAT: 2}
    assert done_session(session(0, whole, broken, status="stopped")).sets == {SQUAT: 1}
    assert done_session(session(0, whole, whole, status="stopped")).sets == {SQUAT: 2}
    assert done_session(session(0, broken, status="interrupted")).sets == {}


def test_a_session_counts_for_the_local_day_on_which_it_began() -> None:
    evening = done_on(0)
    late = type(evening)(at(0, 23, 30), at(1, 0, 10), evening.sets)
    assert list(done_sets([late], UTC, at(3))) == [day(0)]
    assert list(done_sets([late], ZoneInfo("Europe/Berlin"), at(3))) == [day(1)]


def test_sessions_of_a_clock_that_was_ahead_are_left_out() -> None:
    assert done_sets([done_on(0), done_on(400)], UTC, at(1)) == {day(0): {SQUAT: 2}}


weekly = st.integers(1, 7)


@settings(max_examples=60, deadline=None)
@given(weekly, st.integers(0, 6), st.integers(0, 6), st.sets(st.integers(0, 6)))
def test_whoever_does_what_is_due_fulfils_the_week(
    days: int, first: int, last: int, extra: set[int]
) -> None:
    first, last = sorted((first, last))
    of = plan(item(days=days), starts_on=day(first), ends_on=day(last))
    done: dict[date, dict[tuple[str, str], int]] = {}
    trained = 0
    for number in range(7):
        asked = SQUAT in of.due(day(number), done)  # type: ignore[arg-type]
        assert not asked or first <= number <= last
        if asked or (number in extra and first <= number <= last):
            done[day(number)] = {SQUAT: 2}
            trained += asked
    assert of.days_done(SQUAT, MONDAY, done) >= of.required(SQUAT, MONDAY)  # type: ignore[arg-type]
    assert trained <= of.required(SQUAT, MONDAY)


@settings(max_examples=60, deadline=None)
@given(weekly, st.sets(st.integers(0, 6)))
def test_no_week_asks_for_more_days_than_prescribed_of_whoever_does_them(
    days: int, missed: set[int]
) -> None:
    asked = due_days(plan(item(days=days)), missed)
    trained = [number for number in asked if number not in missed]
    assert len(trained) <= days
    # Whoever has as many days free after the last missed one as are prescribed can catch all up.
    free = 6 - max(missed, default=-1)
    assert len(trained) == days or free < days


def test_weeks_begin_on_monday() -> None:
    assert monday_of(date(2026, 3, 8)) == MONDAY
    assert monday_of(MONDAY) == MONDAY
