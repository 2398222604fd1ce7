"""Pictures of the simulated patient: the same for the same seed, different for different people."""

import numpy as np
import pytest

from device.camera.simulated.body import Body
from device.camera.simulated.patient import Performance, SimulatedPatient
from models.exercises.library import load_library

LIBRARY = load_library()


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


@pytest.mark.parametrize("exercise_id", LIBRARY)
def test_the_body_is_drawn_where_the_truth_says_it_is(exercise_id):
    exercise = LIBRARY[exercise_id]
    patient = SimulatedPatient(Performance(exercise, "left", 1), 2)
    raised_s = patient.performance.repetitions[0].peaks_s
    (before, still), (after, moved) = (patient.frame_at(t) for t in (0.0, raised_s))
    height, width = before.shape[:2]
    joint = {"knee": 15, "hip_": 15, "shou": 9}[exercise.measure[:4]]
    if exercise_id.startswith(("squat", "sit")):
        joint = 5
    for truth, there, elsewhere in ((still, before, after), (moved, after, before)):
        y, x = (truth.keypoints[joint] * [height, width]).astype(int)
        around = np.s_[max(y - 3, 0) : y + 4, max(x - 3, 0) : x + 4]
        change = np.abs(there[around].astype(float) - elsewhere[around].astype(float)).mean()
        assert change > 12


def test_the_sensor_is_noisy_but_a_little():
    patient = SimulatedPatient(Performance(LIBRARY["squat_mini"], "left", 0), 1)
    first, second = (patient.frame_at(time_s)[0].astype(float) for time_s in (0.0, 0.5))
    difference = (first - second)[:100]
    assert 1.0 < difference.std() < 10.0
