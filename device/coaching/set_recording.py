"""A set's raw keypoints, kept in memory until they are analysed, and what goes with them.

They are numbers, not pictures, and are stored only where the patient agreed that they are sent.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import numpy as np

from device.coaching.framing import Complaint
from device.coaching.light import Light
from device.coaching.set_progress import JudgedMovement
from device.pose.pose import Pose
from device.recording import KeypointRecording
from models.messages import ExerciseId, Side
from models.quality import SetQuality
from models.quality_limits import load_quality_limits

_LEAST_FRAMES = 2


@dataclass(frozen=True, slots=True)
class RepetitionTimes:
    """When a counted repetition was done, seconds on the recording's clock."""

    begins_s: float
    peak_s: float
    ends_s: float
    side: Side


@dataclass(frozen=True, slots=True)
class SetKey:
    """Which set of which session: by the prescription's item and the set's number, both from 0."""

    session_id: UUID
    item: int
    number: int


@dataclass(frozen=True, slots=True)
class RecordedSet:
    """What the quality analysis is given of one set.

    ``recording`` holds the unsmoothed keypoints; ``lights`` what was measured during the set and
    ``complaints`` what the patient was asked to change before it and did not. ``keep_motion`` asks
    for the set's movement beside its quality, to be sent.
    """

    exercise_id: ExerciseId
    side: Side | None
    recording: KeypointRecording
    repetitions: tuple[RepetitionTimes, ...] = ()
    lights: tuple[Light, ...] = ()
    complaints: tuple[Complaint, ...] = ()
    keep_motion: bool = False


class SetAnalyst(Protocol):
    """Whoever analyses sets beside the loop; every call returns at once."""

    def submit(self, key: SetKey, recorded: RecordedSet) -> None:
        """Analyse a set when there is time."""

    def finished(self) -> Sequence[tuple[SetKey, SetQuality]]:
        """What has been finished since the last call, given up included."""


@dataclass(slots=True, eq=False)
class SetRecording:
    """Collects one set's raw keypoints, bounded: a set of more than ``most_frames`` is kept with
    every second frame from then on, and what was kept so far is thinned alike.
    """

    most_frames: int = field(default_factory=lambda: load_quality_limits().analysis.most_frames)
    _poses: list[Pose] = field(default_factory=list, init=False)
    _lights: list[Light] = field(default_factory=list, init=False)
    _every: int = field(default=1, init=False)
    _offered: int = field(default=0, init=False)

    def take(self, pose: Pose) -> None:
        """One unsmoothed pose, later than the last one."""
        if self._poses and pose.captured_at_s <= self._poses[-1].captured_at_s:
            return
        self._offered += 1
        if self._offered % self._every:
            return
        self._poses.append(pose)
        if len(self._poses) >= self.most_frames:
            self._poses = self._poses[1::2]
            self._every *= 2

    def see_light(self, light: Light) -> None:
        """The light in a picture of the set."""
        if len(self._lights) < self.most_frames:
            self._lights.append(light)

    def recorded(
        self,
        exercise_id: ExerciseId,
        side: Side | None,
        repetitions: Sequence[JudgedMovement],
        complaints: Sequence[Complaint],
    ) -> RecordedSet | None:
        """The whole set; ``None`` where there is nothing to analyse."""
        if len(self._poses) < _LEAST_FRAMES:
            return None
        last = self._poses[-1]
        return RecordedSet(
            exercise_id=exercise_id,
            side=side,
            recording=KeypointRecording(
                keypoints=np.stack([pose.keypoints for pose in self._poses]),
                times_s=np.array([pose.captured_at_s for pose in self._poses]),
                width=last.width,
                height=last.height,
            ),
            repetitions=repetition_times(repetitions),
            lights=tuple(self._lights),
            complaints=tuple(complaints),
        )


def repetition_times(repetitions: Sequence[JudgedMovement]) -> tuple[RepetitionTimes, ...]:
    """When the counted repetitions were done."""
    return tuple(
        RepetitionTimes(
            each.movement.began_s, each.movement.peak_s, each.movement.ended_s, each.side
        )
        for each in repetitions
    )
