"""The page's real server with a made-up coach behind it, and made-up screens of every kind."""

import json
import math
import re
import struct
import threading
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from device.kiosk.page import create_app
from device.kiosk.screen import KIOSK_TEXTS
from device.settings import KioskSettings
from models.exercises.catalogue import exercise_text_folders

Document = dict[str, Any]
SCREENS = Path(__file__).with_name("made_up_screens.toml")
NO_STATE = {"state": "", "text": ""}
BLANK: Document = {
    "screen": "idle", "moment": 0, "language": "en", "instruction": "", "note": "", "hint": "",
    "exercise": "", "set": "", "count": None, "count_of": "", "seconds": None, "cue": "",
    "cue_kind": None, "cue_arrow": None, "judged": [], "target": None, "hold": None, "tempo": None,
    "actions": [], "focus": None, "gesture": None, "question": None, "plan": [],
    "demonstration": None, "guide": None, "summary": [], "progress_summary": [], "streak": None,
    "next_appointment": "", "call": None, "facts": [], "skeleton_only": False, "voice": NO_STATE,
    "tone": None, "camera_sign": "", "warning": "", "link": NO_STATE, "delivery": NO_STATE,
    "sequence": 0, "keypoints": [], "aspect": 4 / 3,
}  # fmt: skip
# A person standing, arms half out: y, x, score of the 17 COCO keypoints.
STANDING = [
    0.17, 0.50, 0.9, 0.155, 0.51, 0.9, 0.155, 0.49, 0.9, 0.165, 0.52, 0.9, 0.165, 0.48, 0.9,
    0.27, 0.56, 0.9, 0.27, 0.44, 0.9, 0.33, 0.66, 0.9, 0.33, 0.34, 0.9, 0.37, 0.76, 0.9,
    0.37, 0.24, 0.9, 0.53, 0.535, 0.9, 0.53, 0.465, 0.9, 0.72, 0.54, 0.9, 0.72, 0.46, 0.9,
    0.91, 0.54, 0.9, 0.91, 0.46, 0.9,
]  # fmt: skip


class MadeUpView:
    """Stands in for what the coach says: a document at a time, and perhaps a picture."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._document: Document = dict(BLANK)
        self._version = 0
        self.jpeg = b""
        self.age_s, self.link, self.newest = 0.0, None, None
        self.language = "en"

    def open_help(self, opened: bool) -> bool:
        """The coach can."""
        del opened
        return False

    def show(self, document: Document) -> int:
        """What every message says from now on; returns its moment."""
        with self._news:
            self._version += 1
            self._document = {**BLANK, **document, "moment": self._version}
            for action in self._document["actions"]:
                action["command"] = {**action["command"], "moment": self._version}
            self._news.notify_all()
            return self._version

    def message(self, after_sequence: int) -> tuple[int, bytes]:
        with self._news:
            self._news.wait_for(lambda: self._version != after_sequence, 0.1)
            version, document, jpeg = self._version, dict(self._document), self.jpeg
        if document["skeleton_only"]:
            jpeg = b""
        document |= {"sequence": version, "keypoints": STANDING}
        text = json.dumps(document).encode()
        return version, struct.pack("<I", len(text)) + text + jpeg


class MadeUpCoach:
    """Takes commands as the coach's channel does, and remembers them."""

    def __init__(self) -> None:
        self.received: list[dict[str, Any]] = []
        self.is_there = True

    def send(self, command: Any) -> bool:
        if self.is_there:
            self.received.append(json.loads(command.model_dump_json()))
        return self.is_there


class MadeUpKiosk:
    """The real page and its real server, in this process."""

    def __init__(self, settings: KioskSettings) -> None:
        self.view, self.coach = MadeUpView(), MadeUpCoach()
        app = create_app(self.view, self.coach, settings)  # type: ignore[arg-type]
        app.add_url_rule("/made-up-motion", view_func=made_up_motion)
        self._server = make_server("127.0.0.1", 0, app, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def open(self, browser: Browser, width: int = 1920, height: int = 1080) -> Page:
        page = browser.new_page(viewport={"width": width, "height": height})
        page.goto(self.address)
        return page

    def show(self, page: Page, document: Document) -> None:
        """The document on the page, wholly drawn."""
        moment = self.view.show(document)
        page.wait_for_selector(f'body[data-moment="{moment}"]', state="attached")

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()


@pytest.fixture(scope="module")
def made_up_kiosk() -> Iterator[MadeUpKiosk]:
    kiosk = MadeUpKiosk(KioskSettings())
    kiosk.view.jpeg = room()
    yield kiosk
    kiosk.close()


@pytest.fixture(scope="session")
def make_kiosk() -> Iterator[Callable[[KioskSettings], MadeUpKiosk]]:
    made: list[MadeUpKiosk] = []

    def make(settings: KioskSettings) -> MadeUpKiosk:
        made.append(MadeUpKiosk(settings))
        made[-1].view.jpeg = room()
        return made[-1]

    yield make
    for kiosk in made:
        kiosk.close()


@pytest.fixture(scope="session")
def screens() -> Callable[[str], dict[str, Document]]:
    """Every screen in a language, with the longest texts it can have."""
    return screens_in


@pytest.fixture(scope="session")
def cues() -> Callable[[str], list[str]]:
    """All corrections and praise in a language."""
    return lambda language: sorted(
        {text for key, text in _texts(language).items() if key.startswith("cue-")}
    )


@pytest.fixture(scope="session")
def lengthened() -> Callable[[Document], Document]:
    """A document whose texts are 40% longer."""
    return _lengthened


def room() -> bytes:
    """A picture of a made-up room, 640 by 480."""
    picture = np.full((480, 640, 3), (150, 175, 190), np.uint8)
    cv2.rectangle(picture, (0, 380), (640, 480), (80, 110, 140), -1)
    cv2.rectangle(picture, (60, 60), (190, 200), (240, 225, 200), -1)
    cv2.rectangle(picture, (280, 130), (360, 260), (150, 80, 30), -1)
    return bytes(cv2.imencode(".jpg", picture)[1].tobytes())


def made_up_motion() -> Document:
    """Arms that go up and down."""
    frames = []
    for step in range(40):
        lift = (1 - math.cos(step / 40 * 2 * math.pi)) / 2 * 1.4
        frame = [
            value for index in range(17) for value in (STANDING[index * 3 + 1], STANDING[index * 3])
        ]
        for side, elbow, wrist, shoulder in ((1, 7, 9, 5), (-1, 8, 10, 6)):
            x, y = frame[2 * shoulder], frame[2 * shoulder + 1]
            for joint, far in ((elbow, 0.13), (wrist, 0.25)):
                frame[2 * joint] = x + side * far * math.sin(lift) * 0.9
                frame[2 * joint + 1] = y + far * math.cos(lift)
        frames.append(frame)
    return {"frames": frames, "frame_s": 0.066, "aspect": 0.75, "props": []}


class _Texts(dict[str, str]):
    """Texts without values in them; the longest of its kind for one that is not there."""

    def __missing__(self, key: str) -> str:
        return self.longest(key.split("-", maxsplit=1)[0])

    def longest(self, prefix: str) -> str:
        return max((text for key, text in self.items() if key.startswith(prefix)), key=len)


def _texts(language: str) -> _Texts:
    found = _Texts()
    for folder in (*exercise_text_folders(), KIOSK_TEXTS):
        lines = (folder / f"{language}.ftl").read_text(encoding="utf-8").splitlines()
        found |= dict(re.findall(r"^([a-z0-9-]+) = ([^{}\n]+)$", "\n".join(lines), re.MULTILINE))
    return found


def _lengthened(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            key: each
            if key in ("screen", "id", "kind", "command", "gesture", "language", "state", "motion",
                       "layout", "cue_kind", "cue_arrow", "arrow", "phase", "change", "tone")
            else _lengthened(each)
            for key, each in value.items()
        }  # fmt: skip
    if isinstance(value, list):
        return [_lengthened(each) for each in value]
    if not isinstance(value, str) or not re.search(r"[^\W\d]{2}", value):
        return value
    wanted, words = math.ceil(len(value) * 1.4), value.split(" ")
    longer, index = value, 0
    while len(words) > 1 and len(longer) < wanted:
        longer, index = f"{longer} {words[index % len(words)]}", index + 1
    return longer if len(words) > 1 else value + value[: wanted - len(value)].lower()


def screens_in(language: str) -> dict[str, Document]:
    """The screens of ``made_up_screens.toml``, with their texts in the language."""
    document = tomllib.loads(SCREENS.read_text(encoding="utf-8"))
    texts, words, screens = _texts(language), document["words"][language], document["screens"]
    names = (text for key, text in texts.items() if key.startswith("exercise-"))
    exercises = sorted(names, key=len, reverse=True)

    def said(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: said(each) for key, each in value.items()}
        if isinstance(value, list):
            return [said(each) for each in value]
        if not isinstance(value, str) or len(value) < 2:
            return value
        known: dict[str, Callable[[str], str]] = {
            "=": texts.__getitem__,
            "~": texts.longest,
            "@": words.__getitem__,
            "#": lambda place: exercises[int(place) - 1],
        }
        return known[value[0]](value[1:]) if value[0] in known else value

    def action(line: str) -> Document:
        head, _, text = line.partition(" = ")
        name, kind, *gesture = head.split()
        key = name if name.startswith("reason-") else f"button-{name}"
        return {
            "id": name,
            "text": text or texts[key],
            "command": {"command": "stop" if kind == "stop" else "start"},
            "kind": kind,
            "gesture": gesture[0] if gesture else None,
        }

    def made(name: str) -> Document:
        screen = dict(screens[name])
        base = screens[screen.pop("like")] if "like" in screen else {}
        always = {} if screen.pop("alone", False) else document["always"]
        screen = always | base | screen | {"language": language}
        for gone in screen.pop("without", []):
            del screen[gone]
        lines = screen.pop("actions")
        full = said(screen) | {"actions": [action(line) for line in lines]}
        for part, missing in (("guide", "arrow"), ("target", "start_inner_deg")):
            if part in full:
                full[part] = {missing: None, "target_inner_deg": None} | full[part]
        return BLANK | full

    return {name: made(name) for name in screens}
