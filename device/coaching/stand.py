"""Where a body is in one frame, as what remembers a movement keeps it."""

from dataclasses import dataclass

from device.coaching.body_frame import BodyFrame, Point
from device.pose.pose import Keypoint


@dataclass(frozen=True, slots=True)
class Stand:
    """One frame: when, and the keypoints in COCO order, in pixels; ``None`` for one not seen."""

    time_s: float
    points: tuple[Point | None, ...]

    @classmethod
    def of(cls, body: BodyFrame) -> "Stand":
        """What ``body`` shows."""
        points = (
            point if body.visible(keypoint) else None
            for keypoint, point in zip(Keypoint, body.points, strict=True)
        )
        return cls(body.captured_at_s, tuple(points))
