"""Each repetition's judgement and score, and what the set's are."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any, Final, TypeVar

import numpy as np
import structlog

from device.coaching.set_recording import RepetitionTimes
from device.errors import DeviceError
from device.quality.stages import FormJudged, Joints, Scored, Stages, Times
from models.errors import ModelsError
from models.quality import Contribution, Reason, RepetitionQuality
from models.quality_bands import load_quality_bands

STAGE_MISSING: Final = "stage_missing"
STAGE_FAILED: Final = "stage_failed"
KEYPOINTS: Final = "keypoints_not_relied_on"
NOT_WHOLE: Final = "body_not_whole"
UNLIKE_TRAINING: Final = "form_unlike_training"
"""What the form gate says of a movement far from all that it was trained on."""
NO_REPETITION: Final = "no_repetition"
TOO_FEW_FRAMES: Final = "too_few_frames"
MOST_REPETITIONS: Final = 200
_LEAST_FRAMES: Final = 4
_MOST_CONTRIBUTIONS: Final = 5

log = structlog.get_logger()
_Judged = TypeVar("_Judged")


@dataclass(frozen=True, slots=True)
class JudgedRepetition:
    """One repetition as the result names it, with what contributed and the research score."""

    quality: RepetitionQuality
    contributions: tuple[Contribution, ...] = ()
    research: tuple[float, float | None] | None = None


@dataclass(frozen=True, slots=True)
class RepetitionJudge:
    """Judges repetitions of one set; ``began_s`` is the set's beginning on its clock."""

    stages: Stages
    exercise_id: str
    joints_m: Joints
    times_s: Times
    began_s: float

    def judged(self, times: RepetitionTimes, *, refused: Reason | None) -> JudgedRepetition:
        """One repetition; nothing is said of one that was ``refused`` for its keypoints."""
        bare = RepetitionQuality(
            begins_s=_since(times.begins_s, self.began_s), ends_s=_since(times.ends_s, self.began_s)
        )
        if refused is not None:
            return _not_judged(bare, refused)
        during = (self.times_s >= times.begins_s) & (self.times_s <= times.ends_s)
        if during.sum() < _LEAST_FRAMES:
            return _not_judged(bare, TOO_FEW_FRAMES)
        given = (self.joints_m[during], self.times_s[during], self.exercise_id)
        form = _tried(self.stages.judge, *given)
        if _reason_of(form) == UNLIKE_TRAINING:
            # Form gate and score were trained on the same movements: neither knows this one.
            return _not_judged(bare, UNLIKE_TRAINING)
        scored = _tried(self.stages.score, *given)
        research = _tried(self.stages.research_score, *given)
        found: dict[str, Any] = {
            "not_judged": _reason_of(scored),
            "form_not_judged": _reason_of(form),
        }
        if not isinstance(form, str) and form.good is not None:
            found |= {"good": form.good, "probability_good": _rounded(form.probability_good)}
        if not isinstance(scored, str) and scored.score is not None:
            found |= {"score": _rounded(scored.score), "deviation": _rounded(scored.deviation)}
        return JudgedRepetition(
            RepetitionQuality.model_validate(bare.model_dump() | found),
            () if isinstance(scored, str) else tuple(scored.contributions),
            _score_of(research),
        )


def summary_of(judged: Sequence[JudgedRepetition]) -> dict[str, Any]:
    """The set's fields of :class:`~models.quality.SetQuality` from its repetitions.

    The score is the median. Its deviation is the median of the repetitions', not divided by their
    number's root: the errors of one person before one camera go together.
    """
    repetitions = [each.quality for each in judged]
    score, deviation = _median([(each.score, each.deviation) for each in repetitions])
    research, research_deviation = _median([each.research or (None, None) for each in judged])
    return {
        "score": score,
        "deviation": deviation,
        "research_score": research,
        "research_deviation": research_deviation,
        "reason": None
        if score is not None
        else _main_reason(each.not_judged for each in repetitions) or NO_REPETITION,
        "form_reason": _main_reason(each.form_not_judged for each in repetitions),
        "good_repetitions": sum(each.good is True for each in repetitions),
        "bad_repetitions": sum(each.good is False for each in repetitions),
        "not_judged_repetitions": sum(each.good is None for each in repetitions),
        "contributions": _contributions(judged) if score is not None else (),
        "repetitions": tuple(repetitions[:MOST_REPETITIONS]),
    }


def _median(
    scores: Sequence[tuple[float | None, float | None]],
) -> tuple[float | None, float | None]:
    known = [score for score, _ in scores if score is not None]
    if not known:
        return None, None
    deviations = [each for score, each in scores if score is not None and each is not None]
    return round(median(known), 2), round(median(deviations), 2) if deviations else None


def _main_reason(reasons: Iterable[Reason | None]) -> Reason | None:
    known = Counter(each for each in reasons if each is not None)
    return known.most_common(1)[0][0] if known else None


def _contributions(judged: Sequence[JudgedRepetition]) -> tuple[Contribution, ...]:
    """The mean over the scored repetitions, those that are worth naming, the largest first."""
    scored = [each for each in judged if each.quality.score is not None]
    shares: defaultdict[tuple[str, Any], float] = defaultdict(float)
    for each in scored:
        for part in each.contributions:
            shares[part.joint, part.phase] += part.share / len(scored)
    limits = load_quality_bands().score
    largest = sorted(shares.items(), key=lambda pair: -pair[1])
    return tuple(
        Contribution(joint=joint, phase=phase, share=round(min(share, 1.0), 3))
        for (joint, phase), share in largest[: min(limits.named_at_most, _MOST_CONTRIBUTIONS)]
        if share >= limits.named_share
    )


def _tried(
    stage: Callable[[Joints, Times, str], _Judged] | None,
    joints_m: Joints,
    times_s: Times,
    exercise_id: str,
) -> _Judged | str:
    """What a stage says, or the reason why it says nothing."""
    if stage is None:
        return STAGE_MISSING
    try:
        return stage(joints_m, times_s, exercise_id)
    except (DeviceError, ModelsError) as error:
        log.error("quality_stage_failed", exercise=exercise_id, reason=str(error))
        return STAGE_FAILED


def _reason_of(said: FormJudged | Scored | str) -> str | None:
    return said if isinstance(said, str) else said.reason


def _score_of(scored: Scored | str) -> tuple[float, float | None] | None:
    if isinstance(scored, str) or scored.score is None:
        return None
    return scored.score, scored.deviation


def _not_judged(bare: RepetitionQuality, reason: Reason) -> JudgedRepetition:
    return JudgedRepetition(
        bare.model_copy(update={"not_judged": reason, "form_not_judged": reason})
    )


def _since(time_s: float, began_s: float) -> float:
    return round(max(time_s - began_s, 0.0), 2)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(float(np.clip(value, 0.0, 4.0)), 3)
