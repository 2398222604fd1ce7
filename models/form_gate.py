"""The form gate: for each exercise a weighted sum of joint-angle features, and when to say nothing.

Logistic regression with a ridge (Hoerl and Kennard 1970). It measured as well as trees and better
than a network on new people; the figures stand in ``models/networks/form_gate.md``. The numbers
are written by ``python -m models.training.form_gate``.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Final, Literal
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from models.errors import FormGateError
from models.exercises.table import Fraction, Table

LIMITS_FILE: Final = Path(__file__).with_name("form_gate.toml")
_ARRAYS: Final = ("mean", "scale", "weight", "bias", "lowest", "highest")


class FormGateLimits(Table):
    """When the gate judges; see form_gate.toml."""

    schema_version: Literal[1]
    good_from: Fraction
    bad_to: Fraction
    most_outside: Fraction
    fewest_frames: Annotated[int, Field(ge=2, le=1000)]
    least_balanced_accuracy: Fraction


@cache
def form_gate_limits() -> FormGateLimits:
    """The limits; raises ``pydantic.ValidationError`` for a file of another shape."""
    return FormGateLimits.model_validate(tomllib.loads(LIMITS_FILE.read_text(encoding="utf-8")))


@dataclass(frozen=True, slots=True)
class FormWeights:
    """The gate of one exercise, for features [F] of :func:`models.form_features.features`.

    Features are standardised by ``mean`` and ``scale``; ``lowest`` and ``highest`` are the limits
    within which nearly all of them were in training. ``bias`` is [1].
    """

    mean: NDArray[np.float32]
    scale: NDArray[np.float32]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    lowest: NDArray[np.float32]
    highest: NDArray[np.float32]

    def probability_good(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """float64 [...], 0 to 1, of ``features`` [..., F]."""
        standard = (features - self.mean) / self.scale
        logit = (standard @ self.weight).astype(np.float64) + float(self.bias[0])
        return np.asarray(1.0 / (1.0 + np.exp(-np.clip(logit, -30.0, 30.0))))

    def share_outside(self, features: NDArray[np.float32]) -> NDArray[np.float64]:
        """float64 [...]: the share of ``features`` [..., F] outside what they were in training."""
        return np.asarray(((features < self.lowest) | (features > self.highest)).mean(axis=-1))


def save_weights(path: Path, weights: Mapping[str, FormWeights]) -> None:
    """Write the weights by exercise; the same weights give the same file."""
    arrays = {
        f"{exercise_id}.{name}": getattr(one, name)
        for exercise_id, one in sorted(weights.items())
        for name in _ARRAYS
    }
    np.savez_compressed(path, **arrays)


def load_weights(path: Path) -> dict[str, FormWeights]:
    """The weights by exercise; raises :class:`FormGateError` for a file that holds none."""
    try:
        with np.load(path) as archive:
            exercises = sorted({name.rpartition(".")[0] for name in archive.files})
            return {
                exercise_id: FormWeights(*(archive[f"{exercise_id}.{name}"] for name in _ARRAYS))
                for exercise_id in exercises
            }
    except (OSError, EOFError, ValueError, KeyError, AttributeError, BadZipFile) as error:
        raise FormGateError(
            f"{path} holds no form gate: install PhysioPi again ({error})"
        ) from error
