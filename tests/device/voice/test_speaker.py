"""The voice at work, with a clock and a player of ours, and with a voice of ours."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from device.voice.kept_phrases import KeptPhrases
from device.voice.limits import load_voice_limits
from device.voice.speaker import AWAKE_FOR_S, Speaker
from device.voice.synthesis import find_synthesiser
from device.voice.utterance import Urgency, Utterance, Words
from tests.device.voice.conftest import Clock, MadeUpVoice, RecordedPlayer

LIMITS = load_voice_limits()


@pytest.fixture
def speaker(
    tmp_path: Path, clock: Clock, player: RecordedPlayer, made_up_voice: MadeUpVoice
) -> Iterator[Speaker]:
    speaker = Speaker(
        LIMITS,
        KeptPhrases(tmp_path, LIMITS),
        player,
        lambda language: made_up_voice if language == "en" else None,
        wake_s=0.5,
        clock=clock,
    )
    yield speaker
    speaker.close()


def said(urgency: Urgency, text: str, clock: Clock, **changes: object) -> Utterance:
    words = (Words(text=text, values={"number": 3}),)
    utterance = Utterance(urgency=urgency, words=words, since_s=clock())
    return utterance.model_copy(update=changes)


def advance(speaker: Speaker, clock: Clock, by_s: float) -> None:
    for _ in range(round(by_s / 0.02)):
        clock.now_s += 0.02
        speaker.step()


def test_a_count_and_then_its_cue_are_played_one_after_the_other(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    speaker.offer(said(Urgency.CUE, "cue-praise-full-range", clock))
    speaker.offer(said(Urgency.COUNT, "say-count", clock))
    speaker.step()
    assert len(player.played) == 1
    advance(speaker, clock, 3.0)
    assert len(player.played) == 2
    assert player.played[1].begun_s >= player.played[0].ended_s
    assert player.played[1].sound.length_s > player.played[0].sound.length_s - 0.5


def test_a_safety_question_silences_the_player(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    speaker.offer(said(Urgency.CUE, "say-volume", clock))
    speaker.step()
    advance(speaker, clock, 0.1)
    speaker.offer(said(Urgency.SAFETY, "instruct-checking", clock, moment=1))
    advance(speaker, clock, 0.02)
    assert [round(each.begun_s - 100, 2) for each in player.played] == [0.0, 0.12]
    assert player.played[0].ended_s <= player.played[1].begun_s


def test_volume_is_heard_and_off_is_silent(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    speaker.offer(said(Urgency.CUE, "say-volume", clock, volume=0))
    advance(speaker, clock, 1.0)
    assert player.played == []
    speaker.offer(said(Urgency.CUE, "say-volume", clock, volume=50))
    advance(speaker, clock, 0.1)
    loudest = int(np.abs(player.played[0].sound.samples).max())
    assert loudest == round(9000 * 0.5**3)


def test_an_output_that_slept_is_woken_by_silence_and_one_that_did_not_is_not(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    for _ in range(2):
        speaker.offer(said(Urgency.COUNT, "say-count", clock))
        advance(speaker, clock, 2.0)
    clock.now_s += AWAKE_FOR_S
    speaker.offer(said(Urgency.COUNT, "say-count", clock))
    advance(speaker, clock, 2.0)
    first, second, third = (each.sound.length_s for each in player.played)
    assert first == pytest.approx(second + 0.5)
    assert third == pytest.approx(first)


def test_without_a_voice_or_a_player_nothing_happens_and_nothing_piles_up(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    speaker.offer(said(Urgency.CUE, "say-volume", clock, language="de"))
    advance(speaker, clock, 0.1)
    player.works = False
    speaker.offer(said(Urgency.CUE, "say-volume", clock))
    advance(speaker, clock, 0.1)
    assert player.played == []
    player.works = True
    advance(speaker, clock, 5.0)
    assert player.played == [], "what could not be said is not said later"
    speaker.offer(said(Urgency.CUE, "say-volume", clock))
    advance(speaker, clock, 0.1)
    assert len(player.played) == 1


def test_a_text_nobody_knows_is_skipped(
    speaker: Speaker, clock: Clock, player: RecordedPlayer
) -> None:
    speaker.offer(said(Urgency.CUE, "cue-of-tomorrow", clock))
    speaker.step()
    speaker.offer(said(Urgency.COUNT, "say-count", clock))
    advance(speaker, clock, 0.1)
    assert len(player.played) == 1


def test_every_language_has_a_voice_or_says_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_synthesiser("en", LIMITS, {}) is None
    (tmp_path / "espeak-ng").write_text("#!/bin/sh\n")
    (tmp_path / "espeak-ng").chmod(0o755)
    for language in ("en", "de", "fr"):
        voice = find_synthesiser(language, LIMITS, {language: tmp_path / "missing.onnx"})
        assert voice is not None
        assert voice.name.startswith("espeak-ng")
    assert find_synthesiser("xx", LIMITS, {}) is None


def test_piper_speaks_where_it_and_a_voice_file_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "voice.onnx"
    file.write_bytes(b"weights")
    (tmp_path / "piper").write_text("#!/bin/sh\n")
    (tmp_path / "piper").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    voice = find_synthesiser("de", LIMITS, {"de": file})
    assert voice is not None
    assert voice.name == "piper voice.onnx 7"
