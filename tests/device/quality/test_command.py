"""Quality from the command line."""

import json

from click.testing import CliRunner

from device.cli import main
from device.quality.stages import ORDER
from models.quality import SetQuality


def run(*arguments):
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_the_stages_are_listed_with_version_card_and_state():
    answer = run("quality", "--json")
    lines = json.loads(answer.stdout)
    assert [line["name"] for line in lines][: len(ORDER)] == list(ORDER)
    gate = lines[0]
    assert (gate["state"], gate["kind"], gate["research"]) == ("ready", "rule", False)
    assert gate["card"].endswith("keypoint_gate.md")
    assert {line["state"] for line in lines} <= {"ready", "missing"}
    assert "keypoint_gate" in run("quality").stdout


def test_a_recording_is_judged_with_every_stages_output(filmed, tmp_path):
    path = tmp_path / "set.npz"
    filmed().save(path)
    arguments = ("analyse", path, "--exercise", "shoulder_abduction", "--quality")
    answer = run(*arguments, "--json")
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    quality = SetQuality.model_validate(document["quality"]["set"])
    assert quality.status == "analysed"
    assert len(document["quality"]["times_s"]) == document["frames"]
    assert len(quality.repetitions) in (0, document["reps_counted"])
    lines = run(*arguments).stdout
    assert "quality                analysed" in lines
    assert "keypoint_gate 1" in lines


def test_without_the_option_nothing_is_said_of_quality(filmed, tmp_path):
    path = tmp_path / "set.npz"
    filmed().save(path)
    answer = run("analyse", path, "--exercise", "shoulder_abduction", "--json")
    assert "quality" not in json.loads(answer.stdout)
