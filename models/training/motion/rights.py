"""What may be trained on for a network that ships to everybody.

UI-PRMD is in the public domain (ODC-PDDL) and the simulated movement is our own. KIMORE states no
licence and the squats are for "research and educational use": what is trained on them ships in the
research manifest alone, off until a clinic turns it on.
"""

from collections.abc import Iterable
from typing import Final

from models.training.errors import TrainingError
from models.training.motion.motion import Motion, Source

FREE: Final[frozenset[Source]] = frozenset({"ui_prmd", "simulated"})


class RightsError(TrainingError):
    """What would ship to everybody would be trained on what is for research only."""


def free_to_ship(motions: Iterable[Motion]) -> list[Motion]:
    """The same motions, for training a network that ships; raises :class:`RightsError` where one
    of them is for research only."""
    found = list(motions)
    research = sorted({motion.source for motion in found} - FREE)
    if research:
        raise RightsError(
            f"{' and '.join(research)} may be used for research only: leave it out, or ship what is"
            " trained in the research manifest"
        )
    return found
