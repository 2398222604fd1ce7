"""The command that films the simulated patient."""

import json

import cv2
from click.testing import CliRunner

from device.camera.simulated.command import simulate


def test_a_clip_and_its_truth_agree_frame_by_frame(tmp_path):
    clip, truth = tmp_path / "clip.mp4", tmp_path / "truth.json"
    options = ["--exercise", "squat_mini", "--reps", "1", "--fps", "5", "--fault", "too_fast"]
    result = CliRunner().invoke(simulate, [*options, "--out", str(clip), "--truth", str(truth)])
    assert result.exit_code == 0, result.output
    document = json.loads(truth.read_text())
    video = cv2.VideoCapture(str(clip))
    assert int(video.get(cv2.CAP_PROP_FRAME_COUNT)) == len(document["measure_deg"])
    assert len(document["keypoints"][0]) == 17
    (repetition,) = document["repetitions"]
    assert repetition["fault"] == "too_fast"
    assert repetition["peak_deg"] == 60
    assert document["reps_completed"][-1] == 1
