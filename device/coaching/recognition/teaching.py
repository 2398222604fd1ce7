"""Turns one demonstration of an exercise into reference poses: vectors, never pictures."""

from collections.abc import Iterable

import numpy as np

from device.coaching.recognition.embedding import Embedding, embed, sides_exchanged
from device.coaching.recognition.index import Reference
from device.errors import RecognitionError
from device.pose.pose import Pose
from device.pose.smoothing import KeypointSmoother

EVERY_S = 0.1
REST_S = 1.0
"""The demonstration begins with the starting pose, held at least this long."""
MOST_POSES = 400
_LEAST_MOVEMENT = 1.0
"""In the embedding's units; swaying while standing stays below 0.4."""
_LEAST_POSES = 10


def demonstrated(poses: Iterable[Pose], exercise_id: str) -> list[Reference]:
    """Reference poses from the unsmoothed poses of one person who shows the exercise.

    Progress is a pose's distance from the starting pose, relative to the largest. Raises
    :class:`RecognitionError` where too little of the body or no movement was seen.
    """
    seen = _sampled(poses)
    if len(seen) < _LEAST_POSES:
        raise RecognitionError(
            "too little of the body was seen: show it from head to feet, in good light, and again"
        )
    began_s = seen[0][0]
    rest = np.median([each for time_s, each, _ in seen if time_s - began_s <= REST_S], axis=0)
    distances = np.array([float(np.linalg.norm(each - rest)) for _, each, _ in seen])
    furthest = float(np.quantile(distances, 0.98))
    if furthest < _LEAST_MOVEMENT:
        raise RecognitionError(
            "no movement was seen: hold the starting pose for a second, then do the exercise"
        )
    progress = np.clip(distances / furthest, 0.0, 1.0)
    return [
        Reference(embedding, exercise_id, round(float(share), 3), origin="taught")
        for share, (_, one_way, exchanged) in zip(progress, seen, strict=True)
        for embedding in (one_way, exchanged)
        if embedding is not None
    ][:MOST_POSES]


def _sampled(poses: Iterable[Pose]) -> list[tuple[float, Embedding, Embedding | None]]:
    """Time, embedding, and embedding with left and right exchanged, ten times a second."""
    smoother = KeypointSmoother()
    seen: list[tuple[float, Embedding, Embedding | None]] = []
    last_s = -float("inf")
    for raw in poses:
        pose = smoother.smooth(raw)
        if pose.captured_at_s - last_s < EVERY_S:
            continue
        embedding = embed(pose.keypoints, pose.width, pose.height)
        if embedding is not None:
            last_s = pose.captured_at_s
            exchanged = embed(sides_exchanged(pose.keypoints), pose.width, pose.height)
            seen.append((pose.captured_at_s, embedding, exchanged))
    return seen
