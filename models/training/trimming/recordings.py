"""Recordings of a set with fidgeting before and after it, of which the true ends are known.

Simulated takes have both from the simulation.

UI-PRMD's episodes follow one another without a gap, so that those of one person, put together, are
the set that was recorded. What people do before and after was not kept: it is put together here
from standing with sway, small pieces of the person's other movements, and turning about.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from models.training.motion.motion import Motion
from models.training.motion.noise import remembering
from models.training.motion.simulated import SimulatedTake

Places = NDArray[np.float64]

HELD: Final = ("single_leg_stance", "tandem_stance", "quad_set")
"""Exercises in which hardly anything moves between begin and end."""

_MOST_REPETITIONS: Final = 10
_ONE_REPETITION_SHARE: Final = 0.3
_IDLE_S: Final = (0.5, 6.0)
_NO_IDLE_SHARE: Final = 0.1
_STILL_S: Final = (0.0, 1.0)
_TO_START_S: Final = (0.4, 1.2)
_SWAY_M: Final = 0.01
_SWAY_MEMORY_S: Final = 1.5
_GESTURE_S: Final = (0.8, 3.0)
_SLOWER: Final = (0.8, 2.4)
"""How many times as long as recorded: UI-PRMD's people were young."""
_PAUSE_S: Final = (0.0, 1.5)
_PAUSES_SHARE: Final = 0.3
_GESTURE_SCALE: Final = (0.1, 0.6)
_TURN_DEG: Final = 25.0


@dataclass(frozen=True, slots=True)
class Recording:
    """A set as it is recorded, with the seconds at which the movement begins and ends; both
    ``None`` where there is nothing but everyday movement."""

    motion: Motion
    begins_s: float | None
    ends_s: float | None


def recordings_of_takes(takes: Iterable[SimulatedTake]) -> list[Recording]:
    """Simulated sets as they are; exercises that are held, not repeated, are left out."""
    return [
        Recording(take.motion, take.begins_s, take.ends_s)
        for take in takes
        if take.motion.exercise_id not in HELD
    ]


def recordings_of(
    motions: Sequence[Motion], each: int, random: np.random.Generator
) -> list[Recording]:
    """``each`` recordings of every set of episodes in ``motions`` (of one person, one exercise, one
    manner), with other fidgeting and another number of repetitions each time."""
    sets: dict[tuple[str, str, bool | None], list[Motion]] = defaultdict(list)
    by_subject: dict[str, list[Motion]] = defaultdict(list)
    for motion in motions:
        sets[motion.subject, motion.exercise_id, motion.correct].append(motion)
        by_subject[motion.subject].append(motion)
    found: list[Recording] = []
    for (subject, exercise_id, _), episodes in sorted(sets.items(), key=lambda one: str(one[0])):
        ordered = sorted(episodes, key=lambda motion: motion.repetition or 0)
        others = [one for one in by_subject[subject] if one.exercise_id != exercise_id]
        found.extend(
            _recording(ordered, others or ordered, number, random) for number in range(each)
        )
    return found


def _recording(
    episodes: Sequence[Motion],
    others: Sequence[Motion],
    number: int,
    random: np.random.Generator,
) -> Recording:
    one = random.random() < _ONE_REPETITION_SHARE
    count = 1 if one else int(random.integers(2, min(_MOST_REPETITIONS, len(episodes)) + 1))
    first = int(random.integers(0, len(episodes) - count + 1))
    chosen = episodes[first : first + count]
    fps = chosen[0].fps
    moved, ways_m = _performed(chosen, random)
    before = _idle(moved[0], others, fps, random)[::-1]
    after = _idle(moved[-1], others, fps, random)
    first_frame, last_frame = len(before), len(before) + len(moved) - 1
    joints_m = np.concatenate([before, moved, after])
    joints_m += _SWAY_M * remembering(random, joints_m.shape, _SWAY_MEMORY_S * fps) * 0.5
    hips_m = np.zeros((len(joints_m), 3))
    hips_m[first_frame : last_frame + 1] = ways_m
    hips_m[last_frame + 1 :] = ways_m[-1]
    recorded = Motion(
        key=f"{chosen[0].key}_x{count}_{number}",
        source=chosen[0].source,
        subject=chosen[0].subject,
        exercise_id=chosen[0].exercise_id,
        joints_m=joints_m.astype(np.float32),
        fps=fps,
        correct=chosen[0].correct,
        hips_m=(hips_m - hips_m[0]).astype(np.float32),
    )
    return Recording(recorded, first_frame / fps, last_frame / fps)


def _performed(chosen: Sequence[Motion], random: np.random.Generator) -> tuple[Places, Places]:
    """The repetitions at one tempo, one after the other: joints [F, 13, 3] and hips [F, 3]."""
    slower = float(np.exp(random.uniform(*np.log(_SLOWER))))
    pauses = random.random() < _PAUSES_SHARE
    joints: list[Places] = []
    hips: list[Places] = [np.zeros((1, 3))]
    for number, motion in enumerate(chosen):
        pause = random.uniform(*_PAUSE_S) * motion.fps if pauses and number else 0.0
        frames = max(2, round(slower * len(motion.joints_m)))
        at = np.linspace(0.0, len(motion.joints_m) - 1, frames)
        at = np.concatenate([np.zeros(round(pause)), at])
        before = np.minimum(at.astype(int), len(motion.joints_m) - 2)
        share = (at - before)[:, None]
        way_m = np.zeros((len(motion.joints_m), 3)) if motion.hips_m is None else motion.hips_m
        for table, found in ((motion.joints_m, joints), (way_m, hips)):
            part = share if table.ndim == 2 else share[..., None]
            found.append((1.0 - part) * table[before] + part * table[before + 1])
        hips[-1] = hips[-1] + hips[-2][-1]
    return np.concatenate(joints), np.concatenate(hips[1:])


def _idle(
    posture: Places, others: Sequence[Motion], fps: float, random: np.random.Generator
) -> Places:
    """[F, 13, 3]: a little standing still in ``posture``, going over to another, and fidgeting."""
    if random.random() < _NO_IDLE_SHARE:
        return np.empty((0, *posture.shape))
    still = np.repeat(posture[None], round(random.uniform(*_STILL_S) * fps), axis=0)
    other = others[int(random.integers(len(others)))].joints_m[0].astype(np.float64)
    stance = posture if random.random() < 0.5 else other
    fidgeting = _fidgeting(stance, others, fps, random)
    steps = max(2, round(random.uniform(*_TO_START_S) * fps))
    share = 0.5 - 0.5 * np.cos(np.linspace(0.0, np.pi, steps))[:, None, None]
    return np.concatenate([still, posture + share * (fidgeting[0] - posture), fidgeting])


def _fidgeting(
    stance: Places, others: Iterable[Motion], fps: float, random: np.random.Generator
) -> Places:
    pool = list(others)
    frames = max(2, round(random.uniform(*_IDLE_S) * fps))
    moved = np.repeat(stance[None], frames, axis=0)
    begin = 0
    while begin < frames:
        length = max(2, round(random.uniform(*_GESTURE_S) * fps))
        if random.random() < 0.6:
            source = pool[int(random.integers(len(pool)))].joints_m.astype(np.float64)
            at = np.linspace(0, len(source) - 1, length).round().astype(int)
            # From nothing to nothing, so that pieces follow one another without a jump.
            window = np.sin(np.linspace(0.0, np.pi, length))[:, None, None]
            gesture = random.uniform(*_GESTURE_SCALE) * window * (source[at] - source[0])
            part = moved[begin : begin + length]
            part += gesture[: len(part)]
        begin += length
    turn = np.radians(_TURN_DEG) * remembering(random, (frames,), 2.0 * fps)
    return _turned(moved, turn)


def _turned(places: Places, yaw: NDArray[np.float64]) -> Places:
    """Each frame of ``places`` [F, 13, 3] turned about the vertical by its own angle, rad [F]."""
    cosine, sine = np.cos(yaw)[:, None], np.sin(yaw)[:, None]
    x, y, z = np.moveaxis(places, -1, 0)
    return np.stack([cosine * x + sine * z, y, cosine * z - sine * x], axis=-1)
