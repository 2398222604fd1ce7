"""The wire contract between device and cloud bridge: every MQTT topic and payload, once.

The payload of events stands in ``models/event.py``, that of movement sent by consent in
``models/motion.py``, the quality of a set in ``models/quality.py``.

Payloads are UTF-8 JSON of at most :data:`MAXIMUM_PAYLOAD_BYTES`. Times are UTC with zone, angles
degrees, durations seconds. Unknown fields are ignored, so that an older reader understands a newer
writer of the same major version; an unknown major version is refused. No payload carries a name or
a date of birth: the device knows a pseudonymous patient id only.
"""

import json
import re
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self, get_args
from uuid import UUID

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from models.errors import MessageError, UnsupportedSchemaVersionError
from models.message_part import Count, Part, Percentage, Seconds
from models.quality import SetQuality

SCHEMA_VERSION = "1.4"
MAXIMUM_PAYLOAD_BYTES = 256 * 1024
TOPIC_ROOT = "physiopi/v1/devices"

DEVICE_ID_PATTERN = r"^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$"
_TOPIC = re.compile(rf"^{TOPIC_ROOT}/([^/]+)/(.+)$")


class Channel(StrEnum):
    """The last part of a topic."""

    SESSION = "session"
    EVENT = "event"
    MOTION = "motion"
    STATUS = "status"
    PRESCRIPTION_ACKNOWLEDGEMENT = "prescription/ack"
    PRESCRIPTION = "prescription"
    MOTION_CONSENT = "motion-consent"
    RECEIPT = "receipt"


FROM_BRIDGE = frozenset({Channel.PRESCRIPTION, Channel.MOTION_CONSENT, Channel.RECEIPT})
"""What the bridge publishes; everything else comes from the device."""
RETAINED = frozenset({Channel.STATUS, Channel.PRESCRIPTION, Channel.MOTION_CONSENT})


def topic(device_id: str, channel: Channel) -> str:
    """The topic of one channel of one device.

    Raises :class:`MessageError` for an id that could reach another device's topics.
    """
    if not re.fullmatch(DEVICE_ID_PATTERN, device_id):
        raise MessageError(
            f"device id {device_id!r} is not allowed: use 1 to 64 lower-case letters, digits and"
            " hyphens"
        )
    return f"{TOPIC_ROOT}/{device_id}/{channel.value}"


def parse_topic(name: str) -> tuple[str, Channel]:
    """The device id and channel of a topic name; raises :class:`MessageError` for any other."""
    match = _TOPIC.fullmatch(name)
    if match and re.fullmatch(DEVICE_ID_PATTERN, match[1]) and match[2] in set(Channel):
        return match[1], Channel(match[2])
    raise MessageError(f"topic {name!r} is not one of PhysioPi's")


def _to_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


UtcDatetime = Annotated[AwareDatetime, AfterValidator(_to_utc)]
DeviceId = Annotated[str, StringConstraints(pattern=DEVICE_ID_PATTERN)]
ExerciseId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Identifier = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
FaultCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
FramingComplaint = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
AngleDeg = Annotated[float, Field(ge=-360, le=360, allow_inf_nan=False)]
NumericRating = Annotated[int, Field(ge=0, le=10)]
Side = Literal["left", "right", "both"]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
"""In the order of ISO 8601, where the week begins on Monday."""
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day where the device stands, such as ``08:30``."""
CameraKind = Literal["csi", "usb", "clip", "simulated", "push"]
StopReason = Literal[
    "pain",
    "chest_pain",
    "breathless",
    "dizzy",
    "tired",
    "technical",
    "needs_help",
    "no_answer",
    "unknown",
]


class Payload(BaseModel):
    """Base of every payload: versioned, immutable, tolerant of fields it does not know."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    kind: ClassVar[Channel]
    schema_version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+$")] = SCHEMA_VERSION

    def to_bytes(self) -> bytes:
        """UTF-8 JSON; raises :class:`MessageError` above :data:`MAXIMUM_PAYLOAD_BYTES`."""
        payload = self.model_dump_json().encode()
        if len(payload) > MAXIMUM_PAYLOAD_BYTES:
            raise MessageError(
                f"{self.kind.value} message has {len(payload)} bytes;"
                f" at most {MAXIMUM_PAYLOAD_BYTES} are allowed"
            )
        return payload

    @classmethod
    def from_bytes(cls, payload: bytes) -> Self:
        """A validated message from untrusted bytes.

        Raises :class:`UnsupportedSchemaVersionError` for another major version and
        :class:`MessageError` for everything else that is wrong, naming the first wrong field.
        """
        document = _parse_json_object(payload, cls.kind)
        version = str(document.get("schema_version", ""))
        major, _, _ = version.partition(".")
        if major != SCHEMA_VERSION.partition(".")[0]:
            raise UnsupportedSchemaVersionError(
                f"{cls.kind.value} message has schema version {version or 'none'!r};"
                f" this release reads {SCHEMA_VERSION}: update the older side"
            )
        try:
            return cls.model_validate_json(payload)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "message"
            raise MessageError(
                f"{cls.kind.value} message is not valid at {where}: {first['msg']}"
            ) from error


def _parse_json_object(payload: bytes, kind: Channel) -> dict[str, Any]:
    if len(payload) > MAXIMUM_PAYLOAD_BYTES:
        raise MessageError(
            f"{kind.value} message has {len(payload)} bytes;"
            f" at most {MAXIMUM_PAYLOAD_BYTES} are allowed"
        )
    try:
        document = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"{kind.value} message is no JSON: {error}") from error
    if not isinstance(document, dict):
        raise MessageError(f"{kind.value} message is no JSON object")
    return document


class Tempo(Part):
    """Seconds of each phase of one repetition: away from the start, hold, return, pause."""

    out_s: Seconds
    hold_s: Seconds
    return_s: Seconds
    pause_s: Seconds


class Goal(Part):
    """A measured range the patient works towards."""

    exercise_id: ExerciseId
    target_rom_deg: AngleDeg
    by: date | None = None


class Progression(Part):
    """A rule that proposes a change of dose; a clinician signs it unless it says otherwise."""

    condition: Annotated[str, Field(max_length=500)]
    change: Annotated[str, Field(max_length=500)]
    requires_approval: bool = True


class PrescriptionItem(Part):
    """One exercise with its dose in standard terms.

    With ``weekdays`` it is for these days alone, in the week's order, and ``days_per_week`` is
    their number, so that a reader who does not know them asks for as many days. ``times`` are when
    the patient is reminded of it; without any the device's own times hold.
    """

    exercise_id: ExerciseId
    side: Side = "both"
    sets: Annotated[int, Field(ge=1, le=20)]
    reps: Annotated[int, Field(ge=1, le=100)]
    hold_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    rest_s: Annotated[float, Field(ge=0, le=1800)] = 60.0
    tempo: Tempo | None = None
    load: Annotated[str, Field(max_length=100)] | None = None
    rpe_target: NumericRating | None = None
    target_rom_deg: AngleDeg | None = None
    tolerance_deg: Annotated[float, Field(gt=0, le=90)] | None = None
    days_per_week: Annotated[int, Field(ge=1, le=7)] | None = None
    weekdays: Annotated[tuple[Weekday, ...], Field(max_length=7)] = ()
    times: Annotated[tuple[ClockTime, ...], Field(max_length=6)] = ()
    pain_stop: NumericRating = 5
    progression: Progression | None = None

    @model_validator(mode="after")
    def _days_agree(self) -> Self:
        places = [WEEKDAYS.index(each) for each in self.weekdays]
        if places != sorted(set(places)):
            raise ValueError("weekdays must come once each, in the week's order")
        if self.weekdays and self.days_per_week != len(self.weekdays):
            raise ValueError("days_per_week must be the number of weekdays")
        return self


class Prescription(Payload):
    """One immutable version of what a clinician prescribed for one patient on one device."""

    kind: ClassVar[Channel] = Channel.PRESCRIPTION

    id: UUID
    version: Annotated[int, Field(ge=1)]
    patient_id: Identifier
    author_id: Identifier
    status: Literal["active", "on_hold", "revoked", "completed"] = "active"
    issued_at: UtcDatetime
    starts_on: date | None = None
    ends_on: date | None = None
    precautions: Annotated[str, Field(max_length=2000)] = ""
    goals: Annotated[tuple[Goal, ...], Field(max_length=20)] = ()
    items: Annotated[tuple[PrescriptionItem, ...], Field(min_length=1, max_length=30)]

    @model_validator(mode="after")
    def _period_in_order(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError("ends_on is before starts_on")
        return self


class PrescriptionAcknowledgement(Payload):
    """The device has validated and stored one version of a prescription, or says why not."""

    kind: ClassVar[Channel] = Channel.PRESCRIPTION_ACKNOWLEDGEMENT

    message_id: UUID
    device_id: DeviceId
    prescription_id: UUID
    version: Annotated[int, Field(ge=1)]
    accepted: bool = True
    reason: Annotated[str, Field(max_length=500)] = ""
    acknowledged_at: UtcDatetime


class MeasuredAngle(Part):
    """An angle with its expected error; ``expected_error_deg`` is ``None`` while unknown.

    It has ``low_confidence`` where its keypoints were hardly seen, or where its error was not
    measured for a camera so far off the exercise's view.
    """

    value_deg: AngleDeg
    expected_error_deg: Annotated[float, Field(ge=0, le=180)] | None = None
    low_confidence: bool = False


class SetResult(Part):
    """What was measured in one set.

    ``attempts`` are movements that began but did not reach the range that counts; they are not
    among ``reps_counted``. ``rom_peak_deg`` and ``tempo_s`` have one entry per counted repetition;
    an entry of ``rom_peak_deg`` is ``None`` where the camera's view did not allow the angle to be
    measured. ``not_judged`` says per fault why it could not be judged. ``framing_complaints`` are
    what the patient was asked to change about place, view or light before the set and did not.
    ``guided_by`` ``clock`` means that no camera counted: the set's length is all that is known.
    ``quality`` is ``None`` from a device that does not analyse it, and for a set by the clock.
    """

    guided_by: Literal["camera", "clock"] = "camera"

    reps_target: Count
    reps_counted: Count
    reps_full_rom: Count
    attempts: Count
    rom_peak_deg: Annotated[tuple[MeasuredAngle | None, ...], Field(max_length=1000)] = ()
    tempo_s: Annotated[tuple[Seconds, ...], Field(max_length=1000)] = ()
    hold_s: Annotated[tuple[Seconds, ...], Field(max_length=1000)] = ()
    faults: dict[FaultCode, Count] = Field(default_factory=dict, max_length=50)
    not_judged: dict[FaultCode, Annotated[str, Field(max_length=100)]] = Field(
        default_factory=dict, max_length=50
    )
    framing_complaints: Annotated[tuple[FramingComplaint, ...], Field(max_length=20)] = ()
    valid_frame_pct: Percentage
    mean_keypoint_score: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] | None = None
    started_at: UtcDatetime
    ended_at: UtcDatetime
    quality: SetQuality | None = None

    @model_validator(mode="after")
    def _counts_agree(self) -> Self:
        if self.reps_full_rom > self.reps_counted:
            raise ValueError("reps_full_rom is above reps_counted")
        if len(self.rom_peak_deg) > self.reps_counted or len(self.tempo_s) > self.reps_counted:
            raise ValueError("more measurements than counted repetitions")
        return self


class ExerciseResult(Part):
    """The sets done of one prescribed exercise."""

    exercise_id: ExerciseId
    side: Side
    sets: Annotated[tuple[SetResult, ...], Field(max_length=40)] = ()


class NetworkVersion(Part):
    """The network whose keypoints the results rest on."""

    name: Annotated[str, Field(max_length=100)]
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Session(Payload):
    """One exercise session as measured by the device; idempotent by ``id``."""

    kind: ClassVar[Channel] = Channel.SESSION

    id: UUID
    prescription_id: UUID
    prescription_version: Annotated[int, Field(ge=1)]
    patient_id: Identifier
    device_id: DeviceId
    software_version: Annotated[str, Field(max_length=50)]
    networks: Annotated[tuple[NetworkVersion, ...], Field(max_length=10)] = ()
    camera: CameraKind
    started_at: UtcDatetime
    ended_at: UtcDatetime
    status: Literal["completed", "stopped", "interrupted"]
    stop_reason: StopReason | None = None
    pain_before: NumericRating | None = None
    pain_after: NumericRating | None = None
    rpe: NumericRating | None = None
    items: Annotated[tuple[ExerciseResult, ...], Field(max_length=30)] = ()

    @model_validator(mode="after")
    def _times_in_order(self) -> Self:
        if self.ended_at < self.started_at:
            raise ValueError("ended_at is before started_at")
        return self


class Receipt(Payload):
    """The bridge's answer to a session, an event, movement or an acknowledgement, by that one's id.

    ``stored`` and ``duplicate`` both mean that the message is safe with the bridge; ``refused``
    means that it stands in the bridge's dead letters with ``reason``.
    """

    kind: ClassVar[Channel] = Channel.RECEIPT

    message_id: UUID | None
    outcome: Literal["stored", "duplicate", "refused"]
    reason: Annotated[str, Field(max_length=500)] = ""
    received_at: UtcDatetime


class Status(Payload):
    """Whether the device is connected, and what runs on it; retained, with last will."""

    kind: ClassVar[Channel] = Channel.STATUS

    device_id: DeviceId
    online: bool
    software_version: Annotated[str, Field(max_length=50)]
    prescription_version: Annotated[int, Field(ge=1)] | None = None
    outbox_length: Annotated[int, Field(ge=0)] | None = None
    reported_at: UtcDatetime
