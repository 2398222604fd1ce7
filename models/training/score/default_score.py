"""The score that ships: trained on simulated movement and UI-PRMD, tried on people.

KIMORE's clinicians and the squats' distances are never trained on; the agreement with them is
reported.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from models.movement_score.forest import Forests
from models.movement_score.forest_score import ForestScore
from models.movement_score.references import References
from models.quality_bands import WORST
from models.training.lifted import Lifting
from models.training.motion import kimore, simulated, ui_prmd
from models.training.motion.motion import Motion
from models.training.motion.split import (
    Split,
    random_split_for_comparison_only,
    split_by_subject,
    subject_folds,
)
from models.training.score.baselines import BASELINES, predicted
from models.training.score.examples import (
    Example,
    Seen,
    features_array,
    of_motions,
    recorded_examples,
    references_of,
    scores_array,
    simulated_examples,
)
from models.training.score.figures import agreement, coverage, document, order, widening_for
from models.training.score.forests import grown
from models.training.score.target import load_target
from models.training.score.training import Protocol, train

FOLDS: Final = 3
HELD_OUT_BODIES: Final = 0.25
LEAST_AREA: Final = 0.7
"""An exercise is judged if correct and incorrect episodes of people who were not trained on are
told apart this well, lifted, in the mean over these people."""
SEEN: Final[tuple[Seen, ...]] = ("clean", "lifted")
_WELL_DONE: Final = 0.8
_COPIES: Final = 3
_COPIES_OF_PEOPLE: Final = 2
_PSEUDO_CORRECT, _PSEUDO_INCORRECT = 0.0, 2.8
"""What trees and ridge are told that UI-PRMD's episodes score, for they cannot learn an order:
perfect, and half-way between the limit and the worst."""


@dataclass(frozen=True, slots=True)
class TrainedForests:
    """What ships, all figures for JSON, and the examples of bodies that were not trained on."""

    score: ForestScore
    figures: dict[str, Any]
    unknown: list[Example]


def trained_default(
    data: Path, simulated_folder: Path, lifting: Lifting, protocol: Protocol
) -> TrainedForests:
    """All of the protocol; the same data and seed give the same forests."""
    seed = protocol.seed
    exercises = {*ui_prmd.EXERCISES.values(), *kimore.EXERCISES.values()}
    bodies = [m for m in simulated.load(simulated_folder) if m.exercise_id in exercises]
    people = ui_prmd.load(data / ui_prmd.FOLDER)
    split = split_by_subject(bodies, HELD_OUT_BODIES, seed)
    known = simulated_examples(split.train, _COPIES, seed, lifting)
    unknown = simulated_examples(split.test, 1, seed, lifting)
    everybody = recorded_examples(people, _COPIES_OF_PEOPLE, seed, lifting)
    references = references_of(_well_done(known), ())
    figures: dict[str, Any] = {}
    areas: dict[str, list[float]] = defaultdict(list)
    folds: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for fold in subject_folds(people, FOLDS, seed):
        forests, found = _fold(fold, everybody, known, unknown, references, protocol)
        for name, value in found.items():
            folds[name].append(value)
        tested = of_motions(everybody, fold.test)
        for exercise, area in _areas(ForestScore(forests, references), tested).items():
            areas[exercise].append(area)
    figures["folds"] = {name: _mean(values) for name, values in folds.items()}
    figures["random_split_to_compare_only"] = _random_split(
        people, everybody, [*known, *unknown], references, protocol
    )
    mean_areas = {name: float(np.mean(values)) for name, values in areas.items()}
    figures["area_by_exercise_lifted"] = {k: round(v, 3) for k, v in sorted(mean_areas.items())}
    judged = frozenset(name for name, area in mean_areas.items() if area >= LEAST_AREA)
    references = References(references.exercises, judged, references.vectors)
    examples = [*known, *everybody]
    score = ForestScore(grown(examples, _aimed_at(examples), seed), references)
    means, deviations = judged_by(score, unknown)
    widening, calibration = calibrated(means, deviations, unknown)
    forests = replace(score.forests, widening=np.array(widening))
    figures["shipped"] = {"judged": sorted(judged), "calibration": calibration}
    figures["shipped"]["simulated"] = _agreements(means, unknown)
    return TrainedForests(ForestScore(forests, references), figures, unknown)


def _fold(
    fold: Split,
    everybody: Sequence[Example],
    known: Sequence[Example],
    unknown: Sequence[Example],
    references: References,
    protocol: Protocol,
) -> tuple[Forests, dict[str, Any]]:
    """One fold's models on people and bodies that they were not trained on."""
    trained_on = of_motions(everybody, fold.train)
    tested = of_motions(everybody, fold.test)
    network = train(known, trained_on, references, protocol)
    asked = [*unknown, *tested]
    examples = [*known, *trained_on]
    forests = grown(examples, _aimed_at(examples), protocol.seed)
    predictions: dict[str, NDArray[np.floating]] = {
        "forests": judged_by(ForestScore(forests, references), asked)[0],
        "network": np.clip(network.outputs(asked)[:, 0], 0.0, WORST),
    }
    predictions |= _baselines(examples, asked, protocol.seed)
    found: dict[str, Any] = {}
    for name, values in predictions.items():
        found[name] = {}
        for seen in SEEN:
            of_bodies = np.array([e.seen == seen for e in unknown])
            of_people = np.array([e.seen == seen for e in tested])
            bodies, people = values[: len(unknown)], values[len(unknown) :]
            found[name][seen] = {
                "simulated": document(
                    agreement(bodies[of_bodies], scores_array(unknown)[of_bodies])
                ),
                "ui_prmd": document(
                    order(people[of_people], [e for e in tested if e.seen == seen])
                ),
            }
    return forests, found


def _baselines(
    examples: Sequence[Example], asked: Sequence[Example], seed: int
) -> dict[str, NDArray[np.floating]]:
    _, features = features_array(examples)
    _, wanted = features_array(asked)
    scores = _aimed_at(examples)
    exercises, asked_exercises = (
        [e.exercise_id for e in examples],
        [e.exercise_id for e in asked],
    )
    return {
        name: predicted(make, (features, scores, exercises), (wanted, asked_exercises), seed)
        for name, make in BASELINES.items()
    }


def _areas(score: ForestScore, tested: Sequence[Example]) -> dict[str, float]:
    """For each exercise, lifted."""
    examples = [e for e in tested if e.seen == "lifted"]
    values, _ = judged_by(score, examples)
    found = {}
    for exercise in sorted({e.exercise_id for e in examples}):
        rows = np.array([e.exercise_id == exercise for e in examples])
        chosen = [e for e in examples if e.exercise_id == exercise]
        found[exercise] = order(values[rows], chosen).area
    return found


def _random_split(
    people: Sequence[Motion],
    everybody: Sequence[Example],
    bodies: Sequence[Example],
    references: References,
    protocol: Protocol,
) -> dict[str, Any]:
    """As papers often split: the same person on both sides. It flatters; it is no result."""
    motions = list({e.motion.key: e.motion for e in bodies}.values())
    of_people = random_split_for_comparison_only(people, 1.0 / FOLDS, protocol.seed)
    of_bodies = random_split_for_comparison_only(motions, HELD_OUT_BODIES, protocol.seed)
    known, unknown = of_motions(bodies, of_bodies.train), of_motions(bodies, of_bodies.test)
    _, found = _fold(of_people, everybody, known, unknown, references, protocol)
    return found


def judged_by(
    score: ForestScore, examples: Sequence[Example]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Scores and deviations [N] of examples of any exercises."""
    means, deviations = np.empty(len(examples)), np.empty(len(examples))
    _, values = features_array(examples)
    exercises = np.array([example.exercise_id for example in examples])
    for exercise in sorted(set(exercises.tolist())):
        rows = exercises == exercise
        means[rows], deviations[rows] = score.forests.scores(values[rows], exercise)
    return means, deviations


def _aimed_at(examples: Sequence[Example]) -> NDArray[np.float32]:
    """The scores, and for UI-PRMD what stands for them."""
    scores = scores_array(examples)
    for row, example in enumerate(examples):
        if np.isnan(scores[row]):
            scores[row] = _PSEUDO_CORRECT if example.motion.correct else _PSEUDO_INCORRECT
    return scores


def calibrated(
    means: NDArray[np.floating], deviations: NDArray[np.floating], examples: Sequence[Example]
) -> tuple[float, dict[str, float]]:
    """How much the deviations are widened, and what the 90 % bands cover then.

    Every other subject sets the width, and what it covers is measured on the others; the width
    that ships comes from all.
    """
    scores = scores_array(examples)
    first = set(sorted({e.motion.subject for e in examples})[::2])
    half = np.array([e.motion.subject in first for e in examples])
    covered = [
        coverage(
            means[there],
            deviations[there],
            scores[there],
            widening_for(means[here], deviations[here], scores[here]),
        )
        for here, there in ((half, ~half), (~half, half))
    ]
    widening = widening_for(means, deviations, scores)
    figures = {
        "widening": widening,
        "coverage_before": coverage(means, deviations, scores),
        "coverage_on_other_subjects": float(np.mean(covered)),
    }
    for seen in SEEN:
        rows = np.array([e.seen == seen for e in examples])
        own = means[rows], deviations[rows], scores[rows]
        figures[f"coverage_{seen}"] = coverage(*own, widening)
        figures[f"median_deviation_{seen}"] = widening * float(np.median(deviations[rows]))
    return widening, {name: round(value, 3) for name, value in figures.items()}


def _agreements(means: NDArray[np.floating], examples: Sequence[Example]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for seen in SEEN:
        rows = np.array([e.seen == seen for e in examples])
        found[seen] = document(agreement(means[rows], scores_array(examples)[rows]))
    return found


def _well_done(examples: Sequence[Example]) -> list[Example]:
    """Clean, and with hardly a fault."""
    most = _WELL_DONE * load_target().at_limit / 2
    return [e for e in examples if e.seen == "clean" and e.score is not None and e.score <= most]


def _mean(values: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of figures in equal documents, number by number."""
    mean: dict[str, Any] = {}
    for name, first in values[0].items():
        each = [value[name] for value in values]
        if isinstance(first, dict):
            mean[name] = _mean(each)
        else:
            numbers = [number for number in each if number is not None]
            mean[name] = round(float(np.mean(numbers)), 3) if numbers else None
    return mean
