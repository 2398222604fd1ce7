"""The real network and the project's photograph and recordings, where this machine has them."""

import csv
from pathlib import Path

import numpy as np
import pytest

from device.pose.image import read_image
from device.pose.movenet import MoveNet
from models.errors import NetworkNotFoundError
from models.networks.find import find_network

SHARED_DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


@pytest.fixture(scope="session")
def network():
    try:
        return find_network(download=False)
    except NetworkNotFoundError as error:
        pytest.skip(f"the real MoveNet is not on this machine: {error}")


@pytest.fixture
def movenet(network):
    return MoveNet(network, threads=1)


@pytest.fixture(scope="session")
def shared_data():
    if not SHARED_DATA.is_dir():
        pytest.skip(f"the project's recordings are not beside the checkout ({SHARED_DATA})")
    return SHARED_DATA


@pytest.fixture(scope="session")
def photograph_file(shared_data):
    return shared_data / "squat.bmp"


@pytest.fixture(scope="session")
def photograph(photograph_file):
    return read_image(photograph_file)


@pytest.fixture(scope="session")
def reference_keypoints(shared_data):
    """float [17, 3]: y, x, score as published beside the network."""
    path = shared_data / "movenet_single_pose_lightning_ptq_reference.csv"
    with path.open(newline="") as file:
        return np.array(
            [
                [float(row[f"keypoint_{name}"]) for name in ("y", "x", "score")]
                for row in csv.DictReader(file)
            ]
        )
