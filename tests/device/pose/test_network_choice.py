"""The stand-in takes MoveNet's place before the simulated patient only, and says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from click.testing import CliRunner
from structlog.testing import capture_logs

from device.camera.simulated.clip_mark import is_simulated, mark_simulated
from device.cli import main
from device.pose.network_choice import (
    StandInRefusedError,
    choose_network,
    library_measured_by,
    shows_no_person,
)
from models.errors import NetworkNotFoundError, NetworkVerificationError
from models.networks import find
from models.networks.find import FOLDER_VARIABLE
from models.networks.manifest import DEFAULT_NETWORK, STAND_IN, network_entry


@pytest.fixture
def no_movenet(tmp_path, monkeypatch):
    """MoveNet is in none of the folders, and its address does not answer."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    monkeypatch.setattr(find, "_folder_beside_checkout", lambda: tmp_path / "beside")

    def unreachable(entry, into=None, progress=None):
        raise NetworkNotFoundError(f"{entry.address} cannot be reached")

    monkeypatch.setattr(find, "fetch_network", unreachable)


def clip_at(path: Path, frames: int = 6) -> Path:
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (320, 240))
    for _ in range(frames):
        video.write(np.full((240, 320, 3), 90, np.uint8))
    video.release()
    return path


def test_before_the_simulated_patient_it_steps_in_and_the_log_says_so(no_movenet):
    with capture_logs() as logs:
        network = choose_network(no_person=True)
    assert (network.entry.name, network.entry.stand_in) == (STAND_IN, True)
    assert len(logs) == 1
    assert logs[0]["log_level"] == "warning"
    assert "NOT FOR USE WITH PEOPLE" in logs[0]["event"]
    assert "cannot be reached" in logs[0]["because"]


def test_before_people_the_device_refuses_and_says_how_movenet_is_had(no_movenet):
    with pytest.raises(StandInRefusedError) as caught:
        choose_network(no_person=False)
    assert caught.value.exit_code == 5
    said = str(caught.value)
    for part in ("cannot be reached", "must not be used with people", "scripts/fetch_models"):
        assert part in said


def test_who_asks_for_it_does_not_get_it_before_people():
    with pytest.raises(StandInRefusedError):
        choose_network(no_person=False, stand_in=True)
    assert choose_network(no_person=True, stand_in=True).entry.name == STAND_IN


def test_a_wrong_file_is_never_replaced_by_the_stand_in(no_movenet, tmp_path):
    (tmp_path / network_entry(DEFAULT_NETWORK).file).write_bytes(b"something else")
    with pytest.raises(NetworkVerificationError):
        choose_network(tmp_path, no_person=True)


@pytest.mark.parametrize("camera", ["csi", "0", "/dev/video0", "push"])
def test_a_real_camera_may_show_a_person(camera):
    assert not shows_no_person(camera, None)
    assert shows_no_person("simulated", None)


def test_a_clip_shows_no_person_only_when_it_bears_the_mark(tmp_path):
    clip = clip_at(tmp_path / "clip.mp4")
    assert not shows_no_person("simulated", clip)
    mark_simulated(clip)
    assert shows_no_person("0", clip)
    assert not is_simulated(tmp_path / "gone.mp4")
    (tmp_path / "short.mp4").write_bytes(b"short")
    assert not is_simulated(tmp_path / "short.mp4")


def test_a_marked_clip_still_plays(tmp_path):
    clip = clip_at(tmp_path / "clip.mp4")
    mark_simulated(clip)
    video = cv2.VideoCapture(str(clip))
    assert sum(1 for _ in iter(lambda: video.read()[0], False)) == 6


def test_the_simulate_command_marks_its_clip(tmp_path):
    clip = tmp_path / "squat.mp4"
    answer = CliRunner().invoke(
        main,
        ["simulate", "--exercise", "squat_mini", "--reps", "0", "--fps", "5", "--out", str(clip)],
    )
    assert answer.exit_code == 0, answer.output
    assert is_simulated(clip)


def test_analyse_names_the_stand_in_and_refuses_it_a_clip_of_unknown_origin(no_movenet, tmp_path):
    clip = clip_at(tmp_path / "clip.mp4")
    arguments = ["analyse", str(clip), "--exercise", "squat_deep", "--json"]
    refused = CliRunner().invoke(main, arguments)
    assert refused.exit_code == 5
    assert "scripts/fetch_models" in refused.stderr
    mark_simulated(clip)
    taken = CliRunner().invoke(main, arguments)
    assert taken.exit_code == 0, taken.output
    document = json.loads(taken.stdout)
    assert (document["network"], document["reps_counted"]) == (STAND_IN, 0)


def test_no_angle_of_the_stand_in_has_movenets_expected_error():
    by_movenet, by_stand_in = library_measured_by(False), library_measured_by(True)
    assert set(by_movenet) == set(by_stand_in)
    assert any(each.accuracy is not None for each in by_movenet.all_measured())
    assert all(each.accuracy is None for each in by_stand_in.all_measured())
    squat = by_stand_in.measured("squat_deep")
    assert (
        squat.model_copy(update={"accuracy": by_movenet["squat_deep"].accuracy})
        == (by_movenet["squat_deep"])
    )


def test_run_refuses_a_real_camera_with_the_networks_exit_status(tmp_path):
    config = tmp_path / "device.toml"
    config.write_text(f'data_folder = "{tmp_path}/data"\nruntime_folder = "{tmp_path}/run"\n')
    command = [sys.executable, "-m", "device.cli", "run", "--config", str(config)]
    result = subprocess.run(
        [*command, "--camera", "97", "--stand-in", "--no-kiosk", "--no-link"],
        capture_output=True, text=True, check=False, env=os.environ,
    )  # fmt: skip
    assert result.returncode == 5
    assert "must not be used with people" in result.stderr
    assert "Traceback" not in result.stderr
