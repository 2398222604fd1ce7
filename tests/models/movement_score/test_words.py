"""The score's words in all languages, and its bands."""

import subprocess
import sys
from pathlib import Path

import pytest

from models.errors import QualityLimitsError
from models.exercises.catalogue import LANGUAGES
from models.exercises.library import load_library
from models.movement_score.body import VECTORS
from models.movement_score.contributions import TEMPO
from models.movement_score.phase import PHASES
from models.movement_score.words import (
    TEXTS_FOLDER,
    band_text,
    contribution_text,
    contributions_text,
    direction_of,
    not_scored_text,
    score_catalogue,
    ways,
)
from models.quality import Contribution
from models.quality_bands import QUALITY_BANDS_FILE, load_quality_bands


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_joint_and_phase_has_words(language: str) -> None:
    texts = {
        contribution_text(Contribution(joint=joint, phase=phase, share=0.5), exercise_id, language)
        for joint in (*VECTORS, TEMPO)
        for phase in PHASES
        for exercise_id in ("squat_deep", "arm_lift", "trunk_rotation")
    }
    # Out, at the furthest and back in each of three directions; up and down are shared by two.
    assert len(texts) == (len(VECTORS) + 1) * 7
    assert not any("quality-" in text or "_" in text for text in texts)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_band_has_its_own_words(language: str) -> None:
    bands = load_quality_bands().band
    assert len({band_text(band.up_to, language) for band in bands}) == len(bands)


def test_the_languages_have_the_same_texts() -> None:
    identifiers = {
        language: {
            line.partition(" =")[0]
            for line in (TEXTS_FOLDER / f"{language}.ftl").read_text("utf-8").splitlines()
        }
        for language in LANGUAGES
    }
    assert identifiers["de"] == identifiers["en"] == identifiers["fr"]


def test_a_squat_goes_down_and_an_arm_up() -> None:
    knee = Contribution(joint="left_knee", phase="out", share=0.6)
    assert contribution_text(knee, "squat_deep") == "the left knee on the way down"
    trunk = Contribution(joint="trunk", phase="hold", share=0.3)
    sentence = contributions_text([knee, trunk], "squat_deep")
    assert (
        sentence == "What counted most: the left knee on the way down and the trunk at the bottom."
    )
    assert contribution_text(knee, "arm_lift") == "the left knee on the way up"
    assert contributions_text([], "arm_lift") == ""


def test_exercises_with_a_direction_are_in_the_library() -> None:
    library = load_library()
    assert all(exercise_id in library for exercises in ways().values() for exercise_id in exercises)
    assert direction_of("squat_mini") == "down"
    assert direction_of("no_such_exercise") == "out"


def test_what_a_newer_device_says_is_shown_as_it_is() -> None:
    assert not_scored_text("some_new_reason") == "some new reason"
    ear = Contribution(joint="left_ear", phase="return", share=1.0)
    assert contribution_text(ear, "squat_deep") == "left ear on the way up"


@pytest.mark.parametrize("reason", ["exercise_not_trained", "too_uncertain", "too_few_frames"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_for_no_score_has_words(reason: str, language: str) -> None:
    assert not_scored_text(reason, language) != reason.replace("_", " ")
    assert f"quality-not-scored-{reason.replace('_', '-')}" in score_catalogue(language)


def test_bands_reach_up_to_and_including_their_limit() -> None:
    bands = load_quality_bands()
    assert bands.band_of(0.0) == "excellent"
    assert bands.band_of(bands.band[0].up_to) == "excellent"
    assert bands.band_of(bands.band[0].up_to + 0.01) == bands.band[1].id
    assert bands.band_of(4.0) == "extremely-poor"
    with pytest.raises(ValueError, match="0 to 4"):
        bands.band_of(4.1)


def test_bands_that_leave_a_gap_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "bands.toml"
    text = QUALITY_BANDS_FILE.read_text("utf-8")
    file.write_text(text.replace("up_to = 4.0", "up_to = 3.9"), "utf-8")
    with pytest.raises(QualityLimitsError, match="end at 4"):
        load_quality_bands(file)


def test_the_words_need_no_numpy() -> None:
    # The bridge shows them, and is installed without it.
    code = (
        "import sys; sys.modules['numpy'] = None;"
        "from models.movement_score.words import band_text; print(band_text(0.2))"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ran.stdout.strip() == "Excellent", ran.stderr
