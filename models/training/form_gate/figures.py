"""Precision and recall of the gate on people it has not seen."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from models.form_gate import form_gate_limits
from models.kinect_joints import BONES
from models.standard_body import standardised
from models.training.form_gate.candidates import Learn, Probabilities
from models.training.form_gate.examples import Examples
from models.training.motion.motion import Motion
from models.training.motion.split import SubjectLeakError

_LIMBS_AND_BREADTHS: Final = BONES[:10]
"""The trunk's sides are no bones: they change as it bends."""

Figures = dict[str, Any]
_TENTHS: Final = 10
WAYS: Final = ("true", "lifted", "front")
"""How the repetitions tested on are seen: as they were; lifted from all sides; from the front."""


def by_new_subjects(
    learn: Learn, tested: Examples, besides: Examples | None, folds: int, seed: int
) -> dict[str, Probabilities]:
    """The probabilities [N] of each way to see ``tested``, each subject's from a gate that has not
    seen the subject. ``besides`` is always trained on; it holds none of the subjects."""
    found = {way: np.full(len(tested), np.nan) for way in WAYS}
    for test in _folds(tested.subject, folds, seed):
        known = tested.of(~test)
        if set(known.subject.tolist()) & set(tested.subject[test].tolist()):
            raise SubjectLeakError("a subject is in training and in test: split by subject")
        judge = learn(known if besides is None else known.and_those(besides), seed)
        for exercise_id in sorted(set(tested.exercise_id[test].tolist())):
            there = test & (tested.exercise_id == exercise_id)
            for way in WAYS:
                found[way][there] = judge(_frames(tested.of(there), way), exercise_id)
    return found


def across(
    learn: Learn, training: Examples, tested: Examples, seed: int
) -> dict[str, Probabilities]:
    """The probabilities of ``tested``, learned from ``training`` alone."""
    judge = learn(training, seed)
    found = {way: np.full(len(tested), np.nan) for way in WAYS}
    for exercise_id in sorted(set(tested.exercise_id.tolist())):
        there = tested.exercise_id == exercise_id
        for way in WAYS:
            found[way][there] = judge(_frames(tested.of(there), way), exercise_id)
    return found


def summary(probabilities: Mapping[str, Probabilities], tested: Examples) -> Figures:
    """Means over the exercises of balanced accuracy and AUC, each way to see."""
    exercises = sorted(set(tested.exercise_id.tolist()))
    found: Figures = {}
    for way, some in probabilities.items():
        each = [_accuracy(some[there], tested.good[there]) for there in _where(tested, exercises)]
        found[way] = {
            "balanced_accuracy": _rounded(np.mean([one[0] for one in each])),
            "auc": _rounded(np.mean([one[1] for one in each])),
        }
    return found


def by_exercise(probabilities: Mapping[str, Probabilities], tested: Examples) -> Figures:
    """Of every exercise, each way to see: balanced accuracy, AUC, the least balanced accuracy of a
    person, and with the limits of ``form_gate.toml`` precision and recall of good and of bad
    repetitions among those judged, and the share not judged."""
    exercises = sorted(set(tested.exercise_id.tolist()))
    return {
        exercise_id: {
            way: _judged(some[there], tested.of(there)) for way, some in probabilities.items()
        }
        for exercise_id, there in zip(exercises, _where(tested, exercises), strict=True)
    }


def calibration(probabilities: Mapping[str, Probabilities], tested: Examples) -> Figures:
    """Each way to see, by tenths of the probability that was said: how many repetitions, the mean
    probability, and the share of them that were good."""
    found: Figures = {}
    for way, some in probabilities.items():
        tenth = np.minimum((some * _TENTHS).astype(int), _TENTHS - 1)
        found[way] = [
            {
                "repetitions": int(here.sum()),
                "probability": _rounded(some[here].mean()),
                "good": _rounded(tested.good[here].mean()),
            }
            for here in (tenth == each for each in range(_TENTHS))
            if here.any()
        ]
    return found


def bone_lengths_alone(motions: Sequence[Motion]) -> Figures:
    """AUC on new subjects of bone lengths and nothing else: as recorded, and of the standardised
    body, from which it must be 0.5."""
    raw = np.array([_bone_lengths(motion.joints_m) for motion in motions])
    standard = np.array([_bone_lengths(standardised(motion.joints_m)) for motion in motions])
    return {"as_recorded": _auc_of(raw, motions), "standardised": _auc_of(standard, motions)}


def _auc_of(values: NDArray[np.float64], motions: Sequence[Motion]) -> float:
    exercise = np.array([motion.exercise_id for motion in motions])
    subject = np.array([motion.subject for motion in motions])
    good = np.array([motion.correct for motion in motions], np.bool_)
    # The same to a tenth of a millimetre: what is left of floating point is no length.
    values = np.round(values, 4)
    found: list[float] = []
    for exercise_id in sorted(set(exercise.tolist())):
        here = exercise == exercise_id
        said = np.zeros(len(good))
        for one in sorted(set(subject[here].tolist())):
            known, test = here & (subject != one), here & (subject == one)
            mean, scale = values[known].mean(axis=0), values[known].std(axis=0) + 1e-3
            fitted = LogisticRegression(max_iter=500).fit(
                (values[known] - mean) / scale, good[known]
            )
            said[test] = fitted.decision_function((values[test] - mean) / scale)
        found.append(float(roc_auc_score(good[here], np.round(said[here], 3))))
    return _rounded(np.mean(found))


def _bone_lengths(joints_m: NDArray[np.float32]) -> NDArray[np.float64]:
    first, second = np.array(_LIMBS_AND_BREADTHS).T
    lengths = np.linalg.norm(joints_m[:, first] - joints_m[:, second], axis=-1)
    return np.asarray(np.median(lengths, axis=0), np.float64)


def _frames(examples: Examples, way: str) -> NDArray[np.float32]:
    return examples.lifted[:, 0] if way == "lifted" else getattr(examples, way)


def _folds(subjects: NDArray[np.str_], folds: int, seed: int) -> Iterator[NDArray[np.bool_]]:
    each = sorted(set(subjects.tolist()))
    order = np.random.default_rng(seed).permutation(len(each))
    for fold in range(min(folds, len(each))):
        held_out = [each[at] for at in order[fold::folds]]
        yield np.isin(subjects, held_out)


def _where(tested: Examples, exercises: Sequence[str]) -> list[NDArray[np.bool_]]:
    return [tested.exercise_id == exercise_id for exercise_id in exercises]


def _accuracy(said: Probabilities, good: NDArray[np.bool_]) -> tuple[float, float]:
    auc = 0.5 if len(set(good.tolist())) < 2 else float(roc_auc_score(good, said))
    return float(balanced_accuracy_score(good, said > 0.5)), auc


def _judged(said: Probabilities, tested: Examples) -> Figures:
    limits = form_gate_limits()
    good, bad = said >= limits.good_from, said <= limits.bad_to
    accuracy, auc = _accuracy(said, tested.good)
    persons = [tested.subject == one for one in sorted(set(tested.subject.tolist()))]
    judged = good | bad
    return {
        "repetitions": len(tested),
        "balanced_accuracy": _rounded(accuracy),
        "auc": _rounded(auc),
        "least_of_a_person": _rounded(
            min(
                (
                    _accuracy(said[one], tested.good[one])[0]
                    for one in persons
                    if _both(tested, one)
                ),
                default=float("nan"),
            )
        ),
        "not_judged": _rounded(1.0 - judged.mean()),
        "good": _precision_and_recall(good, tested.good, judged),
        "bad": _precision_and_recall(bad, ~tested.good, judged),
    }


def _both(tested: Examples, chosen: NDArray[np.bool_]) -> bool:
    """Whether there are good and bad ones among those chosen."""
    return len(set(tested.good[chosen].tolist())) > 1


def _precision_and_recall(
    said: NDArray[np.bool_], true: NDArray[np.bool_], judged: NDArray[np.bool_]
) -> dict[str, float | None]:
    """Precision of what was said; recall among the judged, and among all."""
    right = int((said & true).sum())

    def share(of: int) -> float | None:
        return _rounded(right / of) if of else None

    return {
        "precision": share(int(said.sum())),
        "recall": share(int((true & judged).sum())),
        "recall_of_all": share(int(true.sum())),
    }


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 3)
