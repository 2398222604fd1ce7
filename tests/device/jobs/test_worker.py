"""The process that looks into files: hostile ones, and a recording from end to end."""

import io
import json
import os

import cv2
import numpy as np
import pytest
from click.testing import CliRunner

from device.cli import main
from device.jobs.job import JobRequest
from device.jobs.problem import JobRefusedError
from device.jobs.process import WorkerProcess, checked_frames, refusal_of
from device.jobs.work_order import Answer, order_for
from device.jobs.worker import checked_file_frames, last_word
from device.quality.series import SERIES_NAMES
from tests.device.jobs.conftest import DIES, worker
from tests.device.quality.conftest import filmed  # noqa: F401


def order(settings, path, task="check", exercise_id="shoulder_abduction", **asked):
    request = JobRequest(path.suffix, exercise_id, **asked)
    output = settings.data_folder / "output"
    output.mkdir(exist_ok=True)
    return order_for(settings, request, task, path, output)


def film(path, width=64, height=48, frames=5, fps=10.0):
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), fps, (width, height))
    for shade in range(frames):
        writer.write(np.full((height, width, 3), shade * 10, np.uint8))
    writer.release()
    return path


def refusal(settings, path, **asked):
    with pytest.raises(JobRefusedError) as refused:
        checked_file_frames(order(settings, path, **asked))
    return refused.value.problem


def test_a_film_says_how_many_frames_it_has(settings, tmp_path):
    assert checked_file_frames(order(settings, film(tmp_path / "film.avi"))) == 5


def test_a_picture_that_is_too_large_is_refused(settings, tmp_path):
    problem = refusal(settings, film(tmp_path / "film.avi", 4096, 3072, frames=1))
    assert problem.status == 422
    assert "4096 x 3072" in problem.detail


def test_a_film_without_pictures_or_cut_short_is_refused(settings, tmp_path):
    whole = film(tmp_path / "film.avi").read_bytes()
    files = {
        "none": film(tmp_path / "x.avi", frames=0).read_bytes(),
        "cut": whole[:300],
        "junk": whole[:12] + os.urandom(5000),
    }
    for name, content in files.items():
        path = tmp_path / f"{name}.avi"
        path.write_bytes(content)
        problem = refusal(settings, path)
        assert (problem.status, "H.264" in problem.detail) == (415, True), name


def test_what_is_too_long_is_refused(settings, tmp_path, filmed):  # noqa: F811
    short = settings.model_copy(
        update={"jobs": settings.jobs.model_copy(update={"longest_s": 0.4, "most_frames": 20})}
    )
    assert "longer than 0.4 s" in refusal(short, film(tmp_path / "film.avi")).detail
    filmed().save(tmp_path / "set.npz")
    assert refusal(short, tmp_path / "set.npz").status == 422
    fewer = film(tmp_path / "fast.avi", frames=25, fps=100.0)
    assert "20 frames" in refusal(short, fewer).detail


def test_recordings_that_are_none_are_refused(settings, tmp_path):
    keypoints = np.zeros((3, 17, 3), np.float32)
    files = {
        "text.json": b'{"keypoints": "x"}',
        "deep.json": b'{"keypoints": ' + b"[" * 5000 + b"]" * 5000 + b"}",
        "archive.npz": b"PK\x03\x04" + b"\0" * 200,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    np.savez(tmp_path / "pickled.npz", keypoints=np.array([{}], object), width=1, height=1)
    np.savez(tmp_path / "empty.npz", keypoints=keypoints[:0], fps=30, width=9, height=9)
    np.savez(tmp_path / "text.npz", keypoints=keypoints, fps=np.array(["x"]), width=9, height=9)
    np.savez(tmp_path / "still.npz", keypoints=keypoints, times_s=[0, 0, 0], width=9, height=9)
    for path in tmp_path.glob("*.*"):
        if path.is_file():
            with pytest.raises(JobRefusedError) as refused:
                checked_frames(order(settings, path), worker(DIES))
            assert refused.value.problem.status == 415, "a reader that breaks is a refusal"
            assert refusal(settings, path).status in (415, 422), path


def test_an_archive_that_unpacks_to_too_much_is_never_unpacked(settings, tmp_path, monkeypatch):
    monkeypatch.setattr("device.jobs.worker.MOST_UNPACKED_BYTES", 1_000_000)
    monkeypatch.setattr("device.recording.load_recording", None)
    np.savez_compressed(tmp_path / "bomb.npz", keypoints=np.zeros((9000, 17, 3), np.float32))
    assert (tmp_path / "bomb.npz").stat().st_size < 10_000
    problem = refusal(settings, tmp_path / "bomb.npz")
    assert (problem.status, "unpacked" in problem.detail) == (422, True)


def test_a_list_of_other_files_is_never_followed(settings, tmp_path):
    film(tmp_path / "private.avi")
    # The real process, with the real settings of FFmpeg, past the look at the first bytes.
    (tmp_path / "list.avi").write_text("ffconcat version 1.0\nfile private.avi\n")
    with pytest.raises(JobRefusedError) as refused:
        checked_frames(order(settings, tmp_path / "list.avi"))
    assert refused.value.problem.status == 415


def test_the_result_is_the_very_document_of_analyse(settings, tmp_path, filmed):  # noqa: F811
    path, answers = tmp_path / "set.npz", io.StringIO()
    filmed().save(path)
    asked = order(settings, path, "analyse")
    assert last_word(asked, answers) == Answer(word="done", frames=len(filmed()))
    told = [Answer.model_validate_json(line) for line in answers.getvalue().splitlines()]
    assert told
    assert {each.frames for each in told} == {len(filmed())}
    arguments = ["analyse", str(path), "--exercise", "shoulder_abduction", "--quality", "--json"]
    said = json.loads(CliRunner().invoke(main, arguments).stdout)
    assert json.loads((asked.output / "result.json").read_text()) == said
    assert sorted(each.stem for each in asked.output.glob("*.csv")) == sorted(SERIES_NAMES)


def test_a_full_disk_fails_the_job_and_says_so(settings, tmp_path, filmed):  # noqa: F811
    path = tmp_path / "set.npz"
    filmed().save(path)
    full = order(settings, path, "analyse").model_copy(update={"keep_free_mb": 1e12})
    with WorkerProcess(full) as process:
        while (answer := process.answer(100.0)).word == "progress":
            pass
    assert refusal_of(answer).problem.status == 507
    assert not (settings.data_folder / "output" / "result.json").exists()
