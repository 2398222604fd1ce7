"""One instruction at a time, and nobody is locked out."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pytest

from device.camera.simulated.skeleton import Skeleton, skeleton_of
from device.camera.simulated.view import View, keypoints_of
from device.coaching.body_frame import BodyObserver
from device.coaching.framing import (
    HOLD_STILL,
    LONGEST_SOFT_S,
    SHOWN_AT_LEAST_S,
    Complaint,
    FramingAssistant,
)
from device.coaching.light import Light, light_of
from device.coaching.visibility import missing_keypoint, needed_chains
from device.kiosk.screen import kiosk_catalogue
from device.pose.pose import Keypoint, Pose
from models.exercises.catalogue import LANGUAGES
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, SideAngles
from models.messages import Side

FPS = 15
WIDTH, HEIGHT = 640, 480
GOOD_LIGHT = Light(mean=110, contrast=50, person=90, bright_share=0.02)


def stands() -> Skeleton:
    side = SideAngles(shoulder_abduction_deg=10)
    return skeleton_of(1.66, JointAngles(left=side, right=side, support="feet"))


def pose_of(view: View, shift: tuple[float, float] = (0.0, 0.0)) -> np.ndarray:
    """float32 [17, 3], what lies outside the picture unseen."""
    points = keypoints_of(stands(), view) + shift
    inside = ((points >= 0) & (points <= 1)).all(axis=1)
    return np.column_stack([points, np.where(inside, 0.8, 0.1)]).astype(np.float32)


@dataclass
class Before:
    """Somebody before the camera."""

    assistant: FramingAssistant
    observer: BodyObserver = field(default_factory=BodyObserver)
    now_s: float = 0.0
    frame: int = 0

    def show(self, keypoints: np.ndarray, seconds: float = 1 / FPS) -> str:
        for _ in range(max(1, round(seconds * FPS))):
            self.frame += 1
            self.now_s += 1 / FPS
            pose = Pose(self.frame, self.now_s, keypoints, WIDTH, HEIGHT)
            body = self.observer.observe(pose)
            self.assistant.take(body, body, pose)
        return self.assistant.instruction

    def may_begin(self) -> bool:
        return self.assistant.may_begin(self.now_s, 1.5)


def before(exercise: str = "shoulder_abduction", side: Side = "both", **accepted: object) -> Before:
    return Before(FramingAssistant(load_library().measured(exercise), side, **accepted))  # type: ignore[arg-type]


FRONT, LEFT_SIDE, RIGHT_SIDE = (View(azimuth_deg=each) for each in (0.0, 90.0, -90.0))
NOBODY = np.full((17, 3), 0.05, np.float32)


def without(keypoints: np.ndarray, *names: str) -> np.ndarray:
    changed = keypoints.copy()
    for name in names:
        changed[Keypoint[name.upper()], 2] = 0.1
    return changed


FACE = ("nose", "left_eye", "right_eye", "left_ear", "right_ear")
CASES: dict[str, tuple[str, Side, Callable[[], np.ndarray], Complaint]] = {
    "nobody": ("shoulder_abduction", "both", lambda: NOBODY, Complaint.NOBODY),
    "head": ("shoulder_abduction", "both", lambda: without(pose_of(FRONT), *FACE),
             Complaint.HEAD_CUT_OFF),
    "feet": ("shoulder_abduction", "both",
             lambda: without(pose_of(FRONT), "left_ankle", "right_ankle"), Complaint.FEET_CUT_OFF),
    "an elbow on each side": ("shoulder_abduction", "both",
                              lambda: without(pose_of(FRONT), "left_elbow", "right_elbow"),
                              Complaint.NOT_WHOLE),
    # Who faces the camera and stands at the picture's left must go to the own left.
    "picture's left": ("shoulder_abduction", "both", lambda: pose_of(FRONT, (0, -0.41)),
                       Complaint.MOVE_LEFT),
    "picture's right": ("shoulder_abduction", "both", lambda: pose_of(FRONT, (0, 0.41)),
                        Complaint.MOVE_RIGHT),
    "side-on at the border": ("squat_mini", "both", lambda: pose_of(LEFT_SIDE, (0, -0.47)),
                              Complaint.MOVE_TO_MIDDLE),
    "far": ("shoulder_abduction", "both", lambda: pose_of(View(0.0, distance_m=5.0)),
            Complaint.TOO_FAR),
    "side-on for a frontal exercise": ("shoulder_abduction", "both", lambda: pose_of(LEFT_SIDE),
                                       Complaint.FACE_CAMERA),
    "frontal for a side-on exercise": ("squat_mini", "both", lambda: pose_of(FRONT),
                                       Complaint.TURN_SIDEWAYS),
    "oblique for a side-on exercise": ("squat_mini", "both", lambda: pose_of(View(45.0)),
                                       Complaint.TURN_SIDEWAYS),
    "frontal for the left leg": ("knee_extension_seated", "left", lambda: pose_of(FRONT),
                                 Complaint.TURN_LEFT_SIDE),
    "the wrong side": ("knee_extension_seated", "right", lambda: pose_of(LEFT_SIDE),
                       Complaint.TURN_RIGHT_SIDE),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_is_wrong_is_said(case: str) -> None:
    exercise, side, keypoints, complaint = CASES[case]
    person = before(exercise, side)
    assert person.show(keypoints(), 4.0) == complaint.instruction
    assert not person.may_begin()


@pytest.mark.parametrize(
    ("exercise", "side", "view"),
    [
        ("shoulder_abduction", "both", FRONT),
        ("squat_mini", "both", LEFT_SIDE),
        ("squat_mini", "both", RIGHT_SIDE),
        ("knee_extension_seated", "left", LEFT_SIDE),
        ("knee_extension_seated", "right", RIGHT_SIDE),
        ("shoulder_abduction", "both", View(0.0, distance_m=4.0)),
        ("shoulder_abduction", "both", View(0.0, distance_m=2.5)),
    ],
)
def test_a_good_place_is_content_and_soon_begins(exercise: str, side: Side, view: View) -> None:
    person = before(exercise, side)
    assert person.show(pose_of(view), 1.0) == HOLD_STILL
    assert not person.may_begin()
    person.show(pose_of(view), 0.7)
    assert person.may_begin()


def test_lying_exercises_are_done_across_the_picture() -> None:
    lying = next(
        (each for each in load_library().all_measured() if each.position == "supine"), None
    )
    if lying is None:
        pytest.skip("the library has no exercise done lying on the back")
    person = before(lying.id)
    assert person.show(pose_of(LEFT_SIDE), 3.0) == Complaint.LIE_ACROSS.instruction


def test_the_most_important_comes_first() -> None:
    person = before()
    far_and_dark = pose_of(View(90.0, distance_m=5.0))
    person.assistant.see_light(Light(mean=12, contrast=6, person=10, bright_share=0.0))
    assert person.show(far_and_dark, 3.0) == Complaint.TOO_DARK.instruction
    person.assistant.see_light(GOOD_LIGHT)
    assert person.show(far_and_dark, 3.0) == Complaint.TOO_FAR.instruction


def test_light_behind_the_person_is_not_called_darkness() -> None:
    person = before()
    person.assistant.see_light(Light(mean=140, contrast=90, person=18, bright_share=0.4))
    assert person.show(pose_of(FRONT), 3.0) == Complaint.BACKLIT.instruction


def test_dark_clothes_in_a_light_room_are_no_darkness() -> None:
    person = before()
    person.assistant.see_light(Light(mean=130, contrast=60, person=22, bright_share=0.03))
    assert person.show(pose_of(FRONT), 3.0) == HOLD_STILL


def test_instructions_do_not_flicker() -> None:
    person, random = before(), np.random.default_rng(3)
    shown: list[tuple[str, float]] = []
    for _ in range(40 * FPS):
        # About at the border between far and near enough, and now and then unseen for a moment.
        distance_m = 4.55 + float(random.normal(0, 0.25))
        keypoints = NOBODY if random.random() < 0.08 else pose_of(View(0.0, distance_m=distance_m))
        instruction = person.show(keypoints)
        if not shown or shown[-1][0] != instruction:
            shown.append((instruction, person.now_s))
    gaps = [after - earlier for (_, earlier), (_, after) in itertools.pairwise(shown[1:])]
    assert all(gap >= SHOWN_AT_LEAST_S - 1e-6 for gap in gaps)
    assert len(shown) <= 8


def test_only_a_soft_complaint_never_locks_a_patient_out() -> None:
    person = before("squat_mini")
    person.show(pose_of(FRONT), LONGEST_SOFT_S - 1)
    assert not person.may_begin()
    person.show(pose_of(FRONT), 1.5)
    assert person.may_begin()
    assert person.assistant.complaints == (Complaint.TURN_SIDEWAYS,)


def test_an_unseen_limb_is_waited_for() -> None:
    person = before()
    person.show(without(pose_of(FRONT), "left_elbow", "right_elbow"), 2 * LONGEST_SOFT_S)
    assert not person.may_begin()


def test_what_was_gone_on_with_is_kept_but_not_asked_for_again() -> None:
    person = before("squat_mini", accepted={Complaint.TURN_SIDEWAYS})
    assert person.show(pose_of(FRONT), 2.0) == HOLD_STILL
    assert person.may_begin()
    assert person.assistant.complaints == (Complaint.TURN_SIDEWAYS,)


def test_a_network_that_goes_over_to_somebody_else_and_back_sees_a_second_person() -> None:
    person = before()
    other = pose_of(View(0.0, distance_m=4.5), (0.1, 0.3))
    for _ in range(3):
        person.show(pose_of(FRONT), 0.3)
        person.show(other, 0.3)
    assert person.show(pose_of(FRONT), 1.0) == Complaint.SECOND_PERSON.instruction
    person.show(pose_of(FRONT), 8.0)
    assert person.may_begin()


def test_walking_into_place_is_no_second_person() -> None:
    person = before()
    for step in np.linspace(-0.4, 0.0, 3 * FPS):
        shown = person.show(pose_of(FRONT, (0, float(step))))
        assert shown != Complaint.SECOND_PERSON.instruction


def test_the_light_is_measured_on_the_person_and_round_it() -> None:
    image = np.full((HEIGHT, WIDTH, 3), 240, np.uint8)
    keypoints = pose_of(FRONT)
    trunk = keypoints[[5, 6, 11, 12]] * (HEIGHT, WIDTH, 1)
    (top, left), (bottom, right) = trunk[:, :2].min(axis=0), trunk[:, :2].max(axis=0)
    image[int(top) - 10 : int(bottom) + 10, int(left) - 10 : int(right) + 10] = 20
    light = light_of(image, Pose(1, 0.0, keypoints, WIDTH, HEIGHT))
    assert light.person is not None
    assert light.person < 60
    assert light.mean > 180
    assert light.bright_share > 0.7
    assert light.contrast > 20
    nobody = light_of(image, Pose(1, 0.0, NOBODY, WIDTH, HEIGHT))
    assert nobody.person is None


def test_the_prescribed_side_is_asked_for_first() -> None:
    knees = without(pose_of(LEFT_SIDE), "left_knee", "right_knee")
    body = BodyObserver().observe(Pose(1, 0.0, knees, WIDTH, HEIGHT))
    exercise = load_library().measured("knee_extension_seated")
    assert missing_keypoint(body, needed_chains(exercise, "left")) is Keypoint.LEFT_KNEE
    assert missing_keypoint(body, needed_chains(exercise, "right")) is Keypoint.RIGHT_KNEE


def test_every_exercise_of_the_library_knows_what_it_needs() -> None:
    for exercise in load_library().all_measured():
        assert needed_chains(exercise, "both")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_instruction_is_said_in_at_most_eight_words(language: str) -> None:
    texts = kiosk_catalogue(language)
    for complaint in Complaint:
        assert len(texts.text(complaint.instruction).replace(" ?", "?").split()) <= 8
    for chains in (needed_chains(each, "both") for each in load_library().all_measured()):
        for keypoint in itertools.chain.from_iterable(chains):
            name = keypoint.name.lower().replace("_", "-")
            assert texts.text(f"instruct-paused-{name}")
