"""What the form gate learns from: each repetition as it was, and as it is lifted."""

from dataclasses import replace

import numpy as np
import pytest

from models.training.errors import TrainingDataError
from models.training.form_gate.examples import examples_of
from models.training.motion.motion import Motion
from tests.models.test_standard_body import moving


class FakeLifting:
    """Sees a movement exactly, but for a little noise that is another each time."""

    def __init__(self):
        self.widest = []

    def lifted(self, motions, random, widest_yaw_deg):
        self.widest.append(widest_yaw_deg)
        return [
            motion.joints_m + 0.001 * random.standard_normal(motion.joints_m.shape)
            for motion in motions
        ]


MOTIONS = [
    Motion(
        key=str(number),
        source="simulated" if number % 2 else "ui_prmd",
        subject=f"person {number}",
        exercise_id="squat_deep",
        joints_m=moving(40 + number, number),
        fps=30.0,
        correct=number < 3,
    )
    for number in range(6)
]


@pytest.fixture(scope="module")
def examples():
    return examples_of(MOTIONS, FakeLifting(), 3, np.random.default_rng(0))


def test_every_repetition_is_seen_as_it_was_loosely_cut_and_by_every_camera(examples):
    assert examples.true.shape == (6, 10, 13, 3)
    assert examples.lifted.shape == (6, 3, 10, 13, 3)
    assert examples.views().shape == (6, 5, 10, 13, 3)
    assert examples.good.tolist() == [True] * 3 + [False] * 3
    assert examples.subject[4] == "person 4"
    assert not np.array_equal(examples.lifted[:, 0], examples.lifted[:, 1])


def test_one_camera_more_stands_near_the_front():
    lifting = FakeLifting()
    examples_of(MOTIONS, lifting, 2, np.random.default_rng(0))
    assert lifting.widest == [90.0, 90.0, 20.0]


def test_some_and_others_together_are_all(examples):
    people = examples.source == "ui_prmd"
    both = examples.of(people).and_those(examples.of(~people))
    assert len(both) == len(examples)
    assert sorted(both.subject.tolist()) == sorted(examples.subject.tolist())


def test_movement_of_which_nobody_said_how_it_was_done_is_refused():
    unknown = [replace(MOTIONS[0], correct=None)]
    with pytest.raises(TrainingDataError, match="correct or not"):
        examples_of(unknown, FakeLifting(), 1, np.random.default_rng(0))
