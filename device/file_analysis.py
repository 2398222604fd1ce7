"""A video or a recording of keypoints through the live coach and, where asked, the quality stages.

The command ``analyse`` and the device's video jobs do the same through this.
"""

import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.analyse import Analysis, analyse_poses, clip_poses, recorded_set
from device.camera.clip import ClipCamera
from device.camera.simulated.clip_mark import is_simulated
from device.coaching.recognition.references import load_references
from device.coaching.recognition.whole_file import exercise_shown
from device.coaching.set_recording import RecordedSet, SetRecording
from device.errors import ClipError
from device.pose.movenet import MoveNet
from device.pose.network_choice import choose_network, library_measured_by
from device.pose.pose import Pose
from device.quality.pipeline import QualityPipeline, SetAnalysis
from device.quality.report import quality_document
from device.quality.stages import available_stages
from device.recording import RECORDING_SUFFIXES, load_recording
from models.exercises.library import ExerciseLibrary, load_library
from models.messages import Side

WatchPoses = Callable[[Iterable[Pose], int | None], Iterable[Pose]]
"""Passes poses on, and sees by them how far the analysis has come; with their number if known."""


@dataclass(frozen=True, slots=True)
class FileToAnalyse:
    """What is analysed, and as what.

    ``recording`` chooses one of several in a file, ``fps`` is for a recording that does not say its
    own. Without ``exercise_id`` the exercise is recognised. ``stand_in`` uses the stand-in network,
    ``network_folder`` is looked in first for MoveNet, and ``threads`` are those of the network,
    ``None`` for a choice by a short benchmark.
    """

    path: Path
    exercise_id: str | None
    side: Side | None = None
    recording: str | None = None
    fps: float | None = None
    stand_in: bool = False
    network_folder: Path | None = None
    threads: int | None = None


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """What the quality stages made of the whole file as one set."""

    analysis: SetAnalysis
    recorded: RecordedSet


@dataclass(frozen=True, slots=True)
class FileAnalysis:
    """What the coach counted and, where asked, how good it was.

    ``recognised`` says that nobody named the exercise: the poses did.
    """

    counted: Analysis
    judged: JudgedSet | None
    recognised: bool

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object; ``quality`` stands in it only where it was judged."""
        document = self.counted.as_document()
        document["exercise_recognised"] = self.recognised
        if self.judged is not None:
            document["quality"] = quality_document(self.judged.analysis, self.judged.recorded)
        return document


def analyse_file(
    file: FileToAnalyse, watch: WatchPoses, *, quality: bool, research: bool = False
) -> FileAnalysis:
    """Analyse a whole file, as fast as it goes.

    Raises :class:`ClipError` for a file that cannot be read, and the errors of the exercise
    library, the pose network and the stages.
    """
    if file.exercise_id is not None:
        load_library().measured(file.exercise_id)
    if not file.path.exists():
        raise ClipError(f"{file.path}: there is no such file")
    is_recording = file.path.suffix.lower() in RECORDING_SUFFIXES
    seen = _recorded(file, watch) if is_recording else _filmed(file, watch)
    poses = list(seen.poses) if file.exercise_id is None else seen.poses
    exercise_id = file.exercise_id or _recognised(poses, seen.library)
    kept = SetRecording()
    definition = seen.library.measured(exercise_id)
    counted = analyse_poses(poses, definition, file.side, seen.network, seen.fps, kept)
    judged = _judged(kept, counted, file.side, research=research) if quality else None
    return FileAnalysis(counted, judged, recognised=file.exercise_id is None)


@dataclass(frozen=True, slots=True)
class _Seen:
    """The poses of a file, what found them, and the library with that network's errors."""

    poses: Iterable[Pose]
    network: str
    fps: float
    library: ExerciseLibrary


def _recorded(file: FileToAnalyse, watch: WatchPoses) -> _Seen:
    keypoints = load_recording(file.path, file.recording, file.fps)
    poses = watch(keypoints.poses(), len(keypoints))
    return _Seen(poses, "recording", keypoints.fps, load_library())


def _filmed(file: FileToAnalyse, watch: WatchPoses) -> _Seen:
    clip = ClipCamera(file.path, paced=False)
    opened = clip.open()
    count = clip.frame_count
    network = choose_network(
        file.network_folder, no_person=is_simulated(file.path), stand_in=file.stand_in
    )
    estimator = MoveNet(network, file.threads)
    poses = watch(clip_poses(clip, estimator), count)
    library = library_measured_by(estimator.is_stand_in)
    return _Seen(poses, estimator.version.name, opened.fps, library)


def _recognised(poses: Iterable[Pose], library: ExerciseLibrary) -> str:
    with tempfile.TemporaryDirectory(prefix="physiopi-") as folder:
        exercise_id = exercise_shown(poses, load_references(Path(folder), library))
    if exercise_id is None:
        raise ClipError(
            "it could not be told which exercise this is: say it with --exercise, such as"
            " --exercise squat_deep"
        )
    return exercise_id


def _judged(
    kept: SetRecording, counted: Analysis, side: Side | None, *, research: bool
) -> JudgedSet:
    recorded = recorded_set(kept, counted, side)
    if recorded is None:
        raise ClipError("quality needs at least two frames: give a longer clip or recording")
    analysis = QualityPipeline(available_stages(research=research)).analyse(recorded)
    return JudgedSet(analysis, recorded)
