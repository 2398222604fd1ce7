"""A stored session in a doctor's words: only what was measured, tests beside their norms."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from cloud_bridge.portal.exercise_notes import exercise_notes
from cloud_bridge.portal.prescription_words import set_in_words
from cloud_bridge.portal.session_summary import (
    ExerciseSummary,
    best_peak_deg,
    done_in_words,
    summarise,
)
from models.exercises.library import load_library
from models.messages import ExerciseResult, PrescriptionItem, Session, SetResult

NOW = datetime(2026, 1, 2, 10, 30, tzinfo=UTC)


def of(exercise_id: str, *sets: SetResult) -> Session:
    return Session(
        id=uuid4(), prescription_id=uuid4(), prescription_version=1, patient_id="p",
        device_id="d", software_version="1", camera="usb", started_at=NOW, ended_at=NOW,
        status="completed",
        items=(ExerciseResult(exercise_id=exercise_id, side="both", sets=sets),),
    )  # fmt: skip


def a_set(lasting_s: float, **measured: object) -> SetResult:
    values = {
        "reps_target": 10, "reps_counted": 0, "reps_full_rom": 0, "attempts": 0,
        "valid_frame_pct": 99.0,
    }  # fmt: skip
    return SetResult.model_validate(
        {**values, "started_at": NOW, "ended_at": NOW + timedelta(seconds=lasting_s), **measured}
    )


def summary_of(session: Session) -> ExerciseSummary:
    return summarise(session).exercises[0]


def test_an_exercise_guided_by_the_clock_shows_its_time_and_no_count() -> None:
    session = of("quad_set", a_set(100, guided_by="clock", valid_frame_pct=0))
    summary = summary_of(session)
    assert summary.columns == ("Done",)
    assert summary.sets[0].done == "1 min 40 s by the clock"
    assert summary.sets[0].cells == ()
    assert "measures nothing here" in " ".join(summary.notes)
    assert summary.bars == ()
    assert done_in_words("quad_set", session.items[0].sets[0]) == "1 min 40 s by the clock"
    assert best_peak_deg(session) is None


def test_a_measured_exercise_that_no_camera_counted_shows_no_figure() -> None:
    summary = summary_of(of("squat_mini", a_set(45, guided_by="clock", valid_frame_pct=0)))
    line = summary.sets[0]
    assert line.done == "45 s by the clock"
    assert len(line.cells) + 1 == len(summary.columns)
    assert set(line.cells) == {"not measured"}


def test_a_chair_stand_stands_beside_its_norms() -> None:
    summary = summary_of(
        of("chair_stand_30s", a_set(30, reps_counted=9), a_set(30, reps_counted=11))
    )
    assert summary.test is not None
    assert summary.test.result == "11 repetitions in a set of 30 s; the test lasts 30 s."
    lines = dict(summary.test.norms.lines)
    assert "70 to 79: 10" in lines["Women"]
    assert "60 to 64: 14" in lines["Men"]
    assert summary.sets[1].done == "11 in 30 s"
    assert "STEADI" in summary.test.norms.source


def test_a_chair_stand_that_ended_early_says_how_long_it_was() -> None:
    summary = summary_of(of("chair_stand_30s", a_set(12, reps_counted=4)))
    assert summary.test is not None
    assert summary.test.result == "4 repetitions in a set of 12 s; the test lasts 30 s."


def test_a_stance_shows_every_hold_and_the_longest_beside_the_norms() -> None:
    summary = summary_of(of("single_leg_stance", a_set(60, reps_counted=2, hold_s=[8.24, 12.5])))
    assert summary.sets[0].cells[summary.columns.index("Held") - 1] == "8.2 s, 12.5 s"
    assert summary.test is not None
    assert summary.test.result == "Longest hold 12.5 s."
    assert "70 to 79: 21.5 s" in dict(summary.test.norms.lines)["Women and men"]


@pytest.mark.parametrize("guided_by", ["camera", "clock"])
def test_no_hold_is_made_up(guided_by: str) -> None:
    summary = summary_of(of("tandem_stance", a_set(60, guided_by=guided_by)))
    assert summary.test is None or summary.test.result == "No hold was measured."


def test_faults_and_reasons_are_in_words() -> None:
    session = of(
        "sit_to_stand",
        a_set(30, faults={"hand_support": 2}, not_judged={"asymmetry": "view"}),
    )
    summary = summary_of(session)
    line = summary.sets[0]
    assert line.cells[summary.columns.index("Faults seen") - 1] == "Helped with the hands (2)"
    assert len(line.not_judged) == 1
    assert line.not_judged[0].startswith("Sides differ: ")
    assert line.not_judged[0].endswith("view does not show it")


def test_an_exercise_that_the_clinic_has_taken_away_keeps_its_sessions() -> None:
    session = of("squat_wall", a_set(30, reps_counted=4))
    summary = summary_of(session)
    assert (summary.name, summary.sets[0].done) == ("squat_wall", "4 of 10")
    assert "not in this library" in summary.how
    assert best_peak_deg(session) is None
    item = PrescriptionItem(exercise_id="squat_wall", sets=2, reps=7)
    assert set_in_words(item) == "7"


def test_a_prescribed_set_by_the_clock_is_a_time() -> None:
    timed = PrescriptionItem(exercise_id="quad_set", side="left", sets=2, reps=10)
    counted = PrescriptionItem(exercise_id="squat_mini", sets=2, reps=10)
    assert (set_in_words(timed), set_in_words(counted)) == ("1 min 40 s", "10")


def test_notes_say_what_stands_against_an_exercise_and_what_is_not_seen() -> None:
    for exercise in load_library().values():
        notes = exercise_notes(exercise)
        assert notes.contraindications
        assert notes.cannot_judge
    assert exercise_notes(load_library()["tandem_stance"]).norms is not None
    assert "nothing is counted" in exercise_notes(load_library()["ankle_pump"]).setting
