"""The analysis runs beside coaching, and nothing that happens to it holds a session."""

import os
import signal
import sys
import time
from dataclasses import replace
from uuid import uuid4

import pytest

from device.coaching.set_recording import RecordedSet, SetKey
from device.quality.process import DIED, FAILED, TOO_SLOW, TURNED_OFF, AnalysisProcess
from device.quality.worker import NICENESS

# A worker that hears a set and then does what stands in its place; the first word is the real one.
HEAD = """
import os, sys, time
from multiprocessing.connection import Connection
from device.quality.process import Ready
from models.quality import not_analysed
connection = Connection(int(sys.argv[1]))
connection.send(Ready(os.getpid(), 0, ()))
recorded = connection.recv()
"""


def worker(then):
    return (sys.executable, "-c", HEAD + then)


def key():
    return SetKey(uuid4(), 0, 0)


def a_set(recording):
    return RecordedSet("shoulder_abduction", "both", recording)


def answers(analyst, count=1, within_s=60.0):
    found, deadline_s = [], time.monotonic() + within_s
    while len(found) < count:
        assert time.monotonic() < deadline_s, "no answer"
        found += analyst.finished()
        time.sleep(0.01)
    return found


def test_a_set_is_analysed_in_another_process_of_low_priority_and_survives_its_death(filmed):
    with AnalysisProcess() as analyst:
        first, second = key(), key()
        analyst.submit(first, replace(a_set(filmed()), keep_motion=True))
        ((answered, quality),) = answers(analyst)
        assert answered == first
        assert quality.status == "analysed"
        ((made, motion),) = analyst.motions()
        assert (made, motion.frames, motion.joints) == (first, len(filmed()), "depth")
        ready = analyst.ready
        assert ready.pid != os.getpid()
        # Linux knows no lower priority than 19, whatever these tests began with.
        assert ready.niceness == min(19, os.getpriority(os.PRIO_PROCESS, 0) + NICENESS)
        assert "keypoint_gate 1" in ready.stages
        os.kill(ready.pid, signal.SIGKILL)
        analyst.submit(second, a_set(filmed()))
        ((answered, quality),) = answers(analyst)
        assert answered == second
        # Dead before or while it was given the set; the next one has a new process either way.
        assert quality.status == "analysed" or quality.reason == DIED
        analyst.submit(key(), a_set(filmed()))
        assert answers(analyst)[0][1].status == "analysed"
        assert analyst.motions() == []
        assert analyst.ready.pid != ready.pid
    with pytest.raises(ProcessLookupError):
        os.kill(analyst.ready.pid, 0)


@pytest.mark.parametrize(
    ("then", "reason"),
    [
        ("time.sleep(600)", TOO_SLOW),
        ("os._exit(9)", DIED),
        ("connection.send('ZeroDivisionError: division by zero')", FAILED),
    ],
)
def test_a_worker_that_hangs_dies_or_fails_marks_the_set(filmed, then, reason):
    with AnalysisProcess(command=worker(then), time_limit_s=0.5) as analyst:
        analyst.submit(key(), a_set(filmed()))
        quality = answers(analyst)[0][1]
    assert quality.status == "not_analysed"
    assert quality.reason == reason
    assert quality.score is None


def test_a_worker_that_cannot_start_marks_every_set(filmed):
    with AnalysisProcess(command=(sys.executable, "-c", "raise SystemExit(5)")) as analyst:
        for _ in range(2):
            analyst.submit(key(), a_set(filmed()))
        assert {quality.reason for _, quality in answers(analyst, 2)} == {TURNED_OFF}


def test_handing_over_and_asking_return_at_once_while_the_worker_hangs(filmed):
    """By design: the caller's thread touches queues alone."""
    analyst = AnalysisProcess(command=worker("time.sleep(600)"), time_limit_s=600.0)
    with analyst:
        analyst.submit(key(), a_set(filmed()))
        analyst.submit(key(), a_set(filmed()))
        assert analyst.finished() == []
        assert analyst.finished() == []
