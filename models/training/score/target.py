"""The score aimed at for a movement whose faults are known (``target.toml``)."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from models.exercises.table import Table
from models.messages import FaultCode

TARGET_FILE = Path(__file__).with_name("target.toml")


class UnseenFaults(Table):
    """Faults that thirteen joints do not show."""

    faults: tuple[FaultCode, ...]


class Target(Table):
    """How a fault's size becomes a score; see target.toml."""

    schema_version: Literal[1]
    at_limit: Annotated[float, Field(gt=0, le=4)]
    worst: Annotated[float, Field(gt=0, le=4)]
    weight: dict[FaultCode, Annotated[float, Field(gt=0, le=4)]]
    unseen: UnseenFaults

    def score(self, faults: Mapping[str, float]) -> float:
        """0 (perfect) to 4 (poor) of faults and their sizes in multiples of their limits.

        Several faults add up. Raises :class:`ValueError` for a fault that cannot be seen.
        """
        if not self.can_be_seen(faults):
            raise ValueError(f"{', '.join(faults)}: not in the joints")
        points = sum(self.at_limit * self.weight.get(code, 1.0) * x for code, x in faults.items())
        return min(float(points), self.worst)

    def can_be_seen(self, faults: Mapping[str, float]) -> bool:
        """Whether all faults show in the thirteen joints."""
        return not set(faults) & set(self.unseen.faults)


@cache
def load_target(path: Path = TARGET_FILE) -> Target:
    """The target; raises ``pydantic.ValidationError`` for a file of another shape."""
    return Target.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
