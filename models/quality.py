"""How well a set was done: the parts of the wire contract that the quality analysis fills.

Every number is ``None`` where it was not measured, and a reason then says why. Reasons and causes
are codes; the readers have their words.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from models.message_part import Count, Part, Percentage, Seconds

BodyBlock = Literal["top_left", "top_right", "bottom_left", "bottom_right", "whole"]
"""Arm or leg on the person's own side, with its shoulder or hip; or the whole body."""
BODY_BLOCKS: Sequence[BodyBlock] = ("top_left", "top_right", "bottom_left", "bottom_right")

GateCause = Literal[
    "too_far",
    "too_near",
    "dark",
    "backlit",
    "out_of_frame",
    "second_person",
    "camera_moved",
    "unclear",
]
"""Why keypoints could not be relied on; ``unclear`` where nothing else explains it."""

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,63}$")]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
QualityScore = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
"""0 perfect, 4 poor."""
Deviation = Annotated[float, Field(ge=0, le=4, allow_inf_nan=False)]
JitterTorso = Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]
StageVersionText = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]


class StageVersion(Part):
    """A stage that had a part in the result: a network or a stated rule.

    ``research`` marks a network whose data allow research alone.
    """

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    version: StageVersionText
    kind: Literal["network", "rule"]
    research: bool = False


class GateFinding(Part):
    """Where keypoints could not be relied on: which part of the body, when, why, and how much.

    Times count from the set's beginning. ``goodness`` is the probability, 0 to 1, that the block's
    keypoints lie where the joints are, ``confidence`` the network's mean score, both the means over
    the time; ``jitter_torso`` the mean distance, in torso lengths, of a keypoint from the middle
    between the frames before and after.
    """

    block: BodyBlock
    cause: GateCause
    begins_s: Seconds
    ends_s: Seconds
    goodness: Share
    confidence: Share
    jitter_torso: JitterTorso


class Contribution(Part):
    """How much one joint in one phase had to do with the score; ``share`` of the whole, 0 to 1."""

    joint: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    phase: Literal["out", "hold", "return"]
    share: Share


class RepetitionQuality(Part):
    """One repetition; ``not_judged`` says why ``score`` is ``None``, ``form_not_judged`` why
    ``good`` is.

    ``good`` is the form gate's judgement and ``probability_good`` its certainty; ``score`` goes
    from 0 (perfect) to 4 (poor), with the standard deviation of its error.
    """

    begins_s: Seconds
    ends_s: Seconds
    good: bool | None = None
    probability_good: Share | None = None
    score: QualityScore | None = None
    deviation: Deviation | None = None
    not_judged: Reason | None = None
    form_not_judged: Reason | None = None


class SetQuality(Part):
    """What the analysis of one set's keypoints gave.

    ``analysed``: the keypoints could be relied on and the set was judged, as far as there are
    stages for the exercise. ``gate_stopped``: they could not, and ``findings`` say where and why.
    ``not_analysed``: the analysis did not take place. ``reason`` says why there is no ``score``,
    ``form_reason`` why the form of most of ``not_judged_repetitions`` was not judged.

    ``score``, from 0 (perfect) to 4 (poor), is the median of the repetitions' and ``deviation`` the
    standard deviation of its error. ``usable_pct`` are the windows in which the body parts that the
    exercise needs could be relied on; ``repetitions_cut_by`` says whether the coach's repetitions
    were judged or, where it counted none, the movement that trimming found.
    ``research_score`` is the score of a network whose data allow research alone.
    """

    status: Literal["analysed", "gate_stopped", "not_analysed"]
    reason: Reason | None = None
    form_reason: Reason | None = None
    score: QualityScore | None = None
    deviation: Deviation | None = None
    research_score: QualityScore | None = None
    research_deviation: Deviation | None = None
    good_repetitions: Count = 0
    bad_repetitions: Count = 0
    not_judged_repetitions: Count = 0
    contributions: Annotated[tuple[Contribution, ...], Field(max_length=5)] = ()
    usable_pct: Percentage | None = None
    findings: Annotated[tuple[GateFinding, ...], Field(max_length=20)] = ()
    findings_left_out: Count = 0
    repetitions: Annotated[tuple[RepetitionQuality, ...], Field(max_length=200)] = ()
    repetitions_cut_by: Literal["coach", "trimming"] | None = None
    frames_per_s: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] | None = None
    stages: Annotated[tuple[StageVersion, ...], Field(max_length=20)] = ()

    @model_validator(mode="after")
    def _no_number_without_analysis(self) -> Self:
        if self.status != "analysed" and (self.score is not None or self.good_repetitions):
            raise ValueError("a set that was not analysed has no score")
        if self.status != "analysed" and self.reason is None:
            raise ValueError("a set that was not analysed says why")
        return self


def not_analysed(reason: Reason) -> SetQuality:
    """The mark of a set whose analysis did not take place."""
    return SetQuality(status="not_analysed", reason=reason)
