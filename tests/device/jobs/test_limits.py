"""The queue's end and the disk's."""

import io

import pytest

from device.jobs.job_document import ADDRESS
from device.jobs.runner import Runner
from tests.device.jobs.conftest import DONE, HANGS, MP4, asking, eventually, worker


def send(client):
    fields = {"video": (io.BytesIO(MP4), "film.mp4"), "exercise_id": "squat_deep"}
    return client.post(ADDRESS, data=fields)


def test_a_full_queue_says_when_to_come_again(settings):
    with Runner(settings, worker(HANGS), lambda: False) as runner:
        client = asking(settings, runner)
        ids = [send(client).json["id"] for _ in range(1 + settings.jobs.most_waiting)]
        refused = send(client)
        assert (refused.status_code, refused.json["status"]) == (429, 429)
        assert int(refused.headers["Retry-After"]) > 0
        assert len([path for path in settings.jobs_folder.iterdir() if path.is_dir()]) == len(ids)
        running = f"{ADDRESS}/{ids[0]}"
        eventually(lambda: client.get(running).json["progress"] == 0.5)
        assert client.get(running).json["frames_done"] == 5
        assert client.get(f"{ADDRESS}/{ids[1]}").json["waits_for"] == "another_job"
        conflict = client.get(f"{running}/series/keypoints.csv")
        assert (conflict.status_code, conflict.json["status"]) == (409, 409)
        assert client.delete(running).status_code == 204
        eventually(lambda: client.get(f"{ADDRESS}/{ids[1]}").json["status"] == "running")
        assert send(client).status_code == 202


def test_a_job_says_that_it_waits_for_the_session(settings):
    with Runner(settings, worker(DONE), lambda: True) as runner:
        client = asking(settings, runner)
        job = send(client).json
        assert (job["status"], job["waits_for"]) == ("queued", "coaching_session")


@pytest.mark.parametrize("keep_free_mb", [1e12, None])
def test_without_room_on_the_disk_nothing_is_taken_or_left(settings, keep_free_mb, monkeypatch):
    jobs = settings.jobs.model_copy(update={"keep_free_mb": keep_free_mb or 0})
    full = settings.model_copy(update={"jobs": jobs})
    with Runner(full, worker(DONE), lambda: False) as runner:
        client = asking(full, runner)
        if keep_free_mb is None:
            # The room goes while the file comes in.
            free = iter([10**12, 0])
            monkeypatch.setattr(
                "device.jobs.job_files.JobFiles.free_bytes", lambda _files: next(free)
            )
        answer = send(client)
    assert (answer.status_code, answer.json["status"]) == (507, 507)
    assert [path for path in settings.jobs_folder.iterdir() if path.is_dir()] == []
