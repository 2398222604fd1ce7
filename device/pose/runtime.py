"""The TFLite runtime: ai-edge-litert, or tflite-runtime where that is all there is."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import structlog

from device.errors import PoseNetworkError

log = structlog.get_logger()


class Interpreter(Protocol):
    """The part of TFLite's interpreter that we use."""

    def allocate_tensors(self) -> None:
        """Reserve memory for all tensors."""

    def get_input_details(self) -> list[dict[str, Any]]:
        """Index, shape and dtype of each input."""

    def get_output_details(self) -> list[dict[str, Any]]:
        """Index, shape and dtype of each output."""

    def tensor(self, index: int) -> Callable[[], Any]:
        """A function that gives a view of the tensor's memory."""

    def invoke(self) -> None:
        """Run the network; frees the GIL."""


def open_interpreter(path: Path, threads: int) -> Interpreter:
    """An interpreter with its tensors allocated; raises :class:`PoseNetworkError`."""
    try:
        interpreter: Interpreter = _interpreter_class()(model_path=str(path), num_threads=threads)
        interpreter.allocate_tensors()
    except (ValueError, RuntimeError, OSError) as error:
        raise PoseNetworkError(
            f"{path}: is no network that TFLite can load: {error}; run scripts/fetch_models"
        ) from error
    return interpreter


def _interpreter_class() -> Callable[..., Interpreter]:
    try:
        # The Interpreter API: its invoke frees the GIL, which CompiledModel's (2.3.0) does not.
        from ai_edge_litert.interpreter import Interpreter as LiteRt  # noqa: PLC0415
    except ImportError:
        return _fallback_class()
    return LiteRt  # type: ignore[no-any-return]


def _fallback_class() -> Callable[..., Interpreter]:
    try:
        from tflite_runtime.interpreter import (  # noqa: PLC0415
            Interpreter as TfLite,
        )
    except ImportError as error:
        raise PoseNetworkError(
            "no TFLite runtime is installed: install ai-edge-litert (pip install physiopi[device])"
        ) from error
    log.warning("tflite_runtime_is_slow", times_slower=13, instead="ai-edge-litert")
    return TfLite  # type: ignore[no-any-return]
