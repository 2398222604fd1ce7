"""Errors of the device; each message says what happened, to which thing, and what to do."""


class DeviceError(Exception):
    """Base of every error raised by ``device``; ``exit_code`` is the command's exit status."""

    exit_code = 1


class CameraError(DeviceError):
    """A camera cannot be opened or has stopped giving frames."""

    exit_code = 3


class CameraLostError(CameraError):
    """A camera that gave frames has gone; opening it again may succeed."""


class ClipError(DeviceError):
    """A file is no video, or no recording of keypoints."""

    exit_code = 4


class EndOfClipError(DeviceError):
    """A clip has no more frames; the normal end of a clip, not a failure."""

    exit_code = 0


class PoseNetworkError(DeviceError):
    """The pose network cannot be loaded or does not have MoveNet's interface."""

    exit_code = 5


class StoreError(DeviceError):
    """The device's database cannot be opened or written."""

    exit_code = 6


class LinkError(DeviceError):
    """The broker cannot be reached or refuses this device."""

    exit_code = 7


class RecognitionError(DeviceError):
    """The index of reference poses cannot be used."""

    exit_code = 6


class QualityError(DeviceError):
    """A stage of the movement quality analysis cannot be loaded or run."""

    exit_code = 5


class VoiceError(DeviceError):
    """A phrase cannot be rendered or played, or the voice's figures cannot be read."""


class RhythmError(DeviceError):
    """The figures of schedule and reminders, or this device's time zone, cannot be used."""

    exit_code = 2


class CoachingLimitsError(DeviceError):
    """A file of the coach's limits cannot be read or has a wrong value."""

    exit_code = 2
