"""Between the loop and the kiosk's process: live updates one way, commands the other.

Unix datagrams in a private folder. The loop never waits for the kiosk: an update that cannot be
delivered at once is dropped, the next one is newer anyway.
"""

import json
import math
import os
import socket
import struct
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import structlog
from numpy.typing import NDArray

from device.coaching.command import Command, CommandError, parse_command
from device.coaching.feedback import Feedback
from device.coaching.live_values import GestureKind, LiveValues, TempoPhase
from device.errors import DeviceError
from device.pose.pose import KEYPOINT_COUNT, Pose

_HEADER = struct.Struct("<QiddHH")  # sequence, slot, captured, published, width, height
_LIVE = struct.Struct("<5dBB?")
"""Progress, hold, tempo, gesture and readiness as shares, NaN for none; phase and gesture as
positions in the lists below; too fast."""
_TEMPO: tuple[TempoPhase | None, ...] = (None, *get_args(TempoPhase))
_GESTURES: tuple[GestureKind | None, ...] = (None, *get_args(GestureKind))
_KEYPOINT_BYTES = KEYPOINT_COUNT * 3 * 4
_LARGEST_DATAGRAM = 64 * 1024
_UPDATES, _COMMANDS = "kiosk.socket", "coach.socket"
_NO_KEYPOINTS = b"\0" * _KEYPOINT_BYTES

log = structlog.get_logger()


class ChannelError(DeviceError):
    """The runtime folder cannot be used."""


@dataclass(frozen=True, slots=True)
class LiveUpdate:
    """One frame's keypoints with what the screen shows.

    ``keypoints`` float32 [17, 3]: y, x normalised, score; ``slot`` and ``ring`` say where the
    picture lies, slot -1 for none.
    """

    sequence: int
    slot: int
    captured_at_s: float
    published_at_s: float
    live: LiveValues
    width: int
    height: int
    keypoints: NDArray[np.float32]
    ring: Path | None
    feedback: dict[str, Any]


class KioskChannel:
    """The loop's end; everything here returns at once."""

    def __init__(self, runtime_folder: Path) -> None:
        self._updates_path = str(prepare_runtime_folder(runtime_folder) / _UPDATES)
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.setblocking(False)
        self._receiver = _bind(runtime_folder / _COMMANDS)
        self._feedback: Feedback | None = None
        self._ring: Path | None = None
        self._json = b""

    def publish(
        self,
        pose: Pose | None,
        slot: int,
        ring: Path | None,
        feedback: Feedback,
        live: LiveValues,
        now_s: float,
    ) -> None:
        """Offer an update to the kiosk; dropped when there is none or it is busy."""
        if feedback is not self._feedback or ring is not self._ring:
            self._feedback, self._ring = feedback, ring
            document = asdict(feedback) | {"ring": None if ring is None else str(ring)}
            self._json = json.dumps(document).encode()
        if pose is None:
            header = (0, -1, 0.0, now_s, 0, 0)
            keypoints = _NO_KEYPOINTS
        else:
            header = (pose.sequence, slot, pose.captured_at_s, now_s, pose.width, pose.height)
            keypoints = pose.keypoints.tobytes()
        packet = _HEADER.pack(*header) + _pack_live(live) + keypoints + self._json
        with suppress(OSError):
            self._sender.sendto(packet, self._updates_path)

    def commands(self) -> list[Command]:
        """What the patient has asked for since the last call."""
        commands: list[Command] = []
        with suppress(BlockingIOError):
            while True:
                try:
                    commands.append(parse_command(self._receiver.recv(_LARGEST_DATAGRAM)))
                except CommandError as error:
                    log.warning("command_refused", reason=str(error))
        return commands

    def close(self) -> None:
        """Close both sockets."""
        self._sender.close()
        self._receiver.close()


class CoachChannel:
    """The kiosk's end."""

    def __init__(self, runtime_folder: Path) -> None:
        self._commands_path = str(prepare_runtime_folder(runtime_folder) / _COMMANDS)
        self._sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._sender.settimeout(0.5)
        self._receiver = _bind(runtime_folder / _UPDATES)

    def receive(self, timeout_s: float) -> LiveUpdate | None:
        """The newest update; ``None`` when none comes in time."""
        self._receiver.settimeout(timeout_s)
        try:
            packet = self._receiver.recv(_LARGEST_DATAGRAM)
        except TimeoutError:
            return None
        self._receiver.setblocking(False)
        with suppress(BlockingIOError):
            while True:
                packet = self._receiver.recv(_LARGEST_DATAGRAM)
        return _unpack(packet)

    def send(self, command: Command) -> bool:
        """Hand a command to the loop; false when no loop is there to take it."""
        try:
            self._sender.sendto(command.model_dump_json().encode(), self._commands_path)
        except OSError as error:
            log.warning("command_not_delivered", error=str(error))
            return False
        return True

    def close(self) -> None:
        """Close both sockets."""
        self._sender.close()
        self._receiver.close()


def prepare_runtime_folder(folder: Path) -> Path:
    """The folder, made for this user alone; raises :class:`ChannelError`."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise ChannelError(f"{folder}: the runtime folder cannot be made: {error}") from error
    if status.st_uid != os.getuid() or status.st_mode & 0o022:
        raise ChannelError(
            f"{folder}: others can write there: remove it, or set runtime_folder in device.toml"
        )
    return folder


def _bind(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)
    receiver = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    try:
        receiver.bind(str(path))
    except OSError as error:
        receiver.close()
        raise ChannelError(f"{path}: cannot be made: {error}; choose a shorter path") from error
    receiver.setblocking(False)
    return receiver


def _unpack(packet: bytes) -> LiveUpdate:
    before = _HEADER.size + _LIVE.size
    sequence, slot, captured_s, published_s, width, height = _HEADER.unpack_from(packet)
    body = before + _KEYPOINT_BYTES
    document = json.loads(packet[body:])
    ring = document.pop("ring")
    keypoints = np.frombuffer(packet, np.float32, KEYPOINT_COUNT * 3, before)
    return LiveUpdate(
        sequence=sequence,
        slot=slot,
        captured_at_s=captured_s,
        published_at_s=published_s,
        live=_unpack_live(packet),
        width=width,
        height=height,
        keypoints=keypoints.reshape(KEYPOINT_COUNT, 3),
        ring=None if ring is None else Path(ring),
        feedback=document,
    )


def _pack_live(live: LiveValues) -> bytes:
    shares = (live.rom_progress, live.hold_share, live.tempo_share, live.gesture_share,
              live.ready_share)  # fmt: skip
    return _LIVE.pack(
        *(math.nan if share is None else share for share in shares),
        _TEMPO.index(live.tempo_phase),
        _GESTURES.index(live.gesture),
        live.too_fast,
    )


def _unpack_live(packet: bytes) -> LiveValues:
    *shares, phase, gesture, too_fast = _LIVE.unpack_from(packet, _HEADER.size)
    progress, hold, tempo, held, ready = (
        None if math.isnan(share) else float(share) for share in shares
    )
    return LiveValues(
        rom_progress=progress,
        hold_share=hold,
        tempo_phase=_TEMPO[phase],
        tempo_share=tempo or 0.0,
        too_fast=too_fast,
        gesture=_GESTURES[gesture],
        gesture_share=held or 0.0,
        ready_share=ready,
    )
