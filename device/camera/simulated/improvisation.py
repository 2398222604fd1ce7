"""A simulated patient who does not exercise but takes up one pose after another."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from device.camera.simulated.performance import Performance
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, SideAngles
from models.messages import Side

FIRST_POSE_S = 3000.0
"""From here on one pose a second; before that the exercise itself, around which things stand."""

_BLEND_SHARE, _JITTER_SHARE, _FREE_ARMS_SHARE = 0.3, 0.7, 0.25
_FASTEST_PER_S = 0.8
"""Progress through the exercise, so that what moves is blurred as it would be."""
# Standard deviations by which the joints are moved from where the exercise has them.
_DEVIATIONS_DEG = {"hip": 6.0, "knee": 6.0, "ankle": 3.0, "shoulder": 12.0, "elbow": 12.0}
_TRUNK_DEVIATIONS_DEG = (6.0, 4.0)
_HINGES = ("knee_flexion_deg", "elbow_flexion_deg")
_SWINGS = ("_flexion_deg", "_abduction_deg", "_dorsiflexion_deg")
_ANY_AZIMUTH_SHARE, _AZIMUTH_DEVIATION_DEG = 0.15, 12.0


@dataclass(frozen=True)
class Improvisation(Performance):
    """Random poses round those of the whole library; the same ``seed`` gives the same poses."""

    seed: int = 0

    @cached_property
    def camera_azimuth_deg(self) -> float:
        """About where the exercise wants the camera, and now and then anywhere round the body."""
        random = np.random.default_rng((self.seed, 0xCA))
        if random.random() < _ANY_AZIMUTH_SHARE:
            return float(random.uniform(-180, 180))
        wanted_deg = self.exercise.motion.camera_azimuth_for(self.moving_side)
        return wanted_deg + float(random.normal(0, _AZIMUTH_DEVIATION_DEG))

    def angles_at(self, time_s: float) -> JointAngles:
        """The pose of that second."""
        if time_s < FIRST_POSE_S:
            return super().angles_at(time_s)
        second = math.floor(time_s)
        random = np.random.default_rng((self.seed, second))
        moved = float(random.uniform(-1, 1)) * _FASTEST_PER_S * (time_s - second - 0.5)
        progress = float(random.uniform(-0.05, 1.1)) + moved
        angles = self.exercise.motion.angles_at(progress, self.moving_side)
        if random.random() < _BLEND_SHARE:
            angles = self._towards_another(angles, random)
        if random.random() < _JITTER_SHARE:
            angles = _jittered(angles, random)
        return angles

    def _towards_another(self, angles: JointAngles, random: np.random.Generator) -> JointAngles:
        """Part of the way to a pose of another exercise in which the same bears the body."""
        sides: tuple[Side, ...] = ("left", "right")
        others = [
            (exercise.motion, side)
            for exercise in load_library().all_measured()
            for side in sides
            if exercise.motion.angles_at(0.0, side).support == angles.support
        ]
        motion, side = others[int(random.integers(len(others)))]
        other = motion.angles_at(float(random.uniform(0, 1)), side)
        return angles.towards(other, float(random.uniform(0, 1)))


def _jittered(angles: JointAngles, random: np.random.Generator) -> JointAngles:
    moved = angles.model_copy(
        update={
            "left": _side_jittered(angles.left, random),
            "right": _side_jittered(angles.right, random),
        }
    )
    forward_deg, sideways_deg = random.normal(0, _TRUNK_DEVIATIONS_DEG).tolist()
    return moved.leaning(forward_deg, sideways_deg)


def _side_jittered(side: SideAngles, random: np.random.Generator) -> SideAngles:
    values = side.model_dump()
    for name in values:
        deviation_deg = _DEVIATIONS_DEG.get(name.partition("_")[0], 0.0)
        moved_deg = float(random.normal(0, deviation_deg))
        # Rotations and the like stay where the exercise has them, unless it uses them.
        if name.endswith(_SWINGS) or values[name]:
            values[name] += moved_deg
    if random.random() < _FREE_ARMS_SHARE:
        values["shoulder_flexion_deg"] = float(random.uniform(-20, 150))
        values["shoulder_abduction_deg"] = float(random.uniform(0, 150))
        values["elbow_flexion_deg"] = float(random.uniform(0, 130))
    for name in _HINGES:
        values[name] = max(values[name], 0.0)
    return side.model_copy(update=values)
