"""What of the screen is spoken."""

from collections.abc import Iterable
from dataclasses import replace

import pytest

from device.coaching.feedback import Feedback, Phase
from device.voice.limits import load_voice_limits
from device.voice.narrator import Narrator
from device.voice.utterance import Urgency, Utterance

LIMITS = load_voice_limits()
READY = Feedback(
    phase=Phase.READY, instruction="instruct-ready", camera="usb", network_is_stand_in=False
)
LIVE = replace(
    READY,
    phase=Phase.EXERCISING,
    instruction="instruction-squat-deep",
    exercise_id="squat_deep",
    exercise_name="exercise-squat-deep",
    set_number=1,
    sets=3,
    reps_target=10,
    session_id="s",
)
COUNTDOWN = replace(LIVE, phase=Phase.COUNTDOWN, instruction="instruct-countdown", seconds_left=3)
REST = replace(LIVE, phase=Phase.RESTING, instruction="instruct-resting", seconds_left=30)


def told(screens: Iterable[Feedback], narrator: Narrator | None = None) -> list[Utterance]:
    narrator = narrator or Narrator(LIMITS)
    return [each for number, screen in enumerate(screens) for each in narrator.take(screen, number)]


def spoken(screens: Iterable[Feedback]) -> list[tuple[str, int | float | str | None]]:
    """Texts with their number, where they have one."""
    return [
        (words.text, words.values.get("number", words.values.get("seconds")))
        for each in told(screens)
        for words in each.words
    ]


def test_an_unchanged_screen_says_nothing() -> None:
    assert told([LIVE, LIVE, LIVE]) == []


def test_between_sessions_the_device_is_silent() -> None:
    waiting = replace(READY, phase=Phase.WAITING, instruction="instruct-waiting")
    assert told([waiting, READY, replace(READY, moment=2)]) == []


def test_a_set_is_introduced_once_and_begun_thereafter() -> None:
    second = replace(LIVE, set_number=2)
    texts = [text for text, _ in spoken([READY, COUNTDOWN, LIVE, REST, COUNTDOWN, second])]
    assert texts.count("instruction-squat-deep") == 1
    assert texts[-1] == "say-begin"


def test_every_repetition_is_counted_aloud_as_a_count() -> None:
    counts = [replace(LIVE, reps_counted=number) for number in range(4)]
    said = [each for each in told([COUNTDOWN, *counts]) if each.urgency is Urgency.COUNT]
    assert [each.words[0].values["number"] for each in said] == [1, 2, 3]


def test_a_repetition_taken_back_is_not_spoken_and_counted_again_it_is() -> None:
    counts = [replace(LIVE, reps_counted=number) for number in (2, 3, 2, 3)]
    assert spoken(counts) == [("say-count", 3), ("say-count", 3)]


def test_a_new_set_counts_from_one() -> None:
    screens = [replace(LIVE, reps_counted=5), replace(LIVE, set_number=2, reps_counted=1)]
    assert spoken(screens) == [("say-count", 1)]


def test_the_last_seconds_of_a_rest_are_spoken_and_no_others() -> None:
    rest = [replace(REST, seconds_left=left) for left in range(12, -1, -1)]
    assert spoken([LIVE, *rest]) == [
        ("say-rest", 12), ("say-count", 3), ("say-count", 2), ("say-count", 1),
    ]  # fmt: skip


def test_seconds_are_not_spoken_between_counted_repetitions() -> None:
    timed = replace(LIVE, exercise_id="chair_stand_30s")
    seconds = [replace(timed, seconds_left=left) for left in (4, 3, 2, 1)]
    assert spoken([replace(timed, seconds_left=5), *seconds]) == []


def test_the_last_seconds_of_a_hold_are_spoken() -> None:
    hold = replace(LIVE, exercise_id="single_leg_stance")
    seconds = [replace(hold, seconds_left=left) for left in (4, 3, 2, 1)]
    numbers = [number for _, number in spoken([replace(hold, seconds_left=5), *seconds])]
    assert numbers == [3, 2, 1]


def test_a_cue_is_spoken_once_and_praise_is_praise() -> None:
    cue = replace(LIVE, cue="cue-knees-out")
    praise = replace(LIVE, cue="cue-praise-full-range")
    said = told([LIVE, cue, replace(cue, reps_counted=0, moment=3), LIVE, praise])
    assert [(each.urgency, each.words[0].text) for each in said] == [
        (Urgency.CUE, "cue-knees-out"), (Urgency.PRAISE, "cue-praise-full-range"),
    ]  # fmt: skip


def test_another_exercise_is_named_with_the_planned_one() -> None:
    other = replace(LIVE, looks_like="exercise-squat-mini")
    said = told([LIVE, other])
    assert [each.words[0].named for each in said] == [
        {"seen": "exercise-squat-mini", "planned": "exercise-squat-deep"}
    ]


def test_the_question_is_the_most_urgent_and_is_asked_again_while_it_stands() -> None:
    narrator = Narrator(LIMITS)
    narrator.take(LIVE, 0.0)
    asked = replace(LIVE, phase=Phase.CHECKING, instruction="instruct-checking", seconds_left=15)
    said = narrator.take(asked, 1.0)
    assert [each.urgency for each in said] == [Urgency.SAFETY]
    again = [each for second in range(2, 60) for each in narrator.take(asked, float(second))]
    assert len(again) == LIMITS.repeat.safety_times
    assert again[0].since_s == 1.0 + LIMITS.repeat.safety_after_s
    assert narrator.take(replace(LIVE, reps_counted=0), 61.0)[0].words[0].text == "say-go-on"
    assert narrator.take(LIVE, 70.0) == [], "what is over is not asked again"


def test_the_emergency_text_and_its_number_are_read_in_one_breath() -> None:
    emergency = replace(
        READY, phase=Phase.EMERGENCY, instruction="instruct-emergency", note="note-nobody-called"
    )
    (said,) = told([LIVE, emergency], Narrator(LIMITS, emergency_number="144"))
    assert [each.text for each in said.words] == ["instruct-emergency", "note-nobody-called"]
    assert said.words[0].values["number"] == "1 4 4"
    assert said.urgency is Urgency.SAFETY


def test_an_instruction_to_move_is_repeated_a_few_times_only() -> None:
    narrator = Narrator(LIMITS)
    away = replace(LIVE, phase=Phase.PAUSED, instruction="instruct-paused-not-visible")
    narrator.take(LIVE, 0.0)
    said = [each for second in range(1, 200) for each in narrator.take(away, float(second))]
    assert len(said) == 1 + LIMITS.repeat.instruction_times


def test_a_pause_and_the_way_back_have_each_their_word() -> None:
    away = replace(LIVE, phase=Phase.PAUSED, instruction="instruct-paused-not-visible")
    assert spoken([LIVE, away, LIVE]) == [
        ("instruct-paused-not-visible", "1 1 2"), ("say-go-on", None),
    ]  # fmt: skip


def test_every_phase_begins_a_new_moment() -> None:
    moments = [each.moment for each in told([READY, COUNTDOWN, LIVE, REST])]
    assert moments == sorted(moments)
    assert len(set(moments)) == 3


def test_volume_and_language_of_the_screen_travel_along_and_off_is_silent() -> None:
    quiet = replace(COUNTDOWN, volume=30, language="de")
    (said, *_) = told([replace(READY, volume=30), quiet])
    assert (said.volume, said.language) == (30, "de")
    assert told([replace(READY, volume=0), replace(COUNTDOWN, volume=0)]) == []


def test_a_new_volume_is_heard_at_once() -> None:
    louder = replace(READY, volume=90)
    (said,) = told([replace(READY, volume=50), louder])
    assert (said.words[0].text, said.volume) == ("say-volume", 90)


def texts(screens: Iterable[Feedback], narrator: Narrator | None = None) -> list[list[str]]:
    return [[words.text for words in each.words] for each in told(screens, narrator)]


def test_a_demonstration_tells_how_and_the_set_then_only_begins() -> None:
    shown = replace(LIVE, phase=Phase.DEMONSTRATION)
    assert texts([READY, shown, COUNTDOWN, LIVE]) == [
        ["instruction-squat-deep"],
        ["instruct-countdown"],
        ["say-begin"],
    ]


@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("before", [READY, LIVE, REST])
def test_no_screen_is_too_bare_to_be_followed(phase: Phase, before: Feedback) -> None:
    bare = Feedback(
        phase=phase, instruction="instruct-summary", camera="usb", network_is_stand_in=False,
        seconds_left=2, reps_counted=9, note="note-nobody-called", cue="cue-praise-full-range",
    )  # fmt: skip
    narrator = Narrator(LIMITS)
    said = told([before, bare, replace(bare, seconds_left=1, looks_like="x"), before], narrator)
    assert all(each.words for each in said)


def test_after_a_set_the_rest_and_what_the_set_was_like_are_said_in_one_breath() -> None:
    measured = replace(REST, reps_counted=10, good_repetitions=8)
    assert texts([LIVE, measured]) == [["say-rest", "note-set-all-the-way"]]
    judged = replace(measured, note="quality-praise")
    assert texts([LIVE, judged]) == [["say-rest", "quality-praise"]]
    assert texts([LIVE, measured, judged])[1:] == [["quality-praise"]]
    assert texts([LIVE, replace(REST, seconds_left=3)]) == [["instruct-resting"]]


def test_a_page_that_covers_the_screen_is_not_read() -> None:
    settings = replace(REST, page="settings", instruction="instruct-settings", note=None)
    assert texts([REST, settings]) == [["say-rest"]]


def test_the_clinics_own_emergency_text_is_read_in_the_place_of_ours() -> None:
    narrator = Narrator(LIMITS, emergency_texts={"en": "Call the ward"})
    emergency = replace(
        READY, phase=Phase.EMERGENCY, instruction="instruct-emergency", note="note-nobody-called"
    )
    (said,) = told([LIVE, emergency], narrator)
    assert said.words[0].values == {"words": "Call the ward"}
    assert said.words[1].text == "note-nobody-called"
    (others,) = told([LIVE, replace(emergency, language="de")], Narrator(LIMITS))
    assert others.words[0].text == "instruct-emergency"


def test_a_reminder_belongs_to_no_session_and_has_the_screens_volume() -> None:
    narrator = Narrator(LIMITS)
    told([replace(READY, volume=40, language="fr")], narrator)
    said = narrator.reminder("reminder-due", 5.0)
    assert (said.urgency, said.moment, said.volume, said.language) == (
        Urgency.REMINDER, 0, 40, "fr",
    )  # fmt: skip
