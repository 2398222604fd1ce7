"""A recording whose exercise nobody names is analysed as what it shows, or not at all."""

from pathlib import Path

import pytest

from device.coaching.recognition.index import References
from device.coaching.recognition.library_references import library_references
from device.coaching.recognition.whole_file import exercise_shown
from device.file_analysis import FileToAnalyse, analyse_file
from device.recording import load_recording
from models.exercises.library import load_library


@pytest.fixture(scope="module")
def references() -> References:
    return References.of(list(library_references(load_library().all_measured())))


@pytest.mark.parametrize(
    ("name", "exercise_id"),
    [
        ("t08_squat", "squat_deep"),
        pytest.param("t12_sidelegr", "hip_abduction_standing", marks=pytest.mark.slow),
        pytest.param("t14_bridge", "bridge", marks=pytest.mark.slow),
        pytest.param("t18_bicep_curl", "elbow_flexion", marks=pytest.mark.slow),
        # Not in the library, or too little of the body in the picture: named as nothing.
        pytest.param("t17_ibbu_1", None, marks=pytest.mark.slow),
        ("t19_lateral_raise", None),
    ],
)
def test_people_are_named_right_or_not_at_all(
    references: References, shared_data: Path, name: str, exercise_id: str | None
) -> None:
    recording = load_recording(shared_data / "tracks" / "tracks.npz", name)
    assert exercise_shown(recording.poses(), references) == exercise_id


def test_what_was_recognised_says_so_beside_its_count(shared_data: Path) -> None:
    file = FileToAnalyse(
        shared_data / "tracks" / "tracks.npz", exercise_id=None, recording="t14_bridge"
    )
    document = analyse_file(file, lambda poses, _: poses, quality=False).as_document()
    assert document["exercise_id"] == "bridge"
    assert document["exercise_recognised"] is True
    assert document["reps_counted"] == 5
