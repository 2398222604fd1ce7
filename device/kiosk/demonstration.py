"""An exercise shown by a skeleton that moves as its reference motion does, for the page to draw."""

from functools import lru_cache
from typing import Literal, TypedDict

import numpy as np

from device.camera.simulated.skeleton import skeleton_of
from device.camera.simulated.view import View, keypoints_of
from models.errors import ExerciseNotFoundError
from models.exercises.definition import LYING, Exercise
from models.exercises.library import load_library
from models.exercises.motion import progress_at, repetition_duration_s
from models.messages import Side

FRAME_S = 1 / 15
_STATURE_M = 1.7
_PICTURE_PX = 1000
_DISTANCE_M = 6.0
"""Far away, so that nearer limbs look no larger: it shows the movement, not a person's place."""
_HEIGHT_STANDING_M, _HEIGHT_LYING_M = 1.0, 0.8
_MARGIN = 0.06
_LEAST_ASPECT = 0.4
_KEPT = 64


class Motion(TypedDict):
    """See ``Demonstration.motion`` in ``screen_document.py``."""

    frames: list[list[float]]
    frame_s: float
    aspect: float
    props: list[str]


@lru_cache(maxsize=_KEPT)
def motion_of(exercise_id: str, side: Side) -> Motion:
    """One repetition in the exercise's own tempo, from where the camera should stand.

    Raises :class:`~models.errors.ExerciseNotFoundError`.
    """
    exercise = load_library().get(exercise_id)
    if exercise is None:
        raise ExerciseNotFoundError(f"there is no exercise {exercise_id!r}")
    frames = _frames(exercise, _shown_side(exercise, side))
    # In one box, whose aspect the page keeps: lengths across and down are the same.
    low, high = frames.min(axis=(0, 1)), frames.max(axis=(0, 1))
    height = float((high - low)[1])
    width = max(float((high - low)[0]), _LEAST_ASPECT * height)
    middle = (low + high) / 2
    box = np.array([width, height]) * (1 + 2 * _MARGIN)
    placed = (frames - middle) / box + 0.5
    return Motion(
        frames=np.round(placed, 4).reshape(len(placed), -1).tolist(),
        frame_s=round(FRAME_S, 4),
        aspect=round(float(box[0] / box[1]), 4),
        props=list(exercise.motion.props),
    )


def _shown_side(exercise: Exercise, side: Side) -> Side:
    """A movement that one side carries is shown on the left where both are prescribed."""
    return "left" if side == "both" and exercise.motion.one_sided else side


def _frames(
    exercise: Exercise, side: Side
) -> np.ndarray[tuple[int, int, int], np.dtype[np.float64]]:
    """[T, 17, 2]: x and y in pixels."""
    motion, tempo = exercise.motion, exercise.tempo
    lies = exercise.position in LYING
    view = View(
        motion.camera_azimuth_for(side),
        width=_PICTURE_PX,
        height=_PICTURE_PX,
        distance_m=_DISTANCE_M,
        height_m=motion.camera_height_m or (_HEIGHT_LYING_M if lies else _HEIGHT_STANDING_M),
        field_deg=30.0,
    )
    count = max(2, round(repetition_duration_s(tempo) / FRAME_S))
    back_s = tempo.out_s + tempo.hold_s
    found = []
    for index in range(count):
        at_s = index * FRAME_S
        angles = motion.angles_at(progress_at(at_s, tempo), side, returning=at_s >= back_s)
        keypoints = keypoints_of(skeleton_of(_STATURE_M, angles), view)
        found.append(keypoints[:, ::-1] * _PICTURE_PX)
    return np.array(found)


ShownView = Literal["instruct-framing-lie-across", "instruct-framing-face-camera",
                    "instruct-framing-turn-left-side", "instruct-framing-turn-right-side",
                    "instruct-framing-turn-sideways"]  # fmt: skip


def view_text_id(exercise: Exercise, side: Side) -> ShownView:
    """The text that says which side the camera should see."""
    if exercise.position in LYING:
        return "instruct-framing-lie-across"
    if exercise.view == "frontal":
        return "instruct-framing-face-camera"
    if side == "left":
        return "instruct-framing-turn-left-side"
    if side == "right":
        return "instruct-framing-turn-right-side"
    return "instruct-framing-turn-sideways"
