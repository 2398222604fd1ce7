"""What the patient can do on each screen, for touch, keys and pose alike.

The page draws these choices, and poses do them; whatever way one is taken, it is the same command.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from device.coaching.command import (
    AnswerCheck,
    AnswerQuestion,
    ChooseLanguage,
    Command,
    Dismiss,
    OpenPage,
    Ready,
    ResumeSession,
    SaidReason,
    SetVolume,
    ShowPicture,
    Snooze,
    StartSession,
    StopSession,
)
from device.coaching.feedback import Feedback, Phase
from models.exercises.catalogue import LANGUAGES

ChoiceKind = Literal["primary", "secondary", "choice", "stop"]
REASONS: tuple[SaidReason, ...] = get_args(SaidReason)
RATINGS = range(11)
VOLUME_STEP, USUAL_VOLUME = 20, 60


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to do. ``id`` is its text's id without a prefix, ``rating-`` and ``language-`` have
    their value in it. ``gesture`` does it at once; the others are reached through the focus.
    """

    id: str
    command: Command
    kind: ChoiceKind
    gesture: Literal["yes", "stop"] | None = None


def choices_of(feedback: Feedback) -> tuple[Choice, ...]:
    """The choices of a screen, the most important first; none where there is nothing to do."""
    if feedback.page == "settings":
        return _settings(feedback)
    if feedback.page == "help":
        stop = (_stop(feedback),) if feedback.phase is Phase.PAUSED else ()
        return (_primary("done", Dismiss(moment=feedback.moment)), *stop)
    make = _OF_PHASE.get(feedback.phase)
    return () if make is None else make(feedback)


def _primary(name: str, command: Command) -> Choice:
    return Choice(name, command, "primary", "yes")


def _secondary(name: str, command: Command) -> Choice:
    return Choice(name, command, "secondary")


def _stop(feedback: Feedback) -> Choice:
    return Choice("stop", StopSession(moment=feedback.moment), "stop", "stop")


def _help(feedback: Feedback) -> Choice:
    return _secondary("help", OpenPage(page="help", moment=feedback.moment))


def _waiting(feedback: Feedback) -> tuple[Choice, ...]:
    settings = OpenPage(page="settings", moment=feedback.moment)
    return _secondary("settings", settings), _help(feedback)


def _ready(feedback: Feedback) -> tuple[Choice, ...]:
    """Where nothing is due a hand raised beside the day's work begins nothing."""
    gesture: Literal["yes"] | None = "yes" if feedback.agenda.due else None
    start = Choice("start", StartSession(moment=feedback.moment), "primary", gesture)
    snooze = (_secondary("later", Snooze(moment=feedback.moment)),)
    return (start, *(snooze if feedback.agenda.reminds else ()), *_waiting(feedback))


def _resuming(feedback: Feedback) -> tuple[Choice, ...]:
    moment = feedback.moment
    no = ResumeSession(go_on=False, moment=moment)
    return (
        _primary("go-on", ResumeSession(go_on=True, moment=moment)),
        Choice("end-here", no, "stop", "stop"),
        _help(feedback),
    )


def _go_on(feedback: Feedback) -> tuple[Choice, ...]:
    return _primary("ready", Ready(moment=feedback.moment)), _stop(feedback)


def _stop_alone(feedback: Feedback) -> tuple[Choice, ...]:
    return (_stop(feedback),)


def _paused(feedback: Feedback) -> tuple[Choice, ...]:
    return _stop(feedback), _help(feedback)


def _checking(feedback: Feedback) -> tuple[Choice, ...]:
    moment = feedback.moment
    well, help_me = (
        AnswerCheck(answer="all_right", moment=moment),
        AnswerCheck(answer="needs_help", moment=moment),
    )
    return (
        Choice("all-right", well, "choice", "yes"),
        Choice("needs-help", help_me, "choice", "stop"),
    )


def _question(feedback: Feedback) -> tuple[Choice, ...]:
    question, moment = feedback.question, feedback.moment
    if question is None:
        return ()
    answers = [
        Choice(
            f"reason-{reason.replace('_', '-')}",
            AnswerQuestion(question=question, reason=reason, moment=moment),
            "choice",
        )
        for reason in REASONS
    ]
    if question != "stop_reason":
        answers = [
            Choice(
                f"rating-{rating}",
                AnswerQuestion(question=question, rating=rating, moment=moment),
                "choice",
            )
            for rating in RATINGS
        ]
    skip = _secondary("skip", AnswerQuestion(question=question, moment=moment))
    stop = [_stop(feedback)] if question == "pain_before" else []
    return (*answers, skip, *stop)


def _close(feedback: Feedback) -> tuple[Choice, ...]:
    """The emergency text goes by two gestures, never by one of somebody who waves for help."""
    return (Choice("close", Dismiss(moment=feedback.moment), "primary"),)


def _summary(feedback: Feedback) -> tuple[Choice, ...]:
    moment = feedback.moment
    return (
        _primary("done", Dismiss(moment=moment)),
        _secondary("again", StartSession(moment=moment)),
        _help(feedback),
    )


def _settings(feedback: Feedback) -> tuple[Choice, ...]:
    volume = USUAL_VOLUME if feedback.volume is None else feedback.volume
    return (
        _primary("done", Dismiss(moment=feedback.moment)),
        *(_secondary(f"language-{each}", ChooseLanguage(language=each)) for each in LANGUAGES),
        _secondary("picture-on", ShowPicture(shown=True))
        if feedback.skeleton_only
        else _secondary("picture-off", ShowPicture(shown=False)),
        _secondary("louder", SetVolume(volume=min(100, volume + VOLUME_STEP))),
        _secondary("quieter", SetVolume(volume=max(VOLUME_STEP, volume - VOLUME_STEP))),
        _secondary("voice-off", SetVolume(volume=0))
        if volume
        else _secondary("voice-on", SetVolume(volume=USUAL_VOLUME)),
    )


_OF_PHASE: dict[Phase, Callable[[Feedback], tuple[Choice, ...]]] = {
    Phase.WAITING: _waiting,
    Phase.READY: _ready,
    Phase.RESUMING: _resuming,
    Phase.DEMONSTRATION: _go_on,
    Phase.FRAMING: _stop_alone,
    Phase.COUNTDOWN: _stop_alone,
    Phase.EXERCISING: _stop_alone,
    Phase.PAUSED: _paused,
    Phase.RESTING: _go_on,
    Phase.CHECKING: _checking,
    Phase.QUESTIONS: _question,
    Phase.EMERGENCY: _close,
    Phase.SUMMARY: _summary,
}
