"""The form gate judges what it was trained for, and says why where it does not judge."""

import numpy as np
import pytest

from device.errors import QualityError
from device.quality.form_gate import NOT_TRAINED, TOO_SHORT, UNLIKE, UNSURE, judge
from models.exercises.library import load_library
from models.form_gate import form_gate_limits, load_weights
from models.kinect_joints import JOINT_COUNT
from models.networks.find import find_stage
from models.training.motion import ui_prmd
from tests.models.test_standard_body import STANDING, moving

EXERCISES = sorted(load_weights(find_stage("form_gate").path))


@pytest.fixture(scope="module")
def repetitions(shared_data):
    """Real people, every seventh repetition of each exercise that is judged."""
    return [
        motion for motion in ui_prmd.load(shared_data / "uiprmd") if motion.exercise_id in EXERCISES
    ][::7]


def test_every_exercise_that_is_judged_is_in_the_library():
    assert EXERCISES
    for exercise_id in EXERCISES:
        assert load_library().measured(exercise_id)


def test_an_exercise_without_recordings_of_people_is_not_judged():
    joints_m = moving(60)
    found = judge(joints_m, np.arange(60) / 30, "calf_raise")
    assert (found.good, found.probability_good, found.reason) == (None, None, NOT_TRAINED)


def test_too_few_frames_are_not_judged():
    assert judge(moving(5), np.arange(5.0), EXERCISES[0]).reason == TOO_SHORT


@pytest.mark.parametrize("exercise_id", EXERCISES)
def test_a_posture_that_nobody_takes_in_the_exercise_is_not_judged(exercise_id):
    upside_down = np.repeat(STANDING[None] * (1.0, -1.0, 1.0), 60, axis=0)
    assert judge(upside_down, np.arange(60) / 30, exercise_id).reason == UNLIKE


def test_repetitions_done_well_are_more_probably_good(repetitions):
    """Of the people of training: that the gate is the one that was trained, not how good it is."""
    said = {True: [], False: []}
    for motion in repetitions:
        found = judge(motion.joints_m, motion.times_s, motion.exercise_id)
        if found.probability_good is not None:
            said[motion.correct].append(found.probability_good)
    assert np.mean(said[True]) > np.mean(said[False]) + 0.2


def test_what_is_said_agrees_with_the_probability_and_the_limits(repetitions):
    limits = form_gate_limits()
    for motion in repetitions:
        found = judge(motion.joints_m, motion.times_s, motion.exercise_id)
        assert (found.good is None) == (found.reason is not None)
        if found.good is not None:
            assert found.good == (found.probability_good > 0.5)
        if found.reason == UNSURE:
            assert limits.bad_to < found.probability_good < limits.good_from


def test_a_taller_person_is_judged_alike(repetitions):
    motion = repetitions[0]
    found, taller = (
        judge(size * motion.joints_m, motion.times_s, motion.exercise_id) for size in (1.0, 1.2)
    )
    assert taller.reason == found.reason
    assert taller.probability_good == pytest.approx(found.probability_good, abs=1e-3)


@pytest.mark.parametrize("joints_m", [np.zeros((20, 12, 3)), np.full((20, JOINT_COUNT, 3), np.inf)])
def test_what_are_no_joints_is_refused(joints_m):
    with pytest.raises(QualityError):
        judge(joints_m, np.arange(20.0), EXERCISES[0])
