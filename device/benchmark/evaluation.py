"""The stages of the quality analysis on sets of movement with known truth, such as held-out people.

A set is a folder as ``docs/quality_data.md`` describes: UI-PRMD (``uiprmd_mm.npz``), KIMORE
(``kimore_mm.npz`` and ``kimore.csv``) or squats (``squats.npz`` and ``squats.csv``). Movement in
space is filmed by model cameras with MoveNet's measured noise and lifted as the device does it; the
squats have MoveNet's own keypoints.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.errors import ClipError
from device.quality.form_gate import FormJudgement, judge
from device.quality.score import Scorer, research_scorer, shipped_scorer
from device.quality.trimming import trimmed
from models.kinect_joints import JOINT_COUNT
from models.networks.find import find_stage
from models.training.lifted import WIDEST_YAW_DEG, Lifting, picture_of
from models.training.lifting.baselines import nothing
from models.training.lifting.network_file import lift_of
from models.training.lifting.squat_figures import squat_figures
from models.training.motion import kimore, squats, ui_prmd
from models.training.motion.motion import Motion
from models.training.motion.noise import Noise
from models.training.motion.projection import Camera, seen

SEEN: Final = ("true", "lifted")
"""The movement as it was recorded in space, and as the device would have it."""

_FILES: Final = {
    "ui_prmd": ("uiprmd_mm.npz",),
    "kimore": ("kimore_mm.npz", "kimore.csv"),
    "squats": ("squats.npz", "squats.csv"),
}
_DIGITS: Final = 3
_FRAMES_PER_S: Final = 30.0

Joints = NDArray[np.float32]
Figures = dict[str, Any]
ClinicianPairs = dict[str, list[tuple[float, float | None]]]
"""By exercise: the clinicians' score and ours, 0 to 4; ``None`` where none was given."""


def evaluate_set(folder: Path, seed: int, *, research: bool = False) -> dict[str, Figures]:
    """The figures of each set whose files are in ``folder``; ``seed`` draws cameras and noise.

    Raises :class:`ClipError` where there is none, and
    :class:`~models.training.errors.TrainingDataError` for a file of another form.
    """
    evaluations: Mapping[str, Callable[[], Figures]] = {
        "ui_prmd": lambda: _ui_prmd(folder, seed),
        "kimore": lambda: _kimore(folder, seed, research=research),
        "squats": lambda: _squats(folder),
    }
    there = [name for name, files in _FILES.items() if all((folder / f).exists() for f in files)]
    if not there:
        wanted = "; ".join(" and ".join(files) for files in _FILES.values())
        raise ClipError(f"{folder}: holds no set: put {wanted} there")
    return {name: evaluations[name]() for name in there}


def _ui_prmd(folder: Path, seed: int) -> Figures:
    """Depth, form gate and score over episodes done correctly and not."""
    motions = ui_prmd.load(folder)
    lifted, errors_cm = _filmed(motions, seed)
    by_exercise = defaultdict(list)
    for motion, error_cm in zip(motions, errors_cm, strict=True):
        by_exercise[motion.exercise_id].append(error_cm)
    scorer = shipped_scorer()
    found: Figures = {
        "subjects": sorted({motion.subject for motion in motions}),
        "episodes": len(motions),
        "depth_mpjpe_cm": {name: _rounded(np.mean(each)) for name, each in by_exercise.items()}
        | {"all": _rounded(np.mean(errors_cm))},
    }
    for name, joints in zip(SEEN, ([m.joints_m for m in motions], lifted), strict=True):
        found[f"form_gate_{name}"] = _form(motions, joints)
        found[f"score_{name}"] = _ordered(scorer, motions, joints)
    return found


def _form(motions: Sequence[Motion], joints: Sequence[Joints]) -> Figures:
    judged: dict[str, list[tuple[bool, FormJudgement]]] = defaultdict(list)
    for motion, joints_m in zip(motions, joints, strict=True):
        judgement = judge(joints_m, motion.times_s, motion.exercise_id)
        judged[motion.exercise_id].append((bool(motion.correct), judgement))
    figures = {name: _told(pairs) for name, pairs in sorted(judged.items())}
    return figures | {"mean": _mean_of(list(figures.values()))}


def _told(pairs: Sequence[tuple[bool, FormJudgement]]) -> Figures:
    """``balanced_accuracy`` with each episode told by its probability, whether the gate would have
    spoken or not; the others are of those that it judged."""
    good = np.array([truth for truth, _ in pairs])
    probability = np.array([0.5 if j.probability_good is None else j.probability_good
                            for _, j in pairs])  # fmt: skip
    said_good = np.array([judgement.good is True for _, judgement in pairs])
    said_bad = np.array([judgement.good is False for _, judgement in pairs])
    return {
        "episodes": len(pairs),
        "balanced_accuracy": _rounded(
            _mean([_share(probability[good] >= 0.5), _share(probability[~good] < 0.5)])
        ),
        "auc": _rounded(_area(probability, good)),
        "precision_good": _rounded(_share(good[said_good])),
        "precision_bad": _rounded(_share(~good[said_bad])),
        "recall_good": _rounded(_share(said_good[good])),
        "recall_bad": _rounded(_share(said_bad[~good])),
        "not_judged": _rounded(_share(~said_good & ~said_bad)),
    }


def _ordered(scorer: Scorer, motions: Sequence[Motion], joints: Sequence[Joints]) -> Figures:
    """How well the score puts incorrect episodes behind correct ones, where it gives one."""
    scores: dict[str, list[tuple[bool, float | None]]] = defaultdict(list)
    both = zip(motions, joints, strict=True)
    for motion, joints_m in tqdm(both, "score", len(motions), unit=" episodes"):
        scored = scorer.score(joints_m, motion.times_s, motion.exercise_id)
        scores[motion.exercise_id].append((not motion.correct, scored.score))
    figures: dict[str, Figures] = {}
    for name, pairs in sorted(scores.items()):
        given = [(incorrect, score) for incorrect, score in pairs if score is not None]
        incorrect = np.array([each for each, _ in given], np.bool_)
        figures[name] = {
            "episodes": len(pairs),
            "scored": len(given),
            "auc": _rounded(_area(np.array([score for _, score in given]), incorrect)),
        }
    return figures | {"mean": _mean_of(list(figures.values()))}


def _kimore(folder: Path, seed: int, *, research: bool) -> Figures:
    recordings, given = scores_and_clinicians(folder, seed, research=research)
    agreements = {
        name: {exercise: agreed(pairs) for exercise, pairs in sorted(of_exercise.items())}
        for name, of_exercise in given.items()
    }
    return {"subjects": len({each.subject for each in recordings})} | agreements


def scores_and_clinicians(
    folder: Path, seed: int, *, research: bool = False
) -> tuple[list[Motion], dict[str, ClinicianPairs]]:
    """KIMORE's recordings, and what the score says of them beside the clinicians, by exercise.

    A recording's score is the mean of its repetitions'; of the score that ships and, with
    ``research``, the research score, each as recorded (``_true``) and as lifted (``_lifted``).
    """
    recordings = [each for each in kimore.load(folder) if each.score_0_to_4 is not None]
    cut = [kimore.repetitions(each) for each in recordings]
    lifted = iter(_filmed([one for each in cut for one in each], seed)[0])
    seen_as = {
        "true": [[one.joints_m for one in each] for each in cut],
        "lifted": [[next(lifted) for _ in each] for each in cut],
    }
    scorers = {"score": shipped_scorer()}
    if research:
        scorers["research_score"] = research_scorer(research_allowed=True)
    return recordings, {
        f"{stage}_{name}": _beside_clinicians(scorer, recordings, cut, joints)
        for stage, scorer in scorers.items()
        for name, joints in seen_as.items()
    }


def _beside_clinicians(
    scorer: Scorer,
    recordings: Sequence[Motion],
    cut: Sequence[Sequence[Motion]],
    joints: Sequence[Sequence[Joints]],
) -> ClinicianPairs:
    pairs: ClinicianPairs = defaultdict(list)
    every = zip(recordings, cut, joints, strict=True)
    for recording, repetitions, places in tqdm(every, "score", len(cut), unit=" recordings"):
        given = [
            scored.score
            for one, joints_m in zip(repetitions, places, strict=True)
            if (scored := scorer.score(joints_m, one.times_s, one.exercise_id)).score is not None
        ]
        mean = float(np.mean([each for each in given if each is not None])) if given else None
        pairs[recording.exercise_id].append((recording.score_0_to_4 or 0.0, mean))
    return pairs


def agreed(pairs: Sequence[tuple[float, float | None]]) -> Figures:
    """Of the clinicians' and our score, 0 to 4, ours ``None`` where none was given.

    Errors are of 4 points; ``mae_of_100`` the same of 100. The constant is the set's own median."""
    given = [(true, score) for true, score in pairs if score is not None]
    figures: Figures = {"recordings": len(pairs), "scored": len(given)}
    if len(given) < 2:
        return figures
    true, scores = np.array(given).T
    error = float(np.abs(scores - true).mean())
    constant = float(np.abs(np.median(true) - true).mean())
    return figures | {
        "spearman": _rounded(_spearman(scores, true)),
        "mae": _rounded(error),
        "mae_of_100": _rounded(25.0 * error),
        "constant_mae": _rounded(constant),
        "constant_mae_of_100": _rounded(25.0 * constant),
    }


def _squats(folder: Path) -> Figures:
    """MoveNet's own keypoints: form gate, score and trimming against what people said and cut."""
    every = squats.squats(folder)
    lifting = Lifting(_depth_network())
    lifted = lifting.of_pictures([picture_of(each) for each in every], [squats.FPS] * len(every))
    scorer, pairs = shipped_scorer(), []
    begins, ends, scored = [], [], 0
    for squat, joints_m in zip(every, lifted, strict=True):
        times_s = np.arange(len(joints_m)) / squats.FPS
        span = trimmed(joints_m, times_s) or (0.0, float(times_s[-1]))
        within = (times_s >= span[0]) & (times_s <= span[1])
        judgement = judge(joints_m[within], times_s[within], squat.motion.exercise_id)
        pairs.append((bool(squat.motion.correct), judgement))
        score = scorer.score(joints_m[within], times_s[within], squat.motion.exercise_id)
        scored += score.score is not None
        if squat.trimmed is not None:
            at = squat.pairs()[0] / squats.FPS
            true_s = [each / squats.FPS - float(at[0]) for each in squat.trimmed]
            begins.append(abs(span[0] - true_s[0]) * _FRAMES_PER_S)
            ends.append(abs(span[1] - true_s[1]) * _FRAMES_PER_S)
    return {
        "people": len({squat.motion.subject for squat in every}),
        "lifting": squat_figures(
            {"depth": lift_of(_depth_network().read_bytes()), "nothing": nothing}, every
        ),
        "form_gate": _told(pairs),
        "scored": scored,
        "trimming_median_frames_at_30_fps": {
            "begin": _rounded(np.median(begins)) if begins else None,
            "end": _rounded(np.median(ends)) if ends else None,
        },
    }


def _filmed(motions: Sequence[Motion], seed: int) -> tuple[list[Joints], list[float]]:
    """Each motion lifted from a camera of its own, and its mean joint error in centimetres, after
    the one scale that fits the recording best: the body's size is not known to the device."""
    random, noise = np.random.default_rng(seed), Noise.measured()
    cameras = [Camera.drawn(random, WIDEST_YAW_DEG) for _ in motions]
    pictures = [seen(m, c, noise, random) for m, c in zip(motions, cameras, strict=True)]
    lifting = Lifting(_depth_network())
    lifted = lifting.of_pictures(pictures, [motion.fps for motion in motions])
    errors_cm = [
        _error_cm(joints_m, camera.turned(motion.joints_m))
        for joints_m, motion, camera in zip(lifted, motions, cameras, strict=True)
    ]
    return lifted, errors_cm


def _error_cm(found_m: Joints, true_m: Joints) -> float:
    found, true = found_m.reshape(-1, JOINT_COUNT, 3), true_m.reshape(-1, JOINT_COUNT, 3)
    scale = float((found * true).sum() / max(float((found**2).sum()), 1e-9))
    return 100.0 * float(np.linalg.norm(scale * found - true, axis=-1).mean())


def _depth_network() -> Path:
    path = find_stage("depth").path
    assert path is not None  # a network has a file: tested with the manifest
    return path


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """From 1, equal values share the mean of their ranks."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return np.asarray((last - (counts - 1) / 2.0)[inverse])


def _spearman(one: NDArray[np.float64], other: NDArray[np.float64]) -> float | None:
    if not (np.ptp(one) > 0 and np.ptp(other) > 0):
        return None
    return float(np.corrcoef(_ranks(one), _ranks(other))[0, 1])


def _area(values: NDArray[np.float64], positive: NDArray[np.bool_]) -> float | None:
    """Under the ROC curve (Mann and Whitney 1947)."""
    count = int(positive.sum())
    others = len(positive) - count
    if not count or not others:
        return None
    return float((_ranks(values)[positive].sum() - count * (count + 1) / 2) / (count * others))


def _share(those: NDArray[np.bool_]) -> float | None:
    return float(those.mean()) if len(those) else None


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _mean_of(figures: Sequence[Figures]) -> Figures:
    names = [name for name in figures[0] if name not in ("episodes", "scored")]
    return {name: _rounded(_mean([each[name] for each in figures])) for name in names}


def _rounded(value: float | np.floating | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
