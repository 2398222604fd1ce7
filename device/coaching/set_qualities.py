"""Which sets are being analysed beside a session, and when it need not wait for them any longer."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from device.coaching.session_course import Course
from device.coaching.set_motions import SetMotions
from device.coaching.set_recording import RecordedSet, SetAnalyst, SetKey
from models.quality import SetQuality, not_analysed
from models.quality_limits import load_quality_limits

SESSION_ENDED = "session_did_not_wait"


@dataclass(frozen=True, slots=True)
class _Closing:
    """A session that is over and waits for its last sets."""

    session_id: UUID
    send: Callable[[], None]
    until_s: float


class SetQualities:
    """Hands recorded sets to the analyst, and puts what comes back into the session's course.

    A session that is over is sent as soon as its sets are analysed, ``waits_s`` later at the
    latest; what has not come by then is marked. Nothing here waits. ``motions`` keeps the movement
    of sets that may be sent; without it none is.
    """

    def __init__(
        self,
        analyst: SetAnalyst | None,
        waits_s: float | None = None,
        motions: SetMotions | None = None,
    ) -> None:
        self._analyst = analyst
        self._motions = motions
        limits = load_quality_limits().analysis
        self._waits_s = limits.session_waits_s if waits_s is None else waits_s
        self._pending: dict[SetKey, Course] = {}
        self._closing: _Closing | None = None
        self.latest: SetQuality | None = None
        """Of the set done last, ``None`` while it is not known."""

    def hand_over(self, course: Course, recorded: RecordedSet | None) -> None:
        """The course's newest set is over; a set by the clock has no recording."""
        self.latest = None
        if recorded is None or self._analyst is None:
            return
        key = SetKey(course.id, course.number, len(course.results[course.number]) - 1)
        # What stands in every draft until the answer comes, also after a power cut.
        course.set_quality(key.item, key.number, not_analysed(SESSION_ENDED))
        self._pending[key] = course
        if self._motions is not None:
            recorded = self._motions.asked(course, key, recorded)
        self._analyst.submit(key, recorded)

    def close(
        self, course: Course, send: Callable[[], None], keep: Callable[[], None], now_s: float
    ) -> None:
        """The session is over: ``send`` it soon; ``keep`` it as a draft where it has to wait."""
        self._closing = _Closing(course.id, send, now_s + self._waits_s)
        self.attend(now_s)
        if self._closing is not None:
            keep()

    def attend(self, now_s: float, *, at_once: bool = False) -> bool:
        """Take what is finished, and send what has waited long enough; whether anything was new."""
        if self._motions is not None:
            self._motions.attend()
        new = self._collect()
        closing = self._closing
        if closing is None:
            return new
        left = [key for key in self._pending if key.session_id == closing.session_id]
        if left and not at_once and now_s < closing.until_s:
            return new
        for key in left:
            del self._pending[key]
        self._closing = None
        closing.send()
        return True

    def _collect(self) -> bool:
        if self._analyst is None or not self._pending:
            return False
        finished = self._analyst.finished()
        for key, quality in finished:
            course = self._pending.pop(key, None)
            if course is None:
                continue
            course.set_quality(key.item, key.number, quality)
            if not self._pending:
                self.latest = quality
        return bool(finished)
