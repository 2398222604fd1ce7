"""What is measured on the squats is what the device would say of them."""

import numpy as np
import pytest

from device.quality.kinect_conversion import converted
from device.recording import load_recording
from models.kinect_joints import JOINT_COUNT
from models.training.lifting.baselines import newest, nothing
from models.training.lifting.squat_figures import pairs_of, squat_figures
from models.training.motion.squats import squats

pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def clips(shared_data):
    return [each for each in squats(shared_data / "squats") if each.pair_ok][::60]


def test_the_training_and_the_device_convert_alike(clips, shared_data):
    squat = clips[0]
    recording = load_recording(shared_data / "squats" / "squats.npz", squat.motion.key)
    frames, _ = squat.pairs()
    seen = newest(pairs_of(squat).inputs).reshape(-1, JOINT_COUNT, 3)
    assert seen == pytest.approx(converted(recording)[squat.at[frames]], abs=2e-4)


def test_the_truth_has_no_error_and_doing_nothing_has(clips):
    pairs = pairs_of(clips[0])

    def truth(inputs):
        lifted = (pairs.true_m / pairs.torso_m).reshape(len(inputs), -1)
        return lifted.astype(np.float32)

    found = squat_figures({"truth": truth, "nothing": nothing}, clips[:1])
    assert found["truth"]["mpjpe_cm"] == pytest.approx(0.0, abs=0.01)
    assert found["nothing"]["mpjpe_cm"] > found["nothing"]["picture_cm"] > 2.0
    assert found["nothing"]["depth_cm"] == pytest.approx(
        100 * np.abs(pairs.true_m[..., 2]).mean(), abs=0.01
    )


def test_every_person_counts_alike(clips):
    found = squat_figures({"nothing": nothing}, clips)["nothing"]
    persons = [person["mpjpe_cm"] for person in found["by_person"].values()]
    assert len(persons) > 1
    assert found["mpjpe_cm"] == pytest.approx(np.mean(persons), abs=0.02)
