"""What the score is trained on: its target, its noise, and who is on which side."""

from collections.abc import Mapping

import numpy as np
import pytest

from models.kinect_joints import JOINTS
from models.movement_score.body import STANDARD_LENGTHS, VECTORS, joints_of
from models.networks.find import find_stage
from models.training.lifted import Lifting
from models.training.motion.motion import Motion
from models.training.score.augmentation import varied
from models.training.score.examples import (
    recorded_examples,
    references_of,
    scores_array,
    simulated_examples,
)
from models.training.score.target import load_target

LIFTING = Lifting(find_stage("depth").path)


def motion(subject: str = "body-1", faults: Mapping[str, float] | None = None) -> Motion:
    """Somebody who stands and leans a little."""
    vectors = np.zeros((90, len(VECTORS), 3))
    vectors[..., 1] = -STANDARD_LENGTHS / 2
    vectors[:, 1:2, 1] *= -1.0
    vectors[:, 3, 1] *= -1.0
    for across in (0, 2):
        vectors[:, across] = (STANDARD_LENGTHS[across] / 2, 0.0, 0.0)
    vectors[:, 1, 2] = 0.1 * np.sin(np.linspace(0.0, np.pi, 90))
    return Motion(
        key=f"{subject}_squat_deep",
        source="simulated",
        subject=subject,
        exercise_id="squat_deep",
        joints_m=joints_of(vectors).astype(np.float32),
        fps=30.0,
        correct=not faults,
        faults=faults or {},
    )


def test_nothing_wrong_is_perfect_and_the_worst_is_four() -> None:
    target = load_target()
    assert target.score({}) == 0.0
    assert target.score({"knee_valgus": 1.0}) == pytest.approx(target.at_limit)
    assert target.score({"knee_valgus": 9.0}) == target.worst


def test_the_score_grows_with_the_fault_and_with_a_second_one() -> None:
    target = load_target()
    one, more = target.score({"knee_valgus": 0.5}), target.score({"knee_valgus": 0.9})
    both = target.score({"knee_valgus": 0.5, "trunk_lean_forward": 0.4})
    assert 0.0 < one < more
    assert both > one


def test_tempo_counts_less_than_posture() -> None:
    target = load_target()
    assert target.score({"too_fast": 1.0}) < target.score({"trunk_lean_forward": 1.0})


def test_a_fault_of_the_face_is_left_out() -> None:
    assert not list(
        simulated_examples([motion(faults={"head_turned": 2.0})], 1, seed=1, lifting=LIFTING)
    )
    with pytest.raises(ValueError, match="head_turned"):
        load_target().score({"head_turned": 2.0})


def test_each_motion_gives_one_clean_example_and_its_lifted_copies() -> None:
    examples = list(
        simulated_examples([motion(faults={"knee_valgus": 1.5})], 2, seed=1, lifting=LIFTING)
    )
    assert [example.seen for example in examples] == ["clean", "lifted", "lifted"]
    assert len({example.score for example in examples}) == 1
    again = list(
        simulated_examples([motion(faults={"knee_valgus": 1.5})], 2, seed=1, lifting=LIFTING)
    )
    other = list(
        simulated_examples([motion(faults={"knee_valgus": 1.5})], 2, seed=2, lifting=LIFTING)
    )
    assert np.array_equal(examples[1].repetition.vectors, again[1].repetition.vectors)
    assert not np.array_equal(examples[1].repetition.vectors, other[1].repetition.vectors)


def test_people_have_no_score_unless_clinicians_gave_one() -> None:
    (example,) = recorded_examples([motion()], 0, seed=1, lifting=LIFTING)
    assert np.isnan(scores_array([example])).all()


def test_varied_repetitions_stay_near_and_keep_their_exercise() -> None:
    random = np.random.default_rng(1)
    (example,) = recorded_examples([motion()], 0, seed=1, lifting=LIFTING)
    vectors = example.repetition.vectors[None].repeat(20, axis=0)
    context = np.zeros((20, 4), np.float32)
    context[:, 1] = 1.0
    moved, told = varied(vectors, context, random)
    assert 0.005 < np.abs(moved - vectors).mean() < 0.1
    assert np.array_equal(told[:, :-1], context[:, :-1])
    assert np.std(told[:, -1]) > 0.01
    assert not context[:, -1].any()


def test_references_are_the_mean_of_what_was_done_well() -> None:
    examples = list(recorded_examples([motion("a"), motion("b")], 0, seed=1, lifting=LIFTING))
    references = references_of(examples, ["squat_deep"])
    assert references.exercises == ("squat_deep",)
    own = examples[0].repetition.vectors
    assert np.allclose(references.of("squat_deep"), own, atol=2e-3)
    assert len(JOINTS) * 3 == references.joints_input(own, "squat_deep").shape[1]
