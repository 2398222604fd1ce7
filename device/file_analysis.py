"""A video or a recording of keypoints through the live coach and, where asked, the quality stages.

The command ``analyse`` and the device's video jobs do the same through this.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from device.analyse import Analysis, analyse_poses, clip_poses, recorded_set
from device.camera.clip import ClipCamera
from device.camera.simulated.clip_mark import is_simulated
from device.coaching.set_recording import RecordedSet, SetRecording
from device.errors import ClipError
from device.pose.movenet import MoveNet
from device.pose.network_choice import choose_network, library_measured_by
from device.pose.pose import Pose
from device.quality.pipeline import QualityPipeline, SetAnalysis
from device.quality.report import quality_document
from device.quality.stages import available_stages
from device.recording import RECORDING_SUFFIXES, load_recording
from models.exercises.library import load_library
from models.messages import Side

WatchPoses = Callable[[Iterable[Pose], int | None], Iterable[Pose]]
"""Passes poses on, and sees by them how far the analysis has come; with their number if known."""


@dataclass(frozen=True, slots=True)
class FileToAnalyse:
    """What is analysed, and as what.

    ``recording`` chooses one of several in a file, ``fps`` is for a recording that does not say its
    own. ``stand_in`` uses the stand-in network, ``network_folder`` is looked in first for MoveNet,
    and ``threads`` are those of the network, ``None`` for a choice by a short benchmark.
    """

    path: Path
    exercise_id: str
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
    """What the coach counted and, where asked, how good it was."""

    counted: Analysis
    judged: JudgedSet | None

    def as_document(self) -> dict[str, Any]:
        """A JSON-ready object; ``quality`` stands in it only where it was judged."""
        document = self.counted.as_document()
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
    definition = load_library().measured(file.exercise_id)
    if not file.path.exists():
        raise ClipError(f"{file.path}: there is no such file")
    kept = SetRecording()
    if file.path.suffix.lower() in RECORDING_SUFFIXES:
        keypoints = load_recording(file.path, file.recording, file.fps)
        poses = watch(keypoints.poses(), len(keypoints))
        counted = analyse_poses(poses, definition, file.side, "recording", keypoints.fps, kept)
    else:
        counted = _counted_in_clip(file, watch, kept)
    if not quality:
        return FileAnalysis(counted, None)
    recorded = recorded_set(kept, counted, file.side)
    if recorded is None:
        raise ClipError("quality needs at least two frames: give a longer clip or recording")
    judged = QualityPipeline(available_stages(research=research)).analyse(recorded)
    return FileAnalysis(counted, JudgedSet(judged, recorded))


def _counted_in_clip(file: FileToAnalyse, watch: WatchPoses, kept: SetRecording) -> Analysis:
    clip = ClipCamera(file.path, paced=False)
    opened = clip.open()
    count = clip.frame_count
    network = choose_network(
        file.network_folder, no_person=is_simulated(file.path), stand_in=file.stand_in
    )
    estimator = MoveNet(network, file.threads)
    poses = watch(clip_poses(clip, estimator), count)
    definition = library_measured_by(estimator.is_stand_in).measured(file.exercise_id)
    return analyse_poses(poses, definition, file.side, estimator.version.name, opened.fps, kept)
