"""The joint and phase that were made wrong must be named, on the person's own side."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from models.movement_score.body import STANDARD_LENGTHS, VECTORS
from models.movement_score.contributions import TEMPO, contributions
from models.movement_score.errors import ScoreFilesError
from models.movement_score.references import References
from models.movement_score.repetition import FRAMES, Repetition

_PHASES = np.repeat([0, 1, 2], FRAMES // 3)
_REFERENCE = np.zeros((FRAMES, len(VECTORS), 3))
_REFERENCE[..., 1] = STANDARD_LENGTHS


def judge(vectors: NDArray[np.float64], tempos: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far all vectors are from the reference's, and the tempo from its own."""
    away = np.linalg.norm(vectors - _REFERENCE, axis=-1).mean(axis=(1, 2))
    return away + np.abs(tempos)


def wrong(joint: str, phase: int, *, swapped: bool = False) -> Repetition:
    vectors = _REFERENCE.copy()
    vectors[phase == _PHASES, VECTORS.index(joint)] += 0.2
    return Repetition(vectors, 3.0, swapped, _PHASES)


@pytest.mark.parametrize("joint", VECTORS)
@pytest.mark.parametrize(("number", "phase"), [(0, "out"), (1, "hold"), (2, "return")])
def test_what_was_made_wrong_comes_first(joint: str, number: int, phase: str) -> None:
    found = contributions(judge, wrong(joint, number), _REFERENCE, 0.0)
    assert (found[0].joint, found[0].phase) == (joint, phase)
    assert sum(each.share for each in found) == pytest.approx(1.0)


def test_the_person_s_own_side_is_named() -> None:
    found = contributions(judge, wrong("left_elbow", 0, swapped=True), _REFERENCE, 0.0)
    assert found[0].joint == "right_elbow"
    trunk = contributions(judge, wrong("trunk", 0, swapped=True), _REFERENCE, 0.0)
    assert trunk[0].joint == "trunk"


def test_a_wrong_tempo_is_named_in_the_longest_phase() -> None:
    phases = np.repeat([0, 1, 2], [8, 8, 32])
    hurried = Repetition(_REFERENCE.copy(), 1.0, False, phases)
    (only,) = contributions(judge, hurried, _REFERENCE, -0.7)
    assert (only.joint, only.phase, only.share) == (TEMPO, "return", 1.0)


def test_where_nothing_is_wrong_nothing_is_named() -> None:
    well = Repetition(_REFERENCE.copy(), 3.0, False, _PHASES)
    assert contributions(judge, well, _REFERENCE, 0.0) == []


def test_a_knee_off_the_line_of_a_standing_leg_is_the_knee() -> None:
    vectors = _REFERENCE.copy()
    thigh, shank = VECTORS.index("left_hip"), VECTORS.index("left_knee")
    vectors[_PHASES == 1, thigh, 0] -= 0.2
    vectors[_PHASES == 1, shank, 0] += 0.2
    inward = Repetition(vectors, 3.0, False, _PHASES)
    found = contributions(judge, inward, _REFERENCE, 0.0)
    assert (found[0].joint, found[0].phase) == ("left_knee", "hold")


def test_references_are_read_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "references.npz"
    vectors = np.stack([_REFERENCE, _REFERENCE * 2]).astype(np.float16).astype(np.float64)
    written = References(("arm_lift", "squat_deep"), frozenset({"squat_deep"}), vectors)
    written.save(file)
    read = References.load(file)
    assert (read.exercises, read.judged) == (written.exercises, written.judged)
    assert np.array_equal(read.vectors, vectors)
    assert not read.joints_input(read.of("squat_deep"), "squat_deep").any()
    assert read.context_input("squat_deep", 0.5).tolist() == [0.0, 1.0, 0.5]
    with pytest.raises(KeyError):
        read.of("lunge_side")


def test_another_file_is_no_references(tmp_path: Path) -> None:
    file = tmp_path / "references.npz"
    np.savez(file, exercises=np.array(["squat_deep"]), judged=np.array(["arm_lift"]))
    with pytest.raises(ScoreFilesError, match="install"):
        References.load(file)
    np.savez(
        file,
        exercises=np.array(["squat_deep"]),
        judged=np.array(["arm_lift"]),
        vectors=_REFERENCE[None],
    )
    with pytest.raises(ScoreFilesError, match="no file of references"):
        References.load(file)
