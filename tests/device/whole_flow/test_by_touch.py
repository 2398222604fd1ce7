"""A whole session by a touch screen, and nothing else."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(420)]
ANSWERS = [0, 10, 5]
AGAIN_AFTER_S = 4.0
TOUCHED = {"plan": "start", "demonstration": "ready", "rest": "ready", "summary": "done"}


class Finger:
    """Touches the one button that goes on, and again where nothing came of it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._answered = 0
        self._last: tuple[str, str] = ("", "")
        self._touched_s = 0.0

    def act(self, look: dict[str, Any]) -> None:
        now = (look["screen"], look["moment"])
        if now == self._last and time.monotonic() - self._touched_s < AGAIN_AFTER_S:
            return
        if look["screen"] == "question":
            if now != self._last:
                self._answered += 1
            wanted = f"rating-{ANSWERS[self._answered - 1]}"
        elif (wanted := TOUCHED.get(look["screen"], "")) == "":
            return
        self._page.wait_for_timeout(650)
        self._page.tap(f"#action-{wanted}", timeout=5000)
        self._last, self._touched_s = now, time.monotonic()


def test_a_whole_session_goes_by_touch_alone(
    browser: Browser, device: Any, go_through: Any, check_session: Any
) -> None:
    device.start()
    page = device.open(browser, has_touch=True)
    seen = go_through(device, page, Finger(page).act, within_s=300)
    check_session(device, seen, ANSWERS)
