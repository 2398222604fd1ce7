"""MoveNet's keypoints on the photograph that its authors publish reference keypoints for."""

import json

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from device.cli import main
from device.pose.pose import Keypoint
from device.pose.runtime import open_interpreter

pytestmark = [pytest.mark.network_model, pytest.mark.shared_data]


def test_pose_command_meets_the_published_reference(network, photograph_file, reference_keypoints):
    answer = CliRunner().invoke(main, ["pose", str(photograph_file), "--json"])
    assert answer.exit_code == 0, answer.output
    document = json.loads(answer.stdout)
    found = np.array(document["keypoints"])
    assert found.shape == (17, 3)
    assert (document["width"], document["height"]) == (500, 610)
    assert document["network"] == network.entry.name
    compared = (found[:, 2] > 0.4) & (reference_keypoints[:, 2] > 0.4)
    assert compared.sum() >= 8
    assert np.abs(found[compared, :2] - reference_keypoints[compared, :2]).max() <= 0.04


def test_pose_command_without_json_names_every_keypoint(network, photograph_file):
    answer = CliRunner().invoke(main, ["pose", str(photograph_file)])
    assert answer.exit_code == 0, answer.output
    named = [line.split()[0] for line in answer.stdout.splitlines()]
    assert named == [keypoint.name.lower() for keypoint in Keypoint]


@pytest.mark.parametrize("content", [None, b"", b"no picture at all"])
def test_a_file_that_is_no_picture_is_named_in_a_clear_message(tmp_path, content):
    path = tmp_path / "holiday.bmp"
    if content is not None:
        path.write_bytes(content)
    answer = CliRunner().invoke(main, ["pose", str(path), "--json"])
    assert answer.exit_code == 4
    assert str(path) in answer.stderr
    assert "Traceback" not in answer.output
    assert answer.stdout == ""


def test_the_network_is_given_red_green_blue(network, movenet, photograph):
    plain = open_interpreter(network.path, 1)
    small = cv2.resize(photograph, (192, 192))

    def raw(picture):
        plain.tensor(plain.get_input_details()[0]["index"])()[0] = picture
        plain.invoke()
        return plain.tensor(plain.get_output_details()[0]["index"])()[0, 0].copy()

    found = movenet.estimate_squashed(photograph).keypoints
    assert np.array_equal(found, raw(small[..., ::-1]))
    assert not np.array_equal(found, raw(small))


def test_the_same_picture_gives_the_same_keypoints(network, movenet, photograph):
    first = movenet.estimate_squashed(photograph).keypoints
    again = movenet.estimate_squashed(photograph).keypoints
    assert np.array_equal(first, again)
