"""Turns gestures into the commands of the screen's choices."""

from device.coaching.choices import Choice, choices_of
from device.coaching.command import Command
from device.coaching.feedback import Feedback, Phase
from device.coaching.gestures import (
    NOTHING,
    GestureWatch,
    Meaning,
    is_upright,
    meaning_at,
)
from device.coaching.live_values import GestureKind
from device.pose.pose import Pose
from models.exercises.definition import Exercise


class PoseCommands:
    """Feed it every smoothed pose with the screen that stood there; it holds the focus."""

    def __init__(self) -> None:
        self._gestures = GestureWatch()
        self._screen: Feedback | None = None
        self._exercise: Exercise | None = None
        self._choices: tuple[Choice, ...] = ()
        self._meaning: Meaning = NOTHING
        self.focus: int | None = None
        """Which of the screen's choices choosing by pose has in focus."""

    @property
    def held(self) -> tuple[GestureKind, float] | None:
        """The gesture that is being held, and the share of its time that has passed."""
        return self._gestures.held

    def take(
        self, pose: Pose, screen: Feedback, exercise: Exercise | None, now_s: float
    ) -> Command | None:
        """The command that the pose completes, if it completes one."""
        self._follow(screen, exercise)
        kind = self._gestures.take(pose, self._meaning, now_s)
        if kind is None:
            return None
        if kind == "yes" and screen.phase is Phase.CHECKING and not is_upright(pose):
            # Who lies there with an arm above the head may be asking for nothing any more.
            return None
        if kind == "next":
            self._move_focus()
            return None
        if kind == "choose":
            return None if self.focus is None else self._choices[self.focus].command
        return next((each.command for each in self._choices if each.gesture == kind), None)

    def _follow(self, screen: Feedback, exercise: Exercise | None) -> None:
        if screen is self._screen and exercise is self._exercise:
            return
        before, self._screen, self._exercise = self._screen, screen, exercise
        if before is None or before.moment != screen.moment:
            self.focus = None
            self._gestures.expect_anew()
        self._choices = choices_of(screen)
        self._meaning = meaning_at(screen, self._choices, exercise, self.focus)

    def _move_focus(self) -> None:
        count = len(self._choices)
        # A stop has its own gesture, and the primary choice is done by one hand as it is.
        for step in range(1, count + 1):
            index = ((-1 if self.focus is None else self.focus) + step) % count
            if self._choices[index].kind != "stop":
                self.focus = index
                break
        if self._screen is not None:
            self._meaning = meaning_at(self._screen, self._choices, self._exercise, self.focus)
