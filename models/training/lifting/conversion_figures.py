"""``python -m models.training.lifting.conversion_figures``: the conversion's rule on the squats.

Writes ``kinect_conversion.json``. Beside the rule stand corrections learnt on the same squats: a
scale, an offset for each joint, a ridge and a small network. They are measured only: the squats'
rights do not let what is trained on them ship. Scale and offset are also fitted to each clip's own
truth: no method, but a bound for whatever is fixed within a clip, such as where the camera stands.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.kinect_joints import JOINT_COUNT, JOINTS
from models.training.lifting.baselines import newest
from models.training.lifting.squat_figures import pairs_of
from models.training.motion.squats import FOLDER, Squat, squats

EVERY: Final = 4
"""One frame in four is enough, at 15 frames a second."""
_FOLDS: Final = 5
_SEED: Final = 1

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Frames:
    """M frames of all clips.

    ``seen`` [M, 39] is the newest instant as the rule converts it, ``true`` [M, 26] the Kinect's x
    and y relative to the hips in torso lengths of the clip, ``torso_m``, ``person`` and ``clip``
    [M].
    """

    seen: Array
    true: Array
    torso_m: Array
    person: NDArray[np.str_]
    clip: NDArray[np.intp]


def frames_of(clips: Sequence[Squat]) -> Frames:
    """Of the clips whose pairs are good."""
    pairs = [pairs_of(squat) for squat in clips if squat.pair_ok]
    counts = [len(each.true_m[::EVERY]) for each in pairs]
    return Frames(
        np.concatenate([newest(each.inputs[::EVERY]) for each in pairs]).astype(np.float64),
        np.concatenate(
            [(each.true_m[::EVERY, :, :2] / each.torso_m).reshape(-1, 26) for each in pairs]
        ),
        np.repeat([each.torso_m for each in pairs], counts),
        np.repeat([each.person for each in pairs], counts),
        np.repeat(np.arange(len(pairs)), counts),
    )


def figures(frames: Frames) -> dict[str, Any]:
    """Mean over persons of each person's error in centimetres, by the way of splitting."""
    by_person = [frames.person == each for each in sorted(set(frames.person.tolist()))]
    fold = np.random.default_rng(_SEED).permutation(int(frames.clip.max()) + 1) % _FOLDS
    by_clip = [fold[frames.clip] == each for each in range(_FOLDS)]
    return {
        "frames": len(frames.seen),
        "rule": _summary(frames, _picture(frames.seen)),
        "person_held_out": {
            name: _summary(frames, _predicted(frames, by_person, fit)) for name, fit in _WAYS
        },
        "clip_held_out_for_comparison_only": {
            name: _summary(frames, _predicted(frames, by_clip, fit)) for name, fit in _WAYS
        },
        "fitted_to_each_clip_itself": {
            name: _summary(frames, _of_itself(frames, fit))
            for name, fit in (("scale", _scale), ("offset", _offset))
        },
    }


def _picture(seen: Array) -> Array:
    return np.asarray(seen.reshape(-1, JOINT_COUNT, 3)[..., :2].reshape(len(seen), -1))


def _constant(_: Array, true: Array) -> Callable[[Array], Array]:
    return lambda others: np.repeat(true.mean(axis=0)[None], len(others), axis=0)


def _scale(seen: Array, true: Array) -> Callable[[Array], Array]:
    """One number for x and one for y."""
    looks, is_at = (each.reshape(-1, 2) for each in (_picture(seen), true))
    factors = (looks * is_at).sum(axis=0) / np.square(looks).sum(axis=0)
    return lambda others: (_picture(others).reshape(-1, 2) * factors).reshape(len(others), -1)


def _offset(seen: Array, true: Array) -> Callable[[Array], Array]:
    """Where each joint of the Kinect lies beside MoveNet's, whatever the posture."""
    apart = (true - _picture(seen)).mean(axis=0)
    return lambda others: _picture(others) + apart


def _ridge(seen: Array, true: Array) -> Callable[[Array], Array]:
    way = make_pipeline(StandardScaler(), Ridge(30.0))
    return _correction(way, seen, true)


def _network(seen: Array, true: Array) -> Callable[[Array], Array]:
    layers = MLPRegressor(
        hidden_layer_sizes=(128, 128, 128), max_iter=60, early_stopping=True, random_state=_SEED
    )
    return _correction(make_pipeline(StandardScaler(), layers), seen, true)


_WAYS: Final = (
    ("constant", _constant),
    ("scale", _scale),
    ("offset", _offset),
    ("ridge", _ridge),
    ("network", _network),
)


def _correction(way: Any, seen: Array, true: Array) -> Callable[[Array], Array]:  # noqa: ANN401
    """What is learnt is how far the rule is off."""
    way.fit(seen, true - _picture(seen))
    return lambda others: _picture(others) + way.predict(others)


def _predicted(
    frames: Frames,
    parts: Sequence[NDArray[np.bool_]],
    fit: Callable[[Array, Array], Callable[[Array], Array]],
) -> Array:
    predicted = np.empty_like(frames.true)
    for out in parts:
        predicted[out] = fit(frames.seen[~out], frames.true[~out])(frames.seen[out])
    return predicted


def _of_itself(frames: Frames, fit: Callable[[Array, Array], Callable[[Array], Array]]) -> Array:
    predicted = np.empty_like(frames.true)
    for clip in range(int(frames.clip.max()) + 1):
        own = frames.clip == clip
        predicted[own] = fit(frames.seen[own], frames.true[own])(frames.seen[own])
    return predicted


def _summary(frames: Frames, predicted: Array) -> dict[str, Any]:
    apart = (predicted - frames.true).reshape(-1, JOINT_COUNT, 2)
    error_cm = 100.0 * np.linalg.norm(apart, axis=-1) * frames.torso_m[:, None]
    persons = dict(_by_person(frames, error_cm))
    mean = np.mean(list(persons.values()), axis=0)
    return {
        "cm": round(float(mean.mean()), 2),
        "by_person_cm": {name: round(float(each.mean()), 2) for name, each in persons.items()},
        "by_joint_cm": dict(zip(JOINTS, mean.round(1).tolist(), strict=True)),
    }


def _by_person(frames: Frames, error_cm: Array) -> Iterator[tuple[str, Array]]:
    for person in sorted(set(frames.person.tolist())):
        theirs = frames.person == person
        clips = sorted(set(frames.clip[theirs].tolist()))
        yield (
            person,
            np.mean([error_cm[frames.clip == clip].mean(axis=0) for clip in clips], axis=0),
        )


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), required=True)
def main(data: Path, out: Path) -> None:
    """Measure the conversion on the squats; writes its figures (kinect_conversion.json)."""
    out.mkdir(parents=True, exist_ok=True)
    document = {"seed": _SEED} | figures(frames_of(squats(data / FOLDER)))
    text = json.dumps(document, indent=1) + "\n"
    (out / "kinect_conversion.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
