"""``physiopi-device teach`` as a clinic runs it."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import Conditions, SimulatedPatient
from device.camera.simulated.performance import Performance
from device.cli import main
from models.exercises.library import load_library

LIBRARY = load_library()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "device.toml"
    path.write_text(f'data_folder = "{tmp_path / "data"}"\n')
    return path


def teach(config: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["teach", *arguments, "--config", str(config)])


def recorded(path: Path, reps: int) -> str:
    performance = Performance(LIBRARY.measured("arm_lift"), "both", reps)
    take = record_keypoints(SimulatedPatient(performance, 3, conditions=Conditions(fps=10)))
    take.recording.save(path)
    return str(path)


def test_what_is_taught_is_listed_and_forgotten(config: Path, tmp_path: Path) -> None:
    learnt = teach(config, "arm_lift", "--from", recorded(tmp_path / "shown.npz", 1))
    assert learnt.exit_code == 0, learnt.output
    assert "arm_lift" in teach(config).output
    files = {path.name for path in (tmp_path / "data").iterdir()}
    assert all(name.startswith("reference_poses.sqlite") for name in files)
    assert "taken away" in teach(config, "arm_lift", "--forget").output
    assert teach(config).output == ""


@pytest.mark.parametrize(
    ("exercise", "reps", "status", "said"),
    [
        ("arm_lift", 0, 6, "no movement was seen"),
        ("handstand", 1, 2, "unknown exercise"),
        ("quad_set", 1, 2, "guided by the clock"),
    ],
)
def test_what_cannot_be_taught_is_said(
    config: Path, tmp_path: Path, exercise: str, reps: int, status: int, said: str
) -> None:
    result = teach(config, exercise, "--from", recorded(tmp_path / "shown.npz", reps))
    assert result.exit_code == status
    assert said in result.output
