"""Figures that take networks trained without those who are judged: training wrote them down.

Each stage's figures lie beside its card, with the seed and the sha256 of the file that they belong
to. Figures of another file than ships are refused.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from device.benchmark.quality_row import Data, QualityRow
from device.errors import QualityError
from models.networks.manifest import MANIFEST_FILE, RESEARCH_MANIFEST_FILE, stage_entry

Figures = Mapping[str, Any]

LEAST_BALANCED_ACCURACY: Final = 0.82
LEAST_SPEARMAN: Final = 0.6
MOST_CLINICIANS_ERROR: Final = 18.0
MOST_CONVERSION_CM: Final = 2.9
MOST_TRIMMING_FRAMES: Final = 4.0
"""What each stage was to reach, by subject; errors of the clinicians' score are of 100."""

_MOTION_SETS: Final[tuple[tuple[str, str, Data], ...]] = (
    ("ui_prmd", "UI-PRMD, people held out", "model camera"),
    ("kimore", "KIMORE, never trained on", "model camera"),
    ("simulated", "bodies held out", "simulated"),
)
_WAYS: Final[tuple[tuple[str, str, Data], ...]] = (
    ("true", "as it was", "space"),
    ("lifted", "lifted, any side", "model camera"),
    ("front", "lifted, from the front", "model camera"),
)
_SEEN: Final[tuple[tuple[str, Data], ...]] = (("clean", "space"), ("lifted", "model camera"))
_SCORE_FIGURES: Final = (
    ("simulated", "mean_absolute_error", "MAE of 4"),
    ("simulated", "spearman", "Spearman"),
    ("ui_prmd", "area", "AUC of incorrect"),
    ("ui_prmd", "balanced_accuracy", "balanced accuracy"),
)
_MARTINEZ: Final = "one frame, Martinez 2017"
TRIMMING_RULE: Final = "rule: the main movement leaves its rest"
TRIMMING_FIGURE: Final = "median error, frames of 30 a second"
_EVEN: Final = 0.5
"""The balanced accuracy of whoever always says the same."""


def training_figures(stage: str, manifest: Path = MANIFEST_FILE) -> Figures:
    """What training wrote of the stage that ships.

    Raises :class:`QualityError` where nothing was written, or of another file.
    """
    path = manifest.with_name(f"{stage}.json")
    try:
        figures: Figures = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise QualityError(f"{path.name} cannot be read: train {stage} anew ({error})") from error
    entry = stage_entry(stage, manifest)
    if entry.sha256 is not None and _sha256(figures, entry.file or "") != entry.sha256:
        raise QualityError(f"{path.name} is of another file than ships: train {stage} anew")
    return figures


def rows_at_training() -> list[QualityRow]:
    """Of every stage in its order, the research score last."""
    return [
        *_gate(training_figures("keypoint_gate")),
        *_conversion(training_figures("kinect_conversion")),
        *_depth(training_figures("depth")),
        *_trimming(training_figures("trimming")),
        *_form(training_figures("form_gate")),
        *_score(training_figures("score")),
        *_research(training_figures("research_score", RESEARCH_MANIFEST_FILE)),
    ]


def _sha256(figures: Figures, file: str) -> str | None:
    places = (figures.get("files", {}).get(file), figures.get("shipped"), figures)
    found = next((each["sha256"] for each in places if each and "sha256" in each), None)
    return None if found is None else str(found)


def _row(stage: str, measured_on: str, data: Data, figure: str, baseline: str) -> QualityRow:
    return QualityRow(stage, measured_on, data, figure, baseline_name=baseline, when="at training")


def _gate(figures: Figures) -> list[QualityRow]:
    rows = []
    row = _row("keypoint_gate", "bodies held out", "simulated", "AUC, bad windows", "score alone")
    shares = (("bad windows refused", "caught"), ("good windows refused", "refused"))
    for kind in figures["gate"]:
        rows.append(row.of(kind["auc"], 0.5, kind["auc_of_score"], part=kind["name"]))
        rows += [
            row.named(figure, None, lower_is_better=name == "refused").of(
                kind[name], 0.0, kind[f"{name}_by_score"], part=kind["name"]
            )
            for figure, name in shares
        ]
    return rows


def _conversion(figures: Figures) -> list[QualityRow]:
    """The rule beside a correction that may not ship, for it learns from the squats."""
    constant, ridge = (figures["person_held_out"][each] for each in ("constant", "ridge"))
    on, baseline = "squats, one person left out at a time", "ridge on squats, research only"
    row = _row("kinect_conversion", on, "pictures", "", baseline)
    row = row.named("x and y, cm", MOST_CONVERSION_CM, lower_is_better=True)
    return [
        row.of(figures["rule"]["cm"], constant["cm"], ridge["cm"]),
        *(
            row.of(cm, constant["by_person_cm"][who], ridge["by_person_cm"][who], part=who)
            for who, cm in figures["rule"]["by_person_cm"].items()
        ),
    ]


def _depth(figures: Figures) -> list[QualityRow]:
    rows = []
    for name, measured_on, data in _MOTION_SETS:
        lifts = [figures[name][each] for each in ("depth", "nothing", "one_frame")]
        row = _row("depth", measured_on, data, "", _MARTINEZ)
        row = row.named("MPJPE, cm", None, lower_is_better=True)
        rows.append(row.of(*(each["mpjpe_cm"] for each in lifts)))
        rows += [
            row.of(*(each[group][part]["mpjpe_cm"] for each in lifts), part=part + unit)
            for group, unit in (("by_view", "°"), ("by_movement", ""))
            for part in lifts[0][group]
        ]
    return rows


def _trimming(figures: Figures) -> list[QualityRow]:
    """Simulated bodies; people are measured now."""
    rows = []
    for way, words in (("true movement", "as it was"), ("lifted", "lifted")):
        ours, constant, rule = (
            figures["test"][f"simulated, {way}"][each]["median"]
            for each in ("network", "nothing trimmed", "rule")
        )
        row = _row("trimming", f"bodies held out; {words}", "simulated", "", TRIMMING_RULE)
        row = row.named(TRIMMING_FIGURE, MOST_TRIMMING_FRAMES, lower_is_better=True)
        rows += [
            row.of(ours[at], constant[at], rule[at], part=end)
            for at, end in enumerate(("begin", "end"))
        ]
    return rows


def _form(figures: Figures) -> list[QualityRow]:
    rows = []
    for way, words, data in _WAYS:
        on = f"UI-PRMD, one person left out at a time; {words}"
        row = _row("form_gate", on, data, "", "trees")
        row = row.named("balanced accuracy", LEAST_BALANCED_ACCURACY, lower_is_better=False)
        learned = (figures["people"][each][way] for each in ("logistic", "constant", "trees"))
        rows.append(row.of(*(each["balanced_accuracy"] for each in learned)))
        trees = figures["baselines, by exercise"]["trees"]
        rows += [
            row.of(of[way]["balanced_accuracy"], _EVEN, trees[name][way], part=name)
            for name, of in figures["people, by exercise"].items()
        ]
        rows += _verdicts(row, [of[way] for of in figures["people, by exercise"].values()])
        random = figures["random split, only to compare with papers"][way]["balanced_accuracy"]
        flattered = replace(row, measured_on=f"UI-PRMD, split at random; {words}", aim=None)
        rows.append(replace(flattered, for_comparison_only=True).of(random, _EVEN))
    for way, words, _ in _WAYS:
        row = _row("form_gate", f"bodies held out; {words}", "simulated", "balanced accuracy", "")
        ours, constant = (figures[f"simulated bodies{each}"][way] for each in ("", ", constant"))
        rows.append(row.of(ours["balanced_accuracy"], constant["balanced_accuracy"]))
    return rows


def _verdicts(row: QualityRow, exercises: Sequence[Figures]) -> list[QualityRow]:
    """Means over the exercises of what the gate says where it judges, and how often it does not."""
    rows = [
        row.named(f"{figure} of {verdict}, where it judges", None, lower_is_better=False).of(
            _mean([each[verdict][figure] for each in exercises])
        )
        for verdict in ("good", "bad")
        for figure in ("precision", "recall")
    ]
    silent = row.named("share not judged", None, lower_is_better=True)
    return [*rows, silent.of(_mean([each["not_judged"] for each in exercises]))]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [each for each in values if each is not None]
    return sum(known) / len(known) if known else None


def _score(figures: Figures) -> list[QualityRow]:
    rows = []
    for split, words, flatters in (
        ("folds", "three folds by subject", False),
        ("random_split_to_compare_only", "split at random", True),
    ):
        for seen, data in _SEEN:
            lifts = [figures[split][each][seen] for each in ("forests", "constant", "ridge")]
            for group, name, figure in _SCORE_FIGURES:
                simulated = group == "simulated"
                bodies = "bodies, split at random" if flatters else "bodies held out"
                on = f"{bodies if simulated else f'UI-PRMD, {words}'}; {seen}"
                row = _row("score", on, "simulated" if simulated else data, "", "ridge")
                row = row.named(figure, None, lower_is_better=name == "mean_absolute_error")
                row = replace(row, for_comparison_only=flatters)
                rows.append(row.of(*(each[group][name] for each in lifts)))
    return rows


def _research(figures: Figures) -> list[QualityRow]:
    rows = []
    for seen, data in _SEEN:
        models = [figures["by_subject"][each][seen] for each in ("network", "constant", "trees")]
        on = f"KIMORE, five folds by subject; {seen}"
        row = _row("research_score", on, data, "", "trees")
        error = row.named("MAE of 100", MOST_CLINICIANS_ERROR, lower_is_better=True)
        order = row.named("Spearman", LEAST_SPEARMAN, lower_is_better=False)
        for name in models[0]:
            errors = (each[name]["mean_absolute_error_of_100"] for each in models)
            ours, _, trees = (each[name]["spearman"] for each in models)
            rows += [error.of(*errors, part=name), order.of(ours, None, trees, part=name)]
    return rows
