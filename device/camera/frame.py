"""One picture from a camera, and the protocol that every camera follows."""

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
"""Pixels of shape [height, width, 3] in B, G, R order (OpenCV's), 0 to 255."""

CameraKind = Literal["csi", "usb", "clip", "simulated", "push"]


@dataclass(frozen=True, slots=True)
class CameraFormat:
    """What an opened camera delivers; ``fps`` is the nominal rate in frames per second."""

    width: int
    height: int
    fps: float


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture with its time.

    ``sequence`` counts from 1 without gaps for frames taken from the camera; ``captured_at_s`` is
    on the monotonic clock for a live camera and media time for a clip; ``slot`` is the frame's
    place in the shared ring, -1 when it is in no ring.
    """

    sequence: int
    captured_at_s: float
    image: Image
    slot: int = -1


class CameraSource(Protocol):
    """A camera, or something that stands for one."""

    kind: CameraKind

    def open(self) -> CameraFormat:
        """Start the camera; raises ``CameraError`` when it cannot be had."""

    def read_into(self, image: Image) -> float:
        """Fill ``image`` with the next picture and return its capture time in seconds.

        Waits for the picture. Raises ``CameraLostError`` when the camera has gone and
        ``EndOfClipError`` after the last picture of a clip.
        """

    def close(self) -> None:
        """Stop the camera and free it; safe to call twice."""
