"""A whole session from three metres away: the patient sees the page and moves, and nothing else."""

import time
from typing import Any

import pytest
from playwright.sync_api import Browser

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.timeout(420)]
REPS = 2
LOWERED_S = 1.2
GOES_ON_BY_ONE_HAND = ("plan", "demonstration", "rest", "summary")


class Patient:
    """Looks at the page and decides how to stand; the answers are those in focus when chosen."""

    def __init__(self, device: Any) -> None:
        self._device = device
        self._holds = "low"
        self._last: tuple[str, str] = ("", "")
        self._came_s = 0.0
        self._focused: str | None = None
        self.answers: list[int] = []

    def act(self, look: dict[str, Any]) -> None:
        now = (look["screen"], look["moment"])
        if now != self._last:
            if self._focused is not None:
                self.answers.append(int(self._focused.removeprefix("rating-")))
            self._last, self._focused, self._came_s = now, None, time.monotonic()
            self._hold("low")
            if look["screen"] == "live":
                self._device.tell_patient({"do": "shoulder_abduction", "reps": REPS})
        elif time.monotonic() - self._came_s < LOWERED_S:
            # A new screen wants both hands down first.
            return
        elif look["screen"] == "question":
            self._answer(look["focused"])
        elif look["screen"] in GOES_ON_BY_ONE_HAND:
            self._hold("right")

    def _answer(self, focused: str | None) -> None:
        """The left hand goes on to the second answer or beyond, then the right one chooses it."""
        if focused in (None, "rating-0") or not focused.startswith("rating-"):
            self._hold("left")
        else:
            self._hold("right")
            self._focused = focused

    def _hold(self, posture: str) -> None:
        if posture != self._holds:
            self._holds = posture
            self._device.tell_patient({"hold": posture})


def test_a_whole_session_goes_by_pose_alone(
    browser: Browser, device: Any, movenet_is_here: bool, go_through: Any, check_session: Any
) -> None:
    device.start(patient_by_order=True, stand_in=not movenet_is_here)
    page = device.open(browser)
    commands: list[str] = []
    page.on("request", lambda each: commands.append(each.url) if "/command" in each.url else None)
    patient = Patient(device)
    seen = go_through(device, page, patient.act, within_s=300)
    check_session(device, seen, patient.answers)
    assert commands == []
