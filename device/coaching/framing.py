"""Helps the patient into the picture: one plain instruction at a time, the most important first.

Nobody is locked out: where the exercise's keypoints are seen and only place, view or light is not
as it should be, the set begins after a while all the same, and what was asked for in vain is kept.
"""

import math
from collections import deque
from collections.abc import Collection
from enum import StrEnum

from device.coaching.body_frame import BodyFrame, follow
from device.coaching.fall import trunk_inclination_deg
from device.coaching.light import Light
from device.coaching.visibility import is_nobody, missing_keypoint, needed_chains
from device.pose.pose import Keypoint, Pose
from models.exercises.definition import LYING, ExerciseDefinition
from models.messages import Side


class Complaint(StrEnum):
    """What is wrong with the picture, the most important first."""

    NOBODY = "nobody"
    SECOND_PERSON = "second_person"
    TOO_DARK = "too_dark"
    BACKLIT = "backlit"
    NOT_WHOLE = "not_whole"
    HEAD_CUT_OFF = "head_cut_off"
    FEET_CUT_OFF = "feet_cut_off"
    MOVE_LEFT = "move_left"
    MOVE_RIGHT = "move_right"
    MOVE_TO_MIDDLE = "move_to_middle"
    NOT_WHOLE_LYING = "not_whole_lying"
    TOO_NEAR = "too_near"
    TOO_FAR = "too_far"
    LIE_ACROSS = "lie_across"
    FACE_CAMERA = "face_camera"
    TURN_SIDEWAYS = "turn_sideways"
    TURN_LEFT_SIDE = "turn_left_side"
    TURN_RIGHT_SIDE = "turn_right_side"

    @property
    def instruction(self) -> str:
        """The id of the kiosk's text."""
        return f"instruct-framing-{self.value.replace('_', '-')}"


HOLD_STILL = "instruct-framing-hold-still"
_ORDER = {complaint: rank for rank, complaint in enumerate(Complaint)}
_HARD = frozenset({Complaint.NOBODY, Complaint.NOT_WHOLE})

LONGEST_SOFT_S = 20.0
"""After this long with only a soft complaint the set begins all the same."""
SHOWN_AT_LEAST_S = 2.0
_LASTS_S = 0.6
"""A complaint comes and goes when it has lasted this long."""
_BLINK_S = 0.2

# Torso lengths against the picture's height. At 4 m, the product's greatest distance, a person of
# 1.7 m seen through 62° measures 0.136; at 1.5 m 0.36 and no longer fits while standing.
_TOO_FAR_BELOW, _TOO_NEAR_ABOVE = 0.12, 0.36
_DISTANCE_MARGIN = 0.08
_DISTANCE_TIME_CONSTANT_S = 0.5
_BORDER, _BORDER_MARGIN = 0.012, 0.012
_LIES_FROM_DEG = 50.0
# Of 255, for 8-bit pictures; light.py says what is measured. The simulated patient's trunk measures
# 29 to 36 in dim light, where MoveNet's scores fall from 0.7 to 0.5, and 60 to 120 in usual light.
_DARK_BELOW, _DARK_PERSON_BELOW, _DARK_MARGIN, _LIGHT_ROOM_FROM = 28.0, 40.0, 6.0, 100.0
_BACKLIT_BRIGHT_SHARE = 0.15
_FEET = (Keypoint.LEFT_ANKLE, Keypoint.RIGHT_ANKLE)
_FACE = (
    Keypoint.NOSE,
    Keypoint.LEFT_EYE,
    Keypoint.RIGHT_EYE,
    Keypoint.LEFT_EAR,
    Keypoint.RIGHT_EAR,
)


class SecondPerson:
    """Infers a second person from a network that sees one at a time.

    Between two good frames (whole trunk seen, at most 0.25 s apart) the middle of the hips jumps
    further than a torso length, or the torso's length changes by more than 40 %: the network has
    gone over to somebody else. Two such jumps within 5 s, there and back, are a second person. It
    does not see one who never draws the network away, and an unsure network may jump without one.
    """

    JUMP_TORSO, LENGTH_RATIO, WITHIN_S, LASTS_S = 1.0, 1.4, 0.25, 5.0

    def __init__(self) -> None:
        self._last: BodyFrame | None = None
        self._jumps_s: deque[float] = deque(maxlen=2)

    def update(self, body: BodyFrame) -> bool:
        """Take one unsmoothed frame; whether there is a second person now."""
        now_s = body.captured_at_s
        trunk_seen = body.visible(
            Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER, Keypoint.LEFT_HIP, Keypoint.RIGHT_HIP
        )
        if body.trunk is not None and trunk_seen:
            last = self._last
            if last is not None and last.trunk is not None:
                length_px = last.trunk.length_px
                jump = math.dist(body.trunk.hips, last.trunk.hips) / length_px
                ratio = body.trunk.length_px / length_px
                soon = now_s - last.captured_at_s <= self.WITHIN_S
                changed = max(ratio, 1 / ratio) > self.LENGTH_RATIO
                if soon and (jump > self.JUMP_TORSO or changed):
                    self._jumps_s.append(now_s)
            self._last = body
        return len(self._jumps_s) == 2 and now_s - self._jumps_s[0] <= self.LASTS_S


class FramingAssistant:
    """Watches one person get ready for one set; feed it every frame and now and then the light.

    ``accepted`` are complaints that the patient already went on with; they are kept again where
    they still hold, but not waited for.
    """

    def __init__(
        self, exercise: ExerciseDefinition, side: Side, accepted: Collection[Complaint] = ()
    ) -> None:
        self._exercise = exercise
        self._side = side
        self._accepted = frozenset(accepted)
        self._chains = needed_chains(exercise, side)
        self._lies = exercise.position in LYING
        self._second_person = SecondPerson()
        self._light: Light | None = None
        self._torso: float | None = None
        self._present_s: dict[Complaint, float] = {}
        self._absent_s: dict[Complaint, float] = {}
        self._active: set[Complaint] = set()
        self._content_since_s: float | None = None
        self._soft_since_s: float | None = None
        self._shown: Complaint | None = Complaint.NOBODY
        self._shown_s = -math.inf

    def see_light(self, light: Light) -> None:
        """The light in a recent picture."""
        self._light = light

    def take(self, body: BodyFrame, unsmoothed: BodyFrame, pose: Pose) -> None:
        """One frame, smoothed and not; ``pose`` says how large the picture is."""
        now_s = body.captured_at_s
        if body.trunk is not None:
            torso = body.trunk.length_px / pose.height
            self._torso = follow(self._torso, torso, body.step_s, _DISTANCE_TIME_CONSTANT_S)
        present = self._complaints(body, pose)
        if self._second_person.update(unsmoothed):
            present.add(Complaint.SECOND_PERSON)
        self._follow(present, now_s)
        # A keypoint that is unsure for a frame or two keeps nobody waiting.
        lasting = {each for each in present if now_s - self._present_s[each] >= _BLINK_S}
        lasting |= self._active
        waiting = lasting - self._accepted
        self._content_since_s = None if waiting else _since(self._content_since_s, now_s)
        hard = _HARD & lasting
        self._soft_since_s = None if hard else _since(self._soft_since_s, now_s)
        self._show(now_s)

    def content_for_s(self, now_s: float) -> float:
        """For how long nothing had to be asked for."""
        return 0.0 if self._content_since_s is None else now_s - self._content_since_s

    def may_begin(self, now_s: float, content_s: float) -> bool:
        """Whether all was well for ``content_s``, or only soft complaints for a long time."""
        soft_s = 0.0 if self._soft_since_s is None else now_s - self._soft_since_s
        return self.content_for_s(now_s) >= content_s or soft_s >= LONGEST_SOFT_S

    @property
    def complaints(self) -> tuple[Complaint, ...]:
        """What is not as it should be now, the most important first."""
        return tuple(sorted(self._active, key=_ORDER.__getitem__))

    @property
    def shown(self) -> Complaint | None:
        """The one thing to ask for; ``None`` when all is well."""
        return self._shown

    @property
    def instruction(self) -> str:
        """The id of the one thing to ask for."""
        return HOLD_STILL if self._shown is None else self._shown.instruction

    def _follow(self, present: set[Complaint], now_s: float) -> None:
        for complaint in Complaint:
            here, gone = self._present_s, self._absent_s
            if complaint not in present:
                here, gone = gone, here
            since_s = here.setdefault(complaint, now_s)
            gone.pop(complaint, None)
            if now_s - since_s >= _LASTS_S:
                (self._active.add if complaint in present else self._active.discard)(complaint)

    def _show(self, now_s: float) -> None:
        wanted = min(self._active - self._accepted, key=_ORDER.__getitem__, default=None)
        if wanted is None and self._content_since_s is None:
            return  # something has begun, or is about to end: not yet sure enough to say so
        if wanted is not self._shown and now_s - self._shown_s >= SHOWN_AT_LEAST_S:
            self._shown, self._shown_s = wanted, now_s

    def _complaints(self, body: BodyFrame, pose: Pose) -> set[Complaint]:
        found = self._dark()
        if is_nobody(body) or body.trunk is None:
            return found | {Complaint.NOBODY}
        if missing_keypoint(body, self._chains) is not None:
            found.add(Complaint.NOT_WHOLE)
        return found | self._cut_off(body, pose) | self._far(body) | self._turned(body)

    def _dark(self) -> set[Complaint]:
        light = self._light
        if light is None:
            return set()
        margin = _DARK_MARGIN if self._active & {Complaint.TOO_DARK, Complaint.BACKLIT} else 0.0
        dark_person = light.person is not None and light.person < _DARK_PERSON_BELOW + margin
        if dark_person and light.bright_share >= _BACKLIT_BRIGHT_SHARE:
            return {Complaint.BACKLIT}
        # Dark clothes in a light room are no dark room.
        if light.mean < _DARK_BELOW + margin or (dark_person and light.mean < _LIGHT_ROOM_FROM):
            return {Complaint.TOO_DARK}
        return set()

    def _cut_off(self, body: BodyFrame, pose: Pose) -> set[Complaint]:
        found: set[Complaint] = set()
        right_px, bottom_px = self._border(pose.width), self._border(pose.height)
        seen = [point for point, score in zip(body.points, body.scores, strict=True) if score > 0.3]
        if not any(body.visible(each) for each in _FACE):
            found.add(Complaint.HEAD_CUT_OFF)
        feet = [body.points[each][1] for each in _FEET if body.visible(each)]
        if not feet or max(feet) > pose.height - bottom_px:
            found.add(Complaint.FEET_CUT_OFF)
        over_left = any(x < right_px for x, _ in seen)
        over_right = any(x > pose.width - right_px for x, _ in seen)
        if self._lies:
            return {Complaint.NOT_WHOLE_LYING} if found or over_left or over_right else set()
        if over_left and over_right:
            found.add(Complaint.TOO_NEAR)
        elif over_left or over_right:
            found.add(self._aside(body, over_left))
        return found

    def _border(self, size: int) -> float:
        cut = {Complaint.FEET_CUT_OFF, Complaint.MOVE_LEFT, Complaint.MOVE_RIGHT}
        margin = _BORDER_MARGIN if self._active & cut else 0.0
        return (_BORDER + margin) * size

    def _aside(self, body: BodyFrame, over_left: bool) -> Complaint:
        if body.view != "frontal":
            return Complaint.MOVE_TO_MIDDLE
        # Who faces the camera has their left at the picture's right.
        left, right = body.points[Keypoint.LEFT_SHOULDER], body.points[Keypoint.RIGHT_SHOULDER]
        faces = left[0] > right[0]
        return Complaint.MOVE_LEFT if over_left == faces else Complaint.MOVE_RIGHT

    def _far(self, body: BodyFrame) -> set[Complaint]:
        if self._torso is None:
            return set()
        if self._torso < _TOO_FAR_BELOW * self._loosened(Complaint.TOO_FAR, 1.0):
            return {Complaint.TOO_FAR}
        if self._torso > _TOO_NEAR_ABOVE * self._loosened(Complaint.TOO_NEAR, -1.0):
            return {Complaint.TOO_NEAR}
        return set()

    def _loosened(self, complaint: Complaint, sign: float) -> float:
        return 1.0 + sign * _DISTANCE_MARGIN * (complaint in self._active)

    def _turned(self, body: BodyFrame) -> set[Complaint]:
        if self._lies and trunk_inclination_deg(body) < _LIES_FROM_DEG:
            return {Complaint.LIE_ACROSS}
        if self._exercise.view == "frontal":
            return set() if body.view == "frontal" else {Complaint.FACE_CAMERA}
        turn = {
            "left": Complaint.TURN_LEFT_SIDE,
            "right": Complaint.TURN_RIGHT_SIDE,
            "both": Complaint.TURN_SIDEWAYS,
        }[self._side]
        if body.view != "sagittal":
            return {turn}
        # Who looks to the picture's right shows the camera the right side.
        towards = {1: "right", -1: "left", 0: self._side}[body.facing]
        return {turn} if self._side not in ("both", towards) else set()


def _since(since_s: float | None, now_s: float) -> float:
    return now_s if since_s is None else since_s
