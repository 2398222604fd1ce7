"""The score that ships, on movement whose faults are known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from device.errors import QualityError
from device.quality.score import (
    NOT_TRAINED,
    TOO_FEW_FRAMES,
    TOO_UNCERTAIN,
    RepetitionScore,
    Scorer,
    research_scorer,
    shipped_scorer,
)
from models.kinect_joints import MIRRORED
from models.movement_score.body import VECTORS, joints_of
from models.movement_score.errors import ResearchNotAllowedError
from models.movement_score.references import expected_duration_s
from models.networks.manifest import MANIFEST_FILE, RESEARCH_MANIFEST_FILE, load_stages

Vectors = NDArray[np.float64]
SQUAT = "squat_deep"


@pytest.fixture(scope="module")
def scorer() -> Scorer:
    return shipped_scorer()


def scored(
    scorer: Scorer, vectors: Vectors, exercise_id: str = SQUAT, size_m: float = 0.5
) -> RepetitionScore:
    times_s = np.linspace(0.0, expected_duration_s(exercise_id), len(vectors))
    return scorer.score(joints_of(vectors) * size_m, times_s, exercise_id)


def leaning(vectors: Vectors, degrees: float) -> Vectors:
    """The trunk leans forward in the middle of the movement."""
    changed = vectors.copy()
    angles = np.deg2rad(degrees) * np.sin(np.linspace(0.0, np.pi, len(vectors)))
    at = VECTORS.index("trunk")
    up, ahead = vectors[:, at, 1], vectors[:, at, 2]
    changed[:, at, 1] = up * np.cos(angles) - ahead * np.sin(angles)
    changed[:, at, 2] = up * np.sin(angles) + ahead * np.cos(angles)
    return changed


def half_as_far(vectors: Vectors) -> Vectors:
    return vectors[:1] + 0.5 * (vectors - vectors[:1])


def test_the_reference_of_every_judged_exercise_scores_well(scorer: Scorer) -> None:
    assert scorer.references.judged
    for exercise_id in sorted(scorer.references.judged):
        found = scored(scorer, scorer.references.of(exercise_id), exercise_id)
        assert found.score is not None, exercise_id
        assert found.score <= 1.6, exercise_id
        assert found.deviation is not None
        assert 0.0 < found.deviation <= 1.2


def test_the_score_grows_with_the_lean_and_with_the_range_that_is_missing(scorer: Scorer) -> None:
    reference = scorer.references.of(SQUAT)
    well = scored(scorer, reference).score
    for vectors in (leaning(reference, 20.0), half_as_far(reference)):
        badly = scored(scorer, vectors).score
        assert well is not None
        assert badly is not None
        assert badly > well + 1.0


def test_the_trunk_is_named_for_it(scorer: Scorer) -> None:
    found = scored(scorer, leaning(scorer.references.of(SQUAT), 20.0))
    assert found.contributions[0].joint == "trunk"
    shares = [each.share for each in found.contributions]
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) == pytest.approx(1.0)


def test_body_size_makes_no_difference(scorer: Scorer) -> None:
    vectors = leaning(scorer.references.of(SQUAT), 15.0)
    small, large = scored(scorer, vectors, size_m=0.4), scored(scorer, vectors, size_m=0.6)
    assert small.score == pytest.approx(large.score, abs=1e-3)


def test_the_mirrored_movement_scores_alike_and_names_the_other_side(scorer: Scorer) -> None:
    vectors = scorer.references.of("shoulder_abduction").copy()
    vectors[10:38, VECTORS.index("left_elbow"), 2] += 0.4
    vectors[:, VECTORS.index("trunk")] = leaning(vectors, 20.0)[:, VECTORS.index("trunk")]
    joints = joints_of(vectors) * 0.5
    times_s = np.linspace(0.0, expected_duration_s("shoulder_abduction"), len(joints))
    left = scorer.score(joints, times_s, "shoulder_abduction")
    mirrored = joints[:, list(MIRRORED)] * (-1.0, 1.0, 1.0)
    right = scorer.score(mirrored, times_s, "shoulder_abduction")
    assert left.score == pytest.approx(right.score, abs=1e-3)
    assert left.contributions
    exchanged = {"left": "right", "right": "left"}
    for one, other in zip(left.contributions, right.contributions, strict=True):
        side, _, joint = one.joint.partition("_")
        assert other.joint == (f"{exchanged[side]}_{joint}" if side in exchanged else one.joint)


def test_an_exercise_it_was_not_tried_on_has_no_score(scorer: Scorer) -> None:
    vectors = scorer.references.of(SQUAT)
    for exercise_id in ("quad_set", "bridge", "no_such_exercise"):
        joints = joints_of(vectors)
        found = scorer.score(joints, np.linspace(0.0, 6.0, len(joints)), exercise_id)
        assert (found.score, found.reason) == (None, NOT_TRAINED)


def test_too_few_frames_have_no_score(scorer: Scorer) -> None:
    joints = joints_of(scorer.references.of(SQUAT))[::12]
    found = scorer.score(joints, np.linspace(0.0, 6.0, len(joints)), SQUAT)
    assert (found.score, found.reason) == (None, TOO_FEW_FRAMES)


def test_a_score_that_is_too_uncertain_is_not_given(
    scorer: Scorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    joints = joints_of(scorer.references.of(SQUAT)) * 0.5
    times_s = np.linspace(0.0, expected_duration_s(SQUAT), len(joints))
    sure = scorer.score(joints, times_s, SQUAT)
    assert sure.deviation is not None
    limit = scorer._limits.model_copy(update={"largest_deviation": sure.deviation * 0.9})
    monkeypatch.setattr(scorer, "_limits", limit)
    unsure = scorer.score(joints, times_s, SQUAT)
    assert (unsure.score, unsure.reason) == (None, TOO_UNCERTAIN)
    assert unsure.deviation == sure.deviation


def test_numbers_that_are_none_are_an_error(scorer: Scorer) -> None:
    joints = joints_of(scorer.references.of(SQUAT))
    joints[3, 2, 1] = np.nan
    with pytest.raises(QualityError, match="finite"):
        scorer.score(joints, np.linspace(0.0, 6.0, len(joints)), SQUAT)


def test_the_research_score_is_off_unless_it_is_allowed() -> None:
    with pytest.raises(ResearchNotAllowedError, match=r"quality\.research"):
        research_scorer(research_allowed=False)


def test_the_research_score_is_kept_apart() -> None:
    research = load_stages(RESEARCH_MANIFEST_FILE)
    assert "research_score" in research
    assert not set(research) & set(load_stages(MANIFEST_FILE))
    assert all("research" in entry.licence.lower() for entry in research.values())
    allowed = research_scorer(research_allowed=True)
    joints = joints_of(allowed.references.of(SQUAT)) * 0.5
    found = allowed.score(joints, np.linspace(0.0, 5.0, len(joints)), SQUAT)
    assert found.score is not None or found.reason == TOO_UNCERTAIN
    assert found.deviation is not None
