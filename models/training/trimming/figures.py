"""How far the ends found are from the true ones, in frames at 30 frames a second."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray

from models.movement_span import RATE_HZ, span, trimming_limits
from models.training.trimming.examples import Example

FRAMES_PER_S: Final = 30.0

Figures = dict[str, Any]
Ends = tuple[float, float]
Trim = Callable[[Example], Ends | None]
"""Begin and end of the movement in an example, in seconds, or ``None``."""


def by_network(chances_of: Callable[[NDArray[np.float32]], NDArray[np.float32]]) -> Trim:
    """Trimming by a network's chances [1, N] for values [1, N, 40]."""

    def trim(example: Example) -> Ends | None:
        found = span(chances_of(example.values[None])[0], trimming_limits().network)
        return _seconds(found, example)

    return trim


def chances_of(file: Path) -> Callable[[NDArray[np.float32]], NDArray[np.float32]]:
    """The file that ships, run as the device runs it."""
    interpreter = Interpreter(model_path=str(file), num_threads=1)

    def chances(values: NDArray[np.float32]) -> NDArray[np.float32]:
        given = interpreter.get_input_details()[0]["index"]
        interpreter.resize_tensor_input(given, list(values.shape))
        interpreter.allocate_tensors()
        interpreter.set_tensor(given, values)
        interpreter.invoke()
        output = interpreter.get_output_details()[0]["index"]
        return np.asarray(interpreter.get_tensor(output), np.float32)

    return chances


def by_rule(example: Example) -> Ends | None:
    """Trimming by the main movement's signal alone."""
    return _seconds(span(example.values[:, -1], trimming_limits().rule), example)


def whole(example: Example) -> Ends | None:
    """No trimming."""
    return _seconds((0, len(example.values) - 1), example)


def figures_of(trims: Mapping[str, Trim], examples: Mapping[str, Sequence[Example]]) -> Figures:
    """Of each kind of examples, for each way to trim: median and 90th percentile of the error at
    the begin and at the end, the signed median, and how often nothing was found."""
    return {
        kind: {
            "recordings": len(some),
            **{name: _errors(trim, some) for name, trim in trims.items()},
        }
        for kind, some in examples.items()
    }


def false_alarms(trims: Mapping[str, Trim], everyday: Sequence[Example]) -> Figures:
    """The share of recordings of nothing but everyday movement in which an end is found."""
    return {
        "recordings": len(everyday),
        **{
            name: round(float(np.mean([trim(each) is not None for each in everyday])), 3)
            for name, trim in trims.items()
        },
    }


def _seconds(found: tuple[int, int] | None, example: Example) -> Ends | None:
    if found is None:
        return None
    return tuple(example.starts_s + frame / RATE_HZ for frame in found)  # type: ignore[return-value]


def frames_apart(trim: Trim, examples: Sequence[Example]) -> NDArray[np.float64]:
    """[N, 2]: by how many frames the begin and the end found come after the true ones, where
    something was found."""
    apart: list[Ends] = []
    for example in examples:
        found = trim(example)
        if found is not None and example.begins_s is not None and example.ends_s is not None:
            apart.append((found[0] - example.begins_s, found[1] - example.ends_s))
    return np.asarray(FRAMES_PER_S * np.array(apart).reshape(-1, 2))


def _errors(trim: Trim, examples: Sequence[Example]) -> Figures:
    frames = frames_apart(trim, examples)
    if not len(frames):
        return {"nothing_found": len(examples)}
    size = np.abs(frames)
    return {
        "nothing_found": len(examples) - len(frames),
        "median": _rounded(np.median(size, axis=0)),
        "percentile_90": _rounded(np.percentile(size, 90, axis=0)),
        "signed_median": _rounded(np.median(frames, axis=0)),
    }


def _rounded(values: NDArray[np.floating]) -> list[float]:
    return [round(float(value), 1) for value in values]
