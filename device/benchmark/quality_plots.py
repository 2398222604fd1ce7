"""The figures of the quality analysis as pictures (SVG), for docs/quality.md.

Okabe and Ito's colours, told apart without colour vision, and a shape of its own for each.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray

from device.benchmark.quality_at_training import (
    LEAST_BALANCED_ACCURACY,
    MOST_TRIMMING_FRAMES,
    training_figures,
)
from device.benchmark.quality_on_people import OnPeople
from device.benchmark.quality_timeline import Timeline, draw_timeline
from models.networks.manifest import RESEARCH_MANIFEST_FILE

BLUE, ORANGE, GREEN, VERMILION, PURPLE, GREY = (
    "#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7", "#555555",
)  # fmt: skip
_STYLE: Final[Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "physiopi",
    "font.family": "sans-serif",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.1,
}
_MARKERS: Final = "osD^v"
_MOST_FRAMES: Final = 90
_FIVE: Final = (BLUE, ORANGE, GREEN, VERMILION, PURPLE)

Figures = Mapping[str, Any]


def write_plots(folder: Path, on_people: OnPeople, timeline: Timeline) -> list[Path]:
    """Draw all plots into ``folder`` as quality_*.svg; raises ``QualityError`` without figures."""
    folder.mkdir(parents=True, exist_ok=True)
    form, depth = training_figures("form_gate"), training_figures("depth")
    research = training_figures("research_score", RESEARCH_MANIFEST_FILE)
    plots: dict[str, Callable[[], Figure]] = {
        "form_gate": lambda: _form_gate(form),
        "calibration": lambda: _calibration(form),
        "depth": lambda: _depth(depth),
        "trimming": lambda: _trimming(on_people),
        "kimore": lambda: _kimore(on_people, research),
        "timeline": lambda: _timeline(timeline),
    }
    written = []
    for name, draw in plots.items():
        with mpl.rc_context(_STYLE):
            path = folder / f"quality_{name}.svg"
            draw().savefig(path, metadata={"Date": None}, facecolor="white")
        written.append(path)
    return written


def _form_gate(figures: Figures) -> Figure:
    figure = Figure(figsize=(8, 5))
    axes = figure.subplots()
    by_exercise = figures["people, by exercise"]
    trees = figures["baselines, by exercise"]["trees"]
    names = sorted(by_exercise, key=lambda name: by_exercise[name]["lifted"]["balanced_accuracy"])
    rows = np.arange(len(names))
    series: Sequence[tuple[str, str, str, list[float]]] = (
        ("as it was recorded in space", BLUE, "o", _accuracies(by_exercise, names, "true")),
        ("lifted from one camera", VERMILION, "s", _accuracies(by_exercise, names, "lifted")),
        ("baseline: trees, lifted", GREY, "x", [trees[name]["lifted"] for name in names]),
    )
    for words, colour, marker, values in series:
        axes.plot(values, rows, marker, color=colour, label=words, markersize=7)
    axes.axvline(LEAST_BALANCED_ACCURACY, color="black", linestyle="--", label="aim (mean): .82")
    axes.axvline(0.5, color="black", linestyle=":", label="constant predictor: .5")
    axes.set_yticks(rows, [_words(name) for name in names])
    axes.set(xlim=(0.45, 1.0), xlabel="balanced accuracy, people left out one at a time")
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def _accuracies(by_exercise: Figures, names: Sequence[str], way: str) -> list[float]:
    return [by_exercise[name][way]["balanced_accuracy"] for name in names]


def _calibration(figures: Figures) -> Figure:
    figure = Figure(figsize=(6.5, 5))
    axes = figure.subplots()
    axes.plot((0, 1), (0, 1), color="black", linestyle=":", label="as sure as right")
    for way, words, colour, marker in (
        ("true", "as it was recorded in space", BLUE, "o"),
        ("lifted", "lifted from one camera", VERMILION, "s"),
    ):
        tenths = figures["people, calibration"][way]
        said, good = ([each[name] for each in tenths] for name in ("probability", "good"))
        size = [8 + 0.5 * each["repetitions"] for each in tenths]
        axes.plot(said, good, color=colour, linewidth=1)
        axes.scatter(said, good, size, color=colour, marker=marker, label=words)
    axes.axvspan(0.35, 0.65, color="#eeeeee", zorder=0)
    axes.text(0.5, 0.03, "the gate\nsays nothing", ha="center", fontsize=10)
    axes.set(
        xlim=(0, 1), ylim=(0, 1), aspect="equal",
        xlabel="probability that the gate gives for good", ylabel="share that was good",
    )  # fmt: skip
    figure.legend(loc="outside upper center", ncols=1)
    return figure


def _depth(figures: Figures) -> Figure:
    figure = Figure(figsize=(9, 5.2))
    left, right = figure.subplots(1, 2, width_ratios=(3, 2), sharex=True)
    lifts = (
        ("depth", "depth network", BLUE, "o"),
        ("one_frame", "one frame (Martinez 2017)", ORANGE, "D"),
        ("nothing", "nothing (z = 0)", GREY, "x"),
    )
    of_people = figures["ui_prmd"]
    movements = sorted(
        of_people["depth"]["by_movement"],
        key=lambda name: -of_people["depth"]["by_movement"][name]["mpjpe_cm"],
    )
    views = list(of_people["depth"]["by_view"])
    for axes, group, parts in ((left, "by_movement", movements), (right, "by_view", views)):
        for name, words, colour, marker in lifts:
            values = [of_people[name][group][part]["mpjpe_cm"] for part in parts]
            label = words if axes is left else None
            axes.plot(
                values, np.arange(len(parts)), marker, color=colour, label=label, markersize=8
            )
        labels = [_words(part) if group == "by_movement" else f"{part}°" for part in parts]
        axes.set_yticks(np.arange(len(parts)), labels)
        axes.set(xlim=(0, 24), xlabel="mean distance of joints, cm")
    right.set(ylim=(-0.7, len(views) - 0.3), title="by the camera's angle")
    left.set(title="by movement")
    figure.legend(loc="outside upper center", ncols=3)
    return figure


def _trimming(on_people: OnPeople) -> Figure:
    figure = Figure(figsize=(8.5, 8))
    sets = (
        ("ui_prmd, lifted", "UI-PRMD, people held out, lifted"),
        ("squats, MoveNet lifted, cut by hand", "real squats, against cuts by hand"),
        ("squats, MoveNet lifted, knees bend", "real squats, against the knees' bend"),
    )
    bins = np.arange(-_MOST_FRAMES, _MOST_FRAMES + 1, 6)
    grid = figure.subplots(len(sets), 2, sharex=True)
    for row, (name, words) in zip(grid, sets, strict=True):
        for at, (axes, end) in enumerate(zip(row, ("begin", "end"), strict=True)):
            ours, rule = (on_people.trimming[name][way][:, at] for way in ("network", "rule"))
            axes.hist(_held(ours), bins, color=BLUE)
            axes.hist(_held(rule), bins, histtype="step", color=VERMILION, linewidth=1.6)
            axes.axvspan(-MOST_TRIMMING_FRAMES, MOST_TRIMMING_FRAMES, color=ORANGE, alpha=0.35)
            median = np.median(np.abs(ours))
            axes.set_title(f"{words}\n{end}: median error {median:.0f} frames", fontsize=11)
    for axes in grid[-1]:
        axes.set_xlabel("frames late, at 30 a second")
    for axes in grid[:, 0]:
        axes.set_ylabel("recordings")
    handles = [
        Patch(color=BLUE, label="network"),
        Patch(edgecolor=VERMILION, fill=False, linewidth=1.6, label="rule"),
        Patch(color=ORANGE, alpha=0.35, label="aim: ± 4 frames"),
    ]
    figure.legend(handles=handles, loc="outside upper center", ncols=3)
    return figure


def _held(frames: NDArray[np.float64]) -> NDArray[np.float64]:
    """What lies further away is in the outermost bars."""
    return np.clip(frames, -_MOST_FRAMES + 1, _MOST_FRAMES - 1)


def _kimore(on_people: OnPeople, research: Figures) -> Figure:
    figure = Figure(figsize=(9.5, 6))
    left, right = figure.subplots(1, 2)
    given = [
        (true, score)
        for true, score in on_people.clinicians["score_lifted"]["squat_deep"]
        if score is not None
    ]
    true, ours = np.array(given).T
    left.plot(true, ours, "o", color=BLUE, alpha=0.7, markersize=6)
    _clinicians_axes(left, float(np.median(true)))
    left.set(title="the score that ships, deep squat\n(never trained on clinicians)")
    every = []
    pairs = research["network_and_clinicians"]["lifted"]
    for (name, of_exercise), marker, colour in zip(pairs.items(), _MARKERS, _FIVE, strict=True):
        predicted, rated = np.array(of_exercise).T
        every.append(rated)
        right.plot(rated, predicted, marker, color=colour, alpha=0.6, markersize=5,
                   label=_words(name))  # fmt: skip
    _clinicians_axes(right, float(np.median(np.concatenate(every))))
    right.set(title="the research score, off by default\n(people left out by fifths)")
    handles = [*left.get_lines()[1:3], *right.get_lines()[:5]]
    figure.legend(handles,
        [str(each.get_label()) for each in handles],
                  loc="outside lower center", ncols=4)  # fmt: skip
    return figure


def _clinicians_axes(axes: Axes, constant: float) -> None:
    axes.plot((0, 4), (0, 4), color="black", linestyle=":", label="the same")
    axes.axhline(constant, color="black", linestyle="--", label="constant predictor")
    axes.set(
        xlim=(-0.1, 4.1), ylim=(-0.1, 4.1), aspect="equal", ylabel="score, lifted",
        xlabel="clinicians: 4 · (1 - total / 50)",
    )  # fmt: skip


def _timeline(timeline: Timeline) -> Figure:
    figure = Figure(figsize=(9, 4.6))
    draw_timeline(figure.subplots(), timeline, (BLUE, ORANGE, GREEN, VERMILION))
    figure.legend(loc="outside upper center", ncols=4)
    return figure


def _words(name: str) -> str:
    return name.replace("_", " ")
