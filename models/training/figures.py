"""How well a network of MoveNet's interface finds the keypoints in a data set's pictures."""

from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from numpy.typing import NDArray
from tqdm import tqdm

from models.training.augmentation import plain_batch
from models.training.pictures import Pictures

_CORRECT_TORSO = 0.2
_SEEN_SCORE = 0.3
_BODY = slice(5, 17)
"""Shoulders to ankles: what exercises are measured by."""


def figures_of(network: Path, pictures: Pictures) -> dict[str, float]:
    """Errors of the body's keypoints in torso lengths, and what the scores say.

    ``pck_0_2``: share within 0.2 torso lengths (PCK). ``median_error_torso`` and
    ``mean_error_torso`` likewise over all keypoints in the pictures; ``kept_share`` of them has a
    score of at least 0.3, and ``kept_mean_error_torso`` is these ones' error. ``empty_seen_share``:
    keypoints seen where nobody is.
    """
    found = _found(network, pictures)
    _, keypoints, torso = plain_batch(pictures, np.arange(len(pictures)))
    someone = torso > 0
    inside = ((keypoints >= 0) & (keypoints <= 1)).all(axis=-1) & someone[:, None]
    distances = np.linalg.norm(found[..., :2] - keypoints, axis=-1)
    errors = distances / np.maximum(torso, 1e-6)[:, None]
    inside, errors, scores = inside[:, _BODY], errors[:, _BODY], found[:, _BODY, 2]
    kept = inside & (scores >= _SEEN_SCORE)
    empty = scores[~someone]
    return {
        "keypoints": int(inside.sum()),
        "pck_0_2": _rounded((errors[inside] <= _CORRECT_TORSO).mean()),
        "median_error_torso": _rounded(np.median(errors[inside])),
        "mean_error_torso": _rounded(errors[inside].mean()),
        "kept_share": _rounded(kept.sum() / inside.sum()),
        "kept_mean_error_torso": _rounded(errors[kept].mean()),
        "kept_pck_0_2": _rounded((errors[kept] <= _CORRECT_TORSO).mean()),
        "empty_seen_share": _rounded((empty >= _SEEN_SCORE).mean()),
    }


def _found(network: Path, pictures: Pictures) -> NDArray[np.float32]:
    interpreter: Any = Interpreter(model_path=str(network), num_threads=1)
    interpreter.allocate_tensors()
    place = interpreter.get_input_details()[0]["index"]
    output = interpreter.get_output_details()[0]["index"]
    found = np.empty((len(pictures), 17, 3), np.float32)
    for index in tqdm(range(len(pictures)), desc="measuring", unit=" pictures"):
        images, _, _ = plain_batch(pictures, np.array([index]))
        interpreter.set_tensor(place, np.rint(images * 255).astype(np.uint8))
        interpreter.invoke()
        found[index] = interpreter.get_tensor(output)[0, 0]
    return found


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
