"""Clips made for the tests."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest


@pytest.fixture
def make_clip(tmp_path: Path) -> Callable[..., Path]:
    """A clip of plain grey frames, frame i of brightness 20 + 15 i, which the codecs keep."""

    def make(
        name: str = "clip.mp4",
        count: int = 10,
        fps: float = 25.0,
        size: tuple[int, int] = (64, 48),
        codec: str = "mp4v",
    ) -> Path:
        path = tmp_path / name
        writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*codec), fps, size)
        assert writer.isOpened()
        for index in range(count):
            writer.write(np.full((size[1], size[0], 3), 20 + 15 * index, np.uint8))
        writer.release()
        return path

    return make
