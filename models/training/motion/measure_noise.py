"""``python -m models.training.motion.measure_noise``: how MoveNet errs, measured, as a table.

From the squats (real people before a Kinect, from the front): the bias against the Kinect, the
error that changes and the one that stays, its memory, the scores of what is in sight. The Kinect's
own error is in these. From the film of the simulated patient (the truth is exact, the people are
drawn): what the score says of the error, hidden joints, swaps and losses. Every person of the
squats counts alike; medians keep gross errors out of the deviations.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from models.training.errors import TrainingDataError
from models.training.motion import squats
from models.training.motion.noise import NOISE_FILE, OUTWARD, PART_OF_JOINT, PARTS
from models.training.motion.sightings import Sighting, of_film, of_squats

Table = Mapping[str, float | Sequence[float]]

_GROSS_TORSO: Final = 0.3
"""An error this large is a loss or a swap, no deviation."""
_MAD_TO_DEVIATION: Final = 1.4826
_SIDE_FROM, _FRONT_TO = 0.87, 0.5
"""Sines of 60 and 30 degrees."""
_SCORE_EDGES: Final = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1.0)
_LEAST_READINGS: Final = 100
_FLIP_PAIRS: Final = 4
_OUTSIDE_SCORE: Final = 0.1
_PART_OF: Final = np.array(PART_OF_JOINT)


def measured(real: Sequence[Sighting], drawn: Sequence[Sighting]) -> dict[str, Table]:
    """The tables of ``movenet_noise.toml``.

    Raises :class:`~models.training.errors.TrainingDataError` for a film that lacks a view.
    """
    biases = {"bias": _bias_of(real), "bias_on_film": _bias_of(drawn)}
    steady = [_steady(each, biases["bias"]) for each in real]
    steady_drawn = [_steady(each, biases["bias_on_film"]) for each in drawn]
    rest = [error - stays for error, stays in steady]
    rest_drawn = [error - stays for error, stays in steady_drawn]
    tables: dict[str, Table] = {}
    for name, bias in biases.items():
        tables[f"{name}.outward"] = _by_part(bias[:, 0])
        tables[f"{name}.up"] = _by_part(bias[:, 1])
    tables["deviation"] = _by_part(_over_people(real, rest, _deviation))
    tables["deviation_on_film"] = _by_part(_over_people(drawn, rest_drawn, _deviation))
    offsets = [stays for _, stays in steady]
    tables["offset"] = _by_part(_over_people(real, offsets, _root_mean_square))
    in_sight = [np.where(each.behind, np.nan, each.scores) for each in real]
    # The film's people are drawn: only how much less sure the network is of what is hidden counts.
    visible, hidden = (
        _mean_of_joints([np.where(each.behind == which, each.scores, np.nan) for each in drawn])
        for which in (False, True)
    )
    shown = _over_people(real, in_sight, _mean_of_joints)
    tables["score_visible"] = _by_part(shown)
    tables["score_hidden"] = _by_part(shown * hidden / visible)
    tables["growth"] = _growth(drawn, rest_drawn)
    tables["one"] = {
        "memory_s": _memory_s(real, rest),
        "score_deviation": _rounded(np.nanstd(np.concatenate(in_sight), axis=0).mean()),
        **_collapses(drawn),
        **_swaps(drawn),
        **_losses(drawn, rest_drawn),
        "outside_score": _OUTSIDE_SCORE,
    }
    return tables


def _bias_of(sightings: Sequence[Sighting]) -> NDArray[np.float64]:
    """[7, 2]: outward and up the trunk of each part, by least squares, the mean over people."""
    people = sorted({each.person for each in sightings if each.source == "squats"}) or [""]
    found = []
    for person in people:
        own = [each for each in sightings if person in ("", each.person)]
        values = np.zeros((len(PARTS), 2))
        for part in range(len(PARTS)):
            ways, errors = [], []
            for joint in np.flatnonzero(part == _PART_OF):
                for each in own:
                    error = each.error[:, joint]
                    fine = np.linalg.norm(error, axis=-1) < _GROSS_TORSO
                    ways.append(
                        np.stack([OUTWARD[joint] * each.left[fine], each.up[fine]], axis=-1)
                    )
                    errors.append(error[fine])
            way = np.concatenate(ways).reshape(-1, 2)
            values[part] = np.linalg.lstsq(way, np.concatenate(errors).ravel(), rcond=None)[0]
        found.append(values)
    return np.asarray(np.mean(found, axis=0))


def _steady(
    sighting: Sighting, bias: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The error without its bias, [T, 13, 2], and what of it stays the same, [13, 2]."""
    own = bias[_PART_OF]
    shift = (own[:, :1] * OUTWARD[:, None]) * sighting.left[:, None]
    shift = shift + own[:, 1:] * sighting.up[:, None]
    error = sighting.error - shift
    return error, np.median(error, axis=0)


def _over_people(
    sightings: Sequence[Sighting],
    values: Sequence[NDArray[np.float64]],
    measure: Callable[[Sequence[NDArray[np.float64]]], NDArray[np.float64]],
) -> NDArray[np.float64]:
    """The mean over people of ``measure`` of their values, [7]; the film's shots are one."""
    people: dict[str, list[NDArray[np.float64]]] = {}
    for each, value in zip(sightings, values, strict=True):
        people.setdefault(each.person if each.source == "squats" else "", []).append(value)
    return np.asarray(np.mean([measure(own) for own in people.values()], axis=0))


def _deviation(errors: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    every = np.abs(np.concatenate(errors))
    return _MAD_TO_DEVIATION * np.array(
        [np.median(every[:, part == _PART_OF]) for part in range(len(PARTS))]
    )


def _root_mean_square(offsets: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    every = np.array(offsets)
    every = np.where(np.abs(every) < _GROSS_TORSO, every, np.nan)
    return np.array(
        [np.sqrt(np.nanmean(every[:, part == _PART_OF] ** 2)) for part in range(len(PARTS))]
    )


def _mean_of_joints(scores: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    every = np.concatenate(scores)
    return np.array([np.nanmean(every[:, part == _PART_OF]) for part in range(len(PARTS))])


def _growth(
    sightings: Sequence[Sighting], rest: Sequence[NDArray[np.float64]]
) -> dict[str, Sequence[float]]:
    """By score, how many times as large the error is as where the score is high."""
    scores = np.concatenate([each.scores for each in sightings])
    errors = np.abs(np.concatenate(rest))
    middles, deviations = [], []
    for low, high in pairwise(_SCORE_EDGES):
        within = (scores >= low) & (scores < high)
        if np.count_nonzero(within) < _LEAST_READINGS:
            continue
        middles.append((low + high) / 2)
        deviations.append(float(np.median(errors[within])))
    return {
        "scores": [_rounded(each) for each in middles],
        "times": [_rounded(each / deviations[-1]) for each in deviations],
    }


def _memory_s(sightings: Sequence[Sighting], rest: Sequence[NDArray[np.float64]]) -> float:
    before, after = (
        np.concatenate([np.clip(each, -_GROSS_TORSO, _GROSS_TORSO)[part] for each in rest])
        for part in (slice(None, -1), slice(1, None))
    )
    kept = float((before * after).mean() / (before * before).mean())
    return _rounded(-1.0 / (sightings[0].fps * np.log(kept)))


def _collapses(drawn: Sequence[Sighting]) -> dict[str, float]:
    found = [each.collapsed for each in drawn]
    both = list(zip(drawn, found, strict=True))
    happened = sum(int((was & each.behind).sum()) for each, (was, _) in both)
    could_be = sum(int((could & each.behind).sum()) for each, (_, could) in both)
    share = happened / could_be
    _, lasts_s = _spells([was for was, _ in found], drawn[0].fps)
    return {"collapsed_share": _rounded(share), "collapsed_s": lasts_s}


def _swaps(drawn: Sequence[Sighting]) -> dict[str, float]:
    flips = [each.swapped.sum(axis=1) >= _FLIP_PAIRS for each in drawn]
    single = [each.swapped & ~flip[:, None] for each, flip in zip(drawn, flips, strict=True)]
    rates = {}
    for name, low, high in (("front", -1.0, _FRONT_TO), ("side", _SIDE_FROM, 2.0)):
        in_view = [
            swap
            for each, swap in zip(drawn, single, strict=True)
            if low < each.sideways.mean() < high
        ]
        if not in_view:
            raise TrainingDataError(f"no shot is from the {name}: film more of them")
        rates[f"swaps_{name}_per_s"], _ = _spells(in_view, drawn[0].fps)
    _, swapped_s = _spells(single, drawn[0].fps)
    flips_per_s, flipped_s = _spells([flip[:, None] for flip in flips], drawn[0].fps)
    return rates | {"swapped_s": swapped_s, "flips_per_s": flips_per_s, "flipped_s": flipped_s}


def _losses(drawn: Sequence[Sighting], rest: Sequence[NDArray[np.float64]]) -> dict[str, float]:
    """Gross errors that are neither swaps nor collapses."""
    lost, sizes, scores = [], [], []
    for each, error in zip(drawn, rest, strict=True):
        gross = np.linalg.norm(error, axis=-1) > _GROSS_TORSO
        swapped = np.repeat(each.swapped, 2, axis=1)
        explained = np.concatenate([np.zeros((len(gross), 1), np.bool_), swapped], axis=1)
        lost.append(gross & ~explained & ~each.collapsed[0])
        sizes.append(error[lost[-1]])
        scores.append(each.scores[lost[-1]])
    per_s, lasts_s = _spells(lost, drawn[0].fps)
    if not per_s:
        return {"drops_per_s": 0.0, "dropped_s": 0.0, "dropped_away": 0.0, "dropped_score": 0.0}
    away = _MAD_TO_DEVIATION * float(np.median(np.abs(np.concatenate(sizes))))
    return {
        "drops_per_s": per_s,
        "dropped_s": lasts_s,
        "dropped_away": _rounded(away),
        "dropped_score": _rounded(float(np.median(np.concatenate(scores)))),
    }


def _spells(marks: Iterable[NDArray[np.bool_]], fps: float) -> tuple[float, float]:
    """How many times a second each column of [T, N] begins to be true, and how long it stays."""
    begun, true, frames = 0, 0, 0
    for mark in marks:
        begun += int((mark[1:] & ~mark[:-1]).sum()) + int(mark[0].sum())
        true += int(mark.sum())
        frames += mark.size
    return _rounded(begun / frames * fps), _rounded(true / max(begun, 1) / fps)


def _by_part(values: NDArray[np.float64]) -> dict[str, float]:
    return {part: _rounded(value) for part, value in zip(PARTS, values, strict=True)}


def _rounded(value: float | np.floating) -> float:
    return round(float(value), 3)


def as_toml(tables: Mapping[str, Table]) -> str:
    """The document's text."""
    lines = [
        "# How MoveNet Lightning int8 errs, in torso lengths and seconds (models.training.motion.",
        "# noise says what each number means). Written by",
        "# python -m models.training.motion.measure_noise: measured on overhead squats of four",
        "# people from the front (the Kinect's own error is in it) and on the simulated patient's",
        "# film. What ends in `_on_film` is for comparison and is not used.",
    ]
    for name, table in tables.items():
        lines += ["", f"[{name}]", *(f"{key} = {value}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


@click.command()
@click.option("--data", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--film", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=NOISE_FILE, show_default=True)
def main(data: Path, film: Path, out: Path) -> None:
    """Measure on DATA/squats and FILM (film.npz), and write the table."""
    real = list(of_squats(data / squats.FOLDER))
    drawn = list(of_film(film))
    out.write_text(as_toml(measured(real, drawn)), encoding="utf-8")
    click.echo(f"measured on {len(real)} squats and {len(drawn)} shots: {out}")


if __name__ == "__main__":
    main()
