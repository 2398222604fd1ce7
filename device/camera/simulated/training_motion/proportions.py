"""Bodies of other proportions: every segment in the direction it had, longer or shorter.

The simulated patient's joints are where an average body's are. A Kinect, whose joints the networks
of quality give, has them elsewhere: hips and shoulders nearer together, limbs shorter against the
trunk. So the segments are first made as a Kinect sees them. What is judged must not depend on the
body either, so that they are then varied by up to 15 % segment by segment.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from device.camera.simulated.training_motion.points import POINTS
from models.exercises.motion import Support

VARIES: Final = 0.15
SEEN_BY_KINECT: Final = {
    "thigh": 0.87,
    "shank": 0.85,
    "trunk": 1.0,
    "upper_arm": 0.79,
    "forearm": 0.93,
    "half_shoulders": 0.86,
    "half_hips": 0.76,
    "head": 1.2,
}
"""Lengths in trunks, the mean of the medians of UI-PRMD, KIMORE and the squats (standing, first
frames of squats) over the simulated patient's; UI-PRMD, whose head is another point, left out of
the head's."""

_SETTLES_FRAMES: Final = 2
_FACE: Final = tuple(at for at, name in enumerate(POINTS) if name.endswith(("eye", "ear", "nose")))

# What stays where it is while the rest of the body is longer or shorter.
_STAYS: Final[dict[Support, tuple[str, ...]]] = {
    "feet": ("left_ankle", "right_ankle"),
    "toes": ("left_ankle", "right_ankle"),
    "left_foot": ("left_ankle",),
    "right_foot": ("right_ankle",),
    "hands_and_knees": ("left_knee", "right_knee"),
    "hands_and_feet": ("left_ankle", "right_ankle", "left_wrist", "right_wrist"),
    "shoulders_and_feet": ("left_ankle", "right_ankle", "left_shoulder", "right_shoulder"),
}
_HIPS: Final = ("left_hip", "right_hip")


@dataclass(frozen=True, slots=True)
class Proportions:
    """Factors of a body's segments against an average body's, by name."""

    factors: dict[str, float]

    @classmethod
    def drawn(cls, random: np.random.Generator) -> "Proportions":
        """Each up to 15 % either way of what a Kinect sees."""
        return cls(
            {
                name: factor * float(random.uniform(1 - VARIES, 1 + VARIES))
                for name, factor in SEEN_BY_KINECT.items()
            }
        )

    def of(self, points_m: NDArray[np.float64], supports: list[Support]) -> NDArray[np.float64]:
        """``points_m`` [T, 18, 3] with these proportions; what carries the body stays there.

        ``supports`` says for each frame what carries it.
        """
        built = self._built(points_m)
        moved = np.empty((len(points_m), 3))
        for frame, support in enumerate(supports):
            stays = [POINTS.index(name) for name in _STAYS.get(support, _HIPS)]
            moved[frame] = (points_m[frame, stays] - built[frame, stays]).mean(axis=0)
        return built + _settled(moved)[:, None]

    def _built(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        factors, built = self.factors, points_m.copy()

        def at(name: str) -> NDArray[np.float64]:
            return np.asarray(points_m[:, POINTS.index(name)])

        def put(name: str, place: NDArray[np.float64]) -> NDArray[np.float64]:
            built[:, POINTS.index(name)] = place
            return place

        hips = (at("left_hip") + at("right_hip")) / 2
        neck = (at("left_shoulder") + at("right_shoulder")) / 2
        new_neck = hips + (neck - hips) * factors["trunk"]
        head = put("head", new_neck + (at("head") - neck) * factors["head"])
        built[:, _FACE] = head[:, None] + (points_m[:, _FACE] - at("head")[:, None])
        for side in ("left", "right"):
            joint = put(f"{side}_hip", hips + (at(f"{side}_hip") - hips) * factors["half_hips"])
            limb = (("hip", "knee", "thigh"), ("knee", "ankle", "shank"))
            for upper, lower, segment in limb:
                along = at(f"{side}_{lower}") - at(f"{side}_{upper}")
                joint = put(f"{side}_{lower}", joint + along * factors[segment])
            aside = at(f"{side}_shoulder") - neck
            joint = put(f"{side}_shoulder", new_neck + aside * factors["half_shoulders"])
            limb = (("shoulder", "elbow", "upper_arm"), ("elbow", "wrist", "forearm"))
            for upper, lower, segment in limb:
                along = at(f"{side}_{lower}") - at(f"{side}_{upper}")
                joint = put(f"{side}_{lower}", joint + along * factors[segment])
        return built


def _settled(moved: NDArray[np.float64]) -> NDArray[np.float64]:
    """Without jumps where something else begins to carry the body."""
    weights = np.hanning(2 * _SETTLES_FRAMES + 3)[1:-1]
    weights /= weights.sum()
    padded = np.pad(moved, ((_SETTLES_FRAMES, _SETTLES_FRAMES), (0, 0)), mode="edge")
    return np.stack([np.convolve(axis, weights, mode="valid") for axis in padded.T], axis=1)
