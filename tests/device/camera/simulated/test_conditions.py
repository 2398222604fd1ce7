"""Each condition changes in the pictures what it says, and nothing but chance by the seed."""

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from device.camera.simulated.conditions import LIGHTS, Conditions, ConditionsError
from device.camera.simulated.patient import Performance, SimulatedPatient
from models.exercises.library import load_library
from models.exercises.motion import JointAngles, SideAngles

LIBRARY = load_library()
SIZE = {"width": 320, "height": 240}
ROOM = Conditions(room_seed=5)


def patient_of(
    conditions: Conditions, exercise_id: str = "shoulder_abduction", body_seed: int = 8, **how
) -> SimulatedPatient:
    performance = Performance(LIBRARY.measured(exercise_id), "left", 1)
    return SimulatedPatient(performance, body_seed, conditions=conditions, **{**SIZE, **how})


def picture(conditions: Conditions, time_s: float = 0.5, **how) -> np.ndarray:
    return patient_of(conditions, **how).frame_at(time_s)[0].astype(float)


def around(image: np.ndarray, keypoint: np.ndarray) -> np.ndarray:
    y, x = (keypoint * image.shape[:2]).astype(int)
    return image[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3]


@pytest.mark.parametrize("degraded", [False, True])
def test_the_same_seed_gives_the_same_conditions_and_pictures(degraded):
    for seed in range(3):
        first, second = (
            patient_of(Conditions.from_seed(seed, degraded), body_seed=seed) for _ in range(2)
        )
        assert first.conditions == second.conditions
        assert np.array_equal(first.frame_at(1.7)[0], second.frame_at(1.7)[0])
        assert np.array_equal(first.frame_times_s(), second.frame_times_s())


def test_seeds_reach_every_condition():
    drawn = [Conditions.from_seed(seed, degraded=True) for seed in range(300)]
    assert {each.light for each in drawn} == set(LIGHTS)
    assert {each.occluder for each in drawn} == {"none", "chair", "table"}
    assert {each.bystander for each in drawn} == {"none", "behind", "before"}
    for name, low, high in (
        ("distance_m", 1.6, 3.9), ("camera_height_m", 0.55, 1.75), ("tilt_deg", -14, 14),
        ("obliqueness_deg", -43, 43), ("fps", 11, 29), ("exposure_s", 0.012, 0.058),
    ):  # fmt: skip
        values = [getattr(each, name) for each in drawn]
        assert min(values) < low, name
        assert max(values) > high, name
    assert 0.3 < np.mean([each.drop_share > 0 for each in drawn]) < 0.7
    assert len({Conditions.from_seed(seed) for seed in range(50)}) == 50


@pytest.mark.parametrize("degraded", [False, True])
def test_whoever_stands_in_the_middle_is_in_the_picture(degraded):
    for seed in range(40):
        patient = patient_of(Conditions.from_seed(seed, degraded), "squat_mini", seed)
        shown = patient.truth_at(0.0).keypoints
        inside = ((shown > 0) & (shown < 1)).all(axis=1)
        assert inside.all() if not degraded else inside.mean() >= 15 / 17, seed


@pytest.mark.parametrize(
    ("field", "value"),
    [("distance_m", 1.0), ("tilt_deg", 30.0), ("fps", 0.0), ("drop_share", 0.8), ("light", "pink"),
     ("occluder", "dog"), ("bystander", "above")],
)  # fmt: skip
def test_what_cannot_be_filmed_is_refused_by_name(field, value):
    with pytest.raises(ConditionsError, match=field):
        Conditions(**{field: value})


def test_light_is_what_it_is_called():
    mean = {light: picture(replace(ROOM, light=light, noise=0.0)).mean() for light in LIGHTS}
    assert mean["bright"] > mean["normal"] + 5
    assert mean["dim"] < mean["normal"] * 0.6
    truth = patient_of(ROOM).truth_at(0.5)
    hip = truth.keypoints[11]
    backlit, normal = (picture(replace(ROOM, light=light, noise=0.0)) for light in LIGHTS[3:0:-2])
    assert around(backlit, hip).mean() < around(normal, hip).mean() * 0.8
    assert (backlit.min(axis=2) > 250).mean() > 0.01


@pytest.mark.parametrize(
    ("noisier", "quieter"),
    [
        (replace(ROOM, noise=3.0), ROOM),
        (replace(ROOM, light="dim"), ROOM),
        (ROOM, replace(ROOM, noise=0.0)),
    ],
)
def test_noise_grows_with_the_sensors_and_in_dim_light(noisier, quieter):
    deviations = []
    for conditions in (noisier, quieter):
        patient = patient_of(conditions)
        first, second = (patient.frame_at(time_s)[0].astype(float) for time_s in (0.0, 0.5))
        deviations.append((first - second)[:40].std())
    assert deviations[0] > deviations[1] * 1.5


def test_what_moves_is_blurred_and_what_stands_is_not():
    sharp, blurred = (replace(ROOM, noise=0.0, exposure_s=exposure_s) for exposure_s in (0.0, 0.08))
    patient = patient_of(sharp, width=640, height=480)
    repetition = patient.performance.repetitions[0]
    moving_s = repetition.begins_s + repetition.tempo.out_s / 2
    still, moved = (
        [picture(each, time_s, width=640, height=480) for each in (sharp, blurred)]
        for time_s in (0.5, moving_s)
    )
    assert np.abs(still[0] - still[1]).max() < 3
    wrist = patient.truth_at(moving_s).keypoints[9]
    assert np.abs(around(moved[0], wrist) - around(moved[1], wrist)).mean() > 8
    standing = patient.truth_at(moving_s).keypoints[15]
    assert np.abs(around(moved[0], standing) - around(moved[1], standing)).mean() < 3


@pytest.mark.parametrize("occluder", ["chair", "table"])
def test_what_is_said_to_be_hidden_is_and_the_rest_is_not(occluder):
    hidden_way = replace(ROOM, noise=0.0, occluder=occluder)
    covered, free = patient_of(hidden_way), patient_of(replace(ROOM, noise=0.0))
    (with_it, truth), (without, _) = covered.frame_at(0.5), free.frame_at(0.5)
    in_sight = covered.in_sight_at(0.5)
    assert free.in_sight_at(0.5).all()
    assert in_sight[:9].all()
    assert not in_sight[9:].all()
    for keypoint, seen in zip(truth.keypoints, in_sight, strict=True):
        change = np.abs(
            around(with_it.astype(float), keypoint) - around(without.astype(float), keypoint)
        )
        assert (np.median(change) < 3) == seen


def test_keypoints_outside_the_picture_are_not_in_sight():
    patient = patient_of(replace(ROOM, distance_m=1.5, field_deg=50.0))
    shown = patient.truth_at(0.5).keypoints
    outside = ((shown < 0) | (shown >= 1)).any(axis=1)
    assert outside.any()
    assert (patient.in_sight_at(0.5) == ~outside).all()


@pytest.mark.parametrize("path", ["behind", "before"])
def test_a_bystander_walks_through_once_at_the_time_given(path):
    conditions = replace(ROOM, noise=0.0, bystander=path, bystander_enters_s=0.2)
    patient, alone = patient_of(conditions), patient_of(replace(ROOM, noise=0.0))
    assert patient.bystander_keypoints_at(0.1) is None
    assert patient.bystander_keypoints_at(patient.bystander.leaves_s + 0.1) is None
    middle_s = (0.2 + patient.bystander.leaves_s) / 2
    places = [patient.bystander_keypoints_at(0.3 + step)[11, 1] for step in (0, 0.5, 1, 1.5)]
    steps = [after - before for before, after in pairwise(places)]
    assert all(step > 0.05 for step in steps) or all(step < -0.05 for step in steps)
    during_s = middle_s - 0.45
    walking = patient.bystander_keypoints_at(during_s)
    (crowded, _), (empty, _) = patient.frame_at(during_s), alone.frame_at(during_s)
    change = np.abs(around(crowded.astype(float), walking[11]) - around(empty, walking[11]))
    assert change.mean() > 10
    assert patient.in_sight_at(middle_s).all() == (path == "behind")


def test_a_walking_bystander_has_feet_on_the_floor_and_sees_where_they_go():
    patient = patient_of(replace(ROOM, bystander="behind", bystander_enters_s=0.0))
    for time_s in np.arange(0.1, 2.0, 0.13):
        now, next_ = (patient.bystander.skeleton_at(t) for t in (time_s, time_s + 0.1))
        assert min(point[1] for point in now.joints.values()) == pytest.approx(0, abs=0.005)
        ahead = next_.joints["pelvis"] - now.joints["pelvis"]
        looks = now.joints["nose"] - now.joints["head"]
        assert ahead @ looks > 0.9 * np.linalg.norm(ahead) * np.linalg.norm(looks * [1, 0, 1])


@pytest.mark.parametrize("fps", [10.0, 30.0])
def test_frames_come_at_the_rate_given(fps):
    patient = patient_of(replace(ROOM, fps=fps))
    times_s = [truth.time_s for truth in patient.truths()]
    assert np.diff(times_s) == pytest.approx(1 / fps)
    assert len(times_s) == round(patient.performance.duration_s * fps)


def test_lost_frames_have_the_share_and_the_bursts_given():
    conditions = Conditions(drop_share=0.2, drop_burst_frames=4.0, seed=3)
    captured = conditions.captured(20_000)
    assert captured[0]
    assert 1 - captured.mean() == pytest.approx(0.2, abs=0.03)
    edges = np.flatnonzero(np.diff(captured.astype(int)))
    lost_runs = (edges[1:] - edges[:-1])[~captured[edges[:-1] + 1]]
    assert lost_runs.mean() == pytest.approx(4.0, abs=0.5)
    times_s = conditions.frame_times_s(10.0)
    assert len(times_s) == conditions.captured(300).sum()
    assert not np.array_equal(captured, replace(conditions, seed=4).captured(20_000))


@pytest.mark.parametrize(
    "camera",
    [{}, {"tilt_deg": 12.0}, {"tilt_deg": -8.0}, {"camera_height_m": 1.7, "tilt_deg": 15.0},
     {"roll_deg": 5.0}, {"distance_m": 3.8, "obliqueness_deg": 40.0}],
)  # fmt: skip
def test_the_room_is_seen_by_the_same_camera_as_the_patient(camera):
    patient = patient_of(Conditions(noise=0.0, **camera), width=640, height=480)
    image = patient.frame_at(0.5)[0].astype(float)
    # The plain room's white skirting board, and the boards of the floor before it.
    for x in (-1.2, 0.9, 1.4):
        skirting, floor = patient.view.project(
            patient.view.placed(np.array([[x, 0.045, -1.5], [x, 0.0, -1.32]]))
        )[:, 1::-1] / [480, 640]
        assert around(image, skirting).mean() > around(image, floor).mean() + 40


@dataclass(frozen=True)
class OnTheBack(Performance):
    """Lies on the floor, whatever the exercise."""

    def angles_at(self, time_s: float) -> JointAngles:
        legs = SideAngles(knee_flexion_deg=20.0 * min(time_s, 1.0), hip_flexion_deg=10.0)
        return JointAngles(trunk_flexion_deg=-90.0, left=legs, right=legs, support="back")


@pytest.mark.parametrize("degraded", [None, False, True])
def test_the_camera_looks_at_a_patient_who_lies_on_a_mat(degraded):
    performance = OnTheBack(LIBRARY.measured("squat_mini"), "left", 1)
    for seed in range(4, 12):
        conditions = (
            Conditions() if degraded is None else Conditions.from_seed(seed, degraded, lying=True)
        )
        patient = SimulatedPatient(performance, seed, conditions=conditions, **SIZE)
        assert patient.surroundings.lies
        assert patient.surroundings.stick is None
        shown = patient.truth_at(0.0).keypoints
        assert ((shown > 0) & (shown < 1)).all(), seed
        assert np.abs(shown.mean(axis=0) - 0.5).max() < 0.2
    assert patient_of(Conditions()).surroundings.mat is None


def test_a_mat_is_under_whoever_lies():
    performance = OnTheBack(LIBRARY.measured("squat_mini"), "left", 1)
    patient = SimulatedPatient(performance, 4, conditions=Conditions(noise=0.0), **SIZE)
    image, _ = patient.frame_at(0.0)
    corners = patient.surroundings.mat
    inside = patient.view.project(corners + 0.08 * (corners.mean(axis=0) - corners))
    # The two corners before the body; it and its shadow may lie on the others.
    near = inside[np.argsort(inside[:, 2])[:2], 1::-1] / [240, 320]
    blue, _, red = np.array([around(image, place).mean(axis=(0, 1)) for place in near]).T
    assert (blue > red + 30).all()
