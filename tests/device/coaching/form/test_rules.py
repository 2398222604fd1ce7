"""Each fault, and its absence, on hand-made bodies whose truth is drawn."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pytest

from device.coaching.form.judge import FormJudge, Judgement
from device.coaching.form.measured_error import FaultError, MeasuredErrors
from device.coaching.measure_counting import estimator_for
from device.coaching.repetition import Movement
from device.pose.pose import KEYPOINT_COUNT, Keypoint, Pose
from models.exercises.definition import ExerciseDefinition
from models.exercises.form_rules import FAULT_CODES
from models.exercises.library import load_library
from models.messages import Side

FPS = 15.0
Points = dict[Keypoint, tuple[float, float]]
Change = Callable[[Points, float], None]
"""Alters a body; the number is how far the movement has gone, 0 to 1."""

NO_ERROR = MeasuredErrors(
    measured_on="nothing: a test", faults={c: FaultError(any_exercise=0.0) for c in FAULT_CODES}
)

# x to the right and y down, in torso lengths from the middle of the hips.
FRONT: Points = {
    Keypoint.NOSE: (0.0, -1.45),
    Keypoint.LEFT_EYE: (0.06, -1.5),
    Keypoint.RIGHT_EYE: (-0.06, -1.5),
    Keypoint.LEFT_EAR: (0.15, -1.45),
    Keypoint.RIGHT_EAR: (-0.15, -1.45),
    Keypoint.LEFT_SHOULDER: (0.35, -1.0),
    Keypoint.RIGHT_SHOULDER: (-0.35, -1.0),
    Keypoint.LEFT_ELBOW: (0.4, -0.4),
    Keypoint.RIGHT_ELBOW: (-0.4, -0.4),
    Keypoint.LEFT_WRIST: (0.42, 0.1),
    Keypoint.RIGHT_WRIST: (-0.42, 0.1),
    Keypoint.LEFT_HIP: (0.2, 0.0),
    Keypoint.RIGHT_HIP: (-0.2, 0.0),
    Keypoint.LEFT_KNEE: (0.2, 0.8),
    Keypoint.RIGHT_KNEE: (-0.2, 0.8),
    Keypoint.LEFT_ANKLE: (0.2, 1.6),
    Keypoint.RIGHT_ANKLE: (-0.2, 1.6),
}
# Looking to the right of the picture: the right side is the near one.
SIDE: Points = {
    **{keypoint: (0.0, y) for keypoint, (_, y) in FRONT.items()},
    Keypoint.NOSE: (0.2, -1.45),
    Keypoint.LEFT_EYE: (0.15, -1.5),
    Keypoint.RIGHT_EYE: (0.15, -1.5),
}


@dataclass(frozen=True)
class Scene:
    """A patient who rests, moves out for 1 s, holds for 1 s and comes back in 1 s.

    ``hidden`` keypoints have a score of 0; ``rest_s`` is how long the patient rests first;
    ``roll`` adds to x what lies one torso length higher, as a camera does that is not level.
    """

    exercise: ExerciseDefinition
    body: Points
    change: Change | None = None
    side: Side = "both"
    hidden: tuple[Keypoint, ...] = ()
    rest_s: float = 2.0
    hold_s: float = 1.0
    roll: float = 0.0
    peak_deg: float | None = None
    errors: MeasuredErrors = NO_ERROR

    @property
    def movement(self) -> Movement:
        """As a counter would have found it."""
        full_deg = self.exercise.range_of_motion.full_deg
        tempo = self.exercise.tempo
        ended_s = self.rest_s + 2.0 + self.hold_s
        return Movement(
            kind="repetition",
            began_s=self.rest_s,
            peak_s=self.rest_s + 1.0 + self.hold_s / 2,
            ended_s=ended_s,
            peak_deg=full_deg if self.peak_deg is None else self.peak_deg,
            out_s=tempo.out_s,
            hold_s=self.hold_s,
            return_s=tempo.return_s,
        )

    def judge(self) -> Judgement:
        """What the judge says when the movement has ended."""
        exercise = self.exercise
        estimator = estimator_for(exercise)
        judge = FormJudge(exercise, errors=self.errors)
        movement = self.movement
        for pose in self._poses():
            angles = estimator.estimate(pose)
            at_rest = not movement.began_s <= pose.captured_at_s < movement.ended_s
            judge.observe(estimator.body, angles, at_rest=at_rest)
        return judge.judge(movement, angles, self.side)

    def _poses(self) -> Iterator[Pose]:
        for index in range(int((self.movement.ended_s + 0.3) * FPS)):
            time_s = index / FPS
            body = dict(self.body)
            if self.change is not None:
                self.change(body, self._share(time_s))
            yield pose_of(body, index + 1, time_s, self.hidden, self.roll)

    def _share(self, time_s: float) -> float:
        since_s = time_s - self.rest_s
        return min(max(min(since_s, self.movement.ended_s - time_s), 0.0), 1.0)


def pose_of(
    body: Points,
    number: int,
    time_s: float,
    hidden: tuple[Keypoint, ...] = (),
    roll: float = 0.0,
) -> Pose:
    """The body in a picture of 1000 by 1000 pixels, 150 to a torso length."""
    keypoints = np.zeros((KEYPOINT_COUNT, 3), np.float32)
    for keypoint, (x, y) in body.items():
        score = 0.0 if keypoint in hidden else 0.9
        across, down = x - roll * y, y + roll * x
        keypoints[keypoint] = (0.5 + 0.15 * down, 0.5 + 0.15 * across, score)
    return Pose(number, time_s, keypoints, 1000, 1000)


def exercise_with(exercise_id: str, **form: Mapping[str, object] | None) -> ExerciseDefinition:
    """An exercise of the library with only those rules of form."""
    exercise = load_library().measured(exercise_id)
    rules = {
        code: {"cue": "cue-x", "reason": "A test.", **limits}
        for code, limits in form.items()
        if limits is not None
    }
    document = exercise.model_dump()
    document["form"] = rules
    return ExerciseDefinition.model_validate(document)


def moved(body: Points, x: float, y: float, *keypoints: Keypoint) -> None:
    """Shift some keypoints, in torso lengths."""
    for keypoint in keypoints:
        body[keypoint] = (body[keypoint][0] + x, body[keypoint][1] + y)


def turned(body: Points, degrees: float, about: Keypoint | None, *keypoints: Keypoint) -> None:
    """Turn keypoints in the picture, clockwise as seen, about one or the middle of the hips."""
    centre_x, centre_y = (0.0, 0.0) if about is None else body[about]
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    for keypoint in keypoints:
        x, y = body[keypoint][0] - centre_x, body[keypoint][1] - centre_y
        body[keypoint] = (
            float(centre_x + cos * x - sin * y),
            float(centre_y + sin * x + cos * y),
        )


def lean(degrees: float) -> Change:
    upper = [keypoint for keypoint in FRONT if keypoint < Keypoint.LEFT_HIP]
    return lambda body, share: turned(body, degrees * share, None, *upper)


def drop_left_hip(by: float) -> Change:
    def change(body: Points, share: float) -> None:
        moved(body, 0.0, by * share / 2, Keypoint.LEFT_HIP)
        moved(body, 0.0, -by * share / 2, Keypoint.RIGHT_HIP)

    return change


def knee_in(x: float) -> Change:
    return lambda body, share: moved(body, -x * share, 0.0, Keypoint.LEFT_KNEE)


def hike(by: float) -> Change:
    return lambda body, share: moved(body, 0.0, -by * share, Keypoint.LEFT_SHOULDER)


def turn_head(by: float) -> Change:
    return lambda body, share: moved(body, by * share, 0.0, Keypoint.NOSE)


def shorten_shank(to: float) -> Change:
    def change(body: Points, share: float) -> None:
        moved(body, 0.0, -0.8 * (1.0 - to) * share, Keypoint.LEFT_ANKLE)

    return change


def bend(joint: Keypoint, end: Keypoint, degrees: float) -> Change:
    return lambda body, share: turned(body, degrees * share, joint, end)


LEG = (Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE)

# code, exercise, limits, body, side, a change within the limit, a change beyond it
CASES = [
    ("trunk_lean_forward", "squat_mini", {"limit_deg": 40}, SIDE, "both", lean(30), lean(50)),
    ("trunk_lean_backward", "arm_lift", {"limit_deg": 10}, SIDE, "both", lean(-6), lean(-14)),
    ("trunk_lean_sideways", "scaption", {"limit_deg": 10}, FRONT, "left", lean(6), lean(-14)),
    ("pelvic_drop", "hip_abduction_standing", {"limit_deg": 7}, FRONT, "left", drop_left_hip(0.03),
     drop_left_hip(0.08)),
    ("knee_valgus", "lunge_side", {"limit_deg": 10}, FRONT, "left", knee_in(0.04), knee_in(0.12)),
    ("knee_bent", "hip_abduction_standing", {"limit_deg": 15}, FRONT, "left", shorten_shank(0.98),
     shorten_shank(0.9)),
    ("knee_bent", "slr_standing", {"limit_deg": 15}, SIDE, "right",
     bend(Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE, 10),
     bend(Keypoint.RIGHT_KNEE, Keypoint.RIGHT_ANKLE, 25)),
    ("hip_flexed", "knee_curl_standing", {"limit_deg": 20}, SIDE, "right",
     lambda body, share: turned(body, -10 * share, Keypoint.RIGHT_HIP, *LEG),
     lambda body, share: turned(body, -30 * share, Keypoint.RIGHT_HIP, *LEG)),
    ("elbow_bent", "shoulder_extension", {"limit_deg": 20}, SIDE, "right",
     bend(Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST, 10),
     bend(Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST, 40)),
    ("shoulder_hike", "scaption", {"minimum_fraction": 0.85}, FRONT, "left", hike(0.04),
     hike(0.2)),
    ("pelvis_roll", "trunk_rotation", {"minimum_fraction": 0.75}, FRONT, "left",
     lambda body, share: moved(body, -0.04 * share, 0.0, Keypoint.LEFT_HIP),
     lambda body, share: moved(body, -0.15 * share, 0.0, Keypoint.LEFT_HIP)),
    ("head_turned", "hip_abduction_standing", {}, FRONT, "left", turn_head(0.04), turn_head(0.3)),
]  # fmt: skip


@pytest.mark.parametrize(("code", "exercise", "limits", "body", "side", "within", "beyond"), CASES)
def test_a_fault_is_found_beyond_its_limit_and_not_within(
    code: str,
    exercise: str,
    limits: Mapping[str, object],
    body: Points,
    side: Side,
    within: Change,
    beyond: Change,
) -> None:
    definition = exercise_with(exercise, **{code: limits})
    assert Scene(definition, body, beyond, side).judge().faults == (code,)
    clean = Scene(definition, body, within, side).judge()
    assert (clean.faults, clean.not_judged) == ((), {})


@pytest.mark.parametrize(("code", "exercise", "limits", "body", "side", "within", "beyond"), CASES)
def test_a_fault_is_not_judged_where_its_keypoints_are_not_seen(
    code: str,
    exercise: str,
    limits: Mapping[str, object],
    body: Points,
    side: Side,
    within: Change,
    beyond: Change,
) -> None:
    hidden = {
        "head_turned": (Keypoint.NOSE,),
        "shoulder_hike": (Keypoint.LEFT_EAR,),
        "elbow_bent": (Keypoint.RIGHT_WRIST,),
        "trunk_lean_forward": (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
        "trunk_lean_backward": (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
        "trunk_lean_sideways": (Keypoint.LEFT_SHOULDER, Keypoint.RIGHT_SHOULDER),
        "pelvic_drop": (Keypoint.RIGHT_HIP,),
        "pelvis_roll": (Keypoint.RIGHT_HIP,),
        "hip_flexed": (Keypoint.RIGHT_KNEE,),
    }.get(code, (Keypoint.LEFT_KNEE, Keypoint.RIGHT_KNEE))
    judgement = Scene(
        exercise_with(exercise, **{code: limits}), body, beyond, side, hidden=hidden
    ).judge()
    assert judgement.faults == ()
    assert judgement.not_judged[code] in ("not_visible", "view")


@pytest.mark.parametrize(("code", "exercise", "limits", "body", "side", "within", "beyond"), CASES)
def test_a_fault_is_not_judged_from_the_other_view(
    code: str,
    exercise: str,
    limits: Mapping[str, object],
    body: Points,
    side: Side,
    within: Change,
    beyond: Change,
) -> None:
    other = SIDE if body is FRONT else FRONT
    judgement = Scene(exercise_with(exercise, **{code: limits}), other, None, side).judge()
    assert judgement.not_judged == {code: "view"}


def test_without_a_look_at_the_patient_at_rest_there_is_no_baseline() -> None:
    exercise = exercise_with("scaption", trunk_lean_sideways={"limit_deg": 10})
    judgement = Scene(exercise, FRONT, lean(14), "left", rest_s=0.2).judge()
    assert judgement.not_judged == {"trunk_lean_sideways": "no_baseline"}


@pytest.mark.parametrize("crooked_deg", [-8.0, 8.0])
def test_a_patient_who_stands_crooked_is_compared_with_themselves(crooked_deg: float) -> None:
    exercise = exercise_with("scaption", trunk_lean_sideways={"limit_deg": 10})

    def crooked(body: Points, share: float) -> None:
        lean(crooked_deg)(body, 1.0)
        lean(5.0)(body, share)

    assert Scene(exercise, FRONT, crooked, "left").judge().faults == ()


def test_a_first_sight_in_mid_movement_does_not_become_the_baseline() -> None:
    exercise = exercise_with("scaption", trunk_lean_sideways={"limit_deg": 10})
    frames = iter(range(10_000))

    def change(body: Points, share: float) -> None:
        lean(25.0)(body, 1.0 if next(frames) < 5 else 0.0)

    assert Scene(exercise, FRONT, change, "left", rest_s=3.0).judge().faults == ()


def test_a_camera_that_is_not_level_drops_no_pelvis() -> None:
    exercise = exercise_with("hip_abduction_standing", pelvic_drop={"limit_deg": 7})
    tilted = Scene(exercise, FRONT, drop_left_hip(0.02), "left", roll=0.1)
    assert tilted.judge().faults == ()
    assert Scene(exercise, FRONT, drop_left_hip(0.08), "left", roll=0.1).judge().faults


def test_a_hip_that_is_raised_is_no_drop() -> None:
    exercise = exercise_with("hip_abduction_standing", pelvic_drop={"limit_deg": 7})
    assert Scene(exercise, FRONT, drop_left_hip(-0.12), "left").judge().faults == ()


def test_a_leg_that_is_seen_shows_its_fault_but_does_not_clear_the_other() -> None:
    exercise = exercise_with("squat_mini", knee_valgus={"limit_deg": 10})
    hidden = (Keypoint.RIGHT_KNEE,)
    assert Scene(exercise, FRONT, knee_in(0.12), hidden=hidden).judge().faults == ("knee_valgus",)
    clean = Scene(exercise, FRONT, None, hidden=hidden).judge()
    assert (clean.faults, clean.not_judged) == ((), {"knee_valgus": "not_visible"})


def test_a_wild_frame_is_no_fault() -> None:
    exercise = exercise_with("squat_mini", trunk_lean_forward={"limit_deg": 40})
    frames = iter(range(10_000))

    def change(body: Points, share: float) -> None:
        lean(70.0)(body, 1.0 if next(frames) % 20 == 0 else 0.0)

    assert Scene(exercise, SIDE, change).judge().faults == ()


def test_a_hand_on_the_knee_while_rising_is_found_and_one_in_the_air_is_not() -> None:
    exercise = exercise_with("sit_to_stand", hand_support={"limit_torso": 0.15})

    def rising(with_hand: bool) -> Change:
        def change(body: Points, share: float) -> None:
            everything = [each for each in body if each < Keypoint.LEFT_KNEE]
            moved(body, -0.4 * (1 - share), 0.7 * (1 - share), *everything)
            wrist = body[Keypoint.RIGHT_KNEE] if with_hand else (0.6, -0.8)
            body[Keypoint.RIGHT_WRIST] = wrist

        return change

    assert Scene(exercise, SIDE, rising(True)).judge().faults == ("hand_support",)
    assert Scene(exercise, SIDE, rising(False)).judge().faults == ()
    assert Scene(exercise, SIDE, None).judge().not_judged == {"hand_support": "phase_not_seen"}


def test_hips_that_leave_their_place_sway_and_a_shift_onto_the_foot_does_not() -> None:
    exercise = exercise_with("single_leg_stance", sway={"limit_torso": 0.1})

    def swaying(far: float) -> Change:
        times = (index / FPS for index in range(10_000))

        def change(body: Points, share: float) -> None:
            swing = 0.3 * share + far * float(np.sin(2 * np.pi * next(times) / 2.5))
            moved(body, swing, 0.0, *body)

        return change

    assert Scene(exercise, FRONT, swaying(0.2), "left", hold_s=8.0).judge().faults == ("sway",)
    assert Scene(exercise, FRONT, swaying(0.04), "left", hold_s=8.0).judge().faults == ()


def test_a_foot_that_comes_down_before_the_hold_is_over_touches_down() -> None:
    exercise = exercise_with("single_leg_stance", touch_down={"minimum_fraction": 0.05})
    up = -0.3

    def lifted(body: Points, share: float) -> None:
        moved(body, 0.0, up * min(share * 3, 1.0), Keypoint.LEFT_ANKLE)

    held = Scene(exercise, FRONT, lifted, "left", hold_s=10.0)
    assert held.judge().faults == ()
    assert Scene(exercise, FRONT, lifted, "left", hold_s=4.0).judge().faults == ("touch_down",)
    times = (index / FPS for index in range(10_000))

    def touching(body: Points, share: float) -> None:
        if not 6.0 < next(times) < 6.8:
            lifted(body, share)

    touched = Scene(exercise, FRONT, touching, "left", hold_s=10.0)
    assert touched.judge().faults == ("touch_down",)


def test_arms_raised_unevenly_are_asymmetric() -> None:
    exercise = exercise_with("shoulder_abduction", asymmetry={"limit_deg": 15})
    arms = {
        "left": (Keypoint.LEFT_SHOULDER, (Keypoint.LEFT_ELBOW, Keypoint.LEFT_WRIST), -1.0),
        "right": (Keypoint.RIGHT_SHOULDER, (Keypoint.RIGHT_ELBOW, Keypoint.RIGHT_WRIST), 1.0),
    }

    def raising(left_deg: float, right_deg: float) -> Change:
        def change(body: Points, share: float) -> None:
            for name, degrees in (("left", left_deg), ("right", right_deg)):
                shoulder, rest, sign = arms[name]
                turned(body, sign * degrees * share, shoulder, *rest)

        return change

    assert Scene(exercise, FRONT, raising(150, 120)).judge().faults == ("asymmetry",)
    assert Scene(exercise, FRONT, raising(150, 145)).judge().faults == ()
    alone = Scene(exercise, FRONT, raising(150, 0), "left").judge()
    assert alone.not_judged == {"asymmetry": "phase_not_seen"}


def test_a_limit_finer_than_the_error_finds_what_is_beyond_the_error_and_clears_nothing() -> None:
    coarse = MeasuredErrors(
        measured_on="a test", faults={"trunk_lean_forward": FaultError(any_exercise=42.0)}
    )
    exercise = exercise_with("squat_mini", trunk_lean_forward={"limit_deg": 40})
    assert Scene(exercise, SIDE, lean(88), errors=coarse).judge().faults
    for degrees in (10, 50):
        judgement = Scene(exercise, SIDE, lean(degrees), errors=coarse).judge()
        assert judgement.faults == ()
        assert judgement.not_judged == {"trunk_lean_forward": "error_above_limit"}


def test_what_was_never_measured_is_not_judged() -> None:
    exercise = exercise_with("squat_mini", trunk_lean_forward={"limit_deg": 40})
    nothing = MeasuredErrors(measured_on="nothing", faults={})
    judgement = Scene(exercise, SIDE, lean(60), errors=nothing).judge()
    assert judgement.not_judged == {"trunk_lean_forward": "error_above_limit"}
