"""Heights and distances of feet and knees, as the angles that a body of this size makes of them.

Lengths of an average body in torso lengths (shoulder to hip): Winter, Biomechanics and Motor
Control of Human Movement (2009), figure 4.1, after Drillis and Contini (1966).
"""

from device.coaching.body_frame import BodySide, follow
from device.coaching.measures.plane import BodyInPlane, arc_sine_deg
from device.pose.pose import Keypoint

THIGH_PER_TORSO = 0.245 / 0.288
LEG_PER_TORSO = 0.491 / 0.288
ANKLE_TO_BALL_PER_TORSO = 0.117 / 0.288
_KNEES = (Keypoint.LEFT_KNEE, Keypoint.RIGHT_KNEE)
_ANKLES = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
_RISING = (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP)
_LEAST_RISING = 2
_STANDING_FALLS_S, _STANDING_RISES_S = 0.5, 20.0


def knee_separation(plane: BodyInPlane) -> float | None:
    """The angle at which two thighs from one hip would have the knees as far apart."""
    body = plane.body
    if body.torso_px is None or not body.visible(*_KNEES):
        return None
    thigh_px = THIGH_PER_TORSO * body.torso_px
    return 2.0 * arc_sine_deg(plane.length_px(*_KNEES) / thigh_px / 2.0)


def leg_lift(plane: BodyInPlane, side: BodySide) -> float | None:
    """How far this ankle is above the other, as the angle whose sine is that height over the length
    of the leg."""
    body = plane.body
    if body.torso_px is None or not body.visible(*_ANKLES):
        return None
    ankle, other = _ANKLES if side == "left" else _ANKLES[::-1]
    lifted_px = plane.points[other][1] - plane.points[ankle][1]
    return arc_sine_deg(lifted_px / (LEG_PER_TORSO * body.torso_px))


def feet_apart(plane: BodyInPlane) -> float | None:
    """The angle at which legs spread evenly would have the ankles as far apart sideways."""
    body = plane.body
    if body.torso_px is None or not body.visible(*_ANKLES):
        return None
    left, right = (plane.points[each] for each in _ANKLES)
    return 2.0 * arc_sine_deg(abs(left[0] - right[0]) / 2.0 / (LEG_PER_TORSO * body.torso_px))


class HeelRise:
    """How far the trunk has risen above where it is while the feet are flat: the angle whose sine
    is that height over the length from the ankle to the ball of the foot."""

    def __init__(self) -> None:
        self._standing_y: dict[Keypoint, float] = {}

    def measure(self, plane: BodyInPlane) -> float | None:
        """Degrees of both feet together."""
        body = plane.body
        if body.torso_px is None:
            return None
        risen: list[float] = []
        for each in _RISING:
            if not body.visible(each):
                continue
            y = plane.points[each][1]
            standing_y = self._standing_y.get(each)
            # Standing is the lowest place (the largest y), forgotten slowly.
            lower = standing_y is not None and y > standing_y
            self._standing_y[each] = standing_y = follow(
                standing_y, y, body.step_s, _STANDING_FALLS_S if lower else _STANDING_RISES_S
            )
            risen.append(standing_y - y)
        if len(risen) < _LEAST_RISING:
            return None
        ball_px = ANKLE_TO_BALL_PER_TORSO * body.torso_px
        return arc_sine_deg(sum(risen) / len(risen) / ball_px)
