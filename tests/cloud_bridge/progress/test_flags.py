"""Who is flagged, why, and when a flag comes back; the traps are pain 0 and numbers of days."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from cloud_bridge.progress.flags import Evidence, Flag
from cloud_bridge.progress.plan import plan_of
from models.event import Event
from tests.cloud_bridge.progress.histories import (
    BERLIN,
    TODAY,
    a_set,
    flags,
    noon,
    peaks,
    plan,
    session,
    version,
)


def back(days: int) -> date:
    return TODAY - timedelta(days=days)


def daily(until: int = 0, **fields: object) -> list:
    """A session on each of the last thirty days until so many days ago."""
    return [session(back(each), **fields) for each in range(30, until - 1, -1)]


def event(kind: str, day: date, **fields: object) -> Event:
    return Event.model_validate({
        "id": uuid4(), "device_id": "d", "patient_id": "p", "prescription_id": uuid4(),
        "event_kind": kind, "occurred_at": noon(day), "camera": "usb", "software_version": "1",
    } | fields)  # fmt: skip


def test_who_does_what_is_prescribed_without_pain_has_no_flag() -> None:
    assert flags(*daily(pain_before=0, pain_after=0)) == {}


def test_two_missed_days_are_flagged_and_one_is_not() -> None:
    assert flags(*daily(until=2)) == {}
    (flag,) = flags(*daily(until=3)).values()
    assert (flag.rule, flag.evidence[0].key) == ("missed_days", f"missed-since:{back(2)}")
    assert "trained 5 of 7 days" in flag.evidence[0].said


def test_seven_whole_days_without_a_session_are_silence_and_six_are_not() -> None:
    assert ("silence", "") not in flags(*daily(until=7))
    found = flags(*daily(until=8))
    assert list(found) == [("silence", "")]  # which says more than the missed days
    assert found["silence", ""].evidence[0].said.startswith("7 whole days without a session")


@pytest.mark.parametrize("days", [28, 31, 45, 70])
def test_days_of_silence_do_not_begin_anew_after_a_month(days: int) -> None:
    found = flags(session(back(days)))
    assert found["silence", ""].evidence[0].said.startswith(f"{days - 1} whole days")


def test_a_session_that_was_stopped_at_once_breaks_the_silence() -> None:
    empty = session(back(1), items=[], status="stopped", stop_reason="tired")
    assert ("silence", "") not in flags(*daily(until=9), empty)


def test_silence_since_the_prescription_where_there_was_never_a_session() -> None:
    assert ("silence", "") in flags(given=plan(since=back(8)))
    assert ("silence", "") not in flags(given=plan(since=back(7)))


def test_a_prescription_that_no_device_confirms_is_told() -> None:
    unconfirmed = plan_of([(version(), noon(back(8)), None)], [], BERLIN)
    flag = flags(given=unconfirmed)["silence", ""]
    assert "no device has confirmed it" in flag.evidence[0].said


@pytest.mark.parametrize("status", ["on_hold", "revoked", "completed"])
def test_nobody_is_silent_who_is_asked_for_nothing(status: str) -> None:
    assert flags(session(back(40)), given=plan(version(status=status))) == {}


def test_silence_counts_from_the_end_of_a_pause() -> None:
    hold, on = version(status="on_hold"), version(number=2)
    paused = plan_of(
        [(hold, noon(back(60)), noon(back(60))), (on, noon(back(5)), noon(back(5)))], [], BERLIN
    )
    assert ("silence", "") not in flags(session(back(70)), given=paused)


def rated(*pains: int | None, **fields: object) -> list:
    return [
        session(back(len(pains) - 1 - each), pain_after=pain, **fields)
        for each, pain in enumerate(pains)
    ]


@pytest.mark.parametrize(
    ("pains", "flagged"),
    [
        ((0, 1, 2), True),  # a pain of 0 is an answer
        ((0, 0, 2), True),
        ((1, 2), False),  # two sessions are not three
        ((2, 2, 3), False),
        ((3, 0, 4), False),
        ((0, None, 1, None, 2), True),  # who skips an answer has not said 0
        ((None, 2, 2), False),
    ],
)
def test_pain_up_two_points_over_three_answers(
    pains: tuple[int | None, ...], flagged: bool
) -> None:
    found = flags(*rated(*pains))
    assert (("pain_rise", "after") in found) == flagged


def test_a_rise_of_pain_stands_with_its_answers() -> None:
    flag = flags(*rated(0, 1, 2))["pain_rise", "after"]
    assert [each.said for each in flag.evidence] == ["pain after the session 0 → 1 → 2"]


def test_pain_before_is_looked_at_by_itself() -> None:
    sessions = [session(back(2 - each), pain_before=2 * each, pain_after=4) for each in range(3)]
    assert [key for key in flags(*sessions) if key[0] == "pain_rise"] == [("pain_rise", "before")]


@pytest.mark.parametrize(("pain", "flagged"), [(5, False), (6, True)])
def test_pain_above_five_is_flagged(pain: int, flagged: bool) -> None:
    assert (("pain_in_exercise", "") in flags(*rated(pain))) == flagged


def test_pain_said_when_stopping_is_flagged() -> None:
    told = event("stopped_for_pain", TODAY, evidence={"pain": 8})
    flag = flags(*daily(), events=(told,))["pain_in_exercise", ""]
    assert flag.evidence[0].key == f"event:{told.id}"


def test_old_pain_is_no_flag_any_more() -> None:
    sessions = [session(back(15), pain_after=9), *daily(pain_after=0)]
    assert ("pain_in_exercise", "") not in flags(*sessions)


def test_a_stop_is_flagged_with_its_reason() -> None:
    stopped = session(back(1), status="stopped", stop_reason="chest_pain")
    flag = flags(*daily(), stopped)["stop", ""]
    assert (flag.urgent, flag.evidence[0].said) == (True, "stopped: chest pain")


def test_a_suspected_fall_stays_however_old_it_is() -> None:
    fell = event("fall_suspected", back(400), answer="no_answer")
    flag = flags(*daily(), events=(fell,))["fall_suspected", ""]
    assert flag.evidence[0].said.endswith("no answer")
    assert flag.urgent


def ranged(*values: float, error: float | None = 4.0, **fields: object) -> list:
    return [
        session(
            back(len(values) - 1 - each), a_set(rom_peak_deg=peaks(value, error=error)), **fields
        )
        for each, value in enumerate(values)
    ]


def is_down(*sessions: object) -> bool:
    return any(rule == "range_down" for rule, _ in flags(*sessions))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "flagged"),
    [
        ((60, 60, 60, 49, 49), True),
        ((60, 60, 60, 51, 49), False),  # only once more than 10°
        ((60, 60, 60, 49, 60, 49), False),  # not twice in a row
        ((60, 60, 60, 50, 50), False),  # exactly 10° are not more
        ((60, 60, 49, 49), False),  # too little to compare with
        ((49, 49, 49, 60, 60), False),  # up
    ],
)
def test_range_down_more_than_ten_degrees_twice(values: tuple[float, ...], flagged: bool) -> None:
    assert is_down(*ranged(*values)) == flagged


def test_a_drop_within_the_expected_error_is_no_drop() -> None:
    assert is_down(*ranged(60, 60, 60, 45, 45, error=4.0))
    assert not is_down(*ranged(60, 60, 60, 45, 45, error=11.0))  # together 15.6°


def test_angles_of_unknown_error_or_low_confidence_are_not_compared() -> None:
    assert not is_down(*ranged(60, 60, 60, 40, 40, error=None))
    low = [session(back(1 - each), a_set(rom_peak_deg=peaks(40, low=True))) for each in range(2)]
    shifted = [session(back(each + 2), a_set(rom_peak_deg=peaks(60))) for each in range(4)]
    assert not is_down(*shifted, *low)


def test_down_is_towards_the_start_where_full_is_the_smaller_angle() -> None:
    # Who stands up straightens the knee: 40° is less of it than 10°.
    assert is_down(*ranged(10, 10, 10, 40, 40, exercise="sit_to_stand"))
    assert not is_down(*ranged(40, 40, 40, 10, 10, exercise="sit_to_stand"))


def test_another_pose_network_begins_a_new_comparison() -> None:
    old = {"networks": [{"name": "one", "sha256": "0" * 64}]}
    new = {"networks": [{"name": "two", "sha256": "1" * 64}]}
    sessions = ranged(60, 60, 60, 49, 49)
    mixed = [
        session(back(4 - each), a_set(rom_peak_deg=peaks(value)), **(old if each < 3 else new))
        for each, value in enumerate((60, 60, 60, 49, 49))
    ]
    assert is_down(*sessions)
    assert not is_down(*mixed)


def test_simulated_sessions_are_marked_and_not_compared_with_real_ones() -> None:
    mixed = [
        session(
            back(4 - each), a_set(rom_peak_deg=peaks(value)),
            camera="simulated" if each < 3 else "usb",
        )
        for each, value in enumerate((60, 60, 60, 49, 49))
    ]  # fmt: skip
    assert not is_down(*mixed)
    assert flags(*rated(9, camera="simulated"))["pain_in_exercise", ""].simulated


def test_a_flag_is_new_only_with_evidence_that_nobody_has_seen() -> None:
    one, two = (Evidence(key, noon(TODAY), "said") for key in ("session:1", "session:2"))
    flag = Flag("stop", "", True, (one, two))
    assert flag.is_new({})
    assert flag.is_new({("stop", ""): frozenset({"session:1"})})
    assert not flag.is_new({("stop", ""): frozenset({"session:1", "session:2"})})
    assert flag.is_new({("stop", "other"): frozenset({"session:1", "session:2"})})


def test_ongoing_silence_does_not_come_back_every_day_but_a_new_one_does() -> None:
    before = [session(back(60)), session(back(50))]
    first = flags(*before, on=back(20))["silence", ""]
    later = flags(*before, on=back(10))["silence", ""]
    known = {("silence", ""): frozenset(each.key for each in first.evidence)}
    assert not later.is_new(known)
    again = flags(*before, session(back(9)))["silence", ""]
    assert again.is_new(known)
