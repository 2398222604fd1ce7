"""Who speaks when: one at a time, the most urgent first, nothing late."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from device.voice.limits import load_voice_limits
from device.voice.turns import SpeechTurns
from device.voice.utterance import Urgency, Utterance, Words

LIMITS = load_voice_limits()
STEP_S = 0.05


def utterance(urgency: Urgency, since_s: float = 0.0, moment: int = 1) -> Utterance:
    return Utterance(
        urgency=urgency, words=(Words(text="say-begin"),), since_s=since_s, moment=moment
    )


@dataclass
class Heard:
    what: Utterance
    begun_s: float
    ended_s: float


def hear(
    offers: list[tuple[float, Urgency, int]], lengths_s: dict[Urgency, float], until_s: float = 12.0
) -> list[Heard]:
    """What is heard of what is offered, each kind lasting its own time."""
    turns, heard = SpeechTurns(LIMITS), list[Heard]()
    waiting = sorted(offers, key=lambda each: each[0])
    for step in range(round(until_s / STEP_S)):
        now_s = step * STEP_S
        while waiting and waiting[0][0] <= now_s:
            _, urgency, moment = waiting.pop(0)
            turns.offer(utterance(urgency, now_s, moment))
        left_s = heard[-1].ended_s - now_s if heard else 0.0
        turn = turns.step(now_s, left_s if left_s > 0 else None)
        if turn.cut:
            assert left_s > 0
            heard[-1].ended_s = now_s
        if turn.say is not None:
            heard.append(Heard(turn.say, now_s, now_s + lengths_s[turn.say.urgency]))
    return heard


def kinds(heard: list[Heard]) -> list[Urgency]:
    return [each.what.urgency for each in heard]


LENGTHS_S = {
    Urgency.SAFETY: 2.0, Urgency.INSTRUCTION: 2.0, Urgency.CUE: 2.5,
    Urgency.PRAISE: 1.5, Urgency.COUNT: 0.5, Urgency.REMINDER: 2.0,
}  # fmt: skip


def test_a_cue_waits_for_the_count_of_the_same_movement() -> None:
    heard = hear([(1.0, Urgency.COUNT, 1), (1.0, Urgency.CUE, 1)], LENGTHS_S)
    assert kinds(heard) == [Urgency.COUNT, Urgency.CUE]
    assert heard[1].begun_s >= heard[0].ended_s + LIMITS.pauses.between_s - STEP_S


def test_a_count_is_dropped_rather_than_late() -> None:
    heard = hear([(1.0, Urgency.CUE, 1), (2.0, Urgency.COUNT, 1)], LENGTHS_S)
    assert kinds(heard) == [Urgency.CUE]


def test_a_count_that_comes_just_before_a_cue_ends_is_still_heard() -> None:
    heard = hear([(1.0, Urgency.CUE, 1), (3.4, Urgency.COUNT, 1)], LENGTHS_S)
    assert kinds(heard) == [Urgency.CUE, Urgency.COUNT]
    assert heard[1].begun_s - 3.4 <= LIMITS.oldest_s.count


def test_a_safety_question_cuts_everything_short() -> None:
    for urgency in (Urgency.INSTRUCTION, Urgency.CUE, Urgency.PRAISE, Urgency.COUNT):
        heard = hear([(1.0, urgency, 1), (1.45, Urgency.SAFETY, 2)], LENGTHS_S)
        assert kinds(heard) == [urgency, Urgency.SAFETY]
        assert heard[1].begun_s <= 1.45 + STEP_S
        assert heard[0].ended_s <= heard[1].begun_s


def test_an_answered_safety_question_gives_way_to_what_comes_next() -> None:
    offers = [(1.0, Urgency.SAFETY, 2), (1.4, Urgency.INSTRUCTION, 3)]
    heard = hear(offers, LENGTHS_S)
    assert kinds(heard) == [Urgency.SAFETY, Urgency.INSTRUCTION]
    assert heard[1].begun_s <= 1.4 + LIMITS.turns.instruction_settles_s + STEP_S


def test_nothing_cuts_a_safety_question_while_it_stands() -> None:
    offers = [(1.0, Urgency.SAFETY, 2), (1.4, Urgency.INSTRUCTION, 2), (1.5, Urgency.CUE, 2)]
    heard = hear(offers, LENGTHS_S)
    assert heard[0].ended_s == heard[0].begun_s + LENGTHS_S[Urgency.SAFETY]


def test_a_new_instruction_replaces_the_old_one_but_lets_a_count_end() -> None:
    heard = hear([(1.0, Urgency.INSTRUCTION, 1), (1.5, Urgency.INSTRUCTION, 2)], LENGTHS_S)
    assert len(heard) == 2
    assert heard[0].ended_s <= 1.5 + LIMITS.turns.instruction_settles_s + STEP_S
    heard = hear([(1.0, Urgency.COUNT, 1), (1.2, Urgency.INSTRUCTION, 2)], LENGTHS_S)
    assert kinds(heard) == [Urgency.COUNT, Urgency.INSTRUCTION]
    assert heard[1].begun_s >= heard[0].begun_s + LENGTHS_S[Urgency.COUNT]


def test_an_instruction_lets_praise_come_to_its_end_but_not_to_a_long_one() -> None:
    heard = hear([(1.0, Urgency.PRAISE, 1), (1.6, Urgency.INSTRUCTION, 2)], LENGTHS_S)
    assert heard[0].ended_s == heard[0].begun_s + LENGTHS_S[Urgency.PRAISE]
    assert heard[1].begun_s - 1.6 <= LIMITS.oldest_s.instruction
    heard = hear([(1.0, Urgency.CUE, 1), (1.6, Urgency.INSTRUCTION, 2)], LENGTHS_S)
    assert heard[0].ended_s < heard[0].begun_s + LENGTHS_S[Urgency.CUE]


def test_an_instruction_that_another_replaces_at_once_is_not_said() -> None:
    offers = [(1.0, Urgency.INSTRUCTION, 1), (1.1, Urgency.INSTRUCTION, 1)]
    (heard,) = hear(offers, LENGTHS_S)
    assert heard.what.since_s >= 1.1


def test_a_cue_of_a_moment_that_is_over_is_not_said() -> None:
    offers = [(1.0, Urgency.CUE, 1), (1.0, Urgency.INSTRUCTION, 2)]
    assert kinds(hear(offers, LENGTHS_S)) == [Urgency.INSTRUCTION]


def test_what_could_not_be_played_does_not_hold_up_the_next() -> None:
    turns = SpeechTurns(LIMITS)
    turns.offer(utterance(Urgency.CUE, 1.0))
    assert turns.step(1.0, None).say is not None
    turns.offer(utterance(Urgency.COUNT, 1.1))
    assert turns.step(1.1, None).say is not None


offered = st.lists(
    st.tuples(st.floats(0, 8, allow_nan=False), st.sampled_from(list(Urgency)), st.integers(1, 4)),
    max_size=25,
)


@settings(max_examples=40, deadline=None)
@given(offered)
def test_never_two_at_once_never_late_whatever_comes(
    offers: list[tuple[float, Urgency, int]],
) -> None:
    heard = hear(offers, LENGTHS_S, until_s=14.0)
    for earlier, later in pairwise(heard):
        assert earlier.ended_s <= later.begun_s
        if earlier.ended_s < earlier.begun_s + LENGTHS_S[earlier.what.urgency]:
            assert later.what.urgency >= Urgency.INSTRUCTION, "cut short by something lesser"
    for each in heard:
        oldest_s = getattr(LIMITS.oldest_s, each.what.urgency.name.lower())
        assert each.begun_s - each.what.since_s <= oldest_s + 1e-9


@settings(max_examples=40, deadline=None)
@given(offered)
def test_a_safety_question_is_always_heard(offers: list[tuple[float, Urgency, int]]) -> None:
    heard = hear([*offers, (9.0, Urgency.SAFETY, 5)], LENGTHS_S, until_s=14.0)
    asked = [each for each in heard if each.what.moment == 5]
    assert len(asked) == 1
    assert asked[0].begun_s <= 9.0 + STEP_S
