"""What the quality analysis costs: processor time for a set, bytes, and what it takes from MoveNet.

A set of 60 s is simulated as keypoints, without a picture. The rate of the loop is measured with
and without the analysis beside it, turn about in one run, for other work on the machine comes and
goes: the ratio counts.
"""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

import numpy as np

from device.benchmark.quality_row import QualityRow
from device.camera.frame import Frame
from device.camera.simulated.keypoint_recording import record_keypoints
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.coaching.set_recording import RecordedSet, RepetitionTimes, SetKey
from device.errors import QualityError
from device.pose.movenet import MoveNet
from device.quality.pipeline import QualityPipeline
from device.quality.process import AnalysisProcess
from device.quality.stages import available_stages
from device.recording import KeypointRecording
from models.exercises.library import load_library
from models.networks.find import NetworkFile
from models.networks.manifest import load_stages

SET_S: Final = 60.0
FPS: Final = 30.0
MOST_SET_COST_S: Final = 3.0
LEAST_RATE_RATIO: Final = 0.9
MOST_BYTES: Final = 4_000_000
_EXERCISE: Final = "squat_mini"
_REPETITIONS: Final = 10
_BODY: Final = 11
_PICTURE: Final = (480, 640, 3)
_POLL_S: Final = 0.01
_READY_WITHIN_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class QualityCost:
    """``set_s`` of one core for a 60 s set of ten repetitions; ``rate_ratio`` of MoveNet's rate
    with the analysis beside it, the median of ``rate_ratios``; bytes of the stages that ship."""

    set_s: float
    rate_ratios: tuple[float, ...]
    stages_bytes: int
    measured_at: datetime

    @property
    def rate_ratio(self) -> float:
        """The median."""
        return float(np.median(self.rate_ratios))

    def rows(self) -> list[QualityRow]:
        """For the table."""
        row = QualityRow("all", "60 s at 30 frames a second", "simulated", "")
        lowest, highest = min(self.rate_ratios), max(self.rate_ratios)
        turns = f"{len(self.rate_ratios)} turns: {lowest:.2f} to {highest:.2f}"
        return [
            row.named("seconds of one core", MOST_SET_COST_S, lower_is_better=True).of(self.set_s),
            row.named(
                "MoveNet's rate beside the analysis, share", LEAST_RATE_RATIO, lower_is_better=False
            ).of(self.rate_ratio, 1.0, part=turns),
            QualityRow("all", "manifest", "none", "networks and rules, MB")
            .named("networks and rules, MB", MOST_BYTES / 1e6, lower_is_better=True)
            .of(self.stages_bytes / 1e6),
        ]


def measure_cost(network: NetworkFile, turns: int, turn_s: float) -> QualityCost:
    """Cost of the stages that ship; ``turns`` times ``turn_s`` of MoveNet with and without them.

    Raises :class:`~device.errors.QualityError` where the set was not analysed.
    """
    recorded = simulated_set()
    return QualityCost(
        set_s=_set_cost_s(recorded),
        rate_ratios=_rate_ratios(network, recorded, turns, turn_s),
        stages_bytes=sum(each.size_bytes or 0 for each in load_stages().values()),
        measured_at=datetime.now(UTC),
    )


def simulated_set() -> RecordedSet:
    """60 s of keypoints at 30 frames a second with ten repetitions."""
    exercise = load_library().measured(_EXERCISE)
    patient = SimulatedPatient(Performance(exercise, "both", _REPETITIONS, rest_s=1.0), _BODY)
    whole = record_keypoints(patient, 1, fps=FPS).recording
    frames = int(SET_S * FPS)
    at = np.arange(frames) % len(whole)
    recording = KeypointRecording(
        whole.keypoints[at], np.arange(frames) / FPS, whole.width, whole.height
    )
    lasts_s = SET_S / _REPETITIONS
    times = tuple(
        RepetitionTimes(n * lasts_s, (n + 0.5) * lasts_s, (n + 1) * lasts_s, "both")
        for n in range(_REPETITIONS)
    )
    return RecordedSet(_EXERCISE, "both", recording, times)


def _set_cost_s(recorded: RecordedSet) -> float:
    pipeline = QualityPipeline(available_stages())
    pipeline.analyse(recorded)  # loads what is loaded once
    began_s = time.process_time()
    quality = pipeline.analyse(recorded).quality
    cost_s = time.process_time() - began_s
    if quality.status != "analysed":
        raise QualityError(f"the set was not analysed ({quality.reason}): its cost means nothing")
    return cost_s


def _rate_ratios(
    network: NetworkFile, recorded: RecordedSet, turns: int, turn_s: float
) -> tuple[float, ...]:
    estimator = MoveNet(network, threads=1)
    picture = np.random.default_rng(0).integers(0, 255, _PICTURE, dtype=np.uint8)
    ratios = []
    with AnalysisProcess() as analysis:
        _wait_for(analysis)
        for _ in range(turns):
            alone = _frames_in(estimator, picture, turn_s, None, recorded)
            beside = _frames_in(estimator, picture, turn_s, analysis, recorded)
            ratios.append(beside / alone)
    return tuple(ratios)


def _wait_for(analysis: AnalysisProcess) -> None:
    ends_s = time.monotonic() + _READY_WITHIN_S
    while analysis.ready is None:
        if time.monotonic() > ends_s:
            raise QualityError("the analysis did not start: see the log above")
        time.sleep(_POLL_S)


def _frames_in(
    estimator: MoveNet,
    picture: np.ndarray,
    turn_s: float,
    analysis: AnalysisProcess | None,
    recorded: RecordedSet,
) -> int:
    """How many frames MoveNet does meanwhile; the analysis has always a set to analyse."""
    waiting, frames = 0, 0
    ends_s = time.monotonic() + turn_s
    while time.monotonic() < ends_s:
        if analysis is not None:
            waiting -= len(analysis.finished())
            if waiting < 1:
                analysis.submit(SetKey(uuid4(), 0, 0), recorded)
                waiting += 1
        frames += 1
        estimator.estimate(Frame(frames, time.monotonic(), picture))
    while analysis is not None and waiting > 0:
        waiting -= len(analysis.finished())
        time.sleep(_POLL_S)
    return frames
