"""The voice's real process with the real espeak-ng, playing into files."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from device.coaching.feedback import Feedback, Phase
from device.settings import load_settings
from device.voice.channel import SpeechChannel
from device.voice.limits import load_voice_limits
from device.voice.player import CommandPlayer
from device.voice.sound import Sound, read_sound
from device.voice.synthesis import EspeakNg

ESPEAK = shutil.which("espeak-ng")
needs_espeak = pytest.mark.skipif(ESPEAK is None, reason="espeak-ng is not installed")
LIMITS = load_voice_limits()
READY = Feedback(
    phase=Phase.READY, instruction="instruct-ready", camera="usb", network_is_stand_in=False
)
CHECKING = replace(READY, phase=Phase.CHECKING, instruction="instruct-checking", seconds_left=15)


def wait_for(what: Callable[[], bool], within_s: float = 20.0) -> bool:
    deadline_s = time.monotonic() + within_s
    while time.monotonic() < deadline_s:
        if what():
            return True
        time.sleep(0.02)
    return False


@needs_espeak
@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_espeak_speaks_each_language_loud_enough_and_at_its_length(language: str) -> None:
    voice = EspeakNg(LIMITS.voices[language], 140, 10.0)
    count = voice.render("3").trimmed(0.01, 0.02)
    assert 0.2 < count.length_s < 0.8
    loudness = np.sqrt(np.mean((count.samples / 32768.0) ** 2))
    assert loudness > 0.02
    assert voice.render("-w /tmp/x 3").length_s > count.length_s, "words are no options"


@needs_espeak
def test_what_the_screen_shows_is_played_by_the_voices_process(tmp_path: Path) -> None:
    heard = tmp_path / "heard"
    heard.mkdir()
    player = tmp_path / "player"
    player.write_text(f'#!/bin/sh\ncp "$1" "{heard}/$$.wav"\n')
    player.chmod(0o755)
    config = tmp_path / "device.toml"
    config.write_text(
        f'data_folder = "{tmp_path}"\nruntime_folder = "{tmp_path}/run"\n'
        f'[voice]\nplayer = ["{player}"]\nvolume = 100\n'
    )
    only_the_voice = "from device.voice.command import voice; voice()"
    command = [sys.executable, "-c", only_the_voice, "--config", str(config)]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        speech = SpeechChannel(load_settings(config))
        try:
            assert wait_for((tmp_path / "run/voice.socket").exists)

            def asked_and_heard() -> bool:
                # Asked anew: what was asked while the process was still starting is too old.
                speech.attend(READY)
                speech.attend(CHECKING)
                return wait_for(lambda: any(heard.iterdir()), 1.0)

            assert wait_for(asked_and_heard)
        finally:
            speech.close()
            process.send_signal(signal.SIGTERM)
            status = process.wait(20)
    assert status == 0
    sound = read_sound(next(heard.iterdir()).read_bytes())
    assert 0.4 < sound.length_s < 2.5
    assert np.abs(sound.samples).max() > 3000
    assert len(list((tmp_path / "phrases").iterdir())) >= 1


def test_a_coach_without_a_voice_waits_for_nothing(tmp_path: Path) -> None:
    config = tmp_path / "device.toml"
    config.write_text(f'data_folder = "{tmp_path}"\nruntime_folder = "{tmp_path}/run"\n')
    speech = SpeechChannel(load_settings(config))
    try:
        for number in range(2000):
            speech.attend(replace(CHECKING, instruction=f"instruct-{number}"))
    finally:
        speech.close()


def test_a_player_that_fails_is_named_once_and_one_that_hangs_is_ended(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sound = Sound(np.full(100, 1000, np.int16), 1000)
    failing = CommandPlayer(["sh", "-c", "echo no sound card >&2; exit 1"], tmp_path, 1.0)
    for _ in range(3):
        assert failing.start(sound)
        assert wait_for(lambda: not failing.is_playing())
    assert capsys.readouterr().out.count("no sound card") == 1
    assert not CommandPlayer(["/nonexistent"], tmp_path, 1.0).start(sound)
    hanging = CommandPlayer(["sh", "-c", "exec sleep 60"], tmp_path, 0.1)
    assert hanging.start(sound)
    assert wait_for(lambda: not hanging.is_playing())


def test_stopping_ends_the_players_process(tmp_path: Path) -> None:
    player = CommandPlayer(["sh", "-c", f"echo $$ > {tmp_path}/pid; exec sleep 60"], tmp_path, 60.0)
    assert player.start(Sound(np.zeros(1000, np.int16), 1000))
    assert wait_for(lambda: (tmp_path / "pid").exists() and bool((tmp_path / "pid").read_text()))
    assert player.is_playing()
    player.stop()
    assert not player.is_playing()
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)
