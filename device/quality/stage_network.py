"""Runs one stage of the quality analysis that is a TFLite network."""

from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from device.errors import PoseNetworkError, QualityError
from device.pose.runtime import Interpreter, open_interpreter
from models.errors import ModelsError, StageNotAvailableError
from models.networks.find import find_stage
from models.networks.manifest import MANIFEST_FILE, StageEntry


class _Resizable(Interpreter, Protocol):
    """A network may leave a length open; the pose networks do not."""

    def resize_tensor_input(self, input_index: int, tensor_size: list[int]) -> None:
        """Another length for an open dimension; allocate again after it."""


class StageNetwork:
    """A stage's network, found by the manifest, verified by its sha256, run on one thread.

    ``manifest`` is that of the shipped stages or of the research ones. Raises
    :class:`~models.errors.StageNotAvailableError` where the manifest does not have the stage, and
    :class:`QualityError` where it is a rule or its file is missing, wrong or no network.
    """

    def __init__(self, name: str, manifest: Path = MANIFEST_FILE) -> None:
        stage = _verified(name, manifest)
        self.entry: StageEntry = stage[1]
        try:
            self._interpreter = cast("_Resizable", open_interpreter(stage[0], threads=1))
        except PoseNetworkError as error:
            raise QualityError(
                f"stage {name}: {stage[0]} is no network that TFLite can load: {error}"
            ) from error
        self._inputs = self._interpreter.get_input_details()

    @property
    def version(self) -> str:
        """The stage's version in the manifest."""
        return self.entry.version

    @property
    def input_shapes(self) -> list[tuple[int, ...]]:
        """The shape of each input, -1 where the network leaves a length open."""
        return [_open_shape(each) for each in self._inputs]

    def run(self, *inputs: NDArray[Any]) -> list[NDArray[np.float32]]:
        """The outputs as float32, in the network's order, for ``inputs`` in the network's order.

        Floating-point values are quantised for an integer input, integer outputs turned back.
        Raises :class:`QualityError` for inputs of another number or shape, or not finite.
        """
        if len(inputs) != len(self._inputs):
            raise QualityError(
                f"stage {self.entry.name} takes {len(self._inputs)} inputs, not {len(inputs)}"
            )
        self._fit([np.shape(each) for each in inputs])
        for details, values in zip(self._inputs, inputs, strict=True):
            if not np.isfinite(values).all():
                raise QualityError(f"stage {self.entry.name} was given numbers that are not finite")
            self._interpreter.tensor(details["index"])()[...] = _quantised(details, values)
        try:
            self._interpreter.invoke()
        except RuntimeError as error:
            raise QualityError(f"stage {self.entry.name} cannot be run: {error}") from error
        return [
            _dequantised(details, self._interpreter.tensor(details["index"])())
            for details in self._interpreter.get_output_details()
        ]

    def _fit(self, shapes: list[tuple[int, ...]]) -> None:
        """Give the inputs these shapes, if the network allows them."""
        if shapes == [tuple(map(int, each["shape"])) for each in self._inputs]:
            return
        for details, shape in zip(self._inputs, shapes, strict=True):
            allowed = _open_shape(details)
            if len(shape) != len(allowed) or any(
                length not in (own, -1) for own, length in zip(shape, allowed, strict=True)
            ):
                raise QualityError(
                    f"stage {self.entry.name} takes {list(allowed)}, not {list(shape)}"
                )
            self._interpreter.resize_tensor_input(details["index"], list(shape))
        self._interpreter.allocate_tensors()
        self._inputs = self._interpreter.get_input_details()


def _verified(name: str, manifest: Path) -> tuple[Path, StageEntry]:
    try:
        stage = find_stage(name, manifest)
    except StageNotAvailableError:
        raise
    except ModelsError as error:
        raise QualityError(f"stage {name}: {error}") from error
    if stage.path is None or stage.entry.kind != "network":
        raise QualityError(f"stage {name} is a rule, not a network")
    return stage.path, stage.entry


def _open_shape(details: dict[str, Any]) -> tuple[int, ...]:
    signature = details.get("shape_signature", details["shape"])
    return tuple(map(int, signature if len(signature) else details["shape"]))


def _quantised(details: dict[str, Any], values: NDArray[Any]) -> NDArray[Any]:
    kind = np.dtype(details["dtype"])
    if not np.issubdtype(kind, np.integer) or np.issubdtype(values.dtype, np.integer):
        return values.astype(kind)
    scale, zero = details["quantization"]
    if not scale:
        return values.astype(kind)
    limits = np.iinfo(kind)
    quantised: NDArray[Any] = np.clip(
        np.rint(values / scale) + zero, limits.min, limits.max
    ).astype(kind)
    return quantised


def _dequantised(details: dict[str, Any], values: NDArray[Any]) -> NDArray[np.float32]:
    scale, zero = details["quantization"]
    floating: NDArray[np.float32] = values.astype(np.float32)
    return (floating - zero) * np.float32(scale) if scale else floating
