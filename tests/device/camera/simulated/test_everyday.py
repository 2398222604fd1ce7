"""Everyday movement is whole, deterministic, goes everywhere, and is no exercise."""

import numpy as np

from device.camera.simulated.everyday import EverydayMovement
from device.camera.simulated.everyday_poses import ON_THE_SPOT
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from models.exercises.library import load_library

LIBRARY = load_library()
TEN_MINUTES_S = 600.0


def movement_of(exercise_id="squat_deep", seed=1, duration_s=TEN_MINUTES_S):
    return EverydayMovement(LIBRARY.measured(exercise_id), seed, duration_s)


def test_ten_minutes_have_everything_that_people_do():
    movement = movement_of()
    names = [activity.name for activity in movement.activities]
    assert set(names) == {"walk", "turn", *ON_THE_SPOT}
    for before, after in zip(movement.activities, movement.activities[1:], strict=False):
        assert before.ends_s == after.begins_s
        assert before.end == after.start
    assert movement.activities[-1].ends_s >= TEN_MINUTES_S


def test_the_same_seed_gives_the_same_and_another_seed_something_else():
    first, again, other = (movement_of(seed=seed) for seed in (4, 4, 5))
    assert first.activities == again.activities
    assert first.activities != other.activities


def test_nothing_of_it_is_a_repetition():
    patient = SimulatedPatient(movement_of(duration_s=30.0), 2)
    truths = list(patient.truths(2.0))
    assert {truth.reps_completed for truth in truths} == {0}
    assert {truth.repetition for truth in truths} == {0}
    assert {truth.fault for truth in truths} == {None}
    assert patient.performance.repetitions == ()


def test_the_body_moves_without_jumps_and_stays_on_the_floor():
    movement = movement_of(seed=2, duration_s=90.0)
    step_s = 1 / 15
    way = [movement.skeleton_at(1.7, float(at_s)).joints for at_s in np.arange(0.0, 90.0, step_s)]
    for joint in ("pelvis", "neck", "nose", "left_wrist", "right_knee", "left_ankle"):
        path = np.array([joints[joint] for joints in way])
        speed_m_s = np.linalg.norm(np.diff(path, axis=0), axis=1) / step_s
        assert speed_m_s.max() < 4.5, joint
    lowest = [min(point[1] for point in joints.values()) for joints in way]
    assert min(lowest) > -0.02
    assert max(lowest) < 0.02


def test_people_walk_towards_where_they_look():
    movement = movement_of()
    walk = max(
        (each for each in movement.activities if each.name == "walk"),
        key=lambda each: each.ends_s - each.begins_s,
    )
    middle_s = (walk.begins_s + walk.ends_s) / 2
    before, after = (movement.skeleton_at(1.7, middle_s + step) for step in (-0.3, 0.3))
    gone = after.joints["pelvis"] - before.joints["pelvis"]
    assert float(gone @ before.pelvis[:, 2]) > 0.9 * float(np.linalg.norm(gone)) > 0.2


def test_the_patient_leaves_the_picture_and_comes_back():
    take = record_keypoints(SimulatedPatient(movement_of(), 2), fps=2.0)
    true = np.array([truth.keypoints for truth in take.truths])
    outside = ((true < 0) | (true > 1)).any(axis=2).all(axis=1)
    assert outside.any()
    assert not outside[-1] or (~outside[np.flatnonzero(outside)[0] :]).any()
    assert take.recording.keypoints[outside][..., 2].max() < 0.1


def test_who_sits_down_sits_still_for_longer_than_a_repetition_lasts():
    movement = movement_of()
    sat = next(each for each in movement.activities if each.name == "sit_and_rise")
    middle_s = (sat.begins_s + sat.ends_s) / 2
    hips = [movement.skeleton_at(1.7, middle_s + at).joints["pelvis"][1] for at in (-5, 0, 5)]
    standing = movement.skeleton_at(1.7, sat.begins_s).joints["pelvis"][1]
    assert max(hips) - min(hips) < 0.001
    assert hips[0] < 0.6 * standing
