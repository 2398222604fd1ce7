"""What the clinic should know of beside the session: a payload of the wire contract."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from pydantic import Field

from models.message_part import Part, Seconds
from models.messages import (
    CameraKind,
    Channel,
    DeviceId,
    ExerciseId,
    Identifier,
    NetworkVersion,
    NumericRating,
    Payload,
    UtcDatetime,
)

EventKind = Literal[
    "fall_suspected",
    "long_stillness",
    "stopped_for_pain",
    "stopped_for_chest_pain",
    "stopped_breathless",
    "stopped_dizzy",
]
Answer = Literal["all_right", "needs_help", "no_answer"]


class EventEvidence(Part):
    """The measured figures that raised an event; ``None`` where a figure has no part in it.

    ``drop_torso`` is how far the middle of the hips came down, in torso lengths, within ``drop_s``;
    ``trunk_deg`` the trunk's inclination from the vertical, 0 upright, while low for ``low_s``.
    ``still_s`` is how long no keypoint had moved. ``pain`` is the patient's own answer, 0 to 10.
    """

    drop_torso: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] | None = None
    drop_s: Seconds | None = None
    trunk_deg: Annotated[float, Field(ge=0, le=180, allow_inf_nan=False)] | None = None
    low_s: Seconds | None = None
    still_s: Seconds | None = None
    pain: NumericRating | None = None


class Event(Payload):
    """Something the clinic should know of beside the session; idempotent by ``id``.

    A suspicion of the device, or the patient's own words when stopping; not an alarm: nobody is
    called. ``answer`` is the patient's answer to "Are you all right?", ``no_answer`` when there was
    none in time, and ``None`` where it was not asked or the device was switched off meanwhile.
    """

    kind: ClassVar[Channel] = Channel.EVENT

    id: UUID
    device_id: DeviceId
    patient_id: Identifier
    prescription_id: UUID
    session_id: UUID | None = None
    exercise_id: ExerciseId | None = None
    event_kind: EventKind
    occurred_at: UtcDatetime
    answer: Answer | None = None
    answered_after_s: Seconds | None = None
    evidence: EventEvidence = EventEvidence()
    camera: CameraKind
    software_version: Annotated[str, Field(max_length=50)]
    networks: Annotated[tuple[NetworkVersion, ...], Field(max_length=10)] = ()
