"""``benchmark quality``: all stages of the quality analysis in one table, and what they must beat.

Figures that the files that ship can be asked for are measured anew; those that take networks
trained without the people who are judged were written down by the training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from device.benchmark.quality_cost import QualityCost
from device.benchmark.quality_on_people import OnPeople
from device.benchmark.quality_row import QualityRow, quality_table
from device.quality.stages import ORDER, RESEARCH_SCORE

_STAGES: Final = (*ORDER, RESEARCH_SCORE, "all")


@dataclass(frozen=True, slots=True)
class QualityBenchmark:
    """What was measured now, each ``None`` where it was left out; and all rows in order."""

    rows: tuple[QualityRow, ...]
    cost: QualityCost | None

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object."""
        document: dict[str, Any] = {"rows": [row.as_document() for row in self.rows]}
        if self.cost is not None:
            document["measured_at"] = self.cost.measured_at.isoformat()
        return document

    def as_markdown(self) -> str:
        """One table."""
        return quality_table(self.rows)


def quality_benchmark(
    at_training: Sequence[QualityRow], on_people: OnPeople | None, cost: QualityCost | None
) -> QualityBenchmark:
    """Everything there is, by stage in the order in which they work, the research score apart."""
    now = on_people.rows if on_people is not None else ()
    costs = cost.rows() if cost is not None else []
    return QualityBenchmark(_in_order([*at_training, *now, *costs]), cost)


def _in_order(rows: Sequence[QualityRow]) -> tuple[QualityRow, ...]:
    """By stage; within it real data first, then simulated."""
    return tuple(sorted(rows, key=lambda row: (_STAGES.index(row.stage), row.data == "simulated")))
