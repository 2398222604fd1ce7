"""Between the loop and the kiosk's process: live updates one way, commands the other.

Unix datagrams in a private folder. The loop never waits for the kiosk: an update that cannot be
delivered at once is dropped, the next one is newer anyway.
"""

import json
import os
import socket
import struct
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from numpy.typing import NDArray

from device.coaching.command import Command, CommandError, parse_command
from device.coaching.feedback import Feedback
from device.errors import DeviceError
from device.pose.pose import KEYPOINT_COUNT, Pose

_HEADER = struct.Struct("<QidddHH")  # sequence, slot, captured, published, progress, width, height
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
    picture lies, slot -1 for none. ``rom_progress`` 0 at rest, 1 at the target, NaN unknown.
    """

    sequence: int
    slot: int
    captured_at_s: float
    published_at_s: float
    rom_progress: float
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
        rom_progress: float | None,
        now_s: float,
    ) -> None:
        """Offer an update to the kiosk; dropped when there is none or it is busy."""
        if feedback is not self._feedback or ring is not self._ring:
            self._feedback, self._ring = feedback, ring
            document = asdict(feedback) | {"ring": None if ring is None else str(ring)}
            self._json = json.dumps(document).encode()
        if pose is None:
            header = (0, -1, 0.0, now_s, float("nan"), 0, 0)
            keypoints = _NO_KEYPOINTS
        else:
            known = float("nan") if rom_progress is None else rom_progress
            header = (
                pose.sequence, slot, pose.captured_at_s, now_s, known, pose.width, pose.height,
            )  # fmt: skip
            keypoints = pose.keypoints.tobytes()
        with suppress(OSError):
            self._sender.sendto(_HEADER.pack(*header) + keypoints + self._json, self._updates_path)

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
    body = _HEADER.size + _KEYPOINT_BYTES
    sequence, slot, captured_s, published_s, progress, width, height = _HEADER.unpack_from(packet)
    document = json.loads(packet[body:])
    ring = document.pop("ring")
    keypoints = np.frombuffer(packet, np.float32, KEYPOINT_COUNT * 3, _HEADER.size)
    return LiveUpdate(
        sequence=sequence,
        slot=slot,
        captured_at_s=captured_s,
        published_at_s=published_s,
        rom_progress=progress,
        width=width,
        height=height,
        keypoints=keypoints.reshape(KEYPOINT_COUNT, 3),
        ring=None if ring is None else Path(ring),
        feedback=document,
    )
