"""The device's commands as a person runs them: answers, exit statuses and clear words."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from device.camera.simulated.clip_mark import mark_simulated
from models.networks.find import FOLDER_VARIABLE, NetworkFile


def physiopi_device(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    import os

    return subprocess.run(
        [sys.executable, "-m", "device.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment,
    )


@pytest.fixture
def grey_clip(tmp_path: Path) -> Path:
    path = tmp_path / "grey.mp4"
    video = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 20.0, (320, 240))
    for _ in range(20):
        video.write(np.full((240, 320, 3), 90, np.uint8))
    video.release()
    return path


@pytest.mark.parametrize("network", ["movenet-lightning-int8", "stand-in-not-for-people"])
def test_an_empty_room_has_no_repetitions(
    network: str, grey_clip: Path, request: pytest.FixtureRequest
) -> None:
    arguments: list[str | Path] = ["analyse", grey_clip, "--exercise", "squat_deep", "--json"]
    if network.startswith("movenet"):
        request.getfixturevalue("pose_network")
    else:
        mark_simulated(grey_clip)
        arguments.append("--stand-in")
    result = physiopi_device(*arguments)
    assert result.returncode == 0, result.stderr
    document = json.loads(result.stdout)
    wanted = {
        "frames", "fps", "reps_counted", "reps_full_rom", "attempts", "sets", "rom_peak_deg",
        "rep_times_s", "faults", "valid_frame_pct", "mean_keypoint_score",
    }  # fmt: skip
    assert wanted <= document.keys()
    assert document["network"] == network
    assert (document["frames"], document["fps"]) == (20, 20.0)
    assert (document["reps_counted"], document["rom_peak_deg"]) == (0, None)
    assert "frames" in result.stderr


def test_a_recording_is_analysed(shared_data: Path) -> None:
    tracks = shared_data / "tracks" / "tracks.npz"
    result = physiopi_device(
        "analyse", tracks, "--recording", "t08_squat", "--exercise", "squat_deep", "--json"
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["reps_counted"] == 2


def test_a_file_that_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "letter.mp4"
    path.write_text("Dear doctor")
    result = physiopi_device("analyse", path, "--exercise", "squat_deep", "--json")
    assert result.returncode == 4
    assert "letter.mp4" in result.stderr
    assert "no video" in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("no.npz", b"nothing", "no recording"),
        ("no.json", b"[1, 2", "no recording"),
        ("other.json", b'{"keypoints": [[1, 2]]}', "lacks"),
    ],
)
def test_a_file_that_is_no_recording(tmp_path: Path, name: str, content: bytes, said: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    result = physiopi_device("analyse", path, "--exercise", "squat_deep")
    assert (result.returncode, said in result.stderr) == (4, True), result.stderr
    assert "Traceback" not in result.stderr


def test_several_recordings_are_named(shared_data: Path) -> None:
    result = physiopi_device(
        "analyse", shared_data / "tracks" / "tracks.npz", "--exercise", "squat_deep"
    )
    assert result.returncode == 4
    assert "t03_rom_squat" in result.stderr


def test_a_missing_file(tmp_path: Path) -> None:
    result = physiopi_device("analyse", tmp_path / "gone.mp4", "--exercise", "squat_deep")
    assert (result.returncode, "no such file" in result.stderr) == (4, True)


def test_an_unknown_exercise_names_those_there_are(grey_clip: Path) -> None:
    result = physiopi_device("analyse", grey_clip, "--exercise", "handstand")
    assert result.returncode == 2
    assert "sit_to_stand" in result.stderr


def test_a_network_with_a_wrong_sha256_is_not_used(
    pose_network: NetworkFile, tmp_path: Path, grey_clip: Path
) -> None:
    content = bytearray(pose_network.path.read_bytes())
    content[1000] ^= 1
    (tmp_path / pose_network.path.name).write_bytes(content)
    result = physiopi_device(
        "analyse", grey_clip, "--exercise", "squat_deep", **{FOLDER_VARIABLE: str(tmp_path)}
    )
    assert result.returncode == 5
    assert "sha256" in result.stderr
    assert "scripts/fetch_models" in result.stderr


def test_the_photograph_has_its_seventeen_keypoints(
    pose_network: NetworkFile, shared_data: Path
) -> None:
    result = physiopi_device("pose", shared_data / "squat.bmp", "--json")
    assert result.returncode == 0, result.stderr
    keypoints = json.loads(result.stdout)["keypoints"]
    assert np.array(keypoints).shape == (17, 3)


def test_a_camera_that_is_not_there(pose_network: NetworkFile, tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'data_folder = "{tmp_path}/data"\nruntime_folder = "{tmp_path}/run"\n')
    result = physiopi_device("run", "--config", config, "--camera", "97", "--no-kiosk", "--no-link")
    assert result.returncode == 3
    assert "/dev/video97" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_wrong_configuration_names_file_and_key(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text("[kiosk]\nport = 99999\n")
    result = physiopi_device("link", "--config", config)
    assert result.returncode == 2
    assert "device.toml: kiosk.port" in result.stderr


def test_a_broker_elsewhere_needs_tls(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text('[broker]\nhost = "broker.example"\n')
    result = physiopi_device("link", "--config", config)
    assert (result.returncode, "ca_file" in result.stderr) == (2, True)
