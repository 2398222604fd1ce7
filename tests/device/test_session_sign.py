"""The sign that a session is under way."""

import subprocess
import sys

import pytest

from device.coaching.feedback import Feedback, Phase
from device.session_sign import SessionSign, session_is_under_way


def feedback(phase):
    return Feedback(phase=phase, instruction="", camera="usb", network_is_stand_in=False)


def test_the_sign_is_there_during_a_session_only(tmp_path):
    assert not session_is_under_way(tmp_path / "nobody")
    sign = SessionSign(tmp_path)
    for phase, shown in (
        (Phase.READY, False),
        (Phase.FRAMING, True),
        (Phase.EXERCISING, True),
        (Phase.PAUSED, True),
        (Phase.SUMMARY, False),
        (Phase.EXERCISING, True),
    ):
        sign.attend(feedback(phase))
        assert session_is_under_way(tmp_path) is shown, phase
    sign.close()
    assert not session_is_under_way(tmp_path)


@pytest.mark.parametrize("phase", ["waiting_for_prescription", "ready"])
def test_a_device_that_waits_for_its_patient_shows_no_sign(tmp_path, phase):
    sign = SessionSign(tmp_path)
    sign.attend(feedback(Phase(phase)))
    assert not session_is_under_way(tmp_path)
    sign.close()


def test_the_sign_goes_with_a_coach_that_was_killed(tmp_path):
    coach = f"""
import pathlib, time
from device.coaching.feedback import Feedback, Phase
from device.session_sign import SessionSign
sign = SessionSign(pathlib.Path({str(tmp_path)!r}))
sign.attend(Feedback(Phase.EXERCISING, "", "usb", False))
print("shown", flush=True)
time.sleep(600)
"""
    with subprocess.Popen([sys.executable, "-c", coach], stdout=subprocess.PIPE) as process:
        assert process.stdout.readline() == b"shown\n"
        assert session_is_under_way(tmp_path)
        process.kill()
        process.wait()
    assert not session_is_under_way(tmp_path)
