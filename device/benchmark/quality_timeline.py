"""One real recording through the gate: how good each part of the body's keypoints were, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from device.coaching.set_recording import RecordedSet
from device.errors import QualityError
from device.quality.keypoint_gate import GatedWindows
from device.quality.pipeline import QualityPipeline
from device.quality.stages import available_stages
from device.recording import load_recording
from models.quality import BODY_BLOCKS, GateFinding
from models.quality_limits import load_quality_limits
from models.training.motion import squats

if TYPE_CHECKING:
    from matplotlib.axes import Axes

RECORDING: Final = "A104"
"""A squat whose left leg is out of the picture at first."""
_EXERCISE: Final = "squat_deep"
_LINES: Final = ("-", "--", "-.", ":")


@dataclass(frozen=True, slots=True)
class Timeline:
    """The windows of one recording; ``trimmed_s`` where the movement was found."""

    gated: GatedWindows
    findings: tuple[GateFinding, ...]
    trimmed_s: tuple[float, float] | None


def timeline_of(data: Path, name: str = RECORDING) -> Timeline:
    """Of one of the squats in ``data``; raises :class:`QualityError` where no gate judged it."""
    recording = load_recording(data / squats.FOLDER / "squats.npz", name)
    found = QualityPipeline(available_stages()).analyse(RecordedSet(_EXERCISE, "both", recording))
    if found.gated is None:
        raise QualityError(f"squat {name} was not judged: {found.quality.reason}")
    trimmed_s = None if found.in_space is None else found.in_space.trimmed_s
    return Timeline(found.gated, found.quality.findings, trimmed_s)


def draw_timeline(axes: "Axes", timeline: Timeline, colours: Sequence[str]) -> None:
    """Goodness of each part of the body over time, with findings and the movement marked."""
    windows, limits = timeline.gated.windows, load_quality_limits().gate
    middle_s = (windows.begins_s + windows.ends_s) / 2
    for block, colour, line in zip(range(len(BODY_BLOCKS)), colours, _LINES, strict=True):
        name = BODY_BLOCKS[block].replace("top", "arm").replace("bottom", "leg").replace("_", " ")
        axes.plot(middle_s, timeline.gated.goodness[:, block], line, color=colour, label=name,
                  linewidth=1.8)  # fmt: skip
    axes.axhline(limits.least_goodness, color="black", linewidth=1)
    ends_s = float(windows.ends_s[-1])
    axes.text(ends_s, limits.least_goodness + 0.02, "limit", ha="right")
    for finding in timeline.findings:
        axes.axvspan(finding.begins_s, finding.ends_s, color="#cccccc", alpha=0.6, zorder=0)
        middle = np.mean((finding.begins_s, finding.ends_s))
        axes.text(float(middle), 1.08, _finding_words(finding), ha="center", va="center")
    if timeline.trimmed_s is not None:
        axes.plot(timeline.trimmed_s, (-0.06, -0.06), color="black", linewidth=4,
                  solid_capstyle="butt")  # fmt: skip
        axes.text(sum(timeline.trimmed_s) / 2, -0.12, "the movement, as trimmed", ha="center",
                  va="top")  # fmt: skip
    axes.set(
        xlim=(0, ends_s), ylim=(-0.25, 1.18), xlabel="seconds", ylabel="goodness of the keypoints",
        yticks=np.linspace(0, 1, 6),
    )  # fmt: skip


def _finding_words(finding: GateFinding) -> str:
    part = finding.block.replace("bottom", "leg").replace("top", "arm").replace("_", " ")
    return f"finding: {part} {finding.cause.replace('_', ' ')}"
