"""What is drawn on and beside the patient's picture: judged limbs, range arc, silhouette, arrow."""

import math
from collections.abc import Mapping
from typing import Any, Literal

from device.coaching.framing import Complaint
from device.coaching.live_values import LiveValues
from device.kiosk.screen_document import Arrow, Guide, Hold, Target, Tempo
from device.pose.pose import Keypoint
from models.exercises.definition import LYING, ExerciseDefinition, Measure
from models.exercises.library import load_library

CueArrow = Literal["up", "down", "left", "right", "slower", "faster"]

# The keypoints whose limbs are drawn as the judged ones: COCO indices, left and right.
_ARMS, _LEGS, _TRUNK = (5, 7, 9, 6, 8, 10), (11, 13, 15, 12, 14, 16), (5, 6, 11, 12)
_ARROWS: dict[Complaint, Arrow] = {
    Complaint.NOBODY: "enter",
    Complaint.TOO_DARK: "light",
    Complaint.BACKLIT: "light",
    Complaint.NOT_WHOLE: "further",
    Complaint.HEAD_CUT_OFF: "further",
    Complaint.FEET_CUT_OFF: "further",
    # The picture is mirrored: the patient's left is the screen's left.
    Complaint.MOVE_LEFT: "left",
    Complaint.MOVE_RIGHT: "right",
    Complaint.NOT_WHOLE_LYING: "lie",
    Complaint.TOO_NEAR: "further",
    Complaint.TOO_FAR: "nearer",
    Complaint.LIE_ACROSS: "lie",
    Complaint.FACE_CAMERA: "turn",
    Complaint.TURN_SIDEWAYS: "turn",
    # Who shows the left side has turned to the right.
    Complaint.TURN_LEFT_SIDE: "turn-right",
    Complaint.TURN_RIGHT_SIDE: "turn-left",
}
_STANDING_BOX, _LYING_BOX = (0.34, 0.08, 0.66, 0.94), (0.12, 0.5, 0.88, 0.88)
"""A trunk of 0.24 of the picture's height, in the middle of what the framing accepts; a standing
body is 3.4 trunks tall (Drillis and Contini 1966)."""

_Sides = tuple[tuple[Keypoint, Keypoint, Keypoint], tuple[Keypoint, Keypoint, Keypoint]]
_KNEES: _Sides = (
    (Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE, Keypoint.LEFT_ANKLE),
    (Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE),
)
_HIPS: _Sides = (
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_HIP, Keypoint.LEFT_KNEE),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_HIP, Keypoint.RIGHT_KNEE),
)
_SHOULDERS: _Sides = (
    (Keypoint.LEFT_HIP, Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW),
    (Keypoint.RIGHT_HIP, Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW),
)
_ELBOWS: _Sides = (
    (Keypoint.LEFT_SHOULDER, Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST),
    (Keypoint.RIGHT_SHOULDER, Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST),
)
_HINGES: Mapping[Measure, tuple[_Sides, bool]] = {
    "knee_flexion": (_KNEES, True),
    "hip_flexion": (_HIPS, True),
    "hip_extension": (_HIPS, True),
    "hip_abduction": (_HIPS, True),
    "elbow_flexion": (_ELBOWS, True),
    "shoulder_flexion": (_SHOULDERS, False),
    "shoulder_extension": (_SHOULDERS, False),
    "shoulder_abduction": (_SHOULDERS, False),
}
"""Joints of each side, and whether a stretched limb is 0 clinical degrees (180 in the picture)."""


def exercise_of(feedback: Mapping[str, Any]) -> ExerciseDefinition | None:
    """The measured exercise on the screen, if there is one."""
    exercise = load_library().get(feedback["exercise_id"] or "")
    return exercise if isinstance(exercise, ExerciseDefinition) else None


def judged(exercise: ExerciseDefinition | None) -> list[int]:
    """The keypoints whose limbs are highlighted."""
    if exercise is None:
        return []
    if exercise.measure.startswith(("shoulder", "elbow")):
        return list(_ARMS)
    return list(_TRUNK if exercise.measure.startswith(("trunk", "pelvis")) else _LEGS)


def target(
    exercise: ExerciseDefinition | None, feedback: Mapping[str, Any], live: LiveValues
) -> Target | None:
    """The range arc of a measured exercise."""
    target_deg = feedback["target_deg"]
    if exercise is None or target_deg is None:
        return None
    start_deg = exercise.range_of_motion.start_deg
    hinge = _HINGES.get(exercise.measure)
    chosen: list[tuple[int, int, int]] = []
    if hinge is not None:
        left, right = ((int(a), int(b), int(c)) for a, b, c in hinge[0])
        chosen = {"left": [left], "right": [right]}.get(feedback["side"], [left, right])
    return Target(
        joints=chosen,
        start_deg=start_deg,
        target_deg=target_deg,
        start_inner_deg=None if hinge is None else _inner_deg(start_deg, stretched_is_0=hinge[1]),
        target_inner_deg=None if hinge is None else _inner_deg(target_deg, stretched_is_0=hinge[1]),
        share=None if live.rom_progress is None else round(live.rom_progress, 3),
    )


def _inner_deg(clinical_deg: float, *, stretched_is_0: bool) -> float:
    inner = 180.0 - clinical_deg if stretched_is_0 else clinical_deg
    return min(max(inner, 0.0), 180.0)


def hold(feedback: Mapping[str, Any], live: LiveValues) -> Hold | None:
    """The hold under way, where one is prescribed."""
    if live.hold_share is None:
        return None
    left_s = feedback["hold_s"] * (1.0 - live.hold_share)
    return Hold(share=round(live.hold_share, 3), seconds=math.ceil(left_s))


def tempo(live: LiveValues) -> Tempo | None:
    """The part of the repetition, where the camera counts repetitions."""
    if live.tempo_phase is None:
        return None
    return Tempo(phase=live.tempo_phase, share=round(live.tempo_share, 3), too_fast=live.too_fast)


def guide(
    exercise: ExerciseDefinition | None, complaint: str | None, live: LiveValues
) -> Guide | None:
    """Where to stand, and the arrow to it."""
    if exercise is None:
        return None
    lying = exercise.position in LYING
    return Guide(
        box=_LYING_BOX if lying else _STANDING_BOX,
        arrow=None if complaint is None else _ARROWS.get(Complaint(complaint)),
        lying=lying,
        ready_share=round(live.ready_share or 0.0, 3),
    )


def cue_arrow(cue: str | None, exercise: ExerciseDefinition | None) -> CueArrow | None:
    """Which way a cue points; only where the words say a direction on the screen too."""
    if cue is None or exercise is None:
        return None
    if cue == "cue-too-fast":
        return "slower"
    if cue == "cue-too-slow":
        return "faster"
    rule = exercise.form.incomplete_range
    if rule is None or cue != rule.cue:
        return None
    return _RANGE_ARROWS.get(exercise.id)


_RANGE_ARROWS: dict[str, CueArrow] = {
    "arm_lift": "up",
    "bridge": "up",
    "chair_stand_30s": "up",
    "hurdle_step": "up",
    "knee_curl_standing": "up",
    "lunge_inline": "down",
    "lunge_side": "down",
    "push_up_floor": "down",
    "scaption": "up",
    "shoulder_abduction": "up",
    "sit_to_stand": "up",
    "slr_standing": "up",
    "slr_supine": "up",
    "squat_deep": "down",
    "squat_mini": "down",
    "step_up": "up",
}
"""Where "further" is up or down on the screen: cue-incomplete-range of each says it in words."""
