"""How well a set was done, in a doctor's words: each figure computed, with its uncertainty."""

from collections.abc import Mapping
from dataclasses import dataclass

from models.messages import ExerciseId
from models.movement_score.words import band_text, contributions_text, not_scored_text
from models.quality import (
    BodyBlock,
    GateCause,
    GateFinding,
    Reason,
    RepetitionQuality,
    SetQuality,
)

_BLOCKS: Mapping[BodyBlock, str] = {
    "top_left": "left arm",
    "top_right": "right arm",
    "bottom_left": "left leg",
    "bottom_right": "right leg",
    "whole": "whole body",
}
_CAUSES: Mapping[GateCause, str] = {
    "too_far": "too far away",
    "too_near": "too near",
    "dark": "too dark",
    "backlit": "light behind the patient",
    "out_of_frame": "outside the picture",
    "second_person": "a second person in the picture",
    "camera_moved": "the camera was moved",
    "unclear": "not seen clearly",
}
_ASKED: Mapping[GateCause, str] = {
    "too_far": "come closer",
    "too_near": "stand further back",
    "dark": "switch on more light",
    "backlit": "close the curtain behind",
    "out_of_frame": "stay whole in the picture",
    "second_person": "be alone in the picture",
    "camera_moved": "put the camera back",
    "unclear": "-",
}
_REASONS: Mapping[Reason, str] = {
    "analysis_took_too_long": "the analysis took too long and was given up",
    "analysis_stopped": "the analysis ended unexpectedly",
    "analysis_failed": "the analysis failed",
    "analysis_not_available": "the device could not start the analysis",
    "session_did_not_wait": "the analysis was not finished when the session was sent",
    "exercise_not_measured": "the camera measures nothing in this exercise",
    "too_few_frames": "it was seen in too few pictures",
    "stage_missing": "this release of the device has no such stage",
    "stage_failed": "a stage of the analysis failed",
    "lying": "exercises that are done lying are not judged yet",
    "keypoints_not_relied_on": "the keypoints could not be relied on",
    "body_not_whole": "not the whole body was in the picture, and form and score look at all of it",
    "no_repetition": "no repetition was counted",
    "form_not_trained_for_exercise": "the form gate was not trained for this exercise",
    "form_unlike_training": "it looks unlike everything that form gate and score were trained on",
    "form_unsure": "the form gate was not sure",
}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One stretch of time in which keypoints could not be relied on."""

    block: str
    when: str
    cause: str
    asked: str
    figures: tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class RepetitionLine:
    """One repetition's judgement."""

    number: int
    when: str
    good: str
    score: str
    not_judged: str


@dataclass(frozen=True, slots=True)
class QualityBlock:
    """One set's quality; ``score`` is empty where there is none, and ``why`` then says why."""

    set_number: int
    score: str
    band: str
    why: str
    repetitions: str
    contributed: str
    usable: str
    research: str
    findings: tuple[FindingLine, ...]
    findings_left_out: int
    single: tuple[RepetitionLine, ...]
    stages: tuple[str, ...]


def quality_block(number: int, quality: SetQuality, exercise_id: ExerciseId) -> QualityBlock:
    """The quality of a set, by its number from 1."""
    scored = quality.score is not None
    band = band_text(quality.score) if quality.score is not None else ""
    return QualityBlock(
        set_number=number,
        score=_with_deviation(quality.score, quality.deviation),
        band=band,
        why="" if scored else _why(quality),
        repetitions=_repetitions(quality),
        contributed=contributions_text(quality.contributions, exercise_id) if scored else "",
        usable="" if quality.usable_pct is None else f"{quality.usable_pct:.0f} %",
        research=_with_deviation(quality.research_score, quality.research_deviation),
        findings=tuple(map(_finding, quality.findings)),
        findings_left_out=quality.findings_left_out,
        single=tuple(_single(index, each) for index, each in enumerate(quality.repetitions, 1)),
        stages=tuple(
            f"{each.name.replace('_', ' ')}: {each.kind}, version {each.version}"
            + (" (research)" if each.research else "")
            for each in quality.stages
        ),
    )


def reason_text(reason: Reason) -> str:
    """Why something was not judged; the bare code for one that a newer device has sent."""
    if reason in _CAUSES:
        return _CAUSES[reason]  # type: ignore[index]
    known = _REASONS.get(reason)
    return (
        not_scored_text(reason).removeprefix("No score: ").rstrip(".") if known is None else known
    )


def _why(quality: SetQuality) -> str:
    reason = reason_text(quality.reason) if quality.reason is not None else "no reason given"
    if quality.status == "gate_stopped":
        return f"Not judged: the keypoints could not be relied on ({reason})."
    if quality.status == "not_analysed":
        return f"Not analysed: {reason}."
    return f"No score: {reason}."


def _repetitions(quality: SetQuality) -> str:
    parts = [
        (quality.good_repetitions, "good"),
        (quality.bad_repetitions, "not good"),
        (quality.not_judged_repetitions, "not judged"),
    ]
    said = ", ".join(f"{count} {word}" for count, word in parts if count)
    if quality.not_judged_repetitions and quality.form_reason is not None:
        said += f" ({reason_text(quality.form_reason)})"
    if said and quality.repetitions_cut_by == "trimming":
        said += " (no repetition was counted: the whole movement was judged)"
    return said


def _finding(finding: GateFinding) -> FindingLine:
    return FindingLine(
        block=_BLOCKS[finding.block],
        when=_span(finding.begins_s, finding.ends_s),
        cause=_CAUSES[finding.cause],
        asked=_ASKED[finding.cause],
        figures=(
            f"{finding.goodness:.2f}", f"{finding.confidence:.2f}", f"{finding.jitter_torso:.2f}",
        ),
    )  # fmt: skip


def _single(number: int, repetition: RepetitionQuality) -> RepetitionLine:
    good = {True: "good", False: "not good", None: "not judged"}[repetition.good]
    if repetition.probability_good is not None:
        good += f" ({repetition.probability_good:.0%} good)"
    reasons = (repetition.form_not_judged, repetition.not_judged)
    said = dict.fromkeys(reason_text(each) for each in reasons if each is not None)
    return RepetitionLine(
        number=number,
        when=_span(repetition.begins_s, repetition.ends_s),
        good=good,
        score=_with_deviation(repetition.score, repetition.deviation) or "-",
        not_judged="; ".join(said),
    )


def _span(begins_s: float, ends_s: float) -> str:
    return f"{begins_s:.1f} to {ends_s:.1f} s"


def _with_deviation(value: float | None, deviation: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f} (error unknown)" if deviation is None else f"{value:.1f} ± {deviation:.1f}"
