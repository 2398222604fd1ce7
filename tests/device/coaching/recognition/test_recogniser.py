"""The exercise, its phase and its fault are named from poses."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.camera.frame import Frame
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.recognition.index import ReferenceIndex, References
from device.coaching.recognition.recogniser import RECOGNISED, ExerciseRecogniser
from device.coaching.recognition.references import INDEX_FILE, load_references
from device.coaching.recognition.teaching import demonstrated
from device.errors import RecognitionError
from device.pose.movenet import MoveNet
from device.pose.pose import Pose
from models.exercises.library import ExerciseLibrary, load_library
from models.networks.find import NetworkFile

LIBRARY = load_library()
FEW = ExerciseLibrary({each: LIBRARY[each] for each in ("arm_lift", "squat_deep", "quad_set")})
NOISE = 0.012
"""Of the picture: about 4 % of the torso, MoveNet's own on the simulated patient."""


def poses(
    exercise_id: str, side: str, seed: int = 0, body: int = 4, reps: int = 2
) -> Iterator[Pose]:
    random = np.random.default_rng(seed)
    performance = Performance(LIBRARY.measured(exercise_id), side, reps)
    patient = SimulatedPatient(performance, body, conditions=Conditions(fps=10))
    for index, truth in enumerate(patient.truths(), start=1):
        keypoints = np.full((17, 3), 0.8, np.float32)
        keypoints[:, :2] = truth.keypoints + random.normal(0, NOISE, (17, 2))
        yield Pose(index, truth.time_s, keypoints, 640, 480)


@pytest.mark.parametrize(
    ("exercise_id", "side"),
    [
        ("squat_deep", "both"),
        ("squat_mini", "both"),
        ("sit_to_stand", "both"),
        ("shoulder_abduction", "left"),
        ("shoulder_abduction", "both"),
        ("arm_lift", "both"),
        ("hip_abduction_standing", "right"),
        ("knee_extension_seated", "left"),
    ],
)
def test_an_exercise_is_recognised(references: References, exercise_id: str, side: str) -> None:
    recogniser = ExerciseRecogniser(references)
    seen = [recogniser.observe(pose) for pose in poses(exercise_id, side)]
    certain = [each for each in seen[len(seen) // 2 :] if each and each.is_certain]
    assert len(certain) > len(seen) / 4
    assert all(exercise_id in each.could_be for each in certain)


def test_what_one_camera_cannot_tell_apart_is_said(references: References) -> None:
    recogniser = ExerciseRecogniser(references)
    for pose in poses("scaption", "left"):
        recognition = recogniser.observe(pose)
    assert recognition is not None
    assert recognition.could_be == {"scaption", "shoulder_abduction"}


def test_progress_follows_the_movement(references: References) -> None:
    recogniser = ExerciseRecogniser(references)
    performance = Performance(LIBRARY.measured("squat_deep"), "both", 2)
    errors = []
    for pose in poses("squat_deep", "both"):
        recognition = recogniser.observe(pose)
        true, _, completed = performance.progress_at(pose.captured_at_s)
        if recognition is not None and recognition.is_certain and completed >= 1:
            errors.append(abs(recognition.progress - true))
    assert len(errors) > 20
    # The pose is searched five times a second: at 10 frames a second every other one is one old.
    assert float(np.mean(errors)) < 0.12


def test_someone_who_only_stands_is_doing_nothing(references: References) -> None:
    recogniser = ExerciseRecogniser(references)
    standing = next(poses("squat_mini", "both"))
    random = np.random.default_rng(5)
    for index in range(100):
        keypoints = standing.keypoints.copy()
        keypoints[:, :2] += random.normal(0, NOISE / 2, (17, 2)).astype(np.float32)
        recognition = recogniser.observe(Pose(index + 1, index / 10, keypoints, 640, 480))
        assert recognition is None or recognition.progress < 0.35 or not recognition.is_certain


def test_a_pose_like_no_exercise_is_none_of_them(references: References) -> None:
    recogniser = ExerciseRecogniser(references)
    random = np.random.default_rng(1)
    for index in range(30):
        keypoints = np.ones((17, 3), np.float32)
        keypoints[:, :2] = random.uniform(0.1, 0.9, (17, 2))
        recognition = recogniser.observe(Pose(index + 1, index / 5, keypoints, 640, 480))
    assert recognition is not None
    assert recognition.exercise_id is None


def test_a_fault_is_named(references: References) -> None:
    recogniser = ExerciseRecogniser(references)
    performance = Performance(
        LIBRARY.measured("squat_mini"), "both", 2, faults={1: "trunk_lean_forward"}
    )
    patient = SimulatedPatient(performance, 4, conditions=Conditions(fps=10))
    named: dict[int, list[str]] = {1: [], 2: []}
    for index, truth in enumerate(patient.truths(), start=1):
        keypoints = np.full((17, 3), 0.8, np.float32)
        keypoints[:, :2] = truth.keypoints
        recognition = recogniser.observe(Pose(index, truth.time_s, keypoints, 640, 480))
        if recognition and recognition.exercise_id == "squat_mini" and recognition.progress > 0.8:
            named.setdefault(truth.repetition, []).append(recognition.fault)
    assert named[1].count("trunk_lean_forward") > len(named[1]) / 2
    assert named[2].count("") > len(named[2]) / 2


def test_the_index_is_kept_and_made_anew_only_when_the_library_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_references(tmp_path, FEW)
    monkeypatch.setattr(
        "device.coaching.recognition.references.library_references",
        lambda _: pytest.fail("made anew without need"),
    )
    second = load_references(tmp_path, FEW)
    assert len(first) == len(second) > 100
    assert np.array_equal(first.embeddings, second.embeddings)


def test_both_searches_find_the_same_nearest_pose(tmp_path: Path) -> None:
    references = load_references(tmp_path, FEW)
    index = ReferenceIndex(tmp_path / INDEX_FILE)
    wanted = references.embeddings[123] + 0.01
    (nearest,) = index.nearest(wanted, 1)
    by_hand = int(np.linalg.norm(references.embeddings - wanted, axis=1).argmin())
    assert nearest[0] == references.exercise_ids[by_hand]
    assert nearest[3] == pytest.approx(0.08, abs=0.01)


def test_what_is_taught_stays_when_the_library_is_made_anew(tmp_path: Path) -> None:
    load_references(tmp_path, FEW)
    index = ReferenceIndex(tmp_path / INDEX_FILE)
    shown = demonstrated(poses("arm_lift", "both"), "arm_lift")
    index.teach("arm_lift", shown)
    index.teach("arm_lift", shown)
    index.replace("library", "older", [])
    assert index.taught() == {"arm_lift": len(shown)}
    assert set(index.load().exercise_ids) == {"arm_lift"}
    assert index.forget("arm_lift") == len(shown)
    assert len(index.load()) == 0


def test_an_exercise_taught_once_is_recognised_on_another_body() -> None:
    taught = References.of(
        [
            *demonstrated(poses("arm_lift", "both", seed=1, body=2), "arm_lift"),
            *demonstrated(poses("squat_deep", "both", seed=2, body=2), "squat_deep"),
        ]
    )
    for exercise_id in ("arm_lift", "squat_deep"):
        recogniser = ExerciseRecogniser(taught)
        for pose in poses(exercise_id, "both", seed=3, body=6):
            recognition = recogniser.observe(pose)
        assert recognition is not None
        assert recognition.exercise_id == exercise_id


def test_a_demonstration_without_movement_is_refused() -> None:
    still = [
        Pose(index, index / 10, next(poses("arm_lift", "both")).keypoints, 640, 480)
        for index in range(40)
    ]
    with pytest.raises(RecognitionError, match="no movement"):
        demonstrated(still, "arm_lift")
    with pytest.raises(RecognitionError, match="too little"):
        demonstrated(still[:3], "arm_lift")


def test_an_index_of_a_newer_release_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / INDEX_FILE
    index = ReferenceIndex(path)
    index._connection.execute("PRAGMA user_version = 99")
    index.close()
    with pytest.raises(RecognitionError, match="newer release"):
        ReferenceIndex(path)
    path.write_bytes(b"no database at all" * 100)
    with pytest.raises(RecognitionError, match="move the file away"):
        ReferenceIndex(path)


@pytest.mark.network_model
@pytest.mark.parametrize(("exercise_id", "side"), [("squat_deep", "both"), ("arm_lift", "both")])
def test_it_recognises_what_the_real_network_sees(
    references: References, pose_network: NetworkFile, exercise_id: str, side: str
) -> None:
    performance = Performance(LIBRARY.measured(exercise_id), side, 1, rest_s=0.5)
    patient = SimulatedPatient(performance, 5, conditions=Conditions(fps=6))
    estimator = MoveNet(pose_network, threads=1)
    recogniser = ExerciseRecogniser(references)
    for index, (image, truth) in enumerate(patient.frames(), start=1):
        recognition = recogniser.observe(estimator.estimate(Frame(index, truth.time_s, image)))
    assert recognition is not None
    assert recogniser.posteriors()[exercise_id] >= RECOGNISED
