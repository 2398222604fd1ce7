"""Whether a movement that went far enough was a repetition, by how the whole body moved.

Trees on the features of :mod:`device.coaching.whole_body`, grown by
:mod:`device.benchmark.repetition_forest` on simulated patients and people who exercise and on
everyday movement; their card is ``repetition_forest.md``.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import numpy as np

from models.movement_score.forest import Forests

FOREST_FILE: Final = Path(__file__).with_name("repetition_forest.npz")
FOREST: Final = "repetition"
LEAST_LIKELY: Final = 0.15
"""A movement less likely a repetition than this is none. So low because a repetition that is not
counted is the patient's work denied, and people move unlike any simulated patient: the card says
what it costs and saves."""


def is_repetition(features: Mapping[str, float]) -> bool:
    """Of the features of one movement. Raises :class:`models.errors.ModelsError` when the file of
    the trees cannot be read."""
    forest = _forest()
    values = np.array([[features[name] for name in forest.features.tolist()]])
    likely, _ = forest.scores(values, FOREST)
    return bool(likely[0] >= LEAST_LIKELY)


@cache
def _forest() -> Forests:
    return Forests.load(FOREST_FILE)
