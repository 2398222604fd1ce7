"""Films the simulated patient with the real network once, and keeps the keypoints.

Rendering and the network cost tens of milliseconds a frame, the coach a fraction of one: a take is
filmed once and coached as often as one likes. What is kept is keypoints and truth, never pictures.
"""

import hashlib
import json
import multiprocessing
import os
import sys
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from device.camera.frame import Frame
from device.camera.simulated.conditions import Conditions
from device.camera.simulated.patient import SimulatedPatient
from device.camera.simulated.performance import Performance
from device.pose.movenet import MoveNet
from device.recording import KeypointRecording
from models.exercises.definition import ExerciseDefinition
from models.exercises.library import load_library
from models.messages import Side
from models.networks.find import NetworkFile

_SOURCES = Path(__file__).parent.parent
_WHAT_MAKES_A_TAKE = (
    "camera/simulated/*.py",
    "pose/movenet.py",
    "pose/region.py",
    "pose/runtime.py",
    "benchmark/filming.py",
)


@dataclass(frozen=True, slots=True)
class Take:
    """What to film: who does what, how, and under which conditions.

    ``faults`` gives the fault of single repetitions by number, from 1. ``variation_seed`` lets the
    repetitions differ in tempo and range as a person's do.
    """

    exercise_id: str
    side: Side
    reps: int
    body_seed: int
    conditions: Conditions
    faults: tuple[tuple[int, str], ...] = ()
    variation_seed: int | None = None
    rest_s: float = 2.0


@dataclass(frozen=True, slots=True)
class TrueRepetition:
    """One repetition as it was done; times in seconds, the peak of the measure in degrees."""

    number: int
    begins_s: float
    peaks_s: float
    returned_s: float
    peak_deg: float
    fault: str | None


@dataclass(frozen=True, slots=True)
class FilmedTake:
    """The keypoints of a take beside the truth; ``measure_deg`` float64 [T]."""

    take: Take
    recording: KeypointRecording
    measure_deg: NDArray[np.float64]
    repetitions: tuple[TrueRepetition, ...]


@dataclass(frozen=True, slots=True)
class Studio:
    """Where takes are filmed: the network, the folder that keeps them, and how many at a time."""

    network: NetworkFile
    folder: Path
    jobs: int = field(default_factory=lambda: os.cpu_count() or 1)

    def film(self, takes: Sequence[Take], title: str) -> list[FilmedTake]:
        """All takes, in order; those that are kept already are read."""
        missing = list(dict.fromkeys(each for each in takes if not self._path(each).exists()))
        self.folder.mkdir(parents=True, exist_ok=True)
        if missing:
            self._film(missing, title)
        return [_read(self._path(each), each) for each in takes]

    def _film(self, takes: Sequence[Take], title: str) -> None:
        # Started afresh: a forked child would share the interpreter's threads and locks.
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.jobs, mp_context=context) as pool:
            running = [pool.submit(_film, take, self.network, self._path(take)) for take in takes]
            done: Iterable[object] = tqdm(
                as_completed(running), total=len(running), desc=title, unit=" takes",
                file=sys.stderr,
            )  # fmt: skip
            for _ in done:
                pass
            for each in running:
                each.result()

    def _path(self, take: Take) -> Path:
        exercise = load_library().measured(take.exercise_id)
        made_of = json.dumps(
            [
                asdict(take),
                exercise.motion.model_dump(mode="json"),
                exercise.range_of_motion.model_dump(mode="json"),
                exercise.tempo.model_dump(mode="json"),
                # A fault's size follows from its rule; a clean take knows none.
                exercise.form.model_dump(mode="json") if take.faults else None,
                self.network.entry.sha256,
                _sources_digest(),
            ],
            sort_keys=True,
        )
        digest = hashlib.sha256(made_of.encode()).hexdigest()[:20]
        return self.folder / f"{take.exercise_id}-{digest}.npz"


def sides_of(exercise: ExerciseDefinition) -> Side:
    """The side a benchmark trains: both at once where they can be, otherwise the left."""
    one_sided = exercise.side == "unilateral" or exercise.motion.one_sided
    return "left" if one_sided and exercise.side != "alternating" else "both"


@cache
def _sources_digest() -> str:
    """Takes filmed by other code are other takes."""
    digest = hashlib.sha256()
    for pattern in _WHAT_MAKES_A_TAKE:
        for path in sorted(_SOURCES.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _film(take: Take, network: NetworkFile, path: Path) -> None:
    exercise = load_library().measured(take.exercise_id)
    performance = Performance(
        exercise,
        take.side,
        take.reps,
        faults=dict(take.faults),
        natural_variation_seed=take.variation_seed,
        rest_s=take.rest_s,
    )
    patient = SimulatedPatient(performance, take.body_seed, conditions=take.conditions)
    estimator = MoveNet(network, threads=1)
    keypoints, times_s, measure_deg = [], [], []
    for index, (image, truth) in enumerate(patient.frames(), start=1):
        pose = estimator.estimate(Frame(index, truth.time_s, image))
        keypoints.append(pose.keypoints)
        times_s.append(truth.time_s)
        measure_deg.append(truth.measure_deg)
    repetitions = [
        asdict(
            TrueRepetition(
                each.number, each.begins_s, each.peaks_s, each.returned_s, each.peak_deg, each.fault
            )
        )
        for each in performance.repetitions
    ]
    unfinished = path.with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(
        unfinished,
        keypoints=np.array(keypoints, np.float32),
        times_s=np.array(times_s),
        measure_deg=np.array(measure_deg),
        size=np.array([patient.view.width, patient.view.height]),
        repetitions=np.frombuffer(json.dumps(repetitions).encode(), np.uint8),
    )
    unfinished.replace(path)


def _read(path: Path, take: Take) -> FilmedTake:
    with np.load(path, allow_pickle=False) as kept:
        width, height = (int(each) for each in kept["size"])
        recording = KeypointRecording(kept["keypoints"], kept["times_s"], width, height)
        repetitions = json.loads(kept["repetitions"].tobytes())
        measure_deg = kept["measure_deg"]
    return FilmedTake(
        take, recording, measure_deg, tuple(TrueRepetition(**each) for each in repetitions)
    )
