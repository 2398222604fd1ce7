"""The form gate's weights on disk and off it."""

import numpy as np
import pytest

from models.errors import FormGateError
from models.form_gate import FormWeights, form_gate_limits, load_weights, save_weights


def weights(bias=0.5):
    return FormWeights(
        mean=np.array([10, 20], np.float32),
        scale=np.array([2, 4], np.float32),
        weight=np.array([1, -1], np.float32),
        bias=np.array([bias], np.float32),
        lowest=np.array([0, 0], np.float32),
        highest=np.array([30, 30], np.float32),
    )


def test_the_probability_is_the_logistic_of_the_weighted_standardised_features():
    at_mean, above = weights().probability_good(np.array([[10, 20], [14, 20]], np.float32))
    assert at_mean == pytest.approx(1 / (1 + np.exp(-0.5)))
    assert above == pytest.approx(1 / (1 + np.exp(-2.5)))


def test_the_share_outside_counts_features_never_seen_in_training():
    values = np.array([[10, 10], [-1, 10], [-1, 31]], np.float32)
    assert weights().share_outside(values).tolist() == [0.0, 0.5, 1.0]


def test_what_is_saved_is_loaded_and_the_same_weights_give_the_same_file(tmp_path):
    given = {"squat_deep": weights(0.1), "arm_lift": weights(0.2)}
    save_weights(tmp_path / "one.npz", given)
    save_weights(tmp_path / "two.npz", dict(reversed(given.items())))
    found = load_weights(tmp_path / "one.npz")
    assert sorted(found) == ["arm_lift", "squat_deep"]
    assert found["squat_deep"].bias == pytest.approx([0.1])
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_file_that_holds_no_gate_is_refused(tmp_path, content):
    path = tmp_path / "gate.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(FormGateError, match="install PhysioPi again"):
        load_weights(path)


def test_a_file_without_all_numbers_is_refused(tmp_path):
    np.savez(tmp_path / "gate.npz", **{"squat_deep.mean": np.zeros(2)})
    with pytest.raises(FormGateError):
        load_weights(tmp_path / "gate.npz")


def test_between_good_and_bad_there_is_room_to_say_nothing():
    limits = form_gate_limits()
    assert limits.bad_to < 0.5 < limits.good_from
