"""The kiosk's end of the live picture: the newest update, and its JPEG only when someone looks."""

import json
import struct
import threading
import time
from typing import Any

import cv2
import numpy as np
import structlog

from device.camera.frame import Image
from device.camera.frame_ring import FrameRing
from device.errors import CameraError, StoreError
from device.kiosk.channel import CoachChannel, LiveUpdate
from device.kiosk.screen import help_screen, screen_of, waiting_screen
from device.kiosk.screen_document import ScreenDocument, ScreenName
from device.kiosk.screen_place import Delivery, ScreenPlace
from device.kiosk.telephone_help import TelephoneHelp
from device.settings import DeviceSettings
from device.store import LinkState, Store

JPEG_QUALITY = 80
LONGEST_SIDE = 960
MOST_PICTURES_PER_S = 30.0
STATE_EVERY_S = 0.5
COACH_SILENT_AFTER_S = 3.0
WITH_PICTURE: frozenset[ScreenName] = frozenset({"framing", "countdown", "live", "paused"})
"""The screens that show the patient; for the others no picture is encoded or sent."""
_STORE_EVERY_S = 1.0
_JSON_LENGTH = struct.Struct("<I")

log = structlog.get_logger()


class LiveView:
    """Receives updates in a thread of its own; several viewers share each encoded picture."""

    def __init__(self, channel: CoachChannel, settings: DeviceSettings) -> None:
        self._channel = channel
        self._store_path = settings.database_file
        self._place = ScreenPlace.of(settings)
        self._help = TelephoneHelp(settings)
        self._help_alone = False
        self._news = threading.Condition()
        self._update: LiveUpdate | None = None
        self._received_s = 0.0
        self._delivery = Delivery()
        self._encoding = threading.Lock()
        self._encoded: tuple[int, bytes] = (0, b"")
        self._ring: FrameRing | None = None
        self._stopping = threading.Event()
        for task in (self._receive, self._watch_store):
            threading.Thread(target=task, daemon=True, name=task.__name__).start()

    @property
    def age_s(self) -> float | None:
        """Seconds since the coach last said something; ``None`` before it did."""
        return None if self._update is None else time.monotonic() - self._received_s

    @property
    def newest(self) -> LiveUpdate | None:
        """The newest update; ``None`` while the coach says nothing."""
        age_s = self.age_s
        return self._update if age_s is not None and age_s <= COACH_SILENT_AFTER_S else None

    @property
    def language(self) -> str:
        """The screen's language: the one last chosen, also while the coach says nothing."""
        return self._place.language_of(None if self._update is None else self._update.feedback)

    def open_help(self, opened: bool) -> bool:
        """Open or close the help page while the coach says nothing; false when it can itself."""
        if self.newest is not None:
            return False
        self._help_alone = opened
        return True

    @property
    def link(self) -> LinkState | None:
        """The link's state as last read from the store."""
        return self._delivery.link

    def message(self, after_sequence: int) -> tuple[int, bytes]:
        """The next message for a page: the length of its JSON, the JSON, and the JPEG.

        Waits for a picture newer than ``after_sequence``; without one, comes with the state alone
        after :data:`STATE_EVERY_S`. No JPEG is made, nor sent, for a patient who wants to see the
        skeleton only, and neither leaves for a screen that shows no picture. Returns the sequence
        number to wait after too.
        """
        update = self._wait(after_sequence)
        screen: dict[str, Any] = {**self._screen(update)}
        sequence, jpeg = after_sequence, b""
        screen |= {"sequence": 0, "keypoints": [], "aspect": 1.0}
        if update is not None and update.sequence not in (0, after_sequence):
            pictured = screen["screen"] in WITH_PICTURE
            encoded = self._jpeg(update) if pictured and not screen["skeleton_only"] else b""
            if encoded is not None:
                sequence, jpeg = update.sequence, encoded
            if encoded is not None and pictured:
                screen |= {
                    "sequence": sequence,
                    "keypoints": np.round(update.keypoints, 4).ravel().tolist(),
                    "aspect": update.width / update.height,
                }
        document = json.dumps(screen, ensure_ascii=False).encode()
        return sequence, _JSON_LENGTH.pack(len(document)) + document + jpeg

    def jpeg_after(self, after_sequence: int) -> tuple[int, bytes | None]:
        """The next picture alone, for pages that cannot draw.

        ``None`` when none comes in time, and always where only the skeleton is wanted.
        """
        update = self._wait(after_sequence)
        if update is None or update.sequence in (0, after_sequence):
            return after_sequence, None
        if self._screen(update)["skeleton_only"]:
            return update.sequence, None
        return update.sequence, self._jpeg(update)

    def close(self) -> None:
        """Stop receiving."""
        self._stopping.set()
        self._channel.close()

    def _wait(self, after_sequence: int) -> LiveUpdate | None:
        deadline_s = time.monotonic() + STATE_EVERY_S
        with self._news:
            while self._update is None or self._update.sequence in (0, after_sequence):
                left_s = deadline_s - time.monotonic()
                if left_s <= 0 or not self._news.wait(left_s):
                    break
            return self._update

    def _screen(self, update: LiveUpdate | None) -> ScreenDocument:
        language, place = self.language, self._place
        if update is None or self.newest is None:
            if self._help_alone:
                return help_screen(language, place, self._help.facts(None, language))
            return waiting_screen(language, place)
        self._help_alone = False
        facts = None
        if update.feedback["page"] == "help":
            facts = self._help.facts(update, language)
        return screen_of(update, self._delivery, place, facts)

    def _receive(self) -> None:
        while not self._stopping.is_set():
            try:
                update = self._channel.receive(1.0)
            except (OSError, ValueError, struct.error) as error:
                if not self._stopping.is_set():
                    log.warning("update_not_readable", error=str(error))
                continue
            if update is not None:
                with self._news:
                    self._update, self._received_s = update, time.monotonic()
                    self._news.notify_all()

    def _watch_store(self) -> None:
        store: Store | None = None
        while not self._stopping.wait(_STORE_EVERY_S):
            try:
                store = store or Store(self._store_path)
                session_id = self._update.feedback["session_id"] if self._update else None
                self._delivery = Delivery(
                    link=store.link_state(),
                    session=store.delivery(session_id) if session_id else None,
                    movement_is_sent=store.motion.consent_stands(),
                )
            except StoreError as error:
                log.warning("store_not_readable", error=str(error))

    def _jpeg(self, update: LiveUpdate) -> bytes | None:
        with self._encoding:
            if self._encoded[0] == update.sequence:
                return self._encoded[1]
            picture = self._picture(update)
            if picture is None:
                return None
            longest = max(picture.shape[:2])
            if longest > LONGEST_SIDE:
                scale = LONGEST_SIDE / longest
                picture = np.asarray(cv2.resize(picture, None, fx=scale, fy=scale), dtype=np.uint8)
            quality = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY]
            encoded, data = cv2.imencode(".jpg", picture, quality)
            if not encoded:
                return None
            self._encoded = (update.sequence, data.tobytes())
            return self._encoded[1]

    def _picture(self, update: LiveUpdate) -> Image | None:
        if update.ring is None:
            return None
        try:
            if self._ring is None or self._ring.path != update.ring:
                if self._ring is not None:
                    self._ring.close()
                self._ring = FrameRing.attach(update.ring)
            return self._ring.copy(update.slot, update.sequence)
        except CameraError as error:
            log.warning("picture_not_readable", error=str(error))
            return None
