"""What the patient chooses about the screen, and the page that is open over it."""

from collections.abc import Callable
from dataclasses import replace

from device.coaching.command import ChooseLanguage, Page, SetVolume, ShowPicture
from device.coaching.feedback import ScreenChoices
from device.coaching.session_limits import load_session_limits


class ScreenSettings:
    """Keeps the choices; ``on_chosen`` takes every other one. Times in seconds on one clock."""

    def __init__(self, chosen: ScreenChoices, on_chosen: Callable[[ScreenChoices], None]) -> None:
        self.chosen = chosen
        self._on_chosen = on_chosen
        self.page: Page | None = None
        """Which page is open."""
        self._used_s = 0.0

    def open(self, page: Page, now_s: float) -> None:
        """Show a page."""
        self.page, self._used_s = page, now_s

    def close(self) -> None:
        """Leave the page."""
        self.page = None

    def is_over(self, now_s: float) -> bool:
        """Whether nothing has been chosen for so long that the page goes by itself."""
        waiting = load_session_limits().waiting
        longest_s = waiting.help_s if self.page == "help" else waiting.settings_s
        return self.page is not None and now_s - self._used_s >= longest_s

    def choose(self, command: ChooseLanguage | ShowPicture | SetVolume, now_s: float) -> None:
        """Take a choice, wherever it was made."""
        if isinstance(command, ChooseLanguage):
            chosen = replace(self.chosen, language=command.language)
        elif isinstance(command, ShowPicture):
            chosen = replace(self.chosen, skeleton_only=not command.shown)
        else:
            chosen = replace(self.chosen, volume=command.volume)
        self._used_s = now_s
        if chosen != self.chosen:
            self.chosen = chosen
            self._on_chosen(chosen)
