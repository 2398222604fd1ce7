"""The command that films the simulated patient."""

import json
from itertools import pairwise

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from device.camera.simulated.command import simulate
from device.camera.simulated.conditions import Conditions, ConditionsError

SMALL = ["--width", "160", "--height", "120"]


def filmed(tmp_path, *options: str) -> tuple[cv2.VideoCapture, dict]:
    clip, truth = tmp_path / "clip.mp4", tmp_path / "truth.json"
    everything = [*options, "--out", str(clip), "--truth", str(truth)]
    result = CliRunner().invoke(simulate, everything, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return cv2.VideoCapture(str(clip)), json.loads(truth.read_text())


def test_a_clip_and_its_truth_agree_frame_by_frame(tmp_path):
    video, document = filmed(
        tmp_path, "--exercise", "squat_mini", "--reps", "1", "--fps", "5", "--fault", "too_fast"
    )
    frames = document["frames"]
    assert {len(each) for each in frames.values()} == {int(video.get(cv2.CAP_PROP_FRAME_COUNT))}
    assert len(frames["keypoints"][0]) == len(document["keypoint_names"]) == 17
    assert len(frames["joints_m"][0]) == len(document["joint_names"])
    assert len(frames["angles_deg"][0]) == len(document["angle_names"])
    (repetition,) = document["repetitions"]
    assert repetition["fault"] == "too_fast"
    assert repetition["peak_deg"] == 60
    assert frames["reps_completed"][-1] == 1
    knee = document["angle_names"].index("left.knee_flexion_deg")
    assert max(angles[knee] for angles in frames["angles_deg"]) == pytest.approx(60, abs=6)
    assert frames["captured_s"] == frames["time_s"]


def test_the_document_explains_everything_it_holds(tmp_path):
    _, document = filmed(tmp_path, "--exercise", "squat_mini", "--reps", "0", *SMALL)
    about = json.dumps(document["about"])
    for key in ("time_s", "captured_s", "measure_deg", "keypoints", "in_sight", "joints_m"):
        assert f"frames.{key}" in about
    assert document["conditions"]["light"] == "normal"
    assert document["body"]["seed"] == 1


def test_a_lost_frame_shows_the_one_before_and_the_truth_says_so(tmp_path):
    video, document = filmed(
        tmp_path, "--exercise", "shoulder_abduction", "--side", "left", "--reps", "1",
        "--fps", "10", "--drop", "0.4", "--drop-burst", "3", *SMALL,
    )  # fmt: skip
    frames = document["frames"]
    shown_s, captured_s = np.array(frames["time_s"]), np.array(frames["captured_s"])
    lost = captured_s < shown_s
    assert 0.15 < lost.mean() < 0.65
    pictures = []
    while (read := video.read())[0]:
        pictures.append(read[1].astype(float))
    changed = np.array([np.abs(a - b).mean() for a, b in pairwise(pictures)])
    # The median: where the video has a key frame, the compression changes a still picture.
    assert np.median(changed[lost[1:]]) < np.median(changed[~lost[1:]]) / 3
    for index in np.flatnonzero(lost):
        assert frames["keypoints"][index] == frames["keypoints"][index - 1]


def test_given_options_change_what_a_seed_draws(tmp_path):
    _, document = filmed(
        tmp_path, "--exercise", "squat_mini", "--reps", "0", "--conditions-seed", "4",
        "--degraded", "--light", "backlit", "--distance", "3.5", *SMALL,
    )  # fmt: skip
    drawn, filmed_under = Conditions.from_seed(4, degraded=True), document["conditions"]
    assert (filmed_under["light"], filmed_under["distance_m"]) == ("backlit", 3.5)
    assert filmed_under["obliqueness_deg"] == drawn.obliqueness_deg
    assert document["fps"] == drawn.fps
    assert document["body"]["seed"] == 4


def test_what_cannot_be_filmed_is_refused_with_what_to_give(tmp_path):
    options = ["--exercise", "squat_mini", "--out", str(tmp_path / "clip.mp4")]
    refused = CliRunner().invoke(simulate, [*options, "--distance", "9"])
    assert isinstance(refused.exception, ConditionsError)
    assert "distance_m is 9.0: give a value from 1.5 to 4" in str(refused.exception)
    needs_seed = CliRunner().invoke(simulate, [*options, "--degraded"])
    assert needs_seed.exit_code == 2
    assert "--conditions-seed" in needs_seed.output
