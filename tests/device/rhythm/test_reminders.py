"""Reminders: at their times, never at night, never too many, whatever the clocks do."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from device.errors import RhythmError
from device.rhythm.clock import device_zone, is_believed, is_synchronised
from device.rhythm.reminders import (
    Given,
    is_quiet,
    noted,
    reminder_at,
    reminding_times,
    snoozed,
)
from device.settings import ReminderSettings

BERLIN = ZoneInfo("Europe/Berlin")
DEFAULTS = ReminderSettings()
NOTHING = Given(date.min)


def live_through(
    begin: datetime, length: timedelta, zone: ZoneInfo, rules: ReminderSettings, step_minutes: int
) -> list[datetime]:
    """When it is reminded of something that stays due, in local time."""
    given_so_far, found = NOTHING, []
    for number in range(round(length / timedelta(minutes=step_minutes))):
        now = begin.astimezone(UTC) + timedelta(minutes=step_minutes * number)
        reminder = reminder_at(now, zone, rules, given_so_far)
        if reminder is not None and reminder.is_new:
            local = now.astimezone(zone)
            given_so_far = noted(given_so_far, reminder, local.date())
            found.append(local)
    return found


def test_it_reminds_once_at_each_set_time() -> None:
    begin = datetime(2026, 5, 4, tzinfo=BERLIN)
    found = live_through(begin, timedelta(days=2), BERLIN, DEFAULTS, 5)
    assert [each.time() for each in found] == [time(10), time(17)] * 2


def test_prescribed_times_take_the_place_of_the_set_ones_but_never_at_night() -> None:
    own = frozenset({time(8, 30), time(3)})
    assert reminding_times(DEFAULTS, own) == [time(8, 30)]
    assert reminding_times(DEFAULTS, frozenset({time(3)})) == [time(10), time(17)]
    at_8_31 = datetime(2026, 5, 4, 8, 31, tzinfo=BERLIN)
    assert reminder_at(at_8_31, BERLIN, DEFAULTS, NOTHING) is None
    reminder = reminder_at(at_8_31, BERLIN, DEFAULTS, NOTHING, own)
    assert reminder is not None
    assert reminder.since == at_8_31 - timedelta(minutes=1)


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_day_on_which_the_clocks_change_is_a_day_like_any_other(change: date) -> None:
    begin = datetime.combine(change - timedelta(days=1), time(), BERLIN)
    found = live_through(begin, timedelta(days=3), BERLIN, DEFAULTS, 5)
    assert [each.time() for each in found] == [time(10), time(17)] * 3


def test_a_time_that_the_clocks_skip_comes_an_hour_later_and_one_they_repeat_comes_once() -> None:
    night = ReminderSettings(times=[time(2, 30)], quiet_from=time(5), quiet_until=time(5))
    spring = live_through(
        datetime(2026, 3, 29, tzinfo=BERLIN), timedelta(hours=20), BERLIN, night, 5
    )
    assert [each.time() for each in spring] == [time(3, 30)]
    autumn = live_through(
        datetime(2026, 10, 25, tzinfo=BERLIN), timedelta(hours=20), BERLIN, night, 5
    )
    assert [(each.time(), each.fold) for each in autumn] == [(time(2, 30), 0)]


def test_a_device_that_was_off_reminds_late_but_not_too_late() -> None:
    at_10_40 = datetime(2026, 5, 4, 10, 40, tzinfo=BERLIN)
    late = reminder_at(at_10_40, BERLIN, DEFAULTS, NOTHING)
    assert late is not None
    assert late.is_new
    assert reminder_at(at_10_40 + timedelta(minutes=21), BERLIN, DEFAULTS, NOTHING) is None


def test_a_restart_does_not_remind_again() -> None:
    now = datetime(2026, 5, 4, 10, 1, tzinfo=BERLIN)
    first = reminder_at(now, BERLIN, DEFAULTS, NOTHING)
    assert first is not None
    given_so_far = noted(NOTHING, first, now.date())
    again = reminder_at(now + timedelta(minutes=3), BERLIN, DEFAULTS, given_so_far)
    assert again == replace(first, is_new=False)


def test_a_clock_that_is_set_back_does_not_remind_of_the_same_time_again() -> None:
    now = datetime(2026, 5, 4, 17, 1, tzinfo=BERLIN)
    first = reminder_at(now, BERLIN, DEFAULTS, NOTHING)
    assert first is not None
    given_so_far = noted(NOTHING, first, now.date())
    assert reminder_at(now - timedelta(minutes=40), BERLIN, DEFAULTS, given_so_far) is None


def test_a_snooze_hides_the_reminder_and_brings_it_back_once() -> None:
    now = datetime(2026, 5, 4, 10, 1, tzinfo=BERLIN)
    first = reminder_at(now, BERLIN, DEFAULTS, NOTHING)
    assert first is not None
    given_so_far = snoozed(noted(NOTHING, first, now.date()), now, BERLIN, DEFAULTS)
    for minutes in (0, 10, 29):
        later = now + timedelta(minutes=minutes)
        assert reminder_at(later, BERLIN, DEFAULTS, given_so_far) is None
    again = reminder_at(now + timedelta(minutes=30), BERLIN, DEFAULTS, given_so_far)
    assert again is not None
    assert (again.number, again.is_new) == (2, True)
    tomorrow = now + timedelta(days=1)
    fresh = reminder_at(tomorrow, BERLIN, DEFAULTS, given_so_far)
    assert fresh is not None
    assert fresh.number == 1


def test_a_snooze_into_the_quiet_hours_is_the_last_of_the_day() -> None:
    late = ReminderSettings(times=[time(19, 50)])
    now = datetime(2026, 5, 4, 19, 55, tzinfo=BERLIN)
    first = reminder_at(now, BERLIN, late, NOTHING)
    assert first is not None
    given_so_far = snoozed(noted(NOTHING, first, now.date()), now, BERLIN, late)
    for minutes in range(0, 300, 5):
        assert reminder_at(now + timedelta(minutes=minutes), BERLIN, late, given_so_far) is None


def test_quiet_hours_may_go_over_midnight_or_not() -> None:
    assert is_quiet(time(23), DEFAULTS)
    assert is_quiet(time(7, 59), DEFAULTS)
    assert not is_quiet(time(8), DEFAULTS)
    nap = ReminderSettings(quiet_from=time(13), quiet_until=time(15))
    assert is_quiet(time(14), nap)
    assert not is_quiet(time(23), nap)


def test_none_at_all_when_turned_off() -> None:
    begin = datetime(2026, 5, 4, tzinfo=BERLIN)
    for off in (ReminderSettings(remind=False), ReminderSettings(most_per_day=0)):
        assert live_through(begin, timedelta(days=1), BERLIN, off, 30) == []


zones = st.sampled_from(
    ["Europe/Berlin", "America/St_Johns", "Australia/Lord_Howe", "Asia/Kolkata"]
)
clock_changes = st.sampled_from([
    date(2026, 3, 8), date(2026, 3, 29), date(2026, 4, 5), date(2026, 10, 4), date(2026, 10, 25),
    date(2026, 11, 1), date(2026, 6, 15),
])  # fmt: skip
times_of_day = st.times().map(lambda each: each.replace(second=0, microsecond=0))


@settings(max_examples=40, deadline=None)
@given(
    zones, clock_changes, st.lists(times_of_day, max_size=6), times_of_day, times_of_day,
    st.integers(0, 4),
)  # fmt: skip
def test_never_in_quiet_hours_and_never_too_many_whatever_the_clocks_do(
    name: str, change: date, times: list[time], quiet_from: time, quiet_until: time, most: int
) -> None:
    zone = ZoneInfo(name)
    rules = ReminderSettings(
        times=times, quiet_from=quiet_from, quiet_until=quiet_until, most_per_day=most
    )
    begin = datetime.combine(change - timedelta(days=1), time(), zone)
    found = live_through(begin, timedelta(days=3), zone, rules, 15)
    assert all(not is_quiet(each.time(), rules) for each in found)
    per_day = [sum(each.date() == day for each in found) for day in {e.date() for e in found}]
    assert all(count <= min(most, len(set(times))) for count in per_day)


@pytest.mark.parametrize(
    "wrong",
    [
        {"times": ["25:00"]}, {"times": ["10:00+01:00"]}, {"time_zone": "Mars/Olympus"},
        {"most_per_day": -1}, {"snooze_minutes": 0}, {"evening": "18:00"},
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ReminderSettings.model_validate(wrong)


NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "newest", "synchronised", "believed"),
    [
        (NOW, None, False, True),
        (NOW, NOW - timedelta(days=9), False, True),
        (datetime(1970, 1, 1, tzinfo=UTC), None, False, False),
        (datetime(2025, 12, 31, tzinfo=UTC), None, True, False),
        (NOW, NOW + timedelta(hours=1), False, False),
        (NOW, NOW + timedelta(hours=1), True, True),
        (NOW, NOW + timedelta(minutes=4), False, True),
    ],
)
def test_a_clock_is_believed_when_it_can_be_right(
    now: datetime, newest: datetime | None, synchronised: bool, believed: bool
) -> None:
    assert is_believed(now, newest, synchronised=synchronised) is believed


def test_the_zone_is_the_named_one_or_the_systems(tmp_path: Path) -> None:
    assert str(device_zone("Europe/Berlin")) == "Europe/Berlin"
    assert NOW.astimezone(device_zone(None)) == NOW
    with pytest.raises(RhythmError, match="time_zone"):
        device_zone("Mars/Olympus")
    assert not is_synchronised(tmp_path / "synchronized")
    (tmp_path / "synchronized").touch()
    assert is_synchronised(tmp_path / "synchronized")
