"""Repairs keypoints that cannot be where the network puts them: exchanged sides, jumping bones.

Both happen in single frames, mostly in the side view where one side hides the other. Whatever lasts
longer than the holding time is believed.
"""

import math

from device.pose.pose import Keypoint

_PAIRS = (
    (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
    (Keypoint.LEFT_ELBOW, Keypoint.RIGHT_ELBOW),
    (Keypoint.LEFT_WRIST, Keypoint.RIGHT_WRIST),
    (Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP),
    (Keypoint.LEFT_KNEE, Keypoint.RIGHT_KNEE),
    (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE),
)
# From the trunk outwards, so that a bone is judged after the one that carries it.
_BONES = (
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW),
    (Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW),
    (Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
    (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE),
    (Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
    (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE),
    (Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
)
SWAP_DISTANCE_TORSO = 0.5
"""Left and right are exchanged back only if this moves them together by more, in torso lengths.

Limbs that really cross do so more slowly (at 15 fps this is 7.5 torso lengths a second).
"""
BONE_JUMP = 0.3
"""A bone that changes by more than this part of its full length from frame to frame has jumped."""


class PlausibilityGate:
    """What the gate remembers of one person from frame to frame."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._pairs: list[tuple[float, float, float, float] | None] = [None] * len(_PAIRS)
        self._pair_right_s = [-math.inf] * len(_PAIRS)
        self._seen = [0.0] * len(_BONES)
        self._believed = [0.0] * len(_BONES)
        self._believed_s = [-math.inf] * len(_BONES)
        self._full_lengths = [0.0] * len(_BONES)

    def apply(
        self,
        rows: list[list[float]],
        now_s: float,
        height: float,
        width: float,
        used_score: float,
    ) -> None:
        """Repair ``rows`` of [y, x, score] in place; a keypoint that is refused gets score 0.

        ``height`` and ``width`` are the image's in torso lengths.
        """
        for index, (left, right) in enumerate(_PAIRS):
            a, b = rows[left], rows[right]
            if a[2] < used_score or b[2] < used_score:
                continue
            before = self._pairs[index]
            if before is not None and now_s - self._pair_right_s[index] <= self._hold_s:
                ay, ax, by, bx = before
                straight = (abs(a[0] - ay) + abs(b[0] - by)) * height + (
                    abs(a[1] - ax) + abs(b[1] - bx)
                ) * width
                if straight > SWAP_DISTANCE_TORSO:
                    crossed = (abs(a[0] - by) + abs(b[0] - ay)) * height + (
                        abs(a[1] - bx) + abs(b[1] - ax)
                    ) * width
                    if crossed < 0.5 * straight:
                        rows[left], rows[right] = b, a
                        self._pairs[index] = (b[0], b[1], a[0], a[1])
                        continue
            self._pair_right_s[index] = now_s
            self._pairs[index] = (a[0], a[1], b[0], b[1])
        self._refuse_jumping_bones(rows, now_s, height, width, used_score)

    def _refuse_jumping_bones(
        self,
        rows: list[list[float]],
        now_s: float,
        height: float,
        width: float,
        used_score: float,
    ) -> None:
        for index, (near, far) in enumerate(_BONES):
            a, b = rows[near], rows[far]
            if a[2] < used_score or b[2] < used_score:
                continue
            length = math.hypot((a[0] - b[0]) * height, (a[1] - b[1]) * width)
            most = BONE_JUMP * self._full_lengths[index]
            jumped = abs(length - self._believed[index]) > most
            unconfirmed = abs(length - self._seen[index]) > most
            self._seen[index] = length
            if jumped and unconfirmed and now_s - self._believed_s[index] <= self._hold_s:
                b[2] = 0.0
                continue
            self._believed_s[index] = now_s
            self._believed[index] = length
            self._full_lengths[index] = max(length, 0.99 * self._full_lengths[index])
