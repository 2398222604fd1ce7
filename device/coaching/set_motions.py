"""Which sets' movement is kept to be sent: those of sessions for which the patient's consent stood.

The analysis, in its own process, turns what was recorded into a message's part; the store keeps it
until the session is with the clinic. Nothing here waits, and nothing here can hold a session.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC
from typing import Protocol
from uuid import UUID

import structlog

from device.coaching.session_course import Course
from device.coaching.set_recording import RecordedSet, SetKey
from device.errors import StoreError
from models.errors import MessageError
from models.motion import Motion, MotionConsent, SetMotion, motion_id

log = structlog.get_logger()


class MotionAnalyst(Protocol):
    """Whoever makes movement of the sets that ask for it; returns at once."""

    def motions(self) -> Sequence[tuple[SetKey, SetMotion]]:
        """What has been made since the last call."""


class SetMotions:
    """Asks for a set's movement where it may be sent, and keeps what comes.

    ``consent`` gives the clinic's last word, ``keep`` takes a message and says whether the consent
    still stands. Without a consent that stood when the session began nothing is asked for.
    """

    def __init__(
        self,
        device_id: str,
        analyst: MotionAnalyst,
        consent: Callable[[], MotionConsent | None],
        keep: Callable[[Motion], bool],
    ) -> None:
        self._device_id = device_id
        self._analyst = analyst
        self._consent = consent
        self._keep = keep
        self._asked: dict[SetKey, tuple[Course, UUID]] = {}

    def asked(self, course: Course, key: SetKey, recorded: RecordedSet) -> RecordedSet:
        """The set, marked to be kept where the patient agreed before the session began."""
        consent = self._consent()
        if (
            consent is None
            or consent.consent_id is None
            or consent.patient_id != course.prescription.patient_id
            or consent.decided_at > course.started_at
        ):
            return recorded
        self._asked = {each: of for each, of in self._asked.items() if of[0] is course}
        self._asked[key] = course, consent.consent_id
        return replace(recorded, keep_motion=True)

    def attend(self) -> None:
        """Keep what has been made."""
        if not self._asked:
            return
        for key, motion in self._analyst.motions():
            asked = self._asked.pop(key, None)
            if asked is not None:
                self._keep_one(*asked, key, motion)

    def _keep_one(self, course: Course, consent_id: UUID, key: SetKey, motion: SetMotion) -> None:
        done = course.results[key.item][key.number]
        started_at = done.started_at.astimezone(UTC)
        message = Motion(
            id=motion_id(course.id, started_at),
            session_id=course.id,
            set_started_at=started_at,
            device_id=self._device_id,
            patient_id=course.prescription.patient_id,
            prescription_id=course.prescription.id,
            consent_id=consent_id,
            exercise_id=course.prescription.items[key.item].exercise_id,
            motion=motion,
        )
        try:
            kept = self._keep(message)
        except (MessageError, StoreError) as error:
            # The session does not depend on it.
            log.error("motion_not_kept", reason=str(error))
            return
        log.info("motion_kept" if kept else "motion_not_kept", frames=motion.frames)
