"""A set's quality before the doctor: what was computed, how sure, and why not."""

import pytest

from cloud_bridge.portal.set_quality import quality_block, reason_text
from device.quality import pipeline, process, repetitions_judged
from models.quality import (
    Contribution,
    GateCause,
    GateFinding,
    RepetitionQuality,
    SetQuality,
    StageVersion,
    not_analysed,
)

FINDING = GateFinding(
    block="bottom_left", cause="out_of_frame", begins_s=2.0, ends_s=4.5, goodness=0.213,
    confidence=0.28, jitter_torso=0.31,
)  # fmt: skip
QUALITY = SetQuality(
    status="analysed", score=0.84, deviation=0.42, good_repetitions=2, bad_repetitions=1,
    not_judged_repetitions=1, form_reason="keypoints_not_relied_on", usable_pct=91.4,
    findings=(FINDING,), repetitions_cut_by="coach",
    contributions=(Contribution(joint="left_knee", phase="out", share=0.4),),
    repetitions=(
        RepetitionQuality(begins_s=0.0, ends_s=4.0, good=True, probability_good=0.93, score=0.8,
                          deviation=0.4),
        RepetitionQuality(begins_s=4.0, ends_s=8.0, not_judged="stage_missing",
                          form_not_judged="keypoints_not_relied_on"),
    ),
    stages=(
        StageVersion(name="keypoint_gate", version="1", kind="rule"),
        StageVersion(name="research_score", version="2", kind="network", research=True),
    ),
)  # fmt: skip


def test_a_score_stands_with_its_uncertainty_band_and_what_contributed() -> None:
    block = quality_block(1, QUALITY, "squat_mini")
    assert block.score == "0.8 ± 0.4"
    assert block.band == "Very good"
    assert block.why == ""
    assert block.repetitions == (
        "2 good, 1 not good, 1 not judged (the keypoints could not be relied on)"
    )
    assert "left knee" in block.contributed
    assert block.usable == "91 %"


def test_a_finding_names_the_limb_the_time_the_cause_and_the_figures() -> None:
    (finding,) = quality_block(1, QUALITY, "squat_mini").findings
    assert (finding.block, finding.when) == ("left leg", "2.0 to 4.5 s")
    assert (finding.cause, finding.asked) == ("outside the picture", "stay whole in the picture")
    assert finding.figures == ("0.21", "0.28", "0.31")


def test_single_repetitions_and_versions_are_there_to_be_unfolded() -> None:
    block = quality_block(1, QUALITY, "squat_mini")
    assert [each.good for each in block.single] == ["good (93% good)", "not judged"]
    assert block.single[1].score == "-"
    assert block.single[1].not_judged == (
        "the keypoints could not be relied on; this release of the device has no such stage"
    )
    assert block.stages == (
        "keypoint gate: rule, version 1", "research score: network, version 2 (research)",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        (not_analysed("analysis_took_too_long"), "Not analysed: the analysis took too long"),
        (SetQuality(status="gate_stopped", reason="dark"), "could not be relied on (too dark)"),
        (SetQuality(status="analysed", reason="lying"), "No score: exercises that are done lying"),
        (SetQuality(status="analysed", reason="exercise_not_trained"), "not been trained"),
        (SetQuality(status="analysed", reason="from_the_future"), "from the future"),
    ],
)
def test_where_there_is_no_score_it_says_why_and_shows_no_number(
    quality: SetQuality, said: str
) -> None:
    block = quality_block(1, quality, "squat_mini")
    assert said in block.why
    assert block.score == block.band == block.contributed == ""


def test_a_research_score_is_kept_apart() -> None:
    quality = SetQuality(status="analysed", reason="stage_missing", research_score=1.2)
    block = quality_block(1, quality, "squat_mini")
    assert block.score == ""
    assert block.research == "1.2 (error unknown)"


def test_every_reason_and_cause_of_the_device_has_words() -> None:
    codes = {
        value
        for module in (pipeline, process, repetitions_judged)
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str) and not name.startswith("_")
    }
    codes |= set(GateCause.__args__)  # type: ignore[attr-defined]
    for code in codes:
        assert reason_text(code) != code.replace("_", " ") or code in ("too_far", "too_near"), code
