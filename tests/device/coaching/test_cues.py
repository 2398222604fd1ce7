"""Few cues, the most important one, fewer as it goes well; praise only where it is earned."""

from device.coaching.cues import PRAISE, CueSelector, load_cue_limits
from device.coaching.form.judge import Judgement
from device.coaching.form.rule import NotJudged
from device.coaching.repetition import Movement
from device.coaching.set_progress import JudgedMovement
from models.exercises.library import load_library

LIMITS = load_cue_limits()
SQUAT = load_library().measured("squat_mini")
LEAN = SQUAT.form.rule("trunk_lean_forward").cue
RANGE = SQUAT.form.rule("incomplete_range").cue
FAST = SQUAT.form.rule("too_fast").cue


def done(
    *faults: str,
    full_range: bool | None = True,
    not_judged: dict[str, NotJudged] | None = None,
) -> JudgedMovement:
    unknown = not_judged or {}
    readings = {code: 0.0 for code in SQUAT.form.fault_codes() if code not in unknown}
    return JudgedMovement(
        Movement("repetition", 0.0, 2.0, 4.0, 60.0, 2.0, 1.0, 2.0),
        Judgement(faults, full_range, unknown, readings),
        "both",
        60.0,
    )


def cues(*movements: JudgedMovement, apart_s: float = 7.0) -> list[str | None]:
    selector = CueSelector(SQUAT)
    return [selector.after(each, index * apart_s) for index, each in enumerate(movements)]


def test_the_most_important_fault_is_spoken_of() -> None:
    assert cues(done("incomplete_range", "too_fast")) == [RANGE]


def test_when_one_cue_is_used_up_the_next_fault_has_its_turn() -> None:
    both = done("incomplete_range", "too_fast")
    assert cues(both, both, both, both, both) == [RANGE, RANGE, FAST, FAST, None]


def test_cues_are_six_seconds_apart() -> None:
    selector = CueSelector(SQUAT)
    assert selector.after(done("too_fast"), 0.0) == FAST
    assert selector.after(done("incomplete_range"), LIMITS.spacing.least_s - 0.1) is None
    assert selector.after(done("incomplete_range"), LIMITS.spacing.least_s) == RANGE


def test_a_cue_leaves_the_screen() -> None:
    selector = CueSelector(SQUAT)
    selector.after(done("too_fast"), 0.0)
    assert selector.current(1.0) == FAST
    assert selector.current(5.0) is None


def test_after_three_that_passed_a_single_relapse_is_left_to_the_patient() -> None:
    plain = done(full_range=None)
    said = cues(done("too_fast"), plain, plain, plain, done("too_fast"), done("too_fast"))
    assert said == [FAST, None, None, None, None, FAST]


def test_what_was_not_judged_has_not_passed() -> None:
    unknown = done(full_range=None, not_judged={"too_fast": "phase_not_seen"})
    said = cues(done("too_fast"), unknown, unknown, unknown, done("too_fast"))
    assert said[-1] == FAST


def test_three_good_ones_in_a_row_are_praised_and_twos_are_not() -> None:
    assert cues(done(), done(), done()) == [None, None, PRAISE]
    assert cues(done(), done(), done(full_range=False), done(), done()) == [None] * 5


def test_putting_right_what_was_corrected_is_praised_at_once() -> None:
    assert cues(done("trunk_lean_forward"), done()) == [LEAN, PRAISE]


def test_no_praise_for_what_was_not_seen() -> None:
    unseen = done(not_judged={"trunk_lean_forward": "not_visible"})
    assert cues(done("trunk_lean_forward"), unseen) == [LEAN, None]
    assert cues(*[done(full_range=None)] * 4) == [None] * 4


def test_praise_is_twice_as_frequent_as_correction_where_it_is_earned() -> None:
    said = cues(done("trunk_lean_forward"), done("too_fast"), *[done()] * 30)
    corrections = [each for each in said if each not in (None, PRAISE)]
    assert (len(corrections), said.count(PRAISE)) == (2, 4)


def test_cues_come_further_apart_as_it_goes_well_and_again_as_before_when_it_does_not() -> None:
    def waits_s(*before: JudgedMovement) -> float:
        """How long after a cue the next fault is spoken of, with these movements between."""
        for seconds in range(1, 60):
            selector = CueSelector(SQUAT)
            selector.after(done("too_fast", full_range=None), 0.0)
            for each in before:
                selector.after(each, 0.1)
            if selector.after(done("incomplete_range", full_range=None), seconds) is not None:
                return seconds
        raise AssertionError("never spoken of")

    clean = done(full_range=None)
    spacing = LIMITS.spacing
    assert waits_s() == spacing.least_s
    assert waits_s(*[clean] * 3) == spacing.least_s * spacing.longer_by
    assert waits_s(*[clean] * 30) == spacing.most_s
    assert waits_s(*[clean] * 6, done("too_fast", full_range=None)) == spacing.least_s
