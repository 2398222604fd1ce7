"""Movement as numbers, sent only while the patient's consent stands: payloads of the wire contract.

A stick figure and never a picture: keypoints as the camera saw them and, where the analysis came so
far, the joints in space. One message for each set. How numbers become a track stands in
:class:`SetMotion`; ``models/motion_track.py`` writes and reads it.
"""

import base64
import binascii
import struct
import zlib
from datetime import datetime
from itertools import accumulate
from typing import Annotated, ClassVar, Final, Literal, Self
from uuid import UUID, uuid5

from pydantic import Field, model_validator

from models.message_part import Part, Seconds
from models.messages import (
    MAXIMUM_PAYLOAD_BYTES,
    Channel,
    DeviceId,
    ExerciseId,
    Identifier,
    Payload,
    Side,
    UtcDatetime,
)
from models.quality import Deviation, QualityScore, Share

MOST_FRAMES: Final = 10_000
"""No set has more in one message, so that what unpacks from it is bounded, too."""
MOST_REPETITIONS: Final = 200
KEYPOINTS: Final = 17
JOINTS: Final = 13
LONGEST_MS: Final = 86_400_000
TIME_BYTES: Final = 4
KEYPOINT_BYTES: Final = KEYPOINTS * (2 * 2 + 1)
JOINT_BYTES: Final = JOINTS * 3 * 2
"""Of one frame: a time, keypoints with their scores, joints."""
_PixelCount = Annotated[int, Field(ge=1, le=16_384)]
_FrameRate = Annotated[float, Field(gt=0, le=1000, allow_inf_nan=False)]


def motion_id(session_id: UUID, set_started_at: datetime) -> UUID:
    """The one id that the movement of a set can have; ``set_started_at`` in UTC."""
    return uuid5(session_id, f"motion/{set_started_at.isoformat()}")


class MotionConsent(Payload):
    """Whether movement may be sent for a patient; retained, the newest decision counts.

    ``consent_id`` names the consent that stands, with which the movement is sent; it is ``None``
    where the patient has given none or withdrawn it at ``decided_at``.
    """

    kind: ClassVar[Channel] = Channel.MOTION_CONSENT

    patient_id: Identifier
    consent_id: UUID | None
    decided_at: UtcDatetime


class Span(Part):
    """A stretch of a set, in seconds from its first frame."""

    begins_s: Seconds
    ends_s: Seconds

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_s < self.begins_s:
            raise ValueError("ends_s is before begins_s")
        return self


class MotionRepetition(Span):
    """A repetition with what the analysis said of it; see :class:`models.quality.SetQuality`."""

    side: Side
    good: bool | None = None
    probability_good: Share | None = None
    score: QualityScore | None = None
    deviation: Deviation | None = None


class WorstWindow(Span):
    """The stretch that stands out as least good, and by what: the score, or the form gate."""

    by: Literal["score", "form"]


class SetMotion(Part):
    """One set's movement.

    ``track`` is base64 of a zlib stream that unpacks to exactly ``frames`` times 89 bytes, 167 with
    joints, channel by channel, each channel from the first frame to the last:

    1. times: uint32, milliseconds since the frame before; the first is 0, all others above it;
    2. keypoints: 34 channels y, x of COCO's 17 keypoints, int16, 1/4096 of the picture's height and
       width; then their 17 scores, uint8, 1/255;
    3. with ``joints`` = ``depth``, 39 channels x, y, z of the 13 joints of
       :mod:`models.kinect_joints`, int16, millimetres.

    Numbers are little-endian and differences to the frame before (the first to 0), modulo 2^16 or
    2^8. An int16 difference d is written as the uint16 (d << 1) ^ (d >> 15); all low bytes of a
    group's channels stand before all its high bytes.

    ``every`` says that only each such frame of the ``recorded_frames_per_s`` was sent, so that the
    message has room for it. ``trimmed`` is where the movement is, ``None`` where none was found.
    """

    encoding: Literal["delta-zlib-1"] = "delta-zlib-1"
    frames: Annotated[int, Field(ge=2, le=MOST_FRAMES)]
    every: Annotated[int, Field(ge=1, le=100_000)] = 1
    recorded_frames_per_s: _FrameRate
    width: _PixelCount
    height: _PixelCount
    joints: Literal["none", "depth"]
    track: Annotated[str, Field(max_length=MAXIMUM_PAYLOAD_BYTES)]
    trimmed: Span | None = None
    repetitions: Annotated[tuple[MotionRepetition, ...], Field(max_length=MOST_REPETITIONS)] = ()
    worst: WorstWindow | None = None

    @model_validator(mode="after")
    def _track_holds_the_frames(self) -> Self:
        unpacked_times_ms(self.track, self.frames, with_joints=self.joints == "depth")
        return self


class Motion(Payload):
    """The movement of one set of a session, sent under the consent ``consent_id``."""

    kind: ClassVar[Channel] = Channel.MOTION

    id: UUID
    session_id: UUID
    set_started_at: UtcDatetime
    device_id: DeviceId
    patient_id: Identifier
    prescription_id: UUID
    consent_id: UUID
    exercise_id: ExerciseId
    motion: SetMotion

    @model_validator(mode="after")
    def _has_the_sets_own_id(self) -> Self:
        if self.id != motion_id(self.session_id, self.set_started_at):
            raise ValueError("id is not the one that this set's movement has")
        return self


def unpacked(track: str, frames: int, *, with_joints: bool) -> bytes:
    """What a track holds, of exactly the length that it must have.

    Raises ``ValueError`` for anything else; unpacks no more than that, whatever the track says.
    """
    length = frames * (TIME_BYTES + KEYPOINT_BYTES + (JOINT_BYTES if with_joints else 0))
    try:
        packed = base64.b64decode(track, validate=True)
        stream = zlib.decompressobj()
        content = stream.decompress(packed, length + 1)
    except (binascii.Error, zlib.error) as error:
        raise ValueError(f"track cannot be unpacked: {error}") from error
    if len(content) != length or not stream.eof or stream.unused_data:
        raise ValueError(f"track does not unpack to the {length} bytes of {frames} frames")
    return content


def unpacked_times_ms(track: str, frames: int, *, with_joints: bool) -> tuple[int, ...]:
    """Each frame's milliseconds since the first; raises ``ValueError`` where they do not ascend."""
    content = unpacked(track, frames, with_joints=with_joints)
    first, *steps = struct.unpack_from(f"<{frames}I", content)
    if first or not all(steps):
        raise ValueError("times of a track must begin at 0 and ascend")
    times_ms = tuple(accumulate((first, *steps)))
    if times_ms[-1] > LONGEST_MS:
        raise ValueError("times of a track are longer than a day")
    return times_ms
