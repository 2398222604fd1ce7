"""What tells repetitions from everyday movement is grown from both, and written as plain data."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from device.benchmark.repetition_examples import (
    MovementExample,
    everyday_examples,
    simulated_examples,
)
from device.coaching.repetition_forest import FOREST, FOREST_FILE, is_repetition
from models.exercises.library import load_library
from models.movement_score.forest import Forests

LIBRARY = load_library()
BODY = 42
"""Nothing was grown on this one."""


def likely(forests: Forests, examples: Sequence[MovementExample]) -> list[float]:
    names = forests.features.tolist()
    values = np.array([[each.features[name] for name in names] for each in examples])
    return [float(each) for each in forests.scores(values, FOREST)[0]]


@pytest.mark.slow
def test_examples_are_the_repetitions_done_and_what_was_counted_of_everyday_movement() -> None:
    exercise = LIBRARY.measured("hip_extension_standing")
    done = list(simulated_examples([exercise], [BODY]))
    none = list(everyday_examples([exercise], [BODY], minutes=2.0))
    assert all(each.is_repetition for each in done)
    assert none
    assert not any(each.is_repetition for each in none)
    assert sum(is_repetition(each.features) for each in done) >= 6
    assert np.mean([is_repetition(each.features) for each in none]) < 0.4


def test_what_ships_asks_for_the_features_that_there_are() -> None:
    forests = Forests.load(FOREST_FILE)
    assert forests.exercises.tolist() == [FOREST]
    assert is_repetition(dict.fromkeys(forests.features.tolist(), 0.0)) in (True, False)


def test_grown_trees_are_the_same_as_plain_data(tmp_path: Path) -> None:
    pytest.importorskip("sklearn", reason="needs the train extra")
    from device.benchmark.repetition_forest import grown

    random = np.random.default_rng(1)
    examples = [
        MovementExample(
            "everyday" if none else source,
            "1",
            "arm_lift",
            {"likeness": random.normal(-1.0 if none else 1.0, 0.3), "reach": random.normal()},
            not none,
        )
        for none in (False, True)
        for source in ("simulated", "filmed", "people")
        for _ in range(20)
    ]
    forests = grown(examples)
    found = likely(forests, examples)
    assert min(found[:60]) > 0.5 > max(found[60:])
    forests.save(tmp_path / "forest.npz")
    assert likely(Forests.load(tmp_path / "forest.npz"), examples) == found
