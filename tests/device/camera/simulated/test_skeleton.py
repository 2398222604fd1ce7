"""Bodies keep their lengths, rest on what carries them, and do not slide."""

import numpy as np
import pytest

from device.camera.simulated.performance import Performance
from device.camera.simulated.skeleton import SIDES, skeleton_of
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, SideAngles

MEASURED = load_library().all_measured()
EXERCISES = pytest.mark.parametrize("exercise", MEASURED, ids=[each.id for each in MEASURED])
STATURES_M = (1.54, 1.85)
BOTH = tuple((side, side) for side in SIDES)

# What bears the body, by what carries it; the rear heel of a lunge may rise.
BEARING = {
    "feet": ("toes",),
    "toes": ("toes",),
    "seat": ("hip",),
    "back": ("shoulder", "hip"),
    "shoulders_and_feet": ("shoulder", "ankle", "toes"),
    "hands_and_feet": ("wrist",),
}


def side_of(exercise):
    return "left" if exercise.side in ("unilateral", "alternating") else "both"


def way_of(exercise, stature_m=1.7, side=None):
    motion = exercise.motion
    return [
        skeleton_of(stature_m, motion.angles_at(float(progress), side or side_of(exercise)))
        for progress in np.linspace(0.0, 1.0, 11)
    ]


def moved_m(way, joint):
    return float(np.ptp([skeleton.joints[joint] for skeleton in way], axis=0).max())


@EXERCISES
@pytest.mark.parametrize("stature_m", STATURES_M)
def test_what_carries_the_body_does_not_slide(exercise, stature_m):
    way, carried_by = way_of(exercise, stature_m), exercise.motion.carried_by
    if carried_by in ("moving_foot", "other_foot"):
        foot = "left" if carried_by == "moving_foot" else "right"
        bearing = [f"{foot}_sole", f"{foot}_toes"]
    elif carried_by == "hands_and_knees":
        bearing = ["right_knee", "left_wrist"]
    elif carried_by == "other_side":
        bearing = [f"right_{joint}" for joint in ("hip", "knee", "ankle")] + ["left_ankle"]
    else:
        bearing = [f"{side}_{joint}" for side in SIDES for joint in BEARING[carried_by]]
    assert max(moved_m(way, joint) for joint in bearing) < 0.01


@EXERCISES
def test_flat_feet_stay_flat_unless_the_heel_may_rise(exercise):
    if exercise.motion.carried_by != "feet":
        pytest.skip("not carried by flat feet")
    way = way_of(exercise)
    sides = ("left",) if exercise.motion.lead == "moving" else SIDES
    assert max(moved_m(way, f"{side}_sole") for side in sides) < 0.01


@EXERCISES
def test_nothing_goes_through_the_floor_and_limbs_keep_their_length(exercise):
    way = way_of(exercise)
    for skeleton in way:
        assert min(point[1] for point in skeleton.joints.values()) > -0.01
    for side in SIDES:
        for upper, lower in (
            ("hip", "knee"),
            ("knee", "ankle"),
            ("ankle", "sole"),
            ("sole", "toes"),
            ("shoulder", "elbow"),
            ("elbow", "wrist"),
            ("wrist", "fingers"),
        ):
            lengths = [
                np.linalg.norm(s.joints[f"{side}_{upper}"] - s.joints[f"{side}_{lower}"])
                for s in way
            ]
            assert np.ptp(lengths) < 1e-6, (upper, lower)


@EXERCISES
def test_axes_are_at_right_angles_and_fronts_are_across_their_segments(exercise):
    for skeleton in way_of(exercise)[::5]:
        for axes in (skeleton.trunk, skeleton.head, skeleton.pelvis):
            assert np.allclose(axes.T @ axes, np.eye(3), atol=1e-9)
            assert np.linalg.det(axes) == pytest.approx(1.0)
        for side in SIDES:
            for upper, lower in (("hip", "knee"), ("knee", "ankle"), ("elbow", "wrist")):
                front = skeleton.forward[f"{side}_{lower}"]
                along = skeleton.joints[f"{side}_{lower}"] - skeleton.joints[f"{side}_{upper}"]
                assert np.linalg.norm(front) == pytest.approx(1.0)
                assert abs(front @ along) < 1e-6


@EXERCISES
def test_joints_move_without_jumps(exercise):
    performance = Performance(exercise, side_of(exercise), 1)
    repetition = performance.repetitions[0]
    times_s = np.arange(repetition.begins_s, repetition.peaks_s - repetition.tempo.hold_s / 2, 0.1)
    way = [performance.skeleton_at(1.7, float(time_s)) for time_s in times_s]
    for joint in way[0].joints:
        path = np.array([skeleton.joints[joint] for skeleton in way])
        # Faster than 3 m/s nobody exercises at this tempo.
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).max() < 0.3, joint


@EXERCISES
def test_the_right_side_is_the_mirror_image_of_the_left(exercise):
    if side_of(exercise) == "both":
        pytest.skip("both sides move")
    left, right = (way_of(exercise, side=side) for side in SIDES)
    mirrored = np.array([-1.0, 1.0, 1.0])
    for one, other in zip(left[::5], right[::5], strict=True):
        for joint in ("knee", "ankle", "wrist", "hip"):
            for side, opposite in (("left", "right"), ("right", "left")):
                expected = one.joints[f"{side}_{joint}"] * mirrored
                assert np.allclose(other.joints[f"{opposite}_{joint}"], expected, atol=1e-6)


def test_a_body_that_lies_is_level_and_one_on_its_side_has_the_trained_side_up():
    by_id = {exercise.id: exercise for exercise in MEASURED}
    supine = way_of(by_id["heel_slide"])[0].joints
    assert abs(supine["neck"][1] - supine["pelvis"][1]) < 0.01
    side_lying = way_of(by_id["clamshell"])[0].joints
    assert side_lying["left_hip"][1] > side_lying["right_hip"][1] + 0.15
    opened = way_of(by_id["clamshell"])[-1].joints
    assert opened["left_knee"][1] > side_lying["left_knee"][1] + 0.1
    assert np.linalg.norm(opened["left_ankle"] - opened["right_ankle"]) < 0.1


def test_the_hips_rise_in_a_bridge_until_trunk_and_thighs_are_in_line():
    (bridge,) = (exercise for exercise in MEASURED if exercise.id == "bridge")
    way = way_of(bridge)
    assert way[-1].joints["pelvis"][1] > way[0].joints["pelvis"][1] + 0.12
    neck, hip, knee = (way[-1].joints[name] for name in ("neck", "pelvis", "left_knee"))
    assert np.cross(hip - neck, knee - hip)[0] == pytest.approx(0.0, abs=0.01)


def test_a_step_lifts_the_body_by_its_height():
    (step_up,) = (exercise for exercise in MEASURED if exercise.id == "step_up")
    way = way_of(step_up)
    height_m = step_up.motion.step_height_m
    assert way[0].joints["left_sole"][1] == pytest.approx(height_m, abs=0.01)
    assert way[0].joints["right_sole"][1] < 0.06
    assert way[-1].joints["right_sole"][1] > height_m - 0.01


def test_a_knee_goes_inward_by_the_angle_seen_from_in_front():
    leg = SideAngles(knee_flexion_deg=60, ankle_dorsiflexion_deg=20, knee_valgus_deg=20)
    angles = JointAngles(left=leg, right=leg, support="feet").leaning(0.0, 0.0)
    skeleton = skeleton_of(1.7, angles)
    for side in SIDES:
        hip, knee, ankle = (skeleton.joints[f"{side}_{n}"][:2] for n in ("hip", "knee", "ankle"))
        thigh, shank = knee - hip, ankle - knee
        turn_deg = np.degrees(
            np.arctan2(thigh[0] * shank[1] - thigh[1] * shank[0], float(thigh @ shank))
        )
        inward_deg = turn_deg if side == "left" else -turn_deg
        assert inward_deg == pytest.approx(20.0, abs=2.0)


def test_who_gets_up_from_the_floor_to_the_feet_is_somewhere_all_the_way():
    lying, standing = (
        exercise.motion.angles_at(0.0, side_of(exercise))
        for exercise_id in ("slr_supine", "squat_deep")
        for exercise in MEASURED
        if exercise.id == exercise_id
    )
    for share in (0.1, 0.5, 0.9):
        for stance in (None, lying):
            rising = lying.towards(standing, share).model_copy(
                update={"support": "feet", "stance": stance}
            )
            joints = skeleton_of(1.7, rising).joints
            assert np.isfinite(np.array(list(joints.values()))).all()


def test_a_skeleton_turns_about_the_vertical_and_moves():
    angles = JointAngles(left=SideAngles(), right=SideAngles(), support="feet")
    skeleton = skeleton_of(1.7, angles)
    turned = skeleton.turned(90.0)
    # Facing its former left.
    assert np.allclose(turned.trunk[:, 2], [1.0, 0.0, 0.0])
    assert turned.joints["nose"][0] > 0.05
    assert turned.joints["left_hip"][2] < -0.05
    away = turned.moved(np.array([1.0, 0.0, 2.0]))
    assert np.allclose(away.joints["pelvis"] - turned.joints["pelvis"], [1.0, 0.0, 2.0])
