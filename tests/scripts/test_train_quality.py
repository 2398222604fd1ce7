"""Training movement quality runs every stage in order, each with what the ones before it made."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts" / "train_quality"
FAKE_PYTHON = """#!/bin/bash
echo "$@" >>"$(dirname "$0")/calls"
case "$*" in *"$FAILS"*) [ -z "$FAILS" ] || exit 3 ;; esac
"""


class Folders:
    """A folder to train in, whose Python only writes down what it is asked, and the data."""

    def __init__(self, root: Path) -> None:
        self.work, self.data = root / "work", root / "data"
        (self.data / "uiprmd").mkdir(parents=True)
        python = self.work / "venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.write_text(FAKE_PYTHON)
        python.chmod(0o755)
        self.calls = python.with_name("calls")

    def train(self, *arguments: Path | str, fails: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SCRIPT, *arguments],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "FAILS": fails},
        )

    def modules(self) -> list[str]:
        lines = self.calls.read_text().splitlines()
        return [line.split()[1] for line in lines if not line.startswith("-m pip")]


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    return Folders(tmp_path)


def test_every_stage_is_trained_after_the_movement_is_written(folders: Folders) -> None:
    done = folders.train(folders.work, folders.data)
    assert done.returncode == 0, done.stderr
    assert folders.modules() == [
        "device.camera.simulated.training_motion",
        "models.training.lifting.conversion_figures",
        "models.training.lifting",
        "models.training.trimming",
        "models.training.form_gate",
        "models.training.score",
        "models.training.score",
    ]
    calls = folders.calls.read_text().splitlines()[-5:]
    options = f"--data {folders.data} --simulated {folders.work}/motion --out {folders.work}/"
    assert all(options in call for call in calls)
    depth = f"--depth {folders.work}/depth/depth.tflite"
    assert [depth in call for call in calls] == [False, True, True, True, True]
    assert ["--research" in call.split() for call in calls] == [False] * 4 + [True]
    assert f"--out {folders.work}/research" in calls[-1]


def test_the_stages_know_the_options_they_are_given(folders: Folders) -> None:
    folders.train(folders.work, folders.data)
    for call in folders.calls.read_text().splitlines():
        module = call.split()[1]
        if module.startswith("models.training."):
            path = ROOT.joinpath(*module.split("."))
            main = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
            source = main.read_text(encoding="utf-8")
            given = [word for word in call.split() if word.startswith("--")]
            assert [option for option in given if f'"{option}"' not in source] == []


def test_what_fails_stops_the_training(folders: Folders) -> None:
    done = folders.train(folders.work, folders.data, fails="models.training.trimming")
    assert done.returncode != 0
    assert folders.modules()[-1] == "models.training.trimming"


def test_without_a_folder_or_the_data_it_says_what_to_name(folders: Folders) -> None:
    for arguments, named in (([], "name a folder"), ([folders.work, folders.work], "uiprmd")):
        done = folders.train(*arguments)
        assert done.returncode != 0
        assert named in done.stderr
    assert not folders.calls.exists()
