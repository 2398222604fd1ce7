"""Phrases rendered once and kept."""

from dataclasses import dataclass
from pathlib import Path
from threading import Event

import pytest

from device.errors import VoiceError
from device.voice.kept_phrases import KeptPhrases
from device.voice.limits import load_voice_limits
from device.voice.sound import Sound
from tests.device.voice.conftest import MadeUpVoice

LIMITS = load_voice_limits()


def test_a_phrase_is_rendered_once_for_each_voice(
    tmp_path: Path, made_up_voice: MadeUpVoice
) -> None:
    kept = KeptPhrases(tmp_path / "phrases", LIMITS)
    first = kept.sound(made_up_voice, "three")
    again = KeptPhrases(tmp_path / "phrases", LIMITS).sound(made_up_voice, "three")
    assert made_up_voice.rendered == ["three"]
    assert first.samples.tolist() == again.samples.tolist()
    other = MadeUpVoice(name="another")
    kept.sound(other, "three")
    assert other.rendered == ["three"]


def test_a_damaged_file_is_rendered_anew(tmp_path: Path, made_up_voice: MadeUpVoice) -> None:
    kept = KeptPhrases(tmp_path, LIMITS)
    kept.sound(made_up_voice, "three")
    (file,) = tmp_path.glob("*.wav")
    file.write_bytes(b"")
    kept.sound(made_up_voice, "three")
    kept.sound(made_up_voice, "three")
    assert made_up_voice.rendered == ["three", "three"]


def test_a_folder_that_cannot_be_written_is_no_reason_for_silence(
    tmp_path: Path, made_up_voice: MadeUpVoice
) -> None:
    (tmp_path / "phrases").write_text("a file is in the way")
    kept = KeptPhrases(tmp_path / "phrases", LIMITS)
    assert kept.sound(made_up_voice, "three").length_s > 0


def test_preparing_renders_what_is_missing_and_stops_when_told(
    tmp_path: Path, made_up_voice: MadeUpVoice
) -> None:
    kept = KeptPhrases(tmp_path, LIMITS)
    kept.sound(made_up_voice, "one")
    assert kept.prepare(made_up_voice, ["one", "two"], Event()) == 2
    assert made_up_voice.rendered == ["one", "two"]
    stop = Event()
    stop.set()
    assert kept.prepare(made_up_voice, ["three"], stop) == 0
    assert made_up_voice.rendered == ["one", "two"]


def test_no_more_than_so_many_are_kept(tmp_path: Path, made_up_voice: MadeUpVoice) -> None:
    few = LIMITS.model_copy(
        update={"rendering": LIMITS.rendering.model_copy(update={"most_kept": 3})}
    )
    kept = KeptPhrases(tmp_path, few)
    kept.prepare(made_up_voice, [f"phrase {number}" for number in range(8)], Event())
    assert len(list(tmp_path.iterdir())) == 3


@dataclass
class BrokenVoice:
    name: str = "broken"

    def render(self, words: str, *, unhurried: bool = False) -> Sound:
        raise VoiceError("it is broken")


def test_a_voice_that_fails_ends_the_preparing_and_is_an_error_when_needed(
    tmp_path: Path,
) -> None:
    kept = KeptPhrases(tmp_path, LIMITS)
    assert kept.prepare(BrokenVoice(), ["one", "two"], Event()) == 0
    with pytest.raises(VoiceError, match="broken"):
        kept.sound(BrokenVoice(), "one")
