"""Which keypoints an exercise needs, and which of them the camera does not see."""

from collections.abc import Mapping

from device.coaching.body_frame import VISIBLE_SCORE, BodyFrame
from device.pose.pose import Keypoint
from models.exercises.definition import ExerciseDefinition, Measure
from models.messages import Side

Chain = tuple[Keypoint, ...]
_LEAST_FOR_A_PERSON = 4

_LEGS: tuple[Chain, Chain] = (
    (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE, Keypoint.LEFT_SHOULDER),
    (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE, Keypoint.RIGHT_SHOULDER),
)
_UPPER_ARMS: tuple[Chain, Chain] = (
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_HIP),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_HIP),
)
_ARMS: tuple[Chain, Chain] = (
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
)
_TRUNK: tuple[Chain, ...] = (
    (
        Keypoint.LEFT_SHOULDER,
        Keypoint.RIGHT_SHOULDER,
        Keypoint.LEFT_HIP,
        Keypoint.RIGHT_HIP,
    ),
)
_CHAINS: Mapping[Measure, tuple[Chain, ...]] = {
    "knee_flexion": _LEGS,
    "hip_flexion": _LEGS,
    "hip_extension": _LEGS,
    "hip_abduction": _LEGS,
    "knee_separation": _LEGS,
    "heel_rise": _LEGS,
    "leg_lift": _LEGS,
    "feet_apart": _LEGS,
    "shoulder_flexion": _UPPER_ARMS,
    "shoulder_extension": _UPPER_ARMS,
    "shoulder_abduction": _UPPER_ARMS,
    "shoulder_rotation": _ARMS,
    "elbow_flexion": _ARMS,
    "trunk_lateral_flexion": _TRUNK,
    "trunk_rotation": _TRUNK,
    "pelvis_shift": _TRUNK,
}


def needed_chains(exercise: ExerciseDefinition, side: Side) -> tuple[Chain, ...]:
    """The keypoints of which one whole chain must be seen, the prescribed side's first."""
    chains = _CHAINS[exercise.measure]
    return chains[::-1] if side == "right" else chains


def missing_keypoint(body: BodyFrame, chains: tuple[Chain, ...]) -> Keypoint | None:
    """The keypoint to ask for: the first unseen one of the chain that lacks least.

    ``None`` when one chain is seen whole.
    """
    unseen = [[each for each in chain if not body.visible(each)] for chain in chains]
    least = min(unseen, key=len)
    return least[0] if least else None


def is_nobody(body: BodyFrame) -> bool:
    """Whether there are too few keypoints for a person."""
    return sum(score >= VISIBLE_SCORE for score in body.scores) < _LEAST_FOR_A_PERSON
