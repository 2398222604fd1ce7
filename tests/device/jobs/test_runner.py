"""The queue's thread, with workers that end well, die, hang, and are stopped for a session."""

import os
import re
from pathlib import Path
from threading import Event

import pytest

from device.jobs import runner as runner_module
from device.jobs.job_store import JobStore
from device.jobs.runner import Runner
from tests.device.jobs.conftest import DIES, DONE, HANGS, eventually, worker


def run(settings, what, session_is_on=lambda: False):
    return Runner(settings, worker(what), session_is_on)


def children():
    """The state of each living worker that we started, by its number."""
    me, found = os.getpid(), {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = re.search(r"\) (\S) (\d+)", path.read_text()).groups()
            is_worker = b"order = json.loads" in path.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(parent) == me and is_worker and state != "Z":
            found[int(path.parent.name)] = state
    return found


def test_jobs_are_done_in_order_and_their_films_deleted(settings, queue):
    ids = [queue.put() for _ in range(3)]
    with run(settings, DONE):
        jobs = [queue.ends(job_id) for job_id in ids]
    assert [job.status for job in jobs] == ["done"] * 3
    assert [job.ended_at for job in jobs] == sorted(job.ended_at for job in jobs)
    for job_id in ids:
        assert queue.files.result(job_id).read_text() == '{"reps_counted": 3}'
        assert queue.files.series_names(job_id) == ["keypoints"]
        eventually(lambda job_id=job_id: not queue.upload(job_id).exists())


def test_a_refused_film_fails_with_the_reason_and_is_deleted(settings, queue):
    job_id = queue.put()
    with run(settings, 'say(word="refused", problem=["not-analysable", "it is too long"])'):
        job = queue.ends(job_id)
    assert (job.status, job.attempts, job.problem["status"]) == ("failed", 1, 422)
    assert job.problem["detail"] == "it is too long"
    eventually(lambda: not list((settings.jobs_folder / job_id).iterdir()))


def test_an_analysis_that_dies_is_begun_again_once(settings, queue):
    first, second = queue.put(), queue.put()
    once = f"if not (output.parent / 'died').exists(): (output.parent / 'died').touch(); {DIES}\n"
    with run(settings, once + DONE):
        assert [(j.status, j.attempts) for j in map(queue.ends, (first, second))] == [
            ("done", 2),
            ("done", 2),
        ]
        assert queue.job(first).ended_at < queue.job(second).started_at


def test_one_that_dies_twice_has_failed_and_its_film_is_deleted(settings, queue):
    job_id = queue.put()
    with run(settings, DIES):
        job = queue.ends(job_id)
        eventually(lambda: not queue.upload(job_id).exists())
    assert (job.status, job.attempts) == ("failed", 2)
    assert "ended twice" in job.problem["detail"]


def test_nonsense_from_a_worker_counts_as_its_death(settings, queue):
    job_id = queue.put()
    with run(settings, 'print("<html>", flush=True); time.sleep(600)'):
        assert queue.ends(job_id).attempts == 2
    assert not children()


def test_one_that_says_nothing_is_taken_for_hung(settings, queue, monkeypatch):
    monkeypatch.setattr(runner_module, "STALLED_AFTER_S", 0.2)
    job_id = queue.put()
    with run(settings, "time.sleep(600)"):
        assert queue.ends(job_id).status == "failed"
    assert not children()


def test_what_ran_when_the_power_went_is_taken_up_again_and_then_given_up(settings, queue):
    once, twice = queue.put(), queue.put()
    with JobStore(settings.jobs_folder) as store:
        assert store.begin(once)
        assert store.begin(twice)
        assert store.try_again(twice)
        assert store.begin(twice)
    (settings.jobs_folder / ("0" * 32)).mkdir()
    with run(settings, DONE):
        assert (queue.ends(once).status, queue.ends(once).attempts) == ("done", 2)
        assert queue.ends(twice).status == "failed"
        eventually(lambda: not queue.upload(twice).exists())
    assert not (settings.jobs_folder / ("0" * 32)).exists(), "half an upload was left"


def test_being_told_to_stop_costs_no_attempt(settings, queue):
    job_id = queue.put()
    with run(settings, HANGS) as runner:
        eventually(lambda: (p := runner.progress(job_id)) and p.frames_done == 5)
    assert not children()
    job = queue.job(job_id)
    assert (job.status, job.attempts) == ("queued", 0)
    assert queue.upload(job_id).exists()


def test_nothing_begins_during_a_session(settings, queue):
    job_id, session_is_on = queue.put(), Event()
    session_is_on.set()
    looked = []

    def on():
        looked.append(session_is_on.is_set())
        return session_is_on.is_set()

    with run(settings, DONE, on):
        eventually(lambda: looked)
        assert not children()
        assert queue.job(job_id).status == "queued"
        session_is_on.clear()
        assert queue.ends(job_id).status == "done"


def test_a_session_stops_the_analysis_where_it_is_and_lets_it_go_on(settings, queue):
    job_id, session_is_on = queue.put(), Event()
    go_on = settings.data_folder / "go_on"
    waits = f"""
say(word="progress", frames_done=5, frames=10)
while not os.path.exists({str(go_on)!r}): time.sleep(0.01)
"""
    with run(settings, waits + DONE, session_is_on.is_set) as runner:
        eventually(lambda: (p := runner.progress(job_id)) and p.frames_done == 5)
        session_is_on.set()
        eventually(lambda: "T" in children().values())
        eventually(lambda: runner.progress(job_id).waits_for_session)
        go_on.touch()
        session_is_on.clear()
        assert (queue.ends(job_id).status, queue.job(job_id).attempts) == ("done", 1)


def test_a_removed_job_ends_at_once_even_while_it_is_stopped(settings, queue):
    job_id, session_is_on = queue.put(), Event()
    with run(settings, HANGS, session_is_on.is_set) as runner:
        eventually(lambda: (p := runner.progress(job_id)) and p.frames_done == 5)
        session_is_on.set()
        eventually(lambda: "T" in children().values())
        with JobStore(settings.jobs_folder) as store:
            assert store.remove(job_id)
        runner.abandon(job_id)
        assert not children()
        assert runner.progress(job_id) is None


@pytest.mark.parametrize("limit", ["keep_jobs", "keep_days"])
def test_old_results_are_forgotten(settings, queue, limit):
    ids = [queue.put() for _ in range(2)]
    with run(settings, DONE):
        for job_id in ids:
            queue.ends(job_id)
    kept = {"keep_jobs": 1} if limit == "keep_jobs" else {"keep_days": 1e-9}
    fewer = settings.model_copy(update={"jobs": settings.jobs.model_copy(update=kept)})
    left = ids[1:] if limit == "keep_jobs" else []
    with run(fewer, DONE):
        eventually(lambda: queue.job(ids[0]) is None and (left or queue.job(ids[1]) is None))
        eventually(lambda: not (settings.jobs_folder / ids[0]).exists())
    assert [job_id for job_id in ids if queue.job(job_id)] == left
