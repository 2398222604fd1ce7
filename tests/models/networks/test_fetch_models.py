"""What ``scripts/fetch_models`` runs.

Not the script itself: it sets up the virtual environment first, which no test may change.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import NetworkNotFoundError
from models.networks.find import FOLDER_VARIABLE, find_network
from models.networks.manifest import DEFAULT_NETWORK, network_entry

ROOT = Path(__file__).resolve().parents[3]


def fetch_models(folder):
    environment = os.environ | {FOLDER_VARIABLE: str(folder)}
    return subprocess.run(
        [sys.executable, "-m", "models.networks"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.network_model
def test_says_where_the_network_is():
    try:
        network = find_network(download=False)
    except NetworkNotFoundError as error:
        pytest.skip(f"the real MoveNet is not on this machine: {error}")
    answer = fetch_models(network.path.parent)
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout == f"{DEFAULT_NETWORK}: {network.path}\n"


def test_a_wrong_file_ends_it_with_a_clear_message(tmp_path):
    wrong = tmp_path / network_entry(DEFAULT_NETWORK).file
    wrong.write_bytes(b"not the network")
    answer = fetch_models(tmp_path)
    assert answer.returncode == 5
    assert str(wrong) in answer.stderr
    assert "delete it" in answer.stderr
    assert "Traceback" not in answer.stderr
    assert answer.stdout == ""
