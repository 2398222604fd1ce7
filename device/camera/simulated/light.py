"""How bright the room and the patient are, and what a window behind the patient does to a lens."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from device.camera.frame import Image
from device.camera.simulated.conditions import Light


@dataclass(frozen=True, slots=True)
class Lighting:
    """What a light does to a picture.

    ``room`` and ``figure`` multiply brightness; ``tint`` the colours (blue, green, red); ``noise``
    is how much more the sensor's gain shows; ``glare`` how bright a window's veil gets, 0 to 255.
    """

    room: float
    figure: float
    noise: float
    tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
    glare: float = 0.0

    def on_colours(self, colours: NDArray[np.float64]) -> NDArray[np.float64]:
        """Colours [N, 3] of what stands in the room, in this light."""
        return np.asarray(colours * (self.figure * np.array(self.tint)))

    def on_room(self, picture: Image) -> Image:
        """The room in this light."""
        if self.room == 1.0 and self.tint == (1.0, 1.0, 1.0):
            return picture
        levels = np.arange(256)[:, None] * (self.room * np.array(self.tint))
        table = np.clip(np.rint(levels), 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table[None]), np.uint8)


LIGHTING: dict[Light, Lighting] = {
    "bright": Lighting(1.14, 1.18, 0.7),
    "normal": Lighting(1.0, 1.0, 1.0),
    "dim": Lighting(0.42, 0.46, 3.2, (0.82, 0.95, 1.06)),
    "backlit": Lighting(0.55, 0.36, 1.5, (1.05, 1.0, 0.97), 120.0),
}

_GLARE_WIDTH = 0.07
_GLARE_SCALE = 8


def glare_of(window: Image, strength: float) -> Image:
    """The veil that a window (white in ``window`` [H, W]) lays over a picture, [H, W, 3]."""
    height, width = window.shape[:2]
    small = cv2.resize(
        window, (width // _GLARE_SCALE, height // _GLARE_SCALE), interpolation=cv2.INTER_AREA
    )
    near = cv2.GaussianBlur(small, (0, 0), width / _GLARE_SCALE * _GLARE_WIDTH)
    far = cv2.GaussianBlur(small, (0, 0), width / _GLARE_SCALE * _GLARE_WIDTH * 4)
    veil = cv2.addWeighted(near, strength * 0.6 / 255, far, strength * 0.6 / 255, 0)
    spread = cv2.resize(veil, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.merge([spread, spread, spread]), np.uint8)
