"""The people on whom the trimming network that ships was not trained."""

from collections.abc import Sequence
from typing import Final

import numpy as np

from models.training.motion.motion import Motion
from models.training.motion.split import Split, split_by_subject
from models.training.trimming.recordings import Recording, recordings_of

HELD_OUT_SHARE: Final = 0.29
"""Two of UI-PRMD's seven people."""
TIMES_TESTED: Final = 3
"""Each set of episodes is put together so often, with other fidgeting."""
SEED: Final = 1
"""Of the network that ships."""


def split_people(people: Sequence[Motion], seed: int = SEED) -> Split:
    """Who is trained on, and who is held out."""
    return split_by_subject(people, HELD_OUT_SHARE, seed)


def held_out_recordings(people: Sequence[Motion], seed: int) -> list[Recording]:
    """Sets of those held out from the network that ships, put together anew by ``seed``."""
    return recordings_of(split_people(people).test, TIMES_TESTED, np.random.default_rng(seed))
