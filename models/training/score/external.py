"""Agreement of the score that ships with data it was never trained on."""

import csv
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from models.movement_score.forest_score import ForestScore
from models.training.lifted import Lifting
from models.training.motion import kimore, squats
from models.training.score.default_score import judged_by
from models.training.score.examples import Example, recorded_examples, scores_array
from models.training.score.figures import agreement, by_recording, document


def with_clinicians(score: ForestScore, data: Path, lifting: Lifting, seed: int) -> dict[str, Any]:
    """With KIMORE's: by recording in each exercise, and by subject over their exercises."""
    repetitions, recordings = [], []
    for motion in kimore.load(data / kimore.FOLDER):
        if motion.score_0_to_4 is not None:
            cut = kimore.repetitions(motion)
            repetitions += cut
            recordings += [motion.key] * len(cut)
    examples = recorded_examples(repetitions, 1, seed, lifting, recordings)
    found: dict[str, Any] = {}
    for seen in ("clean", "lifted"):
        chosen = [e for e in examples if e.seen == seen]
        found[seen] = _by_exercise(score, chosen)
    return found


def _by_exercise(score: ForestScore, examples: Sequence[Example]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    of_subject: dict[str, list[tuple[float, float]]] = defaultdict(list)
    for exercise in sorted({e.exercise_id for e in examples}):
        chosen = [e for e in examples if e.exercise_id == exercise]
        predictions = by_recording(judged_by(score, chosen)[0], chosen)
        truths = by_recording(scores_array(chosen), chosen)
        subjects = {e.recording: e.motion.subject for e in chosen}
        predicted, true = np.array(list(predictions.values())), np.array(list(truths.values()))
        constant = np.full(len(true), np.median(true))
        found[exercise] = document(agreement(predicted, true)) | {
            "mean": round(float(predicted.mean()), 3),
            "clinicians_mean": round(float(true.mean()), 3),
            "constant_mean_absolute_error": round(agreement(constant, true).mean_absolute_error, 3),
        }
        for recording, subject in subjects.items():
            of_subject[subject].append((predictions[recording], truths[recording]))
    means = np.array([np.mean(pairs, axis=0) for pairs in of_subject.values()])
    found["by_subject"] = document(agreement(means[:, 0], means[:, 1]))
    return found


def with_squats(score: ForestScore, data: Path, lifting: Lifting, seed: int) -> dict[str, Any]:
    """With the distance of each squat to one reference (low is good); not an expert's score."""
    motions = squats.load(data / squats.FOLDER)
    distances = _distances(data / squats.FOLDER / "squats.csv")
    every = recorded_examples(motions, 1, seed, lifting)
    examples = [e for e in every if e.motion.key in distances]
    found = {}
    for seen in ("clean", "lifted"):
        chosen = [e for e in examples if e.seen == seen]
        true = np.array([distances[e.motion.key] for e in chosen])
        figure = agreement(judged_by(score, chosen)[0], true)
        found[seen] = {
            "examples": figure.examples,
            "spearman": None if figure.spearman is None else round(figure.spearman, 3),
        }
    return found


def _distances(table: Path) -> dict[str, float]:
    rows = csv.DictReader(table.read_text(encoding="utf-8").splitlines())
    return {row["id"]: float(row["distance_score"]) for row in rows if row["distance_score"]}
