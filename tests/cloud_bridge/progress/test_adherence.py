"""Prescribed against done, in the clinic's days: what counts as missed, and what does not."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud_bridge.progress.adherence import (
    day_of,
    days_of_exercises,
    last_seven_days,
    missed_in_a_row,
    weeks_done,
    weeks_until,
)
from cloud_bridge.progress.plan import plan_of
from tests.cloud_bridge.progress.histories import (
    BERLIN,
    TODAY,
    a_set,
    noon,
    plan,
    session,
    version,
)

DAYS = st.integers(min_value=1, max_value=60)


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def missed(trained: list[int], days_per_week: int | None = 7, since: int = 100) -> int:
    """Days missed in a row by who trained so many days ago, and has the plan since then."""
    sessions = [session(back(each)) for each in trained]
    given_plan = plan(version(days_per_week), sessions, back(since))
    found = missed_in_a_row(given_plan, sessions, TODAY)
    return 0 if found is None else found.days


def test_two_days_without_training_of_seven_are_two_missed_days() -> None:
    assert missed([3, 4, 5, 6, 7, 8, 9, 10]) == 2


def test_rest_days_of_three_days_a_week_are_not_missed() -> None:
    # Sunday today; trained on Monday, Tuesday and Wednesday, as in the weeks before.
    weeks = [day + 7 * week for week in range(5) for day in (4, 5, 6)]
    assert missed(weeks, days_per_week=3) == 0


def test_three_days_a_week_count_two_missed_only_after_the_second_training_day() -> None:
    # Mondays, Wednesdays and Fridays until Friday the 6th; nothing from Monday the 9th on.
    fridays = [back(9), back(11), back(13), back(16), back(18), back(20)]
    sessions = [session(day) for day in fridays]
    three = plan(version(3), sessions)
    by_morning_of = {
        day: missed_in_a_row(three, sessions, back(day)) for day in (6, 5, 4, 3)
    }  # Monday to Thursday
    counted = {day: found.days if found else 0 for day, found in by_morning_of.items()}
    assert counted == {6: 0, 5: 1, 4: 1, 3: 2}


def test_a_single_day_missed_of_five_is_not_two_by_the_weekend() -> None:
    # Monday to Friday but the Wednesday: Saturday and Sunday make up for one day, not two.
    assert missed([2, 3, 5, 6, *range(9, 14)], days_per_week=5) == 1


def test_today_is_not_over_and_a_set_today_ends_the_run() -> None:
    assert missed([1]) == 0
    assert missed([0, 5, 6, 7]) == 0


def test_a_session_without_a_finished_set_is_no_training() -> None:
    empty = session(back(1), items=[])
    sessions = [empty, *(session(back(each)) for each in range(3, 12))]
    found = missed_in_a_row(plan(sessions=sessions), sessions, TODAY)
    assert found is not None
    assert found.days == 2


@pytest.mark.parametrize("status", ["on_hold", "revoked", "completed"])
def test_nothing_is_missed_while_nothing_is_asked_for(status: str) -> None:
    assert missed_in_a_row(plan(version(status=status)), [], TODAY) is None


def test_nothing_is_missed_before_and_after_the_period() -> None:
    ended = version(ends_on=back(3))
    assert missed_in_a_row(plan(ended), [], TODAY) is None
    begins = version(starts_on=back(1))
    found = missed_in_a_row(plan(begins), [], TODAY)
    # One day asked for is not yet a day of a whole week.
    assert found is None or found.days == 1


def test_a_version_that_no_device_has_asks_for_nothing() -> None:
    never = plan_of([(version(), noon(back(30)), None)], [], BERLIN)
    assert missed_in_a_row(never, [], TODAY) is None


def test_a_pause_holds_from_the_day_it_was_said_also_where_no_device_knows_it() -> None:
    hold = version(number=2, status="on_hold")
    plans = [(version(), noon(back(30)), noon(back(30))), (hold, noon(back(5)), None)]
    trained = [session(back(each)) for each in range(6, 20)]
    assert missed_in_a_row(plan_of(plans[:1], trained, BERLIN), trained, TODAY) is not None
    paused = plan_of(plans, trained, BERLIN)
    assert missed_in_a_row(paused, trained, TODAY) is None
    rows = days_of_exercises(paused, trained, [back(6), back(5)], TODAY)
    assert [each.prescribed for each in rows["squat_mini", "both"]] == [3, 0]


def test_a_session_proves_that_the_device_had_the_version() -> None:
    one = session(back(20))
    proven = plan_of([(version(), noon(back(30)), None)], [one], BERLIN)
    assert missed_in_a_row(proven, [one], TODAY) is not None


@given(weekdays=st.sets(st.integers(0, 6), min_size=1), weeks=st.integers(3, 9))
@settings(max_examples=25, deadline=None)
def test_the_same_days_every_week_are_never_missed(weekdays: set[int], weeks: int) -> None:
    trained = [each for each in range(1, 7 * weeks + 1) if back(each).weekday() in weekdays]
    assert missed(trained, days_per_week=len(weekdays), since=7 * weeks - 7) == 0


@given(trained=st.lists(DAYS, max_size=40), extra=DAYS, days_per_week=st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_one_more_day_of_training_never_makes_more_missed_days(
    trained: list[int], extra: int, days_per_week: int
) -> None:
    assert missed([*trained, extra], days_per_week) <= missed(trained, days_per_week)


@given(trained=st.lists(DAYS, max_size=40), days_per_week=st.integers(1, 7))
@settings(max_examples=30, deadline=None)
def test_never_more_missed_than_asked_for_nor_than_days_since_training(
    trained: list[int], days_per_week: int
) -> None:
    since = min(trained, default=100) - 1
    assert 0 <= missed(trained, days_per_week) <= min(days_per_week, since)


@given(
    at=st.datetimes(datetime(2025, 1, 1), datetime(2026, 12, 31)),  # noqa: DTZ001
    zone=st.sampled_from(["Europe/Berlin", "Pacific/Auckland", "America/Los_Angeles", "UTC"]),
)
@settings(max_examples=30, deadline=None)
def test_a_session_belongs_to_the_day_on_the_clinics_wall(at: datetime, zone: str) -> None:
    one = session(TODAY, started_at=at.replace(tzinfo=UTC), ended_at=at.replace(tzinfo=UTC))
    assert day_of(one, ZoneInfo(zone)) == at.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def test_midnight_is_that_of_the_clinic() -> None:
    late = datetime(2026, 3, 10, 22, 59, tzinfo=UTC)  # 23:59 in Berlin
    after = late + timedelta(minutes=1)
    days = [
        day_of(session(TODAY, started_at=each, ended_at=each), BERLIN) for each in (late, after)
    ]
    assert days == [date(2026, 3, 10), date(2026, 3, 11)]


def test_weeks_have_twelve_mondays_and_the_last_one_runs() -> None:
    mondays = weeks_until(date(2026, 3, 2))  # a Monday
    assert len(mondays) == 12
    assert mondays[-1] == date(2026, 3, 2)
    assert {day.weekday() for day in mondays} == {0}


def test_a_weeks_sets_are_counted_against_its_share_of_the_plan() -> None:
    sessions = [session(back(each), a_set(), a_set()) for each in (1, 3)]
    weeks = weeks_done(plan(version(3, sets=2), sessions), sessions, weeks_until(TODAY), TODAY)
    last = weeks[-1]
    assert (last.trained_days, last.prescribed_days) == (2, 3)
    assert (last.sets_done, last.prescribed_sets) == (4, 6)
    assert not last.over
    assert weeks[-2].over


def test_a_week_that_the_prescription_begins_in_asks_for_its_share() -> None:
    begun = plan(version(7), since=back(4))  # Wednesday, so from Thursday on
    week = weeks_done(begun, [], weeks_until(TODAY), TODAY)[-1]
    assert week.prescribed_days == 4


def test_each_day_has_its_prescribed_and_its_done_sets_and_nothing_is_filled_in() -> None:
    sessions = [
        session(back(2), a_set(), a_set(reps_counted=7)),
        session(back(1), exercise="bridge"),
    ]
    days = [back(each) for each in (3, 2, 1)]
    rows = days_of_exercises(plan(version(7, sets=3), sessions), sessions, days, TODAY)
    squats = rows["squat_mini", "both"]
    assert [(each.prescribed, [one.full for one in each.done]) for each in squats] == [
        (3, []), (3, [True, False]), (3, []),
    ]  # fmt: skip
    assert [each.prescribed for each in rows["bridge", "both"]] == [0, 0, 0]
    assert [len(each.done) for each in rows["bridge", "both"]] == [0, 0, 1]


def test_days_to_come_are_not_shown() -> None:
    days = [TODAY, TODAY + timedelta(days=1)]
    rows = days_of_exercises(plan(), [], days, TODAY)
    assert [each.day for each in rows["squat_mini", "both"]] == [TODAY]


def test_the_version_of_each_day_is_the_one_that_the_device_had() -> None:
    first, second = version(7, sets=2), version(7, number=2, sets=4)
    two = plan_of(
        [(second, noon(back(9)), noon(back(2))), (first, noon(back(9)), noon(back(9)))], [], BERLIN
    )
    rows = days_of_exercises(two, [], [back(3), back(2), back(1)], TODAY)
    assert [each.prescribed for each in rows["squat_mini", "both"]] == [2, 4, 4]


def test_an_exercise_with_weekdays_is_prescribed_on_these_alone() -> None:
    item = {"exercise_id": "squat_mini", "sets": 2, "reps": 9, "days_per_week": 2}
    other = {**item, "exercise_id": "bridge", "weekdays": ["tue", "thu"]}
    both = plan(version(items=[item | {"weekdays": ["mon", "thu"]}, other]))
    week = [back(each) for each in (6, 5, 4, 3)]  # Monday to Thursday
    rows = days_of_exercises(both, [], week, TODAY)
    assert [each.prescribed for each in rows["squat_mini", "both"]] == [2, 0, 0, 2]
    assert [each.prescribed for each in rows["bridge", "both"]] == [0, 2, 0, 2]
    assert both.asked_days_per_week(TODAY) == 3


def test_last_seven_days_end_today() -> None:
    sessions = [session(back(each)) for each in (0, 6, 7)]
    assert last_seven_days(plan(version(5), sessions), sessions, TODAY) == (2, 5)


def test_without_days_a_week_an_exercise_is_for_every_day() -> None:
    assert missed([3, 4, 5, 6, 7, 8, 9], days_per_week=None) == 2
