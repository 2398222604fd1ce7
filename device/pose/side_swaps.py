"""Puts left and right back where the network exchanges them for a moment.

On the squats recordings MoveNet exchanges the sides of hips, knees and ankles in about one frame of
a hundred, mostly for one or two frames. What lasts longer than the holding time is believed.

Refusing bones whose length jumps by 30% was tried as well and left out: arms that move towards the
camera shorten as fast, so it held back good keypoints more often than it caught bad ones.
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
SWAP_DISTANCE_TORSO = 0.5
"""A pair is exchanged back only if it moved by more than this in all, in torso lengths.

Limbs that really cross do so more slowly: at 15 fps this is 7.5 torso lengths a second.
"""


class SideSwapGate:
    """What the gate remembers of one person from frame to frame; ``hold_s`` is in seconds."""

    def __init__(self, hold_s: float) -> None:
        self._hold_s = hold_s
        self.reset()

    def reset(self) -> None:
        """Forget the person."""
        self._before = [(0.0, 0.0, 0.0, 0.0)] * len(_PAIRS)
        self._believed_s = [-math.inf] * len(_PAIRS)

    def apply(
        self,
        rows: list[list[float]],
        now_s: float,
        height: float,
        width: float,
        used_score: float,
    ) -> None:
        """Exchange rows of [y, x, score] in place where left and right are the wrong way round.

        ``height`` and ``width`` are the image's in torso lengths; pairs with a score below
        ``used_score`` are left as they are.
        """
        oldest_s = now_s - self._hold_s
        for index, (left, right) in enumerate(_PAIRS):
            y1, x1, score1 = rows[left]
            y2, x2, score2 = rows[right]
            if score1 < used_score or score2 < used_score:
                continue
            if self._believed_s[index] >= oldest_s:
                was_y1, was_x1, was_y2, was_x2 = self._before[index]
                straight = (abs(y1 - was_y1) + abs(y2 - was_y2)) * height
                straight += (abs(x1 - was_x1) + abs(x2 - was_x2)) * width
                if straight > SWAP_DISTANCE_TORSO:
                    crossed = (abs(y1 - was_y2) + abs(y2 - was_y1)) * height
                    crossed += (abs(x1 - was_x2) + abs(x2 - was_x1)) * width
                    if crossed < 0.5 * straight:
                        rows[left], rows[right] = rows[right], rows[left]
                        self._before[index] = (y2, x2, y1, x1)
                        continue
            self._believed_s[index] = now_s
            self._before[index] = (y1, x1, y2, x2)
