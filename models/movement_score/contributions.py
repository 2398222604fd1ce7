"""Which joints and phases a score comes from: by doing them right, one after the other.

Occlusion (Zeiler and Fergus 2014) in terms a clinician can check: one limb's way in one phase is
replaced by the reference's, and the score falls by what that limb contributed.
"""

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np

from models.movement_score.body import VECTORS
from models.movement_score.phase import PHASES, Phase
from models.movement_score.repetition import Array, Repetition
from models.quality import Contribution

TEMPO: Final = "tempo"
_LEAST_FALL: Final = 1e-6
_LEGS: Final = tuple(
    (VECTORS.index(f"{side}_hip"), VECTORS.index(f"{side}_knee")) for side in ("left", "right")
)


Judge = Callable[[Array, Array], Array]
"""Gives the scores [N] of vectors [N, 48, 12, 3] and of logarithms of the tempo's ratio [N]."""


def contributions(
    judge: Judge, repetition: Repetition, reference: Array, tempo: float
) -> list[Contribution]:
    """All contributions above nought, largest first; their shares sum to 1.

    A joint is the person's own, a name of :data:`models.movement_score.body.VECTORS`, or ``tempo``.
    ``reference`` [48, 12, 3] is that of the exercise. The tempo is laid to the phase that takes the
    most of the time.
    """
    names: list[tuple[str, Phase]] = []
    mended: list[Array] = [repetition.vectors]
    for joint, phase, vectors in _mendings(repetition, reference):
        names.append((joint, phase))
        mended.append(vectors)
    lasts = np.bincount(repetition.phases, minlength=len(PHASES))
    names.append((TEMPO, PHASES[int(np.argmax(lasts))]))
    mended.append(repetition.vectors)
    tempos = np.full(len(mended), tempo)
    tempos[-1] = 0.0
    scores = judge(np.stack(mended), tempos)
    falls: dict[tuple[str, Phase], float] = {}
    for name, score in zip(names, scores[1:], strict=True):
        falls[name] = max(float(scores[0] - score), falls.get(name, 0.0))
    together = sum(falls.values())
    if together <= _LEAST_FALL:
        return []
    found = [
        Contribution(joint=joint, phase=phase, share=min(fall / together, 1.0))
        for (joint, phase), fall in falls.items()
        if fall > 0.0
    ]
    return sorted(found, key=lambda each: -each.share)


def _mendings(repetition: Repetition, reference: Array) -> Iterator[tuple[str, Phase, Array]]:
    """Each joint and phase, and the vectors [48, 12, 3] with that done as the reference has it."""
    for number, phase in enumerate(PHASES):
        frames = repetition.phases == number
        for at, name in enumerate(VECTORS):
            vectors = repetition.vectors.copy()
            vectors[frames, at] = reference[frames, at]
            yield _own_side(name, repetition), phase, vectors
        for thigh, shank in _LEGS:
            # A knee that moves while hip and foot stay moves thigh and shank against each other.
            vectors = repetition.vectors.copy()
            vectors[frames, thigh] = reference[frames, thigh]
            vectors[frames, shank] += repetition.vectors[frames, thigh] - reference[frames, thigh]
            yield _own_side(VECTORS[shank], repetition), phase, vectors


def _own_side(name: str, repetition: Repetition) -> str:
    """The person's own joint: repetitions are judged with the busier side on the left."""
    side, _, joint = name.partition("_")
    if not repetition.swapped or side not in ("left", "right"):
        return name
    return f"{'right' if side == 'left' else 'left'}_{joint}"
