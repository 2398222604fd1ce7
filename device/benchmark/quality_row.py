"""One figure of the quality analysis beside what it must beat, and all figures as one table."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

Data = Literal["pictures", "model camera", "space", "simulated", "none"]
"""What a figure was measured on: MoveNet's keypoints of pictures of people; movement of people
recorded in space and seen by a model camera with MoveNet's noise; the same as it was recorded;
simulated movement; or no movement at all."""

When = Literal["now", "at training"]
"""Measured by this command with the files that ship; or written down by the training, where it
takes networks trained without those who are judged."""

ALL: Final = "all"

_WORDS: Final[dict[Data, str]] = {
    "pictures": "real: pictures of people",
    "model camera": "real movement, model camera",
    "space": "real movement in space",
    "simulated": "simulated",
    "none": "-",
}


@dataclass(frozen=True, slots=True)
class QualityRow:
    """One figure.

    ``part`` is a movement, a view or a person, or :data:`ALL`. ``constant`` is the same figure of
    the constant predictor or of doing nothing, ``baseline`` that of the simple method named in
    ``baseline_name``; ``None`` where there is none. ``aim`` is met by a value at least as good,
    ``lower_is_better`` or not. ``for_comparison_only``: the same people are on both sides of the
    split; it flatters.
    """

    stage: str
    measured_on: str
    data: Data
    figure: str
    part: str = ALL
    value: float | None = None
    constant: float | None = None
    baseline: float | None = None
    baseline_name: str | None = None
    aim: float | None = None
    lower_is_better: bool = False
    when: When = "now"
    for_comparison_only: bool = False

    def of(
        self,
        value: float | None,
        constant: float | None = None,
        baseline: float | None = None,
        *,
        part: str | None = None,
    ) -> "QualityRow":
        """The same figure with these values, of this part or the same one."""
        name = self.part if part is None else part
        return replace(self, part=name, value=value, constant=constant, baseline=baseline)

    def named(self, figure: str, aim: float | None, *, lower_is_better: bool) -> "QualityRow":
        """Another figure of the same."""
        return replace(self, figure=figure, aim=aim, lower_is_better=lower_is_better)

    @property
    def reached(self) -> bool | None:
        """Whether the aim is met; ``None`` where there is no aim or no value."""
        if self.aim is None or self.value is None:
            return None
        return self.value <= self.aim if self.lower_is_better else self.value >= self.aim

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object."""
        return asdict(self) | {"reached": self.reached}


def quality_table(rows: Sequence[QualityRow]) -> str:
    """All rows as one Markdown table."""
    head = (
        "stage", "measured on", "data", "part", "figure", "value", "constant or nothing",
        "baseline", "aim", "measured",
    )  # fmt: skip
    lines = [head, ("---",) * len(head), *(_cells(row) for row in rows)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def _cells(row: QualityRow) -> tuple[str, ...]:
    on = f"{row.measured_on}; to compare only" if row.for_comparison_only else row.measured_on
    baseline = _number(row.baseline)
    if row.baseline is not None and row.baseline_name is not None:
        baseline = f"{baseline} ({row.baseline_name})"
    return (
        row.stage,
        on,
        _WORDS[row.data],
        row.part,
        row.figure,
        _number(row.value),
        _number(row.constant),
        baseline,
        _aim(row),
        row.when,
    )


def _aim(row: QualityRow) -> str:
    if row.aim is None:
        return "-"
    verdict = {True: "reached", False: "missed", None: "not measured"}[row.reached]
    return f"{'≤' if row.lower_is_better else '≥'} {_number(row.aim)}: {verdict}"


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    digits = 3 if abs(value) < 1 else 2 if abs(value) < 10 else 1
    text = f"{value:.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
