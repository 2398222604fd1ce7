"""The stages as they ship, on people on whom they were not trained: the squats, KIMORE, and those
of UI-PRMD who were held out of trimming."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from device.benchmark.evaluation import ClinicianPairs, agreed, evaluate_set, scores_and_clinicians
from device.benchmark.keypoint_gate import measure_firing
from device.benchmark.quality_at_training import (
    LEAST_SPEARMAN,
    MOST_CLINICIANS_ERROR,
    MOST_TRIMMING_FRAMES,
    TRIMMING_FIGURE,
    TRIMMING_RULE,
)
from device.benchmark.quality_row import Data, QualityRow
from device.quality.keypoint_gate import load_gate_rule
from models.networks.find import find_stage
from models.quality_limits import load_quality_limits
from models.training.lifted import Lifting
from models.training.motion import kimore, squats, ui_prmd
from models.training.trimming.examples import Example, examples_of
from models.training.trimming.figures import (
    Trim,
    by_network,
    by_rule,
    chances_of,
    frames_apart,
    whole,
)
from models.training.trimming.held_out import held_out_recordings
from models.training.trimming.real_squats import squats_by_hand, squats_by_knees

Figures = Mapping[str, Any]

MOST_DEPTH_CM: Final = 4.5
_DIGITS: Final = 3
_TRIMMED: Final[Mapping[str, tuple[str, Data]]] = {
    "ui_prmd, true movement": ("UI-PRMD, people held out; as it was", "space"),
    "ui_prmd, lifted": ("UI-PRMD, people held out; lifted", "model camera"),
    "squats, Kinect, cut by hand": ("squats, against cuts by hand; Kinect", "space"),
    "squats, MoveNet lifted, cut by hand": ("squats, against cuts by hand; lifted", "pictures"),
    "squats, Kinect, knees bend": ("squats, against the knees' bend; Kinect", "space"),
    "squats, MoveNet lifted, knees bend": ("squats, against the knees' bend; lifted", "pictures"),
}


@dataclass(frozen=True, slots=True)
class OnPeople:
    """What was measured: rows for the table, and what is drawn besides.

    ``trimming`` has, by set and by way to trim, the frames [N, 2] by which begin and end come after
    the true ones; ``clinicians``, by way of seeing and exercise, their score and ours.
    """

    rows: tuple[QualityRow, ...]
    trimming: Mapping[str, Mapping[str, NDArray[np.float64]]]
    clinicians: Mapping[str, ClinicianPairs]


def measure_on_people(data: Path, seed: int) -> OnPeople:
    """All of it; ``data`` holds uiprmd, kimore, squats and tracks (docs/quality_data.md).

    ``seed`` draws cameras, noise and fidgeting. Raises
    :class:`~models.training.errors.TrainingDataError` for a set that is missing or foreign.
    """
    on_squats = evaluate_set(data / squats.FOLDER, seed)["squats"]
    trimming = _trimming(data, seed)
    _, clinicians = scores_and_clinicians(data / kimore.FOLDER, seed)
    rows = (
        *_gate(data),
        *_depth(on_squats["lifting"]),
        *_trimming_rows(trimming),
        *_form(on_squats["form_gate"]),
        *_score(clinicians),
    )
    return OnPeople(rows, trimming, clinicians)


def _gate(data: Path) -> list[QualityRow]:
    """Nobody knows which of these windows are bad: how often the gate refuses, no more."""
    row = QualityRow("keypoint_gate", "", "pictures", "windows refused", lower_is_better=True)
    fired = measure_firing(data, load_gate_rule()[1], load_quality_limits().gate)
    return [
        replace(row, measured_on=f"{each.name}, {each.recordings} recordings").of(value, part=part)
        for each in fired
        for part, value in (("arms", each.top), ("legs", each.bottom))
    ]


def _depth(figures: Figures) -> list[QualityRow]:
    """With the body's true torso length."""
    ours, still = figures["depth"], figures["nothing"]
    rows = []
    for name, figure, aim in (
        ("mpjpe_cm", "MPJPE, cm", None),
        ("depth_cm", "z alone, cm", MOST_DEPTH_CM),
        ("picture_cm", "x and y, cm", None),
    ):
        row = QualityRow("depth", "squats, never trained on", "pictures", figure, aim=aim)
        row = replace(row, lower_is_better=True)
        rows.append(row.of(ours[name], still[name]))
        rows += [
            row.of(of_person[name], still["by_person"][person][name], part=person)
            for person, of_person in ours["by_person"].items()
        ]
    return rows


def _trimming(data: Path, seed: int) -> dict[str, dict[str, NDArray[np.float64]]]:
    lifting = Lifting(_file("depth"))
    recordings = held_out_recordings(ui_prmd.load(data / ui_prmd.FOLDER), seed)
    random = np.random.default_rng(seed)
    examples: dict[str, list[Example]] = {
        "ui_prmd, true movement": examples_of(recordings, random),
        "ui_prmd, lifted": examples_of(recordings, random, lifting=lifting),
    }
    every_squat = squats.squats(data / squats.FOLDER)
    examples |= squats_by_hand(every_squat, lifting) | squats_by_knees(every_squat, lifting)
    trims: dict[str, Trim] = {
        "network": by_network(chances_of(_file("trimming"))),
        "rule": by_rule,
        "nothing": whole,
    }
    return {
        name: {way: frames_apart(trim, some) for way, trim in trims.items()}
        for name, some in examples.items()
    }


def _trimming_rows(
    trimming: Mapping[str, Mapping[str, NDArray[np.float64]]],
) -> list[QualityRow]:
    rows = []
    for name, (measured_on, data) in _TRIMMED.items():
        row = QualityRow("trimming", measured_on, data, "", baseline_name=TRIMMING_RULE)
        row = row.named(TRIMMING_FIGURE, MOST_TRIMMING_FRAMES, lower_is_better=True)
        medians = [
            np.median(np.abs(trimming[name][way]), axis=0) for way in ("network", "nothing", "rule")
        ]
        rows += [
            row.of(*(round(float(each[at]), _DIGITS) for each in medians), part=end)
            for at, end in enumerate(("begin", "end"))
        ]
    return rows


def _form(figures: Figures) -> list[QualityRow]:
    row = QualityRow("form_gate", "squats, never trained on", "pictures", "")
    named = (
        ("balanced_accuracy", "balanced accuracy", 0.5, None),
        ("auc", "AUC", 0.5, None),
        ("precision_good", "precision of good, where it judges", None, None),
        ("precision_bad", "precision of bad, where it judges", None, None),
        ("recall_good", "recall of good, of all", None, None),
        ("recall_bad", "recall of bad, of all", None, None),
        ("not_judged", "share not judged", None, None),
    )
    return [
        row.named(figure, aim, lower_is_better=name == "not_judged").of(figures[name], constant)
        for name, figure, constant, aim in named
    ]


def _score(clinicians: Mapping[str, ClinicianPairs]) -> list[QualityRow]:
    """The score was not trained on clinicians, and is given for one of KIMORE's exercises alone."""
    rows = []
    ways: tuple[tuple[str, str, Data], ...] = (
        ("score_true", "as it was", "space"),
        ("score_lifted", "lifted", "model camera"),
    )
    for way, words, data in ways:
        row = QualityRow("score", f"KIMORE's clinicians, never trained on; {words}", data, "")
        for exercise, pairs in sorted(clinicians[way].items()):
            figures = agreed(pairs)
            if "mae" not in figures:
                continue
            error = row.named("MAE of 100", MOST_CLINICIANS_ERROR, lower_is_better=True)
            order = row.named("Spearman", LEAST_SPEARMAN, lower_is_better=False)
            constant = figures["constant_mae_of_100"]
            rows.append(error.of(figures["mae_of_100"], constant, part=exercise))
            rows.append(order.of(figures["spearman"], part=exercise))
    return rows


def _file(stage: str) -> Path:
    path = find_stage(stage).path
    assert path is not None  # a network has a file: tested with the manifest
    return path
