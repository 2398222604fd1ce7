"""What a form rule says of the true joints of a performance: the yardstick of the fault tests."""

import math
from collections.abc import Sequence

import numpy as np

from device.camera.simulated.performance import Performance
from device.camera.simulated.skeleton import SIDES, Skeleton
from device.camera.simulated.truth import measure_deg
from models.exercises.motion import JointAngles

STATURE_M = 1.7
RATE = 6.0


class Filmed:
    """A performance's skeletons from before its first repetition to its end."""

    def __init__(self, performance: Performance) -> None:
        self.performance = performance
        self.repetition = performance.repetitions[0]
        rate = max(RATE, 9.0 / self.repetition.tempo.return_s)
        self.times_s = np.arange(0.0, self.repetition.ends_s, 1.0 / rate)
        self.skeletons: Sequence[Skeleton] = [
            performance.skeleton_at(STATURE_M, float(time_s)) for time_s in self.times_s
        ]
        self.angles: Sequence[JointAngles] = [
            performance.angles_at(float(time_s)) for time_s in self.times_s
        ]
        self.side = self.repetition.side
        self.body_side = "right" if self.side == "right" else "left"
        self.other_side = "left" if self.body_side == "right" else "right"

    @property
    def rest(self) -> Skeleton:
        return self.skeletons[0]

    @property
    def held(self) -> list[Skeleton]:
        middle_s, half_s = self.repetition.peaks_s, self.repetition.tempo.hold_s / 2
        return [
            skeleton
            for time_s, skeleton in zip(self.times_s, self.skeletons, strict=True)
            if abs(time_s - middle_s) <= half_s
        ]


def torso_m(skeleton: Skeleton) -> float:
    return float(np.linalg.norm(skeleton.joints["neck"] - skeleton.joints["pelvis"]))


def trunk_deg(skeleton: Skeleton, axis: int) -> float:
    trunk = skeleton.joints["neck"] - skeleton.joints["pelvis"]
    return math.degrees(math.atan2(trunk[axis], trunk[1]))


def flexion_deg(skeleton: Skeleton, side: str, upper: str, middle: str, lower: str) -> float:
    first = skeleton.joints[f"{side}_{middle}"] - skeleton.joints[f"{side}_{upper}"]
    second = skeleton.joints[f"{side}_{lower}"] - skeleton.joints[f"{side}_{middle}"]
    cosine = float(first @ second) / float(np.linalg.norm(first) * np.linalg.norm(second))
    return math.degrees(math.acos(max(-1.0, min(cosine, 1.0))))


def knee_deg(skeleton: Skeleton, side: str) -> float:
    return flexion_deg(skeleton, side, "hip", "knee", "ankle")


def elbow_deg(skeleton: Skeleton, side: str) -> float:
    return flexion_deg(skeleton, side, "shoulder", "elbow", "wrist")


def inward_deg(skeleton: Skeleton, side: str) -> float:
    """Frontal plane projection angle, positive when the knee is medial of hip to ankle."""
    hip, knee, ankle = (skeleton.joints[f"{side}_{n}"][:2] for n in ("hip", "knee", "ankle"))
    thigh, shank = knee - hip, ankle - knee
    turn = thigh[0] * shank[1] - thigh[1] * shank[0]
    angle_deg = math.degrees(math.atan2(turn, float(thigh @ shank)))
    return angle_deg if side == "left" else -angle_deg


def hips_tilt_deg(skeleton: Skeleton) -> float:
    hips = skeleton.joints["left_hip"] - skeleton.joints["right_hip"]
    return math.degrees(math.asin(hips[1] / float(np.linalg.norm(hips))))


def breadth_seen(skeleton: Skeleton) -> float:
    hips = skeleton.joints["left_hip"] - skeleton.joints["right_hip"]
    return float(np.linalg.norm(hips[:2]))


def ear_to_shoulder(skeleton: Skeleton, side: str) -> float:
    return float(
        np.linalg.norm(skeleton.joints[f"{side}_ear"] - skeleton.joints[f"{side}_shoulder"])
    )


def hip_flexion_deg(skeleton: Skeleton, side: str) -> float:
    thigh = skeleton.joints[f"{side}_knee"] - skeleton.joints[f"{side}_hip"]
    _, up, forward = (float(axis @ thigh) for axis in skeleton.pelvis.T)
    return math.degrees(math.atan2(forward, -up))


def hand_to_thigh(skeleton: Skeleton, side: str) -> float:
    """The wrist's distance from the segment between hip and knee, torso lengths."""
    joints = skeleton.joints
    hip, knee, wrist = (joints[f"{side}_{name}"] for name in ("hip", "knee", "wrist"))
    line = knee - hip
    share = max(0.0, min(float((wrist - hip) @ line) / float(line @ line), 1.0))
    return float(np.linalg.norm(wrist - hip - line * share)) / torso_m(skeleton)


def sides_of(filmed: Filmed) -> tuple[str, ...]:
    return ("left", "right") if filmed.side == "both" else (filmed.body_side,)


def broken(filmed: Filmed, fault: str) -> bool:
    """Whether the true joints break the exercise's rule."""
    return BROKEN[fault](filmed, filmed.performance.exercise.form.rule(fault))


def _incomplete_range(filmed, rule):
    return filmed.repetition.peak_progress < rule.minimum_progress


def _asymmetry(filmed, rule):
    planned = filmed.performance.repetitions
    if len(planned) > 1:
        peaks_deg = [each.peak_deg for each in planned[:2]]
        return abs(peaks_deg[0] - peaks_deg[1]) > rule.limit_deg
    if filmed.side != "both":
        return False
    measure = filmed.performance.exercise.measure
    left, right = (
        [measure_deg(skeleton, measure, side) for skeleton in filmed.held] for side in SIDES
    )
    return max(abs(one - other) for one, other in zip(left, right, strict=True)) > rule.limit_deg


def _straight_legs(filmed):
    if filmed.angles[0].support not in ("feet", "toes"):
        return sides_of(filmed)
    peak = filmed.performance.exercise.motion.peak
    straight = []
    for side in ("left", "right"):
        which = "moving" if filmed.side in (side, "both") else "other"
        if peak.side(which).knee_flexion_deg < 20:
            straight.append(side)
    return straight


def _knee_bent(filmed, rule):
    return any(
        knee_deg(s, side) > rule.limit_deg
        for s in filmed.skeletons
        for side in _straight_legs(filmed)
    )


def _touch_down(filmed, rule):
    leg = 0.491 * STATURE_M
    return any(
        s.joints[f"{filmed.body_side}_ankle"][1] - s.joints[f"{filmed.other_side}_ankle"][1]
        < rule.minimum_fraction * leg
        for s in filmed.held
    )


def _sway(filmed, rule):
    x = [s.joints["pelvis"][0] / torso_m(s) for s in filmed.held]
    return np.abs(np.array(x) - np.median(x)).max() > rule.limit_torso


def _hike(filmed, rule):
    return any(
        ear_to_shoulder(s, side) < rule.minimum_fraction * ear_to_shoulder(filmed.rest, side)
        for s, a in zip(filmed.skeletons, filmed.angles, strict=True)
        for side in sides_of(filmed)
        if max(getattr(a, side).shoulder_flexion_deg, getattr(a, side).shoulder_abduction_deg) < 90
    )


def _head(filmed, rule):
    turned = [
        math.degrees(math.acos(max(-1.0, min(float(s.head[:, 2] @ s.pelvis[:, 2]), 1.0))))
        for s in filmed.skeletons
    ]
    return max(turned) - turned[0] > 50.0


def _returns_fast(filmed, rule):
    return filmed.repetition.tempo.return_s < rule.shortest_s


BROKEN = {
    "touch_down": _touch_down,
    "hand_support": lambda f, r: any(
        hand_to_thigh(s, side) < r.limit_torso
        for s, a in zip(f.skeletons, f.angles, strict=True)
        for side in ("left", "right")
        if 25 < knee_deg(s, side) < 85
    ),
    "sway": _sway,
    "incomplete_range": _incomplete_range,
    "incomplete_return": lambda f, r: f.repetition.left_progress > r.maximum_progress,
    "trunk_lean_forward": lambda f, r: max(trunk_deg(s, 2) for s in f.skeletons) > r.limit_deg,
    "trunk_lean_backward": lambda f, r: (
        trunk_deg(f.rest, 2) - min(trunk_deg(s, 2) for s in f.skeletons) > r.limit_deg
    ),
    "trunk_lean_sideways": lambda f, r: (
        max(abs(trunk_deg(s, 0) - trunk_deg(f.rest, 0)) for s in f.skeletons) > r.limit_deg
    ),
    "pelvic_drop": lambda f, r: max(abs(hips_tilt_deg(s)) for s in f.skeletons) > r.limit_deg,
    "pelvis_roll": lambda f, r: (
        min(breadth_seen(s) for s in f.skeletons) < r.minimum_fraction * breadth_seen(f.rest)
    ),
    "knee_valgus": lambda f, r: (
        max(
            inward_deg(s, side) - inward_deg(f.rest, side)
            for s in f.skeletons
            for side in sides_of(f)
        )
        > r.limit_deg
    ),
    "knee_bent": _knee_bent,
    "hip_flexed": lambda f, r: (
        max(hip_flexion_deg(s, side) for s in f.skeletons for side in sides_of(f)) > r.limit_deg
    ),
    "elbow_bent": lambda f, r: (
        max(elbow_deg(s, side) for s in f.skeletons for side in sides_of(f)) > r.limit_deg
    ),
    "elbow_angle": lambda f, r: any(
        not r.lowest_deg <= elbow_deg(s, side) <= r.highest_deg
        for s in f.skeletons
        for side in sides_of(f)
    ),
    "shoulder_hike": _hike,
    "asymmetry": _asymmetry,
    "head_turned": _head,
    "fast_lowering": _returns_fast,
    "too_fast": lambda f, r: any(
        done_s < r.minimum_fraction * asked_s
        for done_s, asked_s in (
            (f.repetition.tempo.out_s, f.performance.exercise.tempo.out_s),
            (f.repetition.tempo.return_s, f.performance.exercise.tempo.return_s),
        )
    ),
    "too_slow": lambda f, r: (
        f.repetition.tempo.out_s > r.maximum_fraction * f.performance.exercise.tempo.out_s
    ),
}
