"""One plain sentence to the patient about how a set was done, or none."""

from collections.abc import Sequence
from typing import Final

from models.quality import SetQuality
from models.quality_bands import WORST, load_quality_bands

PRAISED_BANDS: Final = frozenset({"excellent", "very-good"})
CORRECTED_BANDS: Final = frozenset({"poor", "very-poor", "extremely-poor"})
_NOT_WHOLE: Final = "body_not_whole"
_NAMED_JOINTS: Final = frozenset(
    {
        "pelvis",
        "trunk",
        "shoulders",
        "head",
        "left_shoulder",
        "right_shoulder",
        "left_elbow",
        "right_elbow",
        "left_hip",
        "right_hip",
        "left_knee",
        "right_knee",
        "tempo",
    }
)
"""Those that have a sentence."""


def set_note(quality: SetQuality | None) -> str | None:
    """The id of the kiosk's text: what to do where the camera did not see well, or what to watch,
    or praise; ``None`` where nothing is sure enough to be said.
    """
    if quality is None or quality.status == "not_analysed":
        return None
    if quality.status == "gate_stopped":
        return f"quality-seen-badly-{(quality.reason or 'unclear').replace('_', '-')}"
    if quality.reason == _NOT_WHOLE:
        return "quality-seen-badly-out-of-frame"
    return None if quality.score is None else _score_note(quality, quality.score)


def _score_note(quality: SetQuality, score: float) -> str | None:
    """Only what the score is sure of, and the form gate does not deny."""
    bands, deviation = load_quality_bands(), quality.deviation
    if deviation is None:
        return None
    at_worst = bands.band_of(min(score + deviation, WORST))
    if bands.band_of(score) in PRAISED_BANDS and at_worst not in CORRECTED_BANDS:
        return None if quality.bad_repetitions else "quality-praise"
    at_best = bands.band_of(max(score - deviation, 0.0))
    joint = quality.contributions[0].joint if quality.contributions else None
    if at_best in CORRECTED_BANDS and joint in _NAMED_JOINTS and not quality.good_repetitions:
        return f"quality-watch-{joint.replace('_', '-')}"
    return None


def session_note(qualities: Sequence[SetQuality]) -> str | None:
    """The one sentence of a whole session: about the picture first, else about the last set."""
    stopped = [each for each in qualities if each.status == "gate_stopped"]
    said = stopped or qualities
    return set_note(said[-1]) if said else None
