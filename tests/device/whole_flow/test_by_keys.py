"""A whole session by a cheap remote: four arrows and Enter, and nothing else."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(420)]
ANSWERS = [2, 3, 4]
AGAIN_AFTER_S = 4.0


class Remote:
    """Presses keys, each screen once, and again where nothing came of it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._answered = 0
        self._last: tuple[str, str] = ("", "")
        self._pressed_s = 0.0

    def act(self, look: dict[str, Any]) -> None:
        now = (look["screen"], look["moment"])
        if now == self._last and time.monotonic() - self._pressed_s < AGAIN_AFTER_S:
            return
        if look["screen"] == "question":
            if now != self._last:
                self._answered += 1
            # The scale begins at 0, so the number is one press less than its place.
            self._go_to(f"rating-{ANSWERS[self._answered - 1]}")
        elif look["screen"] not in ("plan", "demonstration", "rest", "summary"):
            return
        self._page.wait_for_timeout(650)
        self._page.keyboard.press("Enter")
        self._last, self._pressed_s = now, time.monotonic()

    def _go_to(self, action: str) -> None:
        for _ in range(20):
            if self._page.evaluate("document.activeElement?.dataset.action") == action:
                return
            self._page.keyboard.press("ArrowRight")
        raise AssertionError(f"the arrows do not reach {action}")


def test_a_whole_session_goes_by_arrows_and_enter_alone(
    browser: Browser, device: Any, go_through: Any, check_session: Any
) -> None:
    device.start()
    page = device.open(browser)
    seen = go_through(device, page, Remote(page).act, within_s=300)
    check_session(device, seen, ANSWERS)
