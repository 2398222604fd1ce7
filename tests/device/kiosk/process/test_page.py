"""What the patient sees of what the coach says, through the kiosk's process."""

import json
import struct
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser
from simple_websocket import Client

from device.coaching.command import AnswerCheck, Dismiss, StopSession
from device.coaching.feedback import Agenda, Introduction, Phase, SetSummary

pytestmark = pytest.mark.browser
Eventually = Callable[..., None]
BITS = 16
NOT_FOR_PEOPLE = {
    "en": "Demonstration network: not for use with people",
    "de": "Vorführnetz: nicht für Menschen bestimmt",
    "fr": "Réseau de démonstration : pas pour des personnes",
}


def read_barcode(jpeg: bytes) -> int:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return sum(1 << bit for bit in range(BITS) if image[40, bit * 40 + 20] > 127)


def messages(kiosk: Any, wanted: int, skeleton: bool = True) -> list[tuple[dict[str, Any], bytes]]:
    """As the page gets them; those with a skeleton, or all."""
    viewer, received = Client(f"ws://127.0.0.1:{kiosk.port}/live"), []
    while len(received) < wanted:
        viewer.send("next")
        message = viewer.receive(timeout=10)
        length = struct.unpack_from("<I", message)[0]
        screen = json.loads(message[4 : 4 + length])
        if screen["sequence"] or not skeleton:
            received.append((screen, message[4 + length :]))
    viewer.close()
    return received


def test_every_picture_carries_its_own_skeleton(kiosk: Any, publisher: Any) -> None:
    received = messages(kiosk, 120)
    matching = [
        read_barcode(jpeg) == screen["sequence"] & 0xFFFF
        and round(screen["keypoints"][0] * 1000) == screen["sequence"] % 1000
        for screen, jpeg in received
    ]
    assert sum(matching) / len(matching) >= 0.995


def test_no_picture_leaves_the_process_for_who_wants_to_see_the_skeleton_only(
    kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    publisher.feedback = replace(publisher.feedback, skeleton_only=True)
    eventually(lambda: messages(kiosk, 1)[0][0]["skeleton_only"])
    for screen, jpeg in messages(kiosk, 5):
        assert jpeg == b""
        assert len(screen["keypoints"]) == 51
        assert screen["aspect"] == pytest.approx(4 / 3)
    publisher.feedback = replace(publisher.feedback, skeleton_only=False)
    eventually(lambda: messages(kiosk, 1)[0][1])


def test_no_picture_leaves_the_process_for_a_screen_that_shows_none(
    kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    publisher.feedback = replace(publisher.feedback, phase=Phase.RESTING)
    eventually(lambda: messages(kiosk, 1, skeleton=False)[0][0]["screen"] == "rest")
    for screen, jpeg in messages(kiosk, 5, skeleton=False):
        assert (screen["sequence"], screen["keypoints"], jpeg) == (0, [], b"")


def test_the_patient_sees_exercise_count_and_instruction(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    page = kiosk.open(browser)
    page.wait_for_selector("body[data-screen=live]")
    assert page.inner_text("#count") == "7"
    assert page.text_content("#count-of") == "of 10"
    assert page.text_content("#exercise") == "Arms out and up"
    assert page.inner_text("#instruction") == "Lift your arms out to the side"
    assert "stays in this room" in page.text_content("#camera-sign")

    def drawn() -> bool:
        shot = np.frombuffer(page.locator("#picture").screenshot(), np.uint8)
        return bool(cv2.imdecode(shot, cv2.IMREAD_COLOR).std() > 10)

    eventually(drawn)
    publisher.feedback = replace(publisher.feedback, cue="cue-too-fast")
    eventually(lambda: page.is_visible("#cue"))
    assert page.inner_text("#cue") == "Slowly, take your time"
    assert not page.is_visible("#instruction")
    page.click("#action-stop")
    received: list[Any] = []
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [StopSession(moment=publisher.feedback.moment)]


def test_the_last_picture_of_a_camera_that_went_does_not_stand_for_the_patient_of_now(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    page = kiosk.open(browser)
    page.wait_for_selector("body[data-screen=live]")

    def drawn() -> bool:
        shot = np.frombuffer(page.locator("#picture").screenshot(), np.uint8)
        return bool(cv2.imdecode(shot, cv2.IMREAD_GRAYSCALE).std() > 10)

    eventually(drawn)
    publisher.feedback = replace(publisher.feedback, phase=Phase.PAUSED)
    publisher.has_camera = False
    eventually(lambda: not drawn())


def test_a_set_by_the_clock_shows_seconds_and_no_count(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    publisher.feedback = replace(publisher.feedback, guided_by_clock=True, seconds_left=42)
    page = kiosk.open(browser)
    eventually(lambda: page.inner_text("#seconds") == "42")
    assert page.inner_text("#count") == ""


def test_the_summary_says_what_was_measured_and_what_was_not(
    browser: Browser, kiosk: Any, publisher: Any
) -> None:
    lines = (
        SetSummary("shoulder_abduction", "both", 1, 9, 10, 8, 151.6, 6.2),
        SetSummary("shoulder_abduction", "both", 2, 0, 10, 0, None, None),
    )
    publisher.feedback = replace(
        publisher.feedback, phase=Phase.SUMMARY, instruction="instruct-summary", summary=lines
    )
    page = kiosk.open(browser)
    page.wait_for_selector("#details .summary li")
    text = page.text_content("#details .summary")
    for words in ("9 of 10", "152° (± 6°)", "angle not measured"):
        assert words in text


def test_a_stand_in_network_is_announced_on_every_screen_and_in_every_language(
    browser: Browser, kiosk: Any, publisher: Any
) -> None:
    page = kiosk.open(browser)
    page.wait_for_selector("body[data-screen=live]")
    assert not page.is_visible("#warning")
    moment = 1000
    for language, words in NOT_FOR_PEOPLE.items():
        for phase in Phase:
            moment += 1
            publisher.feedback = replace(
                publisher.feedback, phase=phase, network_is_stand_in=True, moment=moment,
                language=language, agenda=Agenda(),
                question="rpe" if phase is Phase.QUESTIONS else None,
            )  # fmt: skip
            page.wait_for_selector(f'body[data-moment="{moment}"]')
            assert page.is_visible("#warning"), phase
            said = page.inner_text("#warning").replace("\N{NO-BREAK SPACE}", " ")
            assert said == words
        banner = page.locator("#warning").bounding_box()
        assert banner is not None
        assert (banner["x"], banner["width"]) == (0, 1920)


def test_the_question_about_safety_and_the_call_for_help_reach_the_coach(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    page = kiosk.open(browser, 1280, 800)
    asked = replace(publisher.feedback, phase=Phase.CHECKING, instruction="instruct-checking")
    received: list[Any] = []
    for moment, (button, answer) in enumerate(
        (("#action-all-right", "all_right"), ("#action-needs-help", "needs_help")), start=2000
    ):
        publisher.feedback = replace(asked, moment=moment, seconds_left=15)
        page.wait_for_selector(f'body[data-moment="{moment}"]')
        assert page.inner_text("#instruction") == "Are you all right?"
        assert page.inner_text("#seconds") == "15"
        for hidden in ("#stage", "#count"):
            assert not page.is_visible(hidden)
        page.wait_for_timeout(700)
        page.click(button)
        eventually(lambda: received.extend(publisher.channel.commands()) or received)
        assert received.pop() == AnswerCheck(answer=answer, moment=moment)
    publisher.feedback = replace(
        publisher.feedback, phase=Phase.EMERGENCY, instruction="instruct-emergency",
        note="note-nobody-called", moment=2002,
    )  # fmt: skip
    page.wait_for_selector("body[data-screen=emergency]")
    assert page.inner_text("#instruction") == "Call for help now: 144"
    assert "Nobody has been called" in page.inner_text("#details .note")
    page.wait_for_timeout(700)
    page.click("#action-close")
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [Dismiss(moment=2002)]


def test_the_demonstration_moves_as_the_exercises_reference_motion(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    publisher.feedback = replace(
        publisher.feedback, phase=Phase.DEMONSTRATION, introduction=Introduction((), ())
    )
    page = kiosk.open(browser)
    page.wait_for_selector("body[data-screen=demonstration]")
    seen: set[bytes] = set()
    eventually(lambda: seen.add(page.locator("#picture").screenshot()) or len(seen) >= 3)


def test_a_third_page_is_told_and_other_pages_are_refused(kiosk: Any) -> None:
    def status(path: str, **headers: str) -> int:
        request = urllib.request.Request(kiosk.address + path, headers=headers, data=None)
        try:
            with urllib.request.urlopen(request, timeout=5) as response:
                return int(response.status)
        except urllib.error.HTTPError as error:
            return error.code

    assert status("/") == 200
    assert status("/", Host="evil.example") == 403
    assert status("/", Origin="http://evil.example") == 403
    command = urllib.request.Request(kiosk.address + "/command", data=b'{"command":"stop"}')
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(command, timeout=5)


def test_the_page_comes_back_by_itself_after_a_restart_and_never_shows_a_browsers_error(
    browser: Browser, kiosk: Any, publisher: Any, eventually: Eventually
) -> None:
    page = kiosk.open(browser)
    loaded_anew = kiosk.open(browser)
    loaded_anew.evaluate("navigator.serviceWorker.ready.then(() => true)")
    loaded_anew.reload()
    loaded_anew.wait_for_selector("body[data-screen=live]")
    page.wait_for_selector("body[data-screen=live]")
    page.evaluate("window.isTheSamePage = true")
    kiosk.stop()
    try:
        page.wait_for_selector("body[data-screen=no-connection]")
        assert page.inner_text("#instruction") == "One moment please"
        loaded_anew.reload()
        assert loaded_anew.inner_text("#instruction") == "One moment please"
    finally:
        kiosk.start()
    for each in (page, loaded_anew):
        each.wait_for_selector("body[data-screen=live]", timeout=20_000)
        assert each.inner_text("#instruction") == "Lift your arms out to the side"
    # The new process has a new token, which the page must fetch without being loaded anew.
    page.click("#action-stop")
    received: list[Any] = []
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [StopSession(moment=0)]
    assert page.evaluate("window.isTheSamePage")


def test_the_screen_without_a_coach_says_one_moment_and_helps_on_the_telephone(
    browser: Browser, kiosk: Any, eventually: Eventually
) -> None:
    page = kiosk.open(browser)
    page.wait_for_selector("body[data-screen=no-connection] #action-help")
    page.click("#action-help")
    page.wait_for_selector("body[data-screen=help] #details dd")
    assert page.locator("#details dd").count() >= 5
