"""``benchmark repetition-forest``: grows the trees that tell repetitions from everyday movement.

Needs the ``train`` extra. What ships is grown on all that is given; the figures are of people,
exercises and bodies that the trees they come from had not seen.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import click
import numpy as np
import platformdirs
from numpy.typing import NDArray

from device.benchmark.filming import Studio
from device.benchmark.repetition_examples import (
    MovementExample,
    everyday_examples,
    filmed_examples,
    people_examples,
    simulated_examples,
)
from device.coaching.repetition_forest import FOREST, FOREST_FILE, LEAST_LIKELY
from models.exercises.definition import LYING
from models.exercises.library import load_library
from models.movement_score.forest import LEAF, Forests
from models.networks.find import find_network

SIMULATED_BODIES: Final = (31, 32, 33, 34, 35, 36)
FILMED_CLEAN_BODIES, FILMED_DEGRADED_BODIES = (13,), (15, 17)
EVERYDAY_BODIES: Final = (7, 8)
EVERYDAY_MINUTES: Final = 10.0
_TREES, _LEAST_IN_LEAF, _FEATURES_TRIED, _SEED = 100, 3, 0.4, 1
_FOLDS = 3
_WEIGHTS = {"simulated": 1.5, "filmed": 2.0, "people": 1.0}
"""The shares of what is a repetition; everyday movement weighs as much as all of them."""


@click.command("repetition-forest")
@click.option(
    "--data",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="Folder of recordings of people: holds uiprmd/uiprmd_mm.npz.",
)
@click.option(
    "--takes",
    type=click.Path(path_type=Path),
    help="Folder that keeps the keypoints of what was filmed.",
)
@click.option("--write", is_flag=True, help=f"Write {FOREST_FILE.name}.")
def repetition_forest(data: Path, takes: Path | None, write: bool) -> None:
    """Grow the trees that tell repetitions from everyday movement, and judge them."""
    studio = Studio(
        find_network(), takes or Path(platformdirs.user_cache_dir("physiopi")) / "takes"
    )
    upright = [each for each in load_library().all_measured() if each.position not in LYING]
    examples = [
        *simulated_examples(upright, SIMULATED_BODIES),
        *filmed_examples(studio, upright, FILMED_CLEAN_BODIES, degraded=False),
        *filmed_examples(studio, upright, FILMED_DEGRADED_BODIES, degraded=True),
        *people_examples(data / "uiprmd" / "uiprmd_mm.npz"),
        *everyday_examples(upright, EVERYDAY_BODIES, EVERYDAY_MINUTES),
    ]
    click.echo(_figures("people by person", examples, "people", lambda each: each.body))
    click.echo(_figures("people by exercise", examples, "people", lambda each: each.exercise_id))
    click.echo(_figures("simulated by body", examples, "simulated", lambda each: each.body))
    click.echo(_figures("filmed by body", examples, "filmed", lambda each: each.body))
    click.echo(_figures("everyday by body", examples, "everyday", lambda each: each.body))
    if write:
        grown(examples).save(FOREST_FILE)
        click.echo(
            f"{FOREST_FILE.name}: {FOREST_FILE.stat().st_size} bytes, {len(examples)} movements"
        )


def grown(examples: Sequence[MovementExample]) -> Forests:
    """The trees as plain data; the mean over the leaves is how likely a repetition is, 0 to 1."""
    names = sorted(examples[0].features)
    trees = [each.tree_ for each in _fitted(examples, names).estimators_]
    begins = np.cumsum([0, *(tree.node_count for tree in trees)])[:-1]
    feature = np.concatenate([tree.feature for tree in trees])
    leaf = np.concatenate([tree.children_left for tree in trees]) < 0
    left, right = (
        np.concatenate(
            [
                np.where(children >= 0, children, np.arange(len(children))) + begin
                for tree, begin in zip(trees, begins, strict=True)
                for children in [getattr(tree, side)]
            ]
        )
        for side in ("children_left", "children_right")
    )
    return Forests(
        exercises=np.array([FOREST]),
        features=np.array(names),
        feature=np.where(leaf, LEAF, feature).astype(np.int16),
        threshold=np.concatenate([tree.threshold for tree in trees]).astype(np.float32),
        left=left.astype(np.int32),
        right=right.astype(np.int32),
        value=np.concatenate([tree.value.reshape(-1) for tree in trees]).astype(np.float16),
        roots=begins.astype(np.int32)[None],
        widening=np.array(1.0),
    )


def _fitted(examples: Sequence[MovementExample], names: Sequence[str]) -> Any:  # noqa: ANN401
    from sklearn.ensemble import ExtraTreesRegressor  # noqa: PLC0415 - only to train

    forest = ExtraTreesRegressor(
        _TREES, min_samples_leaf=_LEAST_IN_LEAF, max_features=_FEATURES_TRIED, random_state=_SEED
    )
    true = [float(each.is_repetition) for each in examples]
    return forest.fit(_values(examples, names), true, sample_weight=_weights(examples))


def _weights(examples: Sequence[MovementExample]) -> NDArray[np.float64]:
    """Every source weighs what it should, whatever the number of its movements."""
    sources = np.array([each.source for each in examples])
    share = {**_WEIGHTS, "everyday": sum(_WEIGHTS.values())}
    weights = np.array([share[each] / (sources == each).sum() for each in sources.tolist()])
    return np.asarray(weights * len(examples) / weights.sum())


def _values(examples: Sequence[MovementExample], names: Sequence[str]) -> NDArray[np.float32]:
    return np.array([[each.features[name] for name in names] for each in examples], np.float32)


def _figures(
    title: str,
    examples: Sequence[MovementExample],
    source: str,
    group_of: Callable[[MovementExample], str],
) -> str:
    """The share of a source's movements that count, each judged by trees that knew none of its
    group."""
    names = sorted(examples[0].features)
    groups = sorted({group_of(each) for each in examples if each.source == source})
    counted = 0
    for fold in range(_FOLDS):
        left_out = {group for index, group in enumerate(groups) if index % _FOLDS == fold}
        held = [each for each in examples if each.source == source and group_of(each) in left_out]
        others = [
            each for each in examples if each.source != source or group_of(each) not in left_out
        ]
        if held:
            likely = _fitted(others, names).predict(_values(held, names))
            counted += int((likely >= LEAST_LIKELY).sum())
    total = sum(each.source == source for each in examples)
    return f"{title}: {counted} of {total} movements count"
