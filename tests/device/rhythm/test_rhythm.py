"""The whole: what the idle screen is told, what is kept, and what is said."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from device.coaching.feedback import Feedback, Phase
from device.rhythm.reminders import Given
from device.rhythm.rhythm import Rhythm, rhythm_at
from device.rhythm.watch import RhythmWatch
from device.rhythm.words import RHYTHM_TEXTS, appointment_text, reminder_text_id, streak_text
from device.settings import DeviceSettings, ReminderSettings
from device.store import Store
from models.exercises.catalogue import LANGUAGES, Catalogue
from models.exercises.library import load_library
from models.messages import Prescription
from tests.device.rhythm.prescribed import (
    SQUAT,
    at,
    day,
    done_on,
    item,
    prescription,
    session,
    set_result,
)

NOTHING = Given(date.min)
RULES = ReminderSettings()
READY = Feedback(
    phase=Phase.READY, instruction="instruct-ready", camera="usb", network_is_stand_in=False
)


def rhythm(
    now: datetime, trained: list[int], *versions: Prescription, under_way: bool = False
) -> Rhythm:
    sessions = [done_on(number) for number in trained]
    return rhythm_at(
        now, UTC, RULES, versions or (prescription(),), sessions, NOTHING, under_way=under_way
    )


def test_what_is_due_and_when_it_is_next() -> None:
    morning = rhythm(at(0, 9), [])
    assert [each.exercise_id for each in morning.due] == [SQUAT[0]]
    assert morning.next_at == at(0, 10)
    assert morning.reminder is None
    assert rhythm(at(0, 12), []).next_at == at(0, 17)
    assert rhythm(at(0, 18), []).next_at == at(1, 10), "caught up tomorrow"


def test_what_is_done_is_not_due_and_the_next_day_is_named() -> None:
    noon = rhythm(at(0, 13), [0])
    assert (noon.due, len(noon.done)) == ((), 1)
    assert noon.next_at == at(2, 10)
    assert (noon.days_done, noon.days_planned) == (1, 3)


def test_a_reminder_stands_only_while_something_is_due_and_no_session_runs() -> None:
    assert rhythm(at(0, 10, 1), []).reminder is not None
    assert rhythm(at(0, 17, 1), [0]).reminder is None
    assert rhythm(at(0, 10, 1), [], under_way=True).reminder is None
    for status in ("on_hold", "revoked", "completed"):
        assert rhythm(at(0, 10, 1), [], prescription(status=status)).reminder is None
    assert rhythm(at(0, 10, 1), [], prescription(ends_on=day(-1))).reminder is None


def test_an_exercises_own_days_and_times_decide_when_it_is_next_and_reminded_of() -> None:
    own = prescription(item(days=2, weekdays=("tue", "fri"), times=("08:30",)))
    assert rhythm(at(0), [], own).next_at == at(1, 8, 30)
    assert rhythm(at(1, 8, 31), [], own).reminder is not None
    assert rhythm(at(1, 10, 1), [], own).reminder is None
    assert rhythm(at(1, 13), [1], own).next_at == at(4, 8, 30)


def test_the_newest_prescription_holds() -> None:
    newer = prescription(item("arm_lift", days=7), version=2, issued_at=at(-1))
    assert [each.exercise_id for each in rhythm(at(0), [], newer, prescription()).due] == [
        "arm_lift"
    ]


def test_a_clock_that_cannot_be_right_keeps_silent() -> None:
    wrong = rhythm(datetime(2026, 1, 5, 10, 1, tzinfo=UTC), [0])
    assert not wrong.clock_believed
    assert (wrong.due, wrong.reminder, wrong.next_at) == ((), None, None)


def test_without_a_prescription_nothing_is_due() -> None:
    assert rhythm_at(at(0), UTC, RULES, [], [], NOTHING) == Rhythm(day(0))


def test_an_appointment_over_the_change_of_clocks_keeps_its_hour() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    saturday = datetime(2026, 3, 28, 12, tzinfo=berlin)
    weekly = prescription(item(days=7))
    done = replace(done_on(0), started_at=saturday, ended_at=saturday)
    found = rhythm_at(saturday, berlin, RULES, [weekly], [done], NOTHING)
    assert found.next_at is not None
    assert found.next_at.isoformat() == "2026-03-29T10:00:00+02:00"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_in_each_language(language: str) -> None:
    texts = Catalogue(language, (RHYTHM_TEXTS,))
    empty = Rhythm(day(0))
    assert appointment_text(texts, empty) == ""
    assert streak_text(texts, empty) == ""
    said = set()
    for days in (0, 1, 3, 8):
        for moment in (None, at(days, 9, 5)):
            found = replace(empty, next_on=day(days), next_at=moment)
            said.add(appointment_text(texts, found))
    assert len(said) == 8
    weeks = {streak_text(texts, replace(empty, streak_weeks=weeks)) for weeks in (1, 2)}
    assert len(weeks) == 2
    for name in ("reminder-due", "reminder-catch-up", "reminder-again"):
        assert texts.text(name)


def test_words_for_the_next_time() -> None:
    found = replace(Rhythm(day(0)), next_on=day(1), next_at=at(1, 9, 5))
    assert [appointment_text(Catalogue(each, (RHYTHM_TEXTS,)), found) for each in LANGUAGES] == [
        "Next time: tomorrow at 9:05",
        "Nächstes Mal: morgen um 9:05 Uhr",
        "Prochaine séance : demain à 9 h 05",
    ]
    in_two_days = replace(found, next_on=day(2), next_at=at(2, 10))
    assert appointment_text(Catalogue("fr", (RHYTHM_TEXTS,)), in_two_days) == (
        "Prochaine séance : mercredi à 10 h 00"
    )


class Days:
    """A device whose clock is ours."""

    def __init__(self, folder: Path) -> None:
        self.now = at(0, 9)
        self.said: list[str] = []
        self.settings = DeviceSettings(
            data_folder=folder, reminders=ReminderSettings(time_zone="UTC")
        )
        self.store = Store(self.settings.database_file)
        self.watch = self.started()

    def started(self) -> RhythmWatch:
        watch = RhythmWatch(
            self.settings, self.said.append, now=lambda: self.now, synchronised=lambda: False
        )
        watch.attend(READY)
        return watch

    def look(self, now: datetime) -> Rhythm:
        self.now = now
        return self.watch.look(self.store)


@pytest.fixture
def days(tmp_path: Path) -> Iterator[Days]:
    found = Days(tmp_path)
    with_plan = Store(found.settings.database_file)
    with_plan.save_prescription(prescription(), "d", load_library())
    with_plan.close()
    yield found
    found.store.close()


def test_it_reminds_from_what_is_stored_and_a_restart_does_not_repeat_it(days: Days) -> None:
    assert days.look(at(0, 9)).due
    days.look(at(0, 10))
    days.look(at(0, 10, 1))
    assert days.said == ["reminder-due"]
    days.watch = days.started()
    days.look(at(0, 10, 2))
    assert days.said == ["reminder-due"]
    days.look(at(0, 17))
    assert days.said == ["reminder-due", "reminder-again"]
    days.look(at(1, 10))
    assert days.said[2:] == ["reminder-catch-up"]


def test_a_stored_session_ends_the_reminders_of_its_day(days: Days) -> None:
    days.look(at(0, 9))
    other = Store(days.settings.database_file)
    other.save_session(session(0, set_result(0), set_result(0)))
    other.close()
    found = days.look(at(0, 17))
    assert (found.due, found.reminder, days.said) == ((), None, [])
    assert found.next_on == day(2)


def test_a_snooze_is_kept_over_a_restart(days: Days) -> None:
    days.look(at(0, 10))
    days.watch.snooze()
    assert days.look(at(0, 10, 1)).reminder is None
    days.watch = days.started()
    assert days.look(at(0, 10, 5)).reminder is None
    assert days.look(at(0, 10, 31)).reminder is not None
    assert days.said == ["reminder-due", "reminder-again"]


def test_during_a_session_nothing_is_said(days: Days) -> None:
    days.watch.attend(replace(READY, phase=Phase.RESTING))
    days.look(at(0, 10))
    assert days.said == []
    days.watch.attend(READY)
    days.look(at(0, 10, 30))
    assert days.said == ["reminder-due"]


def test_nothing_is_said_before_the_coach_is_there(days: Days) -> None:
    days.watch = RhythmWatch(days.settings, days.said.append, now=lambda: days.now)
    days.look(at(0, 10))
    assert days.said == []


def test_the_same_rhythm_stays_the_same_object(days: Days) -> None:
    first = days.look(at(0, 8))
    assert days.look(at(0, 8, 1)) is not None
    assert days.watch.latest is first


def test_its_thread_looks_by_itself_and_ends_when_told(days: Days) -> None:
    with days.started() as watch:
        deadline_s = time.monotonic() + 20
        while watch.latest is None and time.monotonic() < deadline_s:
            time.sleep(0.01)
        assert watch.latest is not None
        assert watch.latest.due


def test_reminder_texts_fit_the_day() -> None:
    assert reminder_text_id(rhythm(at(0, 9), [])) is None
    assert reminder_text_id(rhythm(at(0, 10), [])) == "reminder-due"
    assert reminder_text_id(rhythm(at(1, 10), [])) == "reminder-catch-up"
