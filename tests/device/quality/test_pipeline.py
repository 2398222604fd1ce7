"""The stages in order: what each is given, where it stops, and what the set's figures are."""

import json
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from device.coaching.quality_notes import set_note
from device.coaching.set_recording import RecordedSet, RepetitionTimes
from device.errors import QualityError
from device.quality.pipeline import QualityPipeline
from device.quality.report import quality_document, quality_lines
from device.quality.stages import ORDER, Stages, available_stages
from models.errors import ModelsError
from models.networks import manifest
from models.networks.manifest import load_stages
from models.quality import Contribution, SetQuality, StageVersion
from tests.device.quality.conftest import changed, shaken

VERSIONS = {name: StageVersion(name=name, version="1", kind="rule") for name in ORDER}


@dataclass
class Lift:
    joints_m: object
    deviation_m: object


@dataclass
class Form:
    good: bool | None = True
    probability_good: float | None = 0.9
    reason: str | None = None


@dataclass
class Score:
    score: float | None = 1.0
    deviation: float | None = 0.3
    contributions: tuple = ()
    reason: str | None = None


@dataclass
class Fake:
    """Stages that say what they are told to, and remember what they were given."""

    forms: list = field(default_factory=list)
    scores: list = field(default_factory=list)
    trimmed: tuple | None = (1.0, 9.0)
    given: list = field(default_factory=list)

    def stages(self, **changes):
        return replace(
            Stages(
                convert=lambda recording: np.ones((len(recording), 13, 3), np.float32),
                lift=lambda joints, _: Lift(joints, joints[..., 0]),
                trim=lambda *_: self.trimmed,
                judge=self.judge,
                score=self.score,
                versions=VERSIONS,
            ),
            **changes,
        )

    def judge(self, joints_m, times_s, exercise_id):
        self.given.append((len(joints_m), float(times_s[0]), float(times_s[-1]), exercise_id))
        return self.forms.pop(0) if self.forms else Form()

    def score(self, *_):
        return self.scores.pop(0) if self.scores else Score()


def analysed(recorded, fake=None, **changes):
    return QualityPipeline((fake or Fake()).stages(**changes)).analyse(recorded)


def recorded(recording, *spans, exercise_id="shoulder_abduction"):
    times = tuple(RepetitionTimes(a, (a + b) / 2, b, "both") for a, b in spans)
    return RecordedSet(exercise_id, "both", recording, times)


SPANS = ((1.0, 4.0), (4.0, 7.0), (7.0, 10.0))


def test_each_of_the_coachs_repetitions_is_judged_with_its_own_frames(filmed):
    fake = Fake()
    quality = analysed(recorded(filmed(), *SPANS), fake).quality
    assert [(begins, ends) for _, begins, ends, _ in fake.given] == [
        (pytest.approx(begins, abs=0.1), pytest.approx(ends, abs=0.1)) for begins, ends in SPANS
    ]
    assert quality.status == "analysed"
    assert quality.repetitions_cut_by == "coach"
    assert [(each.begins_s, each.ends_s) for each in quality.repetitions] == list(SPANS)
    assert quality.stages == tuple(VERSIONS.values())


def test_the_sets_score_is_the_median_and_its_uncertainty_does_not_shrink_with_the_number(filmed):
    fake = Fake(scores=[Score(0.4, 0.2), Score(3.0, 0.9), Score(0.8, 0.5)])
    quality = analysed(recorded(filmed(), *SPANS), fake).quality
    assert (quality.score, quality.deviation, quality.reason) == (0.8, 0.5, None)


def test_good_bad_and_unjudged_repetitions_are_counted(filmed):
    fake = Fake(forms=[Form(True), Form(False, 0.1), Form(None, None, "form_unsure")])
    quality = analysed(recorded(filmed(), *SPANS), fake).quality
    counts = quality.good_repetitions, quality.bad_repetitions, quality.not_judged_repetitions
    assert counts == (1, 1, 1)
    assert [each.form_not_judged for each in quality.repetitions] == [None, None, "form_unsure"]
    assert quality.form_reason == "form_unsure"
    assert (quality.score, quality.reason) == (1.0, None)


def test_a_movement_unlike_all_that_was_trained_on_gets_no_score_either(filmed):
    fake = Fake(forms=[Form(None, None, "form_unlike_training")] * 3)
    quality = analysed(recorded(filmed(), *SPANS), fake).quality
    assert (quality.score, quality.reason) == (None, "form_unlike_training")
    assert {each.score for each in quality.repetitions} == {None}


def test_what_contributed_is_the_mean_over_the_repetitions_the_largest_first(filmed):
    knee, trunk = ("left_knee", "out"), ("trunk", "hold")

    def parts(**shares):
        named = {"knee": knee, "trunk": trunk}
        return tuple(
            Contribution(joint=named[name][0], phase=named[name][1], share=share)
            for name, share in shares.items()
        )

    scores = [Score(contributions=parts(knee=0.6, trunk=0.2)), Score(contributions=parts(trunk=1))]
    quality = analysed(recorded(filmed(), *SPANS[:2]), Fake(scores=scores)).quality
    assert [(each.joint, each.share) for each in quality.contributions] == [
        ("trunk", 0.6), ("left_knee", 0.3),
    ]  # fmt: skip


def test_without_a_score_the_commonest_reason_stands_and_no_number(filmed):
    scores = [Score(None, None, (), "exercise_not_trained")] * 3
    quality = analysed(recorded(filmed(), *SPANS), Fake(scores=scores)).quality
    assert (quality.score, quality.deviation, quality.contributions) == (None, None, ())
    assert quality.reason == "exercise_not_trained"


def test_a_repetition_with_keypoints_that_jump_is_not_judged_and_the_others_are(filmed):
    bad = shaken(filmed(), 0.06, slice(60, 105))
    fake = Fake()
    quality = analysed(recorded(bad, *SPANS), fake).quality
    assert [each.not_judged for each in quality.repetitions] == [
        None, "keypoints_not_relied_on", None,
    ]  # fmt: skip
    assert quality.repetitions[1].score is None
    assert len(fake.given) == 2


def test_legs_outside_the_picture_pass_an_exercise_of_the_arms_but_are_not_invented(filmed):
    legs = shaken(filmed(), 0.06, score=0.33, keypoints=[11, 12, 13, 14, 15, 16])
    fake = Fake()
    quality = analysed(recorded(legs, *SPANS), fake).quality
    assert quality.status == "analysed"
    assert {each.not_judged for each in quality.repetitions} == {"body_not_whole"}
    assert (quality.score, quality.reason) == (None, "body_not_whole")
    assert fake.given == []
    assert set_note(quality) == "quality-seen-badly-out-of-frame"


def test_a_gate_that_stops_says_why_and_nothing_after_it_runs(filmed):
    fake = Fake()
    analysis = analysed(recorded(shaken(filmed(), 0.06), *SPANS), fake)
    assert analysis.quality.status == "gate_stopped"
    assert analysis.quality.reason == analysis.quality.findings[0].cause == "unclear"
    assert analysis.quality.score is None
    assert fake.given == []
    assert analysis.in_space is None


def test_where_nothing_was_counted_the_trimmed_movement_is_judged(filmed):
    fake = Fake(trimmed=(2.0, 6.0))
    quality = analysed(recorded(filmed()), fake).quality
    assert quality.repetitions_cut_by == "trimming"
    assert fake.given[0][1:3] == (pytest.approx(2.0, abs=0.1), pytest.approx(6.0, abs=0.1))


def test_where_no_movement_is_found_nothing_is_judged(filmed):
    quality = analysed(recorded(filmed()), Fake(trimmed=None)).quality
    assert (quality.repetitions, quality.reason) == ((), "no_repetition")
    assert quality.repetitions_cut_by is None


@pytest.mark.parametrize(
    ("missing", "reason"), [("lift", "stage_missing"), ("convert", "stage_missing")]
)
def test_without_joints_in_space_nothing_is_judged(filmed, missing, reason):
    quality = analysed(recorded(filmed(), *SPANS), **{missing: None}).quality
    assert (quality.status, quality.reason) == ("analysed", reason)
    assert quality.not_judged_repetitions == 3


def test_a_missing_score_leaves_the_form_gates_judgement(filmed):
    quality = analysed(recorded(filmed(), *SPANS), score=None).quality
    assert quality.good_repetitions == 3
    assert (quality.score, quality.reason) == (None, "stage_missing")


@pytest.mark.parametrize("stage", ["lift", "judge", "score", "trim"])
@pytest.mark.parametrize("error", [QualityError("broken"), ModelsError("gone")])
def test_a_stage_that_fails_is_said_and_takes_nothing_else_down(filmed, stage, error):
    def fails(*_):
        raise error

    quality = analysed(recorded(filmed(), *SPANS), **{stage: fails}).quality
    assert quality.status == "analysed"
    reasons = {quality.reason, quality.form_reason}
    assert "stage_failed" in reasons


def test_exercises_that_are_done_lying_are_not_judged_but_gated(filmed):
    analysis = analysed(recorded(filmed(), *SPANS, exercise_id="bridge"))
    assert analysis.gated is not None
    assert (analysis.quality.status, analysis.quality.reason) == ("analysed", "lying")
    assert analysis.quality.score is None
    assert analysis.quality.not_judged_repetitions == 3


def test_an_exercise_by_the_clock_and_an_unknown_one_are_not_analysed(filmed):
    for exercise_id in ("quad_set", "from_the_future"):
        quality = analysed(recorded(filmed(), exercise_id=exercise_id)).quality
        assert (quality.status, quality.reason) == ("not_analysed", "exercise_not_measured")


def test_fewer_frames_than_a_window_are_not_analysed(filmed):
    short = replace(filmed(), keypoints=filmed().keypoints[:3], times_s=filmed().times_s[:3])
    assert analysed(recorded(short)).quality.reason == "too_few_frames"


def test_a_research_score_is_kept_apart_from_the_score(filmed):
    quality = analysed(
        recorded(filmed(), *SPANS), research_score=lambda *_: Score(2.0, 0.6)
    ).quality
    assert (quality.score, quality.research_score, quality.research_deviation) == (1.0, 2.0, 0.6)


def test_keypoints_that_never_were_there_do_not_break_it(filmed):
    nothing = changed(filmed(), np.zeros_like(filmed().keypoints))
    quality = analysed(recorded(nothing, *SPANS)).quality
    assert quality.status == "gate_stopped"


def test_every_stages_output_is_json(filmed):
    given = recorded(filmed(), *SPANS)
    analysis = analysed(given)
    document = json.loads(json.dumps(quality_document(analysis, given)))
    assert SetQuality.model_validate(document["set"]) == analysis.quality
    frames = len(filmed())
    assert np.shape(document["in_space"]["joints_m"]) == (frames, 13, 3)
    assert np.shape(document["gate"]["goodness"]) == (len(document["gate"]["begins_s"]), 4)
    assert len(document["times_s"]) == frames
    assert dict(quality_lines(analysis.quality))["quality_score"].startswith("1.0 ± 0.3")


def test_the_stages_of_this_release_analyse_a_set(filmed):
    """Whichever the manifest has: each is named, and what is missing is said."""
    stages = available_stages()
    assert set(stages.versions) == set(ORDER) & set(load_stages(manifest.MANIFEST_FILE))
    quality = QualityPipeline(stages).analyse(recorded(filmed(), *SPANS)).quality
    assert quality.status == "analysed"
    assert quality.reason != "stage_failed"
    assert quality.form_reason != "stage_failed"
    assert (quality.score is None) == (quality.reason is not None)


def test_a_stage_whose_file_is_gone_is_left_out_and_the_gate_stays(tmp_path, monkeypatch, filmed):
    rows = load_stages(manifest.MANIFEST_FILE)
    if "depth" not in rows:
        pytest.skip("this release has no depth network")
    monkeypatch.setattr("device.quality.stages.StageNetwork", _gone)
    stages = available_stages()
    assert stages.lift is None
    assert "depth" not in stages.versions
    assert "keypoint_gate" in stages.versions


def _gone(name):
    raise QualityError(f"stage {name}: its file is gone")
