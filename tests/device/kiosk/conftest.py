"""The page's real server with a made-up coach behind it, and made-up screens of every kind."""

import json
import math
import re
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page
from werkzeug.serving import make_server

from device.kiosk.page import create_app
from device.kiosk.screen import KIOSK_TEXTS, kiosk_catalogue
from device.settings import KioskSettings
from models.exercises.catalogue import exercise_text_folders

Document = dict[str, Any]
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
        app.add_url_rule("/made-up-motion", view_func=lambda: made_up_motion())
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
def lengthened() -> Callable[[Document], Document]:
    """A document whose texts are 40% longer."""
    return lambda document: _lengthened(document)


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
        frame = [value for index in range(17) for value in (STANDING[index * 3 + 1], STANDING[index * 3])]
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


# What the texts of these screens have no counterpart for in the catalogue, or that holds numbers.
WORDS = {
    "en": ("3 sets of 10", "Set 2 of 3", "of 12", "Raise one hand", "The camera sees your left side",
           "No weight on the left leg before 1 March", "It cannot see whether your back is straight",
           "6° further than last time", "no change that could be measured", "Three weeks in a row",
           "Next: Wednesday at 10:00", "I am ready", "Settings", "For the clinic on the telephone",
           "furthest 152° (± 6°)", "Voice off"),
    "de": ("3 Sätze zu 10", "Satz 2 von 3", "von 12", "Heben Sie eine Hand", "Die Kamera sieht Ihre linke Seite",
           "Das linke Bein bis 1. März nicht belasten", "Ob der Rücken gerade ist, sieht die Kamera nicht",
           "6° weiter als beim letzten Mal", "keine messbare Veränderung", "Drei Wochen in Folge",
           "Nächstes Mal: Mittwoch um 10:00", "Ich bin bereit", "Einstellungen", "Für die Praxis am Telefon",
           "am weitesten 152° (± 6°)", "Stimme aus"),
    "fr": ("3 séries de 10", "Série 2 sur 3", "sur 12", "Levez une main", "La caméra voit votre côté gauche",
           "Ne chargez pas la jambe gauche avant le 1er mars", "Elle ne voit pas si votre dos est droit",
           "6° de plus que la dernière fois", "aucun changement mesurable", "Trois semaines de suite",
           "Prochaine séance : mercredi à 10:00", "Je suis prêt", "Réglages", "Pour le cabinet au téléphone",
           "au plus loin 152° (± 6°)", "Voix coupée"),
}  # fmt: skip
STOP_REASONS = ("pain", "chest-pain", "breathless", "dizzy", "tired", "technical")


def screens_in(language: str) -> dict[str, Document]:
    texts, catalogue = _texts(language), kiosk_catalogue(language)
    (dose, of_sets, of_count, _, view, caution, not_judged, further, same, streak, next_time,
     ready, settings, telephone, furthest, voice_off) = WORDS[language]  # fmt: skip

    hint = catalogue.text("hint-one-hand", action=ready)

    longest = texts.longest

    def action(name: str, kind: str, gesture: str | None = None, text: str = "") -> Document:
        said = text or texts[f"button-{name}"]
        command = {"command": "stop" if kind == "stop" else "start"}
        return {"id": name, "text": said, "command": command, "kind": kind, "gesture": gesture}

    def choices(names: dict[str, str]) -> list[Document]:
        return [action(name, "choice", None, text) for name, text in names.items()]

    stop = action("stop", "stop", "stop")
    foot = [action("settings", "secondary", None, settings), action("help", "secondary", None, telephone)]
    always = {
        "language": language,
        "camera_sign": texts["camera-on"],
        "link": {"state": "disconnected", "text": texts["link-disconnected"]},
        "delivery": {"state": "pending", "text": texts["delivery-pending"]},
        "voice": {"state": "off", "text": voice_off},
    }
    names = sorted((text for key, text in texts.items() if key.startswith("exercise-")), key=len)
    exercise = {"exercise": names[-1], "set": of_sets}
    live = {
        **always, **exercise, "screen": "live", "count": 10, "count_of": of_count, "actions": [stop],
        "judged": [5, 7, 9, 6, 8, 10], "instruction": longest("instruction-"),
        "tempo": {"phase": "out", "share": 0.6, "too_fast": False},
        "target": {"joints": [[11, 5, 7], [12, 6, 8]], "start_deg": 10, "target_deg": 90,
                   "start_inner_deg": 12, "target_inner_deg": 90, "share": 0.55},
    }  # fmt: skip
    cue = {**live, "cue": longest("cue-"), "cue_kind": "correction", "cue_arrow": "up"}
    guide = {"box": [0.3, 0.06, 0.7, 0.96], "arrow": "further", "lying": False, "ready_share": 0.0}
    framing = {
        **always, **exercise, "screen": "framing", "instruction": longest("instruct-framing"),
        "guide": guide, "actions": [stop],
    }  # fmt: skip
    scale = {
        **always, "screen": "question", "instruction": longest("instruct-question-pain"),
        "question": {"id": "pain_after", "layout": "scale", "low": texts["scale-none"],
                     "high": texts["scale-worst-pain"]},
        "actions": [*choices({f"rating-{rating}": str(rating) for rating in range(11)}),
                    action("skip", "secondary"), stop],
    }  # fmt: skip
    plan = [{"name": name, "dose": dose, "done": index == 0, "sets_done": int(index == 1), "sets": 3}
            for index, name in enumerate(names[-6:-1])]  # fmt: skip
    number = "112"
    return {
        "no-connection": {"language": language, "screen": "no-connection", "instruction": texts["instruct-no-connection"]},
        "idle": {**always, "screen": "idle", "instruction": longest("instruct-waiting"), "actions": foot,
                 "next_appointment": next_time, "streak": {"weeks": 3, "text": streak}},
        "plan": {**always, "screen": "plan", "instruction": texts["instruct-ready"], "plan": plan, "hint": hint,
                 "actions": [action("start", "primary", "yes"), *foot], "streak": {"weeks": 3, "text": streak}},
        "resume": {**always, **exercise, "screen": "resume", "instruction": texts["instruct-resuming"], "hint": hint,
                   "actions": [action("go-on", "primary", "yes"), action("end-here", "stop", "stop"), foot[1]]},
        "demonstration": {**always, **exercise, "screen": "demonstration", "instruction": texts["instruct-demonstration"],
                          "note": longest("instruction-"),
                          "judged": [5, 7, 9, 6, 8, 10], "hint": hint,
                          "demonstration": {"motion": "/made-up-motion", "view": view, "cautions": [caution],
                                            "not_judged": [not_judged]},
                          "actions": [action("ready", "primary", "yes", ready), stop]},
        "framing": framing,
        "framed": {**framing, "guide": {**guide, "arrow": None, "ready_share": 0.6}, "instruction": texts["instruct-framing-hold-still"]},
        "countdown": {**always, **exercise, "screen": "countdown", "seconds": 3, "instruction": texts["instruct-countdown"], "actions": [stop]},
        "live": live,
        "stand-in": {**live, "warning": texts["network-stand-in"]},
        "cue": cue,
        "praise": {**cue, "cue": longest("cue-praise"), "cue_kind": "praise", "cue_arrow": None},
        "hold": {**live, "hold": {"share": 0.4, "seconds": 3}, "target": {**live["target"], "joints": []}, "tempo": None},
        "by the clock": {**live, "count": None, "count_of": "", "seconds": 42, "tempo": None, "target": None},
        "looks like": {**live, "note": catalogue.text("note-looks-like", seen=names[-1], planned=names[-2])},
        "skeleton only": {**live, "skeleton_only": True},
        "paused": {**always, **exercise, "screen": "paused", "count": 10, "count_of": of_count, "actions": [stop],
                   "instruction": longest("instruct-paused")},
        "rest": {**always, **exercise, "screen": "rest", "instruction": texts["instruct-resting"], "seconds": 45,
                 "note": longest("quality-"), "hint": hint,
                 "actions": [action("ready", "primary", "yes", ready), stop]},
        "question": scale,
        "choosing": {**scale, "focus": 4, "gesture": {"kind": "choose", "share": 0.5}},
        "reasons": {**always, "screen": "question", "instruction": longest("instruct-question-stop"),
                    "question": {"id": "stop_reason", "layout": "reasons", "low": "", "high": ""},
                    "actions": [*choices({name: texts[f"reason-{name}"] for name in STOP_REASONS}), action("skip", "secondary")]},
        "summary": {**always, "screen": "summary", "instruction": texts["instruct-summary"],
                    "summary": [{"text": catalogue.text("summary-set", exercise=name, counted=9, target=10), "detail": furthest} for name in names[-3:]],
                    "progress_summary": [{"exercise": names[-1], "text": further, "change": "more"}, {"exercise": names[-2], "text": same, "change": "same"}],
                    "streak": {"weeks": 3, "text": streak}, "next_appointment": next_time,
                    "actions": [action("done", "primary", "yes"), action("again", "secondary")]},
        "checking": {**always, "screen": "checking", "instruction": texts["instruct-checking"], "seconds": 15, "tone": None,
                     "question": {"id": "check", "layout": "check", "low": "", "high": ""}, "hint": texts["hint-check"],
                     "actions": [action("all-right", "choice", "yes"), action("needs-help", "choice", "stop")]},
        "emergency": {**always, "screen": "emergency", "instruction": catalogue.text("instruct-emergency", number=number),
                      "note": texts["note-nobody-called"], "call": {"name": texts["call-emergency"], "telephone": number},
                      "actions": [action("close", "primary")]},
        "dizzy": {**always, "screen": "emergency", "instruction": texts["instruct-emergency-dizzy"],
                  "note": catalogue.text("note-if-it-does-not-pass", number=number), "call": {"name": "Praxis Dr. Meier", "telephone": "0123 456789"},
                  "actions": [action("close", "primary")]},
        "help": {**always, "screen": "help", "instruction": telephone,
                 "facts": [{"label": "Device", "value": "physio-0042"}, {"label": "Software", "value": "0.1.0"},
                           {"label": "Network", "value": "movenet lightning"}, {"label": "Camera", "value": "1280 × 720, 30/s"}],
                 "actions": [action("close", "primary", "yes")]},
        "settings": {**always, "screen": "settings", "instruction": texts["instruct-settings"],
                     "actions": [action("done", "primary", "yes"), *(
                         action(name, "secondary", None, said) for name, said in (
                             ("language-en", "English"), ("language-de", "Deutsch"), ("language-fr", "Français"),
                             *((each, texts[f"button-{each}"]) for each in ("picture-off", "louder", "quieter", "voice-off"))))]},
    }  # fmt: skip
