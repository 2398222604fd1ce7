"""A score's distribution cannot leave 0 to 4."""

import numpy as np
import pytest

from models.movement_score.held import held, held_outputs


@pytest.mark.parametrize(("mean", "deviation"), [(-1.0, 1.8), (0.3, 0.5), (2.0, 0.4), (3.6, 1.2)])
def test_the_moments_are_those_of_drawn_numbers(mean: float, deviation: float) -> None:
    drawn = np.clip(np.random.default_rng(1).normal(mean, deviation, 200_000), 0.0, 4.0)
    found, spread = held(np.array([mean]), np.array([deviation]))
    assert found[0] == pytest.approx(drawn.mean(), abs=0.01)
    assert spread[0] == pytest.approx(drawn.std(), abs=0.01)


def test_far_inside_nothing_changes_and_far_outside_it_is_the_end() -> None:
    found, spread = held(np.array([2.0, -9.0, 12.0]), np.array([0.1, 0.5, 0.5]))
    assert found.tolist() == pytest.approx([2.0, 0.0, 4.0])
    assert spread.tolist() == pytest.approx([0.1, 0.0, 0.0], abs=1e-6)


def test_wider_outputs_are_less_sure() -> None:
    outputs = np.array([[1.5, np.log(0.25)]])
    assert held_outputs(outputs)[1][0] == pytest.approx(0.5, abs=0.01)
    assert held_outputs(outputs, 1.5)[1][0] > held_outputs(outputs)[1][0]
