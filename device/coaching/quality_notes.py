"""One plain sentence to the patient about how a set was done, or none."""

from collections.abc import Sequence
from typing import Final

from models.quality import SetQuality
from models.quality_bands import load_quality_bands

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
    band = load_quality_bands().band_of(score)
    if band in PRAISED_BANDS:
        return "quality-praise"
    joint = quality.contributions[0].joint if quality.contributions else None
    if band in CORRECTED_BANDS and joint in _NAMED_JOINTS:
        return f"quality-watch-{joint.replace('_', '-')}"
    return None


def session_note(qualities: Sequence[SetQuality]) -> str | None:
    """The one sentence of a whole session: about the picture first, else about the last set."""
    stopped = [each for each in qualities if each.status == "gate_stopped"]
    said = stopped or qualities
    return set_note(said[-1]) if said else None
