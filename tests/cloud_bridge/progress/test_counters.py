"""Remote-monitoring counters: what counts, what does not, and the tier that it makes."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cloud_bridge.progress.counters import (
    clinician_minutes,
    data_days,
    load_monitoring_tiers,
)
from tests.cloud_bridge.progress.histories import BERLIN, TODAY, session

TIERS = load_monitoring_tiers()


@dataclass
class Entry:
    worked_on: date
    minutes: int
    withdrawn_at: object | None = None


def days(*back: int, **fields: object) -> list:
    return [session(TODAY - timedelta(days=each), **fields) for each in back]


@pytest.mark.parametrize(
    ("counted", "code"),
    [(0, None), (1, None), (2, "98985"), (15, "98985"), (16, "98977"), (30, "98977")],
)
def test_the_tier_of_days_with_data(counted: int, code: str | None) -> None:
    found = data_days(days(*range(counted)), TODAY, BERLIN, TIERS)
    assert found.counted == counted
    assert (found.tier.code if found.tier else None) == code


@pytest.mark.parametrize(
    ("minutes", "code"), [(9, None), (10, "98979"), (19, "98979"), (20, "98980"), (200, "98980")]
)
def test_the_tier_of_minutes(minutes: int, code: str | None) -> None:
    found = clinician_minutes([Entry(TODAY, minutes)], TODAY, TIERS)
    assert (found.minutes, found.tier.code if found.tier else None) == (minutes, code)


def test_thirty_days_end_today() -> None:
    found = data_days(days(0, 29, 30), TODAY, BERLIN, TIERS)
    assert (found.counted, found.first) == (2, TODAY - timedelta(days=29))


def test_simulated_days_count_apart_and_never_for_a_tier() -> None:
    sessions = [*days(*range(20), camera="simulated"), *days(3)]
    found = data_days(sessions, TODAY, BERLIN, TIERS)
    assert (found.counted, found.simulated, found.tier) == (1, 19, None)


def test_a_session_without_a_set_is_no_data() -> None:
    assert data_days(days(1, items=[]), TODAY, BERLIN, TIERS).counted == 0


def test_minutes_are_those_of_the_calendar_month_that_were_not_withdrawn() -> None:
    entries = [
        Entry(date(2026, 3, 1), 7),
        Entry(date(2026, 2, 28), 30),
        Entry(date(2025, 3, 15), 30),
        Entry(date(2026, 3, 9), 40, withdrawn_at="then"),
        Entry(date(2026, 3, 9), 5),
    ]
    found = clinician_minutes(entries, TODAY, TIERS)
    assert (found.minutes, found.entries, found.month) == (12, 2, date(2026, 3, 1))


@given(back=st.lists(st.integers(0, 70), max_size=60), simulated=st.lists(st.integers(0, 70)))
@settings(max_examples=25, deadline=None)
def test_days_are_counted_once_and_lie_in_at_most_one_tier(
    back: list[int], simulated: list[int]
) -> None:
    sessions = days(*back) + days(*simulated[:20], camera="simulated")
    found = data_days(sessions, TODAY, BERLIN, TIERS)
    within = {each for each in back if each < 30}
    assert found.counted == len(within)
    assert found.simulated == len({each for each in simulated[:20] if each < 30} - within)
    assert sum(tier.has(found.counted) for tier in TIERS.data_days) <= 1
    assert (found.tier is None) == (found.counted < 2)


@given(minutes=st.lists(st.integers(1, 240), max_size=20))
@settings(max_examples=30, deadline=None)
def test_minutes_add_up_and_lie_in_at_most_one_tier(minutes: list[int]) -> None:
    found = clinician_minutes([Entry(TODAY, each) for each in minutes], TODAY, TIERS)
    assert found.minutes == sum(minutes)
    assert sum(tier.has(found.minutes) for tier in TIERS.minutes) == (
        1 if sum(minutes) >= 10 else 0
    )
