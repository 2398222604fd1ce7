"""Pictures of the simulated patient: the same for the same seed, different for different people."""

from dataclasses import replace

import numpy as np
import pytest

from device.camera.simulated.body import Body
from device.camera.simulated.patient import Conditions, Performance, SimulatedPatient
from device.camera.simulated.scene import Moment, Scene
from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.surroundings import Surroundings
from models.exercises.library import load_library

LIBRARY = load_library()
CLEARLY_PX = 25


def performance(exercise_id: str, side: str = "left") -> Performance:
    return Performance(LIBRARY.measured(exercise_id), side, 1)


def patient(exercise_id: str) -> SimulatedPatient:
    return SimulatedPatient(performance(exercise_id), 1)


def drawn(body: Body, exercise_id: str) -> np.ndarray:
    """The body in its starting pose in the plain room, without noise."""
    filmed = patient(exercise_id)
    scene = Scene(body, 1, filmed.view, conditions=Conditions(noise=0.0))
    image = np.empty((filmed.view.height, filmed.view.width, 3), np.uint8)
    skeleton = skeleton_of(filmed.body.stature_m, filmed.performance.angles_at(0.0))
    scene.draw([Moment(skeleton)], filmed.view, image, moment=0.0)
    return image.astype(float)


def picture(body_seed: int, exercise_id: str = "squat_mini", time_s: float = 3.0) -> np.ndarray:
    performance = Performance(LIBRARY[exercise_id], "left", 1)
    return SimulatedPatient(performance, body_seed).frame_at(time_s)[0]


def test_the_same_seed_gives_the_same_pictures():
    performance = Performance(LIBRARY["sit_to_stand"], "both", 1)
    first, second = (
        [image for image, _ in SimulatedPatient(performance, 5).frames(2.0)] for _ in range(2)
    )
    assert len(first) == len(second) > 10
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


def test_different_seeds_give_different_people_and_rooms():
    bodies = [Body.from_seed(seed) for seed in range(1, 7)]
    assert len(set(bodies)) == len(bodies)
    assert len({body.skin for body in bodies}) > 1
    assert max(b.stature_m for b in bodies) - min(b.stature_m for b in bodies) > 0.05
    pictures = [picture(seed).astype(float) for seed in (1, 2, 3)]
    for one in range(3):
        assert np.abs(pictures[one] - pictures[one - 1]).mean() > 5


def test_bodies_reach_from_small_to_tall_and_wear_what_people_wear():
    bodies = [Body.from_seed(seed) for seed in range(4, 304)]
    statures, builds = [b.stature_m for b in bodies], [b.build for b in bodies]
    assert 1.45 <= min(statures) < 1.5
    assert 1.9 < max(statures) <= 1.95
    assert 0.85 <= min(builds) < 0.88
    assert 1.32 < max(builds) <= 1.35
    assert {b.legs for b in bodies} == {"trousers", "shorts", "skirt"}
    assert {b.hair_style for b in bodies} == {"short", "long", "bun", "bald"}
    for worn in ("glasses", "walking_stick", "striped", "long_sleeves"):
        assert 0.1 < np.mean([getattr(b, worn) for b in bodies]) < 0.6, worn


def test_the_bodies_that_measured_figures_rest_on_stay_as_they_are():
    assert [(round(b.stature_m, 3), round(b.build, 3)) for b in map(Body.from_seed, (1, 2, 3))] == [
        (1.69, 1.148), (1.687, 0.942), (1.684, 1.06),
    ]  # fmt: skip


def test_glasses_are_seen_on_the_face():
    wearer = next(b for b in map(Body.from_seed, range(4, 50)) if b.glasses)
    with_them, without = (
        drawn(replace(wearer, glasses=glasses), "shoulder_abduction") for glasses in (True, False)
    )
    changed = np.abs(with_them - without).max(axis=2) > 20
    assert 30 < changed.sum() < 1500
    truth = patient("shoulder_abduction").truth_at(0.0)
    rows, columns = np.nonzero(changed)
    eyes = truth.keypoints[[1, 2]].mean(axis=0) * changed.shape
    assert np.hypot(rows.mean() - eyes[0], columns.mean() - eyes[1]) < 25


def test_a_stick_is_held_where_a_standing_hand_is_free():
    body = replace(Body.from_seed(5), walking_stick=True)
    standing = Surroundings.of(performance("hip_abduction_standing"), body)
    assert standing.stick is not None
    skeleton = skeleton_of(body.stature_m, performance("hip_abduction_standing").angles_at(0.0))
    stick = standing.stick.patches(skeleton).corners
    assert stick[..., 1].min() == pytest.approx(0.0, abs=0.02)
    hand = skeleton.joints["right_wrist"]
    assert np.linalg.norm(stick.reshape(-1, 3) - hand, axis=1).min() < 0.08
    assert Surroundings.of(performance("knee_extension_seated"), body).stick is None
    assert Surroundings.of(performance("arm_lift", side="both"), body).stick is None


@pytest.mark.parametrize("exercise", LIBRARY.all_measured(), ids=lambda exercise: exercise.id)
def test_the_body_is_drawn_where_the_truth_says_it_is(exercise):
    filmed = SimulatedPatient(Performance(exercise, "left", 1), 2, conditions=Conditions(noise=0.0))
    (repetition,) = filmed.performance.repetitions or (None,)
    if repetition is None:
        pytest.skip("nothing moves: a posture is held")
    (before, still), (after, moved) = (filmed.frame_at(t) for t in (0.0, repetition.peaks_s))
    size = before.shape[:2]
    travelled_px = np.linalg.norm((moved.keypoints - still.keypoints) * size, axis=1)
    # The right side's are behind the body where the camera stands at its left.
    travelled_px[2::2] = 0.0
    if travelled_px.max() < CLEARLY_PX:
        pytest.skip("a posture is held, or moves too little to tell by a picture")
    # Where the joint that went furthest was, and where it is, there the picture has changed.
    joint = int(travelled_px.argmax())
    for truth, there, elsewhere in ((still, before, after), (moved, after, before)):
        y, x = (truth.keypoints[joint] * size).astype(int)
        around = np.s_[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4]
        change = np.abs(there[around].astype(float) - elsewhere[around].astype(float)).mean()
        assert change > 12


def test_the_sensor_is_noisy_but_a_little():
    patient = SimulatedPatient(Performance(LIBRARY["squat_mini"], "left", 0), 1)
    first, second = (patient.frame_at(time_s)[0].astype(float) for time_s in (0.0, 0.5))
    difference = (first - second)[:100]
    assert 1.0 < difference.std() < 10.0
