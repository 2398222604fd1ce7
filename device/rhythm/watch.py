"""Keeps the rhythm of the days up to date beside the coach, and reminds.

A thread that sleeps while a session is under way; between sessions it looks every few seconds and
reads the store only when that has changed.
"""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from threading import Event, Thread
from typing import Any
from uuid import UUID

import structlog

from device.coaching.feedback import Feedback, Phase
from device.errors import StoreError
from device.rhythm.clock import device_zone, is_synchronised
from device.rhythm.done_sets import DoneSession, done_session
from device.rhythm.reminders import Given, noted, snoozed
from device.rhythm.rhythm import Rhythm, rhythm_at
from device.rhythm.words import reminder_text_id
from device.settings import DeviceSettings
from device.store import Store
from models.messages import Prescription

LOOK_EVERY_S = 5.0
_ENDS_WITHIN_S = 5.0
_BETWEEN_SESSIONS = frozenset({Phase.WAITING, Phase.READY, Phase.SUMMARY})

log = structlog.get_logger()


@dataclass(slots=True)
class _Records:
    """What was read from the store, and at which of its versions."""

    version: int = -1
    prescriptions: list[Prescription] = field(default_factory=list)
    sessions: dict[UUID, DoneSession] = field(default_factory=dict)
    given: Given | None = None


class RhythmWatch:
    """A context manager; ``remind`` is called, in its thread, with the name of what is to be said.

    Raises :class:`~device.errors.RhythmError` where the time zone cannot be used.
    """

    def __init__(
        self,
        settings: DeviceSettings,
        remind: Callable[[str], None] = lambda _: None,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        synchronised: Callable[[], bool] = is_synchronised,
    ) -> None:
        self._file = settings.database_file
        self._settings = settings.reminders
        self._zone = device_zone(settings.reminders.time_zone)
        self._remind = remind
        self._now = now
        self._synchronised = synchronised
        self._records = _Records()
        self._latest: Rhythm | None = None
        # Until the coach says otherwise: nobody is reminded while the device is still starting.
        self._under_way = True
        self._snooze = False
        self._wake = Event()
        self._stopping = Event()
        self._thread = Thread(target=self._watch, daemon=True, name="rhythm")

    def __enter__(self) -> "RhythmWatch":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._wake.set()
        self._thread.join(_ENDS_WITHIN_S)

    @property
    def latest(self) -> Rhythm | None:
        """The rhythm as it was last found; the same object while nothing changes."""
        return self._latest

    def attend(self, feedback: Feedback) -> None:
        """Know whether a session is under way; returns at once."""
        under_way = feedback.phase not in _BETWEEN_SESSIONS
        if under_way != self._under_way:
            self._under_way = under_way
            self._wake.set()

    def snooze(self) -> None:
        """Remind later; returns at once."""
        self._snooze = True
        self._wake.set()

    def look(self, store: Store) -> Rhythm:
        """Look once: read what has changed, find the rhythm, remind where it is time."""
        self._read(store)
        now = self._now()
        records = self._records
        given = records.given or Given(date.min)
        if self._snooze:
            self._snooze = False
            given = self._note(store, snoozed(given, now, self._zone, self._settings))
        rhythm = rhythm_at(
            now,
            self._zone,
            self._settings,
            records.prescriptions,
            records.sessions.values(),
            given,
            under_way=self._under_way,
            synchronised=self._synchronised(),
        )
        reminder = rhythm.reminder
        if reminder is not None and reminder.is_new:
            # Kept first: rather one reminder too few than the same at every restart.
            self._note(store, noted(given, reminder, rhythm.day))
            log.info("reminded", number=reminder.number)
            text_id = reminder_text_id(rhythm)
            if text_id is not None:
                self._remind(text_id)
        if rhythm != self._latest:
            self._latest = rhythm
        return rhythm

    def _watch(self) -> None:
        while not self._stopping.is_set():
            try:
                with closing(Store(self._file)) as store:
                    while not self._stopping.is_set():
                        if not self._under_way:
                            self.look(store)
                        self._wake.wait(LOOK_EVERY_S)
                        self._wake.clear()
            except StoreError as error:
                log.warning("rhythm_not_known", reason=str(error))
                self._stopping.wait(LOOK_EVERY_S)

    def _read(self, store: Store) -> None:
        records = self._records
        version = store.data_version()
        if version == records.version:
            return
        records.prescriptions = store.history.prescriptions()
        for session in store.history.sessions(records.sessions.keys()):
            records.sessions[session.id] = done_session(session)
        if records.given is None:
            records.given = _given_from(store.reminders_given())
        records.version = version

    def _note(self, store: Store, given: Given) -> Given:
        store.set_reminders_given(_document(given))
        self._records.given = given
        return given


def _document(given: Given) -> dict[str, Any]:
    until = given.snoozed_until
    return {
        "day": given.day.isoformat(),
        "times": [each.isoformat() for each in given.times],
        "snoozed_until": None if until is None else until.isoformat(),
    }


def _given_from(document: dict[str, Any] | None) -> Given | None:
    if document is None:
        return None
    until = document["snoozed_until"]
    return Given(
        date.fromisoformat(document["day"]),
        tuple(datetime.fromisoformat(each) for each in document["times"]),
        None if until is None else datetime.fromisoformat(until),
    )
