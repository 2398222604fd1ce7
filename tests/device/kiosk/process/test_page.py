"""The kiosk as a patient sees it: the real process in real Chromium, fed as the loop feeds it."""

import json
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from simple_websocket import Client

from device.camera.frame_ring import FrameRing
from device.coaching.command import (
    AnswerCheck,
    AnswerQuestion,
    Dismiss,
    StartSession,
    StopSession,
)
from device.coaching.feedback import Feedback, Phase, SetSummary
from device.kiosk.channel import KioskChannel
from device.kiosk.screen import kiosk_catalogue
from device.pose.pose import Pose

pytestmark = pytest.mark.browser
HEIGHT, WIDTH, BITS = 480, 640, 16
EXERCISING = Feedback(
    phase=Phase.EXERCISING,
    instruction="instruction-shoulder-abduction",
    camera="usb",
    network_is_stand_in=False,
    exercise_id="shoulder_abduction",
    exercise_name="exercise-shoulder-abduction",
    side="both",
    set_number=1,
    sets=2,
    reps_counted=7,
    reps_target=10,
)


def eventually(happened: Callable[[], object], within_s: float = 20.0) -> None:
    deadline_s = time.monotonic() + within_s
    while not happened():
        assert time.monotonic() < deadline_s, "it did not happen"
        time.sleep(0.05)


class Publisher:
    """Publishes as the loop does: each frame carries its number as a barcode, and in its nose."""

    def __init__(self, runtime: Path) -> None:
        self.channel = KioskChannel(runtime)
        self.ring = FrameRing.create(HEIGHT, WIDTH)
        self.feedback = EXERCISING
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        sequence = 0
        while not self._stop.wait(1 / 30):
            sequence += 1
            slot = sequence % self.ring.slots
            self.ring.begin_write(slot)
            draw_barcode(self.ring.image(slot), sequence)
            self.ring.end_write(slot, sequence)
            keypoints = np.full((17, 3), 0.5, np.float32)
            keypoints[0, 0] = sequence % 1000 / 1000
            pose = Pose(sequence, time.monotonic(), keypoints, WIDTH, HEIGHT)
            self.channel.publish(pose, slot, self.ring.path, self.feedback, 0.5, time.monotonic())

    def close(self) -> None:
        self._stop.set()
        self._thread.join()
        self.channel.close()
        self.ring.close()


def draw_barcode(image: np.ndarray, sequence: int) -> None:
    image[:] = 128
    for bit in range(BITS):
        image[:80, bit * 40 : bit * 40 + 40] = 255 * (sequence >> bit & 1)


def read_barcode(jpeg: bytes) -> int:
    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_GRAYSCALE)
    return sum(1 << bit for bit in range(BITS) if image[40, bit * 40 + 20] > 127)


class Kiosk:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.config = folder / "device.toml"
        self.runtime = Path(f"/dev/shm/physiopi-test-{self.port}")
        self.config.write_text(
            f'data_folder = "{folder}/data"\nruntime_folder = "{self.runtime}"\n'
            f'[kiosk]\nport = {self.port}\nemergency_number = "144"\n'
        )
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [sys.executable, "-m", "device.cli", "kiosk", "--config", str(self.config)]
        self.process = subprocess.Popen(command)

        def listens() -> bool:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                return False
            return True

        eventually(listens)

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(15)


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kiosk]:
    each = Kiosk(tmp_path_factory.mktemp("kiosk"))
    each.start()
    yield each
    each.stop()


@pytest.fixture
def publisher(kiosk: Kiosk) -> Iterator[Publisher]:
    each = Publisher(kiosk.runtime)
    yield each
    each.close()


def open_page(browser: Browser, kiosk: Kiosk, width: int = 1920, height: int = 1080) -> Page:
    page = browser.new_page(viewport={"width": width, "height": height})
    page.goto(kiosk.address)
    return page


def test_every_picture_carries_its_own_skeleton(kiosk: Kiosk, publisher: Publisher) -> None:
    viewer = Client(f"ws://127.0.0.1:{kiosk.port}/live")
    seen, matching = 0, 0
    while seen < 120:
        viewer.send("next")
        message = viewer.receive(timeout=10)
        length = struct.unpack_from("<I", message)[0]
        screen = json.loads(message[4 : 4 + length])
        if not screen["sequence"]:
            continue
        drawn = read_barcode(message[4 + length :])
        nose = round(screen["keypoints"][0] * 1000)
        seen += 1
        matching += drawn == screen["sequence"] & 0xFFFF and nose == screen["sequence"] % 1000
    viewer.close()
    assert matching / seen >= 0.995


def test_the_patient_sees_exercise_count_and_instruction(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    page = open_page(browser, kiosk)
    page.wait_for_selector("body[data-phase=exercising]")
    eventually(lambda: page.get_attribute("body", "data-sequence"))
    assert page.inner_text("#count") == "7"
    assert page.inner_text("#count-of") == "of 10"
    assert page.inner_text("#exercise") == "Arms out and up"
    assert page.inner_text("#instruction") == "Lift your arms out to the side"
    assert "stays in this room" in page.inner_text("#camera-sign")
    picture = cv2.imdecode(
        np.frombuffer(page.locator("#picture").screenshot(), np.uint8), cv2.IMREAD_COLOR
    )
    assert picture.std() > 10, "nothing is drawn"
    page.close()


def test_a_cue_takes_the_place_of_the_instruction(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    page = open_page(browser, kiosk)
    publisher.feedback = replace(EXERCISING, cue="cue-too-fast")
    eventually(lambda: page.inner_text("#cue"))
    assert page.inner_text("#cue") == "Slowly, take your time"
    assert not page.is_visible("#instruction")
    page.close()


def test_stop_and_start_reach_the_coach(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    page = open_page(browser, kiosk)
    page.click("#stop")
    received: list[object] = []
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [StopSession()]
    publisher.feedback = replace(EXERCISING, phase=Phase.READY, instruction="instruct-ready")
    page.wait_for_selector("#start:visible")
    page.keyboard.press("Enter")
    eventually(lambda: received.extend(publisher.channel.commands()) or len(received) == 2)
    assert received[1] == StartSession()
    page.close()


def test_the_summary_says_what_was_measured_and_what_was_not(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    lines = (
        SetSummary("shoulder_abduction", "both", 1, 9, 10, 8, 151.6, 6.2),
        SetSummary("shoulder_abduction", "both", 2, 0, 10, 0, None, None),
    )
    publisher.feedback = replace(
        EXERCISING, phase=Phase.SUMMARY, instruction="instruct-summary", summary=lines
    )
    page = open_page(browser, kiosk)
    page.wait_for_selector("#summary li")
    text = page.inner_text("#summary")
    assert "9 of 10" in text
    assert "152° (± 6°)" in text
    assert "angle not measured" in text
    page.close()


NOT_FOR_PEOPLE = {
    "en": "Demonstration network: not for use with people",
    "de": "Vorführnetz: nicht für Menschen bestimmt",
    "fr": "Réseau de démonstration : pas pour des personnes",
}


def test_a_stand_in_network_is_announced_in_every_phase_and_language(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    page = open_page(browser, kiosk)
    page.wait_for_selector("body[data-phase=exercising]")
    assert not page.is_visible("#warning")
    for _ in NOT_FOR_PEOPLE:
        for phase in Phase:
            publisher.feedback = replace(EXERCISING, phase=phase, network_is_stand_in=True)
            page.wait_for_selector(f"body[data-phase={phase.value}]")
            assert page.is_visible("#warning"), phase
        language = page.inner_text("#language").lower()
        assert page.inner_text("#warning") == NOT_FOR_PEOPLE[language]
        banner = page.locator("#warning").bounding_box()
        assert banner is not None
        assert (banner["x"], banner["width"]) == (0, 1920)
        page.click("#language")
        eventually(lambda before=language: page.inner_text("#language").lower() != before)
    page.close()


def test_the_question_has_two_large_answers_that_reach_the_coach(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    publisher.feedback = SCREENS["checking"]
    page = open_page(browser, kiosk, 1280, 800)
    page.wait_for_selector("#choices.check button")
    assert page.inner_text("#instruction") == "Are you all right?"
    assert page.inner_text("#seconds") == "15"
    buttons = page.locator("#choices button")
    assert buttons.all_inner_texts() == ["I am all right", "I need help"]
    for index in range(2):
        box = buttons.nth(index).bounding_box()
        assert box is not None
        # 20 mm on a 10-inch screen is 118 pixels.
        assert min(box["width"], box["height"]) >= 118
    for hidden in ("#stop", "#skip", "#picture", "#count"):
        assert not page.is_visible(hidden)
    received: list[object] = []
    for index, answer in enumerate(("all_right", "needs_help")):
        buttons.nth(index).click()
        eventually(lambda: received.extend(publisher.channel.commands()) or received)
        assert received.pop() == AnswerCheck(answer=answer)
    page.close()


def test_the_emergency_text_says_whom_to_call_and_that_nobody_was(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    publisher.feedback = SCREENS["emergency"]
    page = open_page(browser, kiosk)
    page.wait_for_selector("#close:visible")
    assert page.inner_text("#instruction") == "Call for help now: 144"
    assert "Nobody has been called" in page.inner_text("#note")
    assert "not a medical alarm" in page.inner_text("#note")
    page.click("#close")
    received: list[object] = []
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [Dismiss()]
    page.close()


def test_the_reasons_to_stop_are_the_patients_own_words(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    publisher.feedback = SCREENS["stop_reason"]
    page = open_page(browser, kiosk, 1024, 600)
    page.wait_for_selector("#choices.reasons button")
    page.click("text=Chest pain")
    received: list[object] = []
    eventually(lambda: received.extend(publisher.channel.commands()) or received)
    assert received == [AnswerQuestion(question="stop_reason", reason="chest_pain")]
    page.close()


def test_a_set_by_the_clock_shows_seconds_and_no_count(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    publisher.feedback = SCREENS["by the clock"]
    page = open_page(browser, kiosk)
    eventually(lambda: page.inner_text("#seconds") == "42")
    assert page.inner_text("#count") == ""
    page.close()


def test_another_exercise_than_the_planned_one_is_named_beside_it(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    publisher.feedback = SCREENS["another exercise"]
    page = open_page(browser, kiosk)
    eventually(lambda: "This looks like" in page.inner_text("#note"))
    assert "The plan says" in page.inner_text("#note")
    page.close()


SCREENS = {
    "exercising": EXERCISING,
    "stand_in": replace(EXERCISING, network_is_stand_in=True),
    "cue": replace(EXERCISING, cue="cue-incomplete-range-knee-extension-seated"),
    "question": replace(
        EXERCISING,
        phase=Phase.QUESTIONS,
        instruction="instruct-question-pain-after",
        question="pain_after",
    ),
    "stop_reason": replace(
        EXERCISING,
        phase=Phase.QUESTIONS,
        instruction="instruct-question-stop-reason",
        question="stop_reason",
    ),
    "resting": replace(
        EXERCISING, phase=Phase.RESTING, instruction="instruct-resting", seconds_left=45
    ),
}
SCREENS |= {
    "checking": replace(
        EXERCISING, phase=Phase.CHECKING, instruction="instruct-checking", seconds_left=15
    ),
    "emergency": replace(
        EXERCISING,
        phase=Phase.EMERGENCY,
        instruction="instruct-emergency",
        note="note-nobody-called",
    ),
    "dizzy": replace(
        EXERCISING,
        phase=Phase.EMERGENCY,
        instruction="instruct-emergency-dizzy",
        note="note-if-it-does-not-pass",
    ),
    "framing": replace(
        EXERCISING, phase=Phase.FRAMING, instruction="instruct-framing-turn-left-side"
    ),
    "by the clock": replace(EXERCISING, guided_by_clock=True, seconds_left=42),
    "another exercise": replace(EXERCISING, looks_like="exercise-hip-abduction-standing"),
}
SIZES = [(1920, 1080), (1280, 800), (1024, 600), (720, 1280)]
INSIDE = """() => [...document.querySelectorAll(
    '#warning, button, #count, #cue, #instruction, #seconds, #note')]
  .filter((e) => e.checkVisibility() && e.textContent)
  .filter((e) => { const r = e.getBoundingClientRect();
    return r.left < -1 || r.top < -1 || r.right > innerWidth + 1 || r.bottom > innerHeight + 1
      || e.scrollWidth > e.clientWidth + 2
      || (e.closest('.words') && (r.top < e.closest('.words').getBoundingClientRect().top - 1
      || r.bottom > e.closest('.words').getBoundingClientRect().bottom + 1)); })
  .map((e) => (e.id || e.textContent) + JSON.stringify(e.getBoundingClientRect()))"""


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_nothing_is_cut_off_on_any_screen(
    browser: Browser, kiosk: Kiosk, publisher: Publisher, language: str
) -> None:
    page = open_page(browser, kiosk)
    for _ in range(3):
        eventually(lambda: page.get_attribute("body", "data-sequence"))
        if page.inner_text("#language") == language.upper():
            break
        page.click("#language")
        page.wait_for_timeout(400)
    wrong = {}
    for name, feedback in SCREENS.items():
        publisher.feedback = feedback
        page.wait_for_timeout(250)
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(60)
            if cut := page.evaluate(INSIDE):
                wrong[f"{name} {width}x{height}"] = cut
    page.close()
    assert not wrong


def test_a_third_page_is_told_and_other_pages_are_refused(kiosk: Kiosk) -> None:
    import urllib.error
    import urllib.request

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


def test_the_page_comes_back_by_itself_after_a_restart(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    page = open_page(browser, kiosk)
    page.wait_for_selector("body[data-phase=exercising]")
    kiosk.stop()
    page.wait_for_selector("body[data-phase=no-connection]")
    kiosk.start()
    page.wait_for_selector("body[data-phase=exercising]", timeout=20_000)
    page.close()


def test_one_sentence_about_the_set_is_inside_every_screen_with_the_buttons(
    browser: Browser, kiosk: Kiosk, publisher: Publisher
) -> None:
    note = "quality-seen-badly-camera-moved"  # the longest one
    said = kiosk_catalogue("en").text(note)
    line = SetSummary("shoulder_abduction", "both", 1, 9, 10, 8, 151.6, 6.2)
    moments = {
        "#stop": replace(EXERCISING, phase=Phase.RESTING, instruction="instruct-resting",
                         note=note, seconds_left=42),
        "#done": replace(EXERCISING, phase=Phase.SUMMARY, instruction="instruct-summary",
                         note=note, summary=(line,) * 3),
    }  # fmt: skip
    page = open_page(browser, kiosk)
    for button, feedback in moments.items():
        publisher.feedback = feedback
        page.wait_for_selector(f'body[data-phase="{feedback.phase.value}"]')
        page.wait_for_function(f"document.getElementById('note').innerText === {said!r}")
        for width, height in ((1280, 800), (1024, 600)):
            page.set_viewport_size({"width": width, "height": height})
            for selector in ("#note", button):
                box = page.locator(selector).bounding_box()
                assert box is not None, selector
                assert min(box["x"], box["y"]) >= 0, selector
                assert box["x"] + box["width"] <= width + 1, selector
                assert box["y"] + box["height"] <= height + 1, selector
    page.close()
