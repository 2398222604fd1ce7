"""A score in words: its band, and the joints and phases that contributed most."""

import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Final, Literal

from models.exercises.catalogue import Catalogue
from models.movement_score.phase import Phase
from models.quality import Contribution
from models.quality_bands import load_quality_bands

TEXTS_FOLDER: Final = Path(__file__).with_name("texts")
WAYS_FILE: Final = Path(__file__).with_name("ways.toml")

_SENTENCES: Final = ("one", "two", "three")
_VALUES: Final = ("first", "second", "third")
_WAYS: Final[dict[str, dict[Phase, str]]] = {
    "up": {"out": "up", "hold": "top", "return": "down"},
    "down": {"out": "down", "hold": "bottom", "return": "up"},
    "out": {"out": "out", "hold": "furthest", "return": "back"},
}


@cache
def score_catalogue(language: str = "en") -> Catalogue:
    """The score's texts; raises :class:`models.exercises.catalogue.TextError` without them."""
    return Catalogue(language, (TEXTS_FOLDER,))


def band_text(score: float, language: str = "en") -> str:
    """What a score, 0 to 4, is called."""
    return score_catalogue(language).text(f"quality-band-{load_quality_bands().band_of(score)}")


def contribution_text(contribution: Contribution, exercise_id: str, language: str = "en") -> str:
    """Such as "the left knee on the way down"; a joint of a newer release by its bare name."""
    texts = score_catalogue(language)
    joint_id = f"quality-joint-{contribution.joint.replace('_', '-')}"
    joint = contribution.joint.replace("_", " ")
    way = _WAYS[direction_of(exercise_id)][contribution.phase]
    return texts.text(
        "quality-contribution",
        joint=texts.text(joint_id) if joint_id in texts else joint,
        way=texts.text(f"quality-way-{way}"),
    )


def contributions_text(
    contributions: Sequence[Contribution], exercise_id: str, language: str = "en"
) -> str:
    """One sentence about the first three at most; empty where there is none."""
    parts = [contribution_text(each, exercise_id, language) for each in contributions[:3]]
    if not parts:
        return ""
    sentence = f"quality-contributions-{_SENTENCES[len(parts) - 1]}"
    values = dict(zip(_VALUES, parts, strict=False))
    return score_catalogue(language).text(sentence, **values)


def not_scored_text(reason: str, language: str = "en") -> str:
    """Why there is no score; the bare reason for one that a newer release has given."""
    texts = score_catalogue(language)
    message_id = f"quality-not-scored-{reason.replace('_', '-')}"
    return texts.text(message_id) if message_id in texts else reason.replace("_", " ")


def direction_of(exercise_id: str) -> Literal["up", "down", "out"]:
    """Where the way out of an exercise goes (``ways.toml``)."""
    known = ways()
    if exercise_id in known["up"]:
        return "up"
    return "down" if exercise_id in known["down"] else "out"


@cache
def ways() -> dict[str, frozenset[str]]:
    """The exercises whose way out goes up, and down; of the others it is simply out."""
    document = tomllib.loads(WAYS_FILE.read_text(encoding="utf-8"))
    return {way: frozenset(document[way]) for way in ("up", "down")}
