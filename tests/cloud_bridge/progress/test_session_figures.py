"""What is kept of a session: no number that was not measured, and none that was is lost."""

import json
from typing import Any

import pytest

from cloud_bridge.progress.judgement import fault_counts, not_judged, quality_courses
from cloud_bridge.progress.session_figures import (
    RangeFigures,
    figures_of,
    read_figures,
    stored_figures,
)
from tests.cloud_bridge.progress.histories import TODAY, a_set, message, noon, peaks, session


def range_of(*values: Any, **fields: Any) -> RangeFigures | None:
    return session(TODAY, a_set(rom_peak_deg=peaks(*values, **fields))).exercises[0].range


def test_a_pain_of_zero_is_kept_and_no_answer_is_none() -> None:
    found = session(TODAY, pain_before=0, pain_after=None, rpe=0)
    assert (found.pain_before, found.pain_after, found.rpe) == (0, None, 0)


def test_the_range_is_the_median_of_what_was_measured() -> None:
    assert range_of(50, None, 60, 52) == RangeFigures(52.0, 4.0, False, 3)
    assert range_of(None, None) is None


def test_sure_peaks_come_before_unsure_ones() -> None:
    unsure, sure = peaks(90, 91, low=True), peaks(50)
    mixed = session(TODAY, a_set(rom_peak_deg=unsure + sure)).exercises[0].range
    assert mixed == RangeFigures(50.0, 4.0, False, 1)
    assert range_of(90, low=True) == RangeFigures(90.0, 4.0, True, 1)


def test_one_peak_of_unknown_error_makes_the_error_unknown() -> None:
    both = a_set(rom_peak_deg=peaks(50) + peaks(52, error=None))
    found = session(TODAY, both).exercises[0].range
    assert found is not None
    assert found.expected_error_deg is None


def test_what_the_clock_guided_has_no_range() -> None:
    found = session(TODAY, a_set(guided_by="clock", reps_counted=0), exercise="quad_set")
    assert found.exercises[0].range is None
    assert found.exercises[0].sets[0].full


def test_a_held_posture_has_its_longest_hold_and_no_range() -> None:
    held = session(TODAY, a_set(hold_s=[8.0, 12.5]), exercise="single_leg_stance", side="left")
    assert held.exercises[0].longest_hold_s == 12.5
    assert held.exercises[0].range is None
    none = session(TODAY, a_set(), exercise="single_leg_stance", side="left")
    assert none.exercises[0].longest_hold_s is None


@pytest.mark.parametrize("camera", ["simulated", "clip"])
def test_what_no_person_did_before_a_camera_is_marked(camera: str) -> None:
    assert session(TODAY, camera=camera).simulated
    assert not session(TODAY, camera="csi").simulated


def test_the_stand_in_network_is_marked() -> None:
    network = {"name": "stand-in-not-for-people", "sha256": "0" * 64}
    assert session(TODAY, networks=[network]).stand_in


def test_what_is_stored_says_the_same_as_the_session() -> None:
    one = message(noon(TODAY), a_set(rom_peak_deg=peaks(50.123, 60)), pain_before=0, rpe=3)
    stored = json.loads(json.dumps(stored_figures(one.model_dump(mode="json"))))
    assert read_figures(one.id, one.started_at, one.status, stored) == figures_of(one)


def test_faults_are_counted_only_over_repetitions_in_which_they_were_judged() -> None:
    sets = [
        a_set(faults={"too_fast": 3}),
        a_set(faults={"knee_valgus": 2}, not_judged={"too_fast": "view"}),
    ]
    (counts,) = fault_counts([message(noon(TODAY), *sets)]).values()
    assert [(each.code, each.seen, each.repetitions) for each in counts] == [
        ("too_fast", 3, 10), ("knee_valgus", 2, 20),
    ]  # fmt: skip


def test_what_was_not_judged_is_counted_with_its_reason() -> None:
    sets = [
        a_set(
            not_judged={"too_fast": "view"}, framing_complaints=["too_dark"],
            rom_peak_deg=peaks(50, None, 60),
            quality={"status": "gate_stopped", "reason": "dark"},
        ),
        a_set(not_judged={"too_fast": "view"}, guided_by="clock"),
    ]  # fmt: skip
    (found,) = not_judged([message(noon(TODAY), *sets)])
    assert (found.sets, found.by_clock) == (2, 1)
    assert found.faults == {("too_fast", "view"): 1}
    assert (found.quality, found.framing) == ({"dark": 1}, {"too_dark": 1})
    assert (found.angles, found.repetitions) == (8, 10)
    assert not_judged([message(noon(TODAY), a_set(rom_peak_deg=peaks(*range(10))))]) == ()


def test_quality_is_the_median_and_unknown_where_one_deviation_is() -> None:
    def scored(score: float | None, deviation: float | None) -> dict[str, Any]:
        reason = None if score is not None else "lying"
        return a_set(
            quality={"status": "analysed", "score": score, "deviation": deviation, "reason": reason}
        )

    one = message(noon(TODAY), scored(1.0, 0.3), scored(2.0, 0.5), scored(None, None))
    (point,) = quality_courses([one])["squat_mini", "both"]
    assert (point.score, point.deviation, point.sets) == (1.5, 0.5, 2)
    (unknown,) = quality_courses([message(noon(TODAY), scored(1.0, None))])["squat_mini", "both"]
    assert unknown.deviation is None
    assert quality_courses([message(noon(TODAY), scored(None, None))]) == {}
