"""All stages of the quality analysis after one set, in order; each says why where it stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import structlog
from numpy.typing import NDArray

from device.coaching.set_recording import RecordedSet, RepetitionTimes
from device.errors import DeviceError
from device.quality.gate_causes import CauseFinder
from device.quality.gate_findings import MOST_FINDINGS, gate_findings
from device.quality.keypoint_gate import GatedWindows, KeypointGate
from device.quality.keypoint_windows import WINDOW_FRAMES
from device.quality.repetitions_judged import (
    KEYPOINTS,
    NOT_WHOLE,
    STAGE_FAILED,
    STAGE_MISSING,
    TOO_FEW_FRAMES,
    RepetitionJudge,
    summary_of,
)
from device.quality.stages import Joints, Lifted, Stages
from models.errors import ModelsError
from models.exercises.definition import LYING, ExerciseDefinition
from models.exercises.library import ExerciseLibrary, load_library
from models.quality import BODY_BLOCKS, GateFinding, Reason, SetQuality, not_analysed
from models.quality_limits import QualityLimits, load_quality_limits

NOT_MEASURED: Final = "exercise_not_measured"
LIES: Final = "lying"
"""Bodies that lie were seen in training in simulation alone, and tried on nobody."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class InSpace:
    """The keypoints through the stages after the gate.

    ``converted`` float32 [T, 13, 3] (x, y in torso lengths, score), ``joints_m`` float32
    [T, 13, 3], ``deviation_m`` float32 [T, 13]; ``trimmed_s`` first and last second of the movement
    on the recording's clock, ``None`` where no movement was found.
    """

    converted: Joints
    joints_m: Joints
    deviation_m: NDArray[np.float32]
    trimmed_s: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class SetAnalysis:
    """One set's quality with what the stages gave; ``None`` where it did not come so far."""

    quality: SetQuality
    gated: GatedWindows | None = None
    in_space: InSpace | None = None


class QualityPipeline:
    """Analyses one set after the other with the stages given.

    Raises :class:`~models.errors.StageNotAvailableError` or :class:`~device.errors.QualityError`
    where there is no gate: nothing is judged that did not pass it.
    """

    def __init__(
        self,
        stages: Stages,
        limits: QualityLimits | None = None,
        library: ExerciseLibrary | None = None,
    ) -> None:
        self._stages = stages
        self._limits = limits or load_quality_limits()
        self._library = library or load_library()
        self._gate = KeypointGate(self._limits.gate)

    def analyse(self, recorded: RecordedSet) -> SetAnalysis:
        """The quality of one set; a stage that fails is logged, and what came before it stays."""
        exercise = self._library.find(recorded.exercise_id)
        if not isinstance(exercise, ExerciseDefinition):
            return SetAnalysis(not_analysed(NOT_MEASURED))
        if len(recorded.recording) < WINDOW_FRAMES:
            return SetAnalysis(not_analysed(TOO_FEW_FRAMES))
        gated = self._gate.gated(recorded.recording, exercise, recorded.side)
        quality = self._after_gate(recorded, gated)
        if not self._passes(gated, recorded.repetitions):
            stopped = {"status": "gate_stopped", "reason": main_cause(quality.findings)}
            return SetAnalysis(quality.model_copy(update=stopped), gated)
        in_space = self._in_space(recorded, exercise)
        if not isinstance(in_space, InSpace):
            return SetAnalysis(_unjudged(quality, in_space, len(recorded.repetitions)), gated)
        return SetAnalysis(self._judged(recorded, gated, in_space, quality), gated, in_space)

    def _after_gate(self, recorded: RecordedSet, gated: GatedWindows) -> SetQuality:
        recording = recorded.recording
        causes = CauseFinder(
            recording,
            gated.windows.torso_px,
            self._limits.cause,
            recorded.lights,
            recorded.complaints,
        )
        began_s = float(recording.times_s[0])
        findings = gate_findings(gated, causes, self._limits.gate, began_s)
        return SetQuality(
            status="analysed",
            usable_pct=round(100.0 * (gated.usable_share or 0.0), 1),
            findings=findings[:MOST_FINDINGS],
            findings_left_out=max(len(findings) - MOST_FINDINGS, 0),
            frames_per_s=round(min(recording.fps, 1000.0), 2),
            stages=tuple(self._stages.versions.values()),
        )

    def _passes(self, gated: GatedWindows, repetitions: Sequence[RepetitionTimes]) -> bool:
        """Whether enough repetitions can be judged; of windows, where none was counted."""
        least = self._limits.gate.usable_repetitions_of_set
        if not repetitions:
            return (gated.usable_share or 0.0) >= least
        usable = sum(self._is_usable(gated, each) for each in repetitions)
        return usable / len(repetitions) >= least

    def _is_usable(self, gated: GatedWindows, times: RepetitionTimes) -> bool:
        share = gated.usable_between(times.begins_s, times.ends_s)
        return share is not None and share >= self._limits.gate.usable_windows_of_repetition

    def _refused(self, gated: GatedWindows, times: RepetitionTimes) -> Reason | None:
        """Why form and score, which look at the whole body, are not asked of a repetition."""
        if not self._is_usable(gated, times):
            return KEYPOINTS
        unseen = gated.unseen_between(times.begins_s, times.ends_s)
        return NOT_WHOLE if unseen > self._limits.gate.unseen_windows_of_repetition else None

    def _in_space(self, recorded: RecordedSet, exercise: ExerciseDefinition) -> InSpace | Reason:
        """The joints in space and where the movement is, or why there are none."""
        stages, times_s = self._stages, recorded.recording.times_s
        if exercise.position in LYING:
            return LIES
        if stages.convert is None or stages.lift is None:
            return STAGE_MISSING
        try:
            converted = stages.convert(recorded.recording)
            lifted: Lifted = stages.lift(converted, times_s)
            trimmed = None if stages.trim is None else stages.trim(lifted.joints_m, times_s)
        except (DeviceError, ModelsError) as error:
            log.error("quality_stage_failed", exercise=exercise.id, reason=str(error))
            return STAGE_FAILED
        return InSpace(converted, lifted.joints_m, lifted.deviation_m, trimmed)

    def _judged(
        self, recorded: RecordedSet, gated: GatedWindows, in_space: InSpace, quality: SetQuality
    ) -> SetQuality:
        times_s = recorded.recording.times_s
        repetitions, cut_by = recorded.repetitions, "coach"
        if not repetitions and in_space.trimmed_s is not None:
            begins_s, ends_s = in_space.trimmed_s
            whole = RepetitionTimes(begins_s, (begins_s + ends_s) / 2, ends_s, "both")
            repetitions, cut_by = (whole,), "trimming"
        judge = RepetitionJudge(
            self._stages, recorded.exercise_id, in_space.joints_m, times_s, float(times_s[0])
        )
        judged = [judge.judged(each, refused=self._refused(gated, each)) for each in repetitions]
        found = summary_of(judged) | {"repetitions_cut_by": cut_by if judged else None}
        return SetQuality.model_validate(quality.model_dump() | found)


def main_cause(findings: Sequence[GateFinding]) -> Reason:
    """What most of the time with bad keypoints is put down to."""
    lasted_s: dict[Reason, float] = {}
    for each in findings:
        if each.block in BODY_BLOCKS:
            lasted_s[each.cause] = lasted_s.get(each.cause, 0.0) + each.ends_s - each.begins_s
    return max(lasted_s, key=lasted_s.__getitem__, default="unclear")


def _unjudged(quality: SetQuality, reason: Reason, repetitions: int) -> SetQuality:
    unjudged = {"reason": reason, "form_reason": reason, "not_judged_repetitions": repetitions}
    return quality.model_copy(update=unjudged)
