"""The research score: trained on KIMORE's clinicians, whose recordings have no licence.

It ships in a manifest of its own and is off until a clinic turns it on.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedGroupKFold

from models.quality_bands import WORST
from models.training.lifted import Lifting
from models.training.motion import kimore
from models.training.motion.motion import Motion
from models.training.motion.split import Split, random_split_for_comparison_only
from models.training.score.baselines import BASELINES, predicted
from models.training.score.default_score import SEEN, calibrated
from models.training.score.examples import (
    Example,
    features_array,
    of_motions,
    recorded_examples,
    references_of,
    scores_array,
)
from models.training.score.figures import agreement, by_recording, document
from models.training.score.training import Network, Protocol, train

FOLDS: Final = 5
RESEARCH_STEPS: Final = 1200
TO_100: Final = 25.0
"""From a score of 0 to 4 to the clinicians' total in hundredths."""
_WELL_DONE_SHARE: Final = 0.4


@dataclass(frozen=True, slots=True)
class TrainedNetwork:
    """What ships, its calibration, and all figures for JSON."""

    network: Network
    widening: float
    figures: dict[str, Any]


def trained_research(data: Path, lifting: Lifting, protocol: Protocol) -> TrainedNetwork:
    """All of the protocol: five folds by subject, balanced across KIMORE's groups, then all."""
    recordings = [m for m in kimore.load(data / kimore.FOLDER) if m.score_0_to_4 is not None]
    examples = _examples(recordings, lifting, protocol.seed)
    figures: dict[str, Any] = {}
    sides = [_sides(fold, examples) for fold in _folds(recordings, protocol)]
    outputs, tested, predictions = _tested(sides, protocol)
    figures["by_subject"] = _figures(tested, predictions)
    figures["network_and_clinicians"] = _pairs(tested, predictions["network"])
    shuffled = _shuffled_sides(examples, protocol)
    _, flattered, too_good = _tested([shuffled], protocol)
    figures["random_split_to_compare_only"] = _figures(flattered, too_good)
    deviations = np.exp(0.5 * outputs[:, 1])
    widening, figures["calibration"] = calibrated(outputs[:, 0], deviations, tested)
    references = references_of(_well_done(examples), kimore.EXERCISES.values())
    return TrainedNetwork(train(examples, (), references, protocol), widening, figures)


def _folds(recordings: Sequence[Motion], protocol: Protocol) -> Iterator[Split]:
    """Every subject is in test once, and every fold has its share of each group."""
    subjects = [motion.subject for motion in recordings]
    groups = [subject.split("_")[1] for subject in subjects]
    folds = StratifiedGroupKFold(FOLDS, shuffle=True, random_state=protocol.seed)
    for train_rows, test_rows in folds.split(recordings, groups, subjects):
        yield Split(
            tuple(recordings[row] for row in train_rows),
            tuple(recordings[row] for row in test_rows),
        )


Sides = tuple[list[Example], list[Example]]
"""Examples to train on, and to test on."""


def _sides(split: Split, examples: Sequence[Example]) -> Sides:
    """The repetitions of each side's recordings."""
    tested = {motion.key for motion in split.test}
    return (
        [example for example in examples if example.recording not in tested],
        [example for example in examples if example.recording in tested],
    )


def _shuffled_sides(examples: Sequence[Example], protocol: Protocol) -> Sides:
    """By repetition, as papers often split: the same recording on both sides."""
    motions = list({example.motion.key: example.motion for example in examples}.values())
    split = random_split_for_comparison_only(motions, 1.0 / FOLDS, protocol.seed)
    return of_motions(examples, split.train), of_motions(examples, split.test)


def _tested(
    sides: Sequence[Sides], protocol: Protocol
) -> tuple[NDArray[np.float32], list[Example], dict[str, NDArray[np.floating]]]:
    """The network's outputs, the examples they are of, and all models' predictions of these."""
    outputs: list[NDArray[np.float32]] = []
    tested: list[Example] = []
    predictions: dict[str, list[NDArray[np.floating]]] = defaultdict(list)
    for known, asked in sides:
        network = train(known, (), references_of(_well_done(known), ()), protocol)
        outputs.append(network.outputs(asked))
        tested += asked
        predictions["network"].append(np.clip(outputs[-1][:, 0], 0.0, WORST))
        for name, values in _baselines(known, asked, protocol.seed).items():
            predictions[name].append(values)
    joined = {name: np.concatenate(values) for name, values in predictions.items()}
    return np.concatenate(outputs), tested, joined


def _baselines(
    known: Sequence[Example], asked: Sequence[Example], seed: int
) -> dict[str, NDArray[np.float64]]:
    """Of single repetitions, as the network sees them, and of whole recordings.

    The latter know the mean, the spread and the number of a recording's repetitions.
    """
    _, features = features_array(known)
    _, wanted = features_array(asked)
    exercises, asked_exercises = ([e.exercise_id for e in side] for side in (known, asked))
    by_repetition = (features, scores_array(known), exercises), (wanted, asked_exercises)
    features, scores, exercises, _ = _recordings(known)
    wanted, _, asked_exercises, places = _recordings(asked)
    by_recording = (features, scores, exercises), (wanted, asked_exercises)
    found = {}
    for name, make in BASELINES.items():
        found[name] = predicted(make, *by_repetition, seed)
        found[f"{name}_of_recordings"] = predicted(make, *by_recording, seed)[places]
    return found


def _recordings(
    examples: Sequence[Example],
) -> tuple[NDArray[np.floating], NDArray[np.floating], list[str], NDArray[np.int64]]:
    """Features, scores and exercises of each recording, and each example's place among them."""
    _, values = features_array(examples)
    scores = scores_array(examples)
    names = [f"{e.recording} {e.seen}" for e in examples]
    unique, first, places = np.unique(names, return_index=True, return_inverse=True)
    rows = [
        np.concatenate([of.mean(axis=0), of.std(axis=0), [len(of)]])
        for of in (values[places == at] for at in range(len(unique)))
    ]
    exercises = [examples[int(row)].exercise_id for row in first]
    return np.array(rows), scores[first], exercises, places


def _examples(recordings: Sequence[Motion], lifting: Lifting, seed: int) -> list[Example]:
    """Every repetition clean and lifted; the score is that of its recording."""
    repetitions, names = [], []
    for motion in recordings:
        cut = kimore.repetitions(motion)
        repetitions += cut
        names += [motion.key] * len(cut)
    return recorded_examples(repetitions, 1, seed, lifting, names)


def _well_done(examples: Sequence[Example]) -> list[Example]:
    """The better ones of each exercise, clean."""
    clean = [e for e in examples if e.seen == "clean"]
    chosen = []
    for exercise in sorted({e.exercise_id for e in clean}):
        of_exercise = [e for e in clean if e.exercise_id == exercise]
        limit = np.quantile(scores_array(of_exercise), _WELL_DONE_SHARE)
        chosen += [e for e in of_exercise if e.score is not None and e.score <= limit]
    return chosen


def _pairs(tested: Sequence[Example], values: NDArray[np.floating]) -> dict[str, Any]:
    """Of each recording, by way of seeing and exercise: predicted, and the clinicians' score."""
    found: dict[str, Any] = {}
    for seen in SEEN:
        found[seen] = {}
        for exercise in sorted({e.exercise_id for e in tested}):
            rows = np.array([e.seen == seen and e.exercise_id == exercise for e in tested])
            chosen = [e for e, row in zip(tested, rows, strict=True) if row]
            means = by_recording(values[rows], chosen)
            true = by_recording(scores_array(chosen), chosen)
            found[seen][exercise] = [
                [round(means[name], 2), round(true[name], 2)] for name in sorted(means)
            ]
    return found


def _figures(
    tested: Sequence[Example], predictions: dict[str, NDArray[np.floating]]
) -> dict[str, Any]:
    """By recording, for each model, way of seeing and exercise; errors are of 100."""
    found: dict[str, Any] = {}
    for name, values in predictions.items():
        found[name] = {}
        for seen in SEEN:
            table = {}
            for exercise in sorted({e.exercise_id for e in tested}):
                rows = [e.seen == seen and e.exercise_id == exercise for e in tested]
                chosen = [e for e, row in zip(tested, rows, strict=True) if row]
                means = by_recording(np.asarray(values)[np.array(rows)], chosen)
                true = by_recording(scores_array(chosen), chosen)
                figure = agreement(np.array(list(means.values())), np.array(list(true.values())))
                table[exercise] = document(figure) | {
                    "mean_absolute_error_of_100": round(figure.mean_absolute_error * TO_100, 1)
                }
            found[name][seen] = table
    return found
