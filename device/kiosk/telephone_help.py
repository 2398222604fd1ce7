"""What the clinic asks for on the telephone: the facts behind the network's symbol.

Everything was read or measured within the last seconds; what cannot be read here says so.
"""

import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from babel.dates import format_datetime
from babel.numbers import format_decimal

from device.errors import StoreError
from device.kept_log import KeptLine, kept_lines
from device.kiosk.channel import LiveUpdate
from device.kiosk.screen_document import Fact
from device.pose.pose import KEYPOINT_COUNT
from device.settings import DeviceSettings
from device.store import LinkState, Store
from device.version import software_version
from models.exercises.catalogue import Catalogue
from models.messages import Prescription

HELP_TEXTS = Path(__file__).parent / "help_texts"
THERMAL_ZONE = Path("/sys/class/thermal/thermal_zone0/temp")
"""Millidegrees Celsius of the processor on a Raspberry Pi (Linux, thermal sysfs)."""
MOST_LINES = 8
FRESH_FOR_S = 2.0
_SEEN_WELL = 0.4
_GIGABYTE = 1e9
_UNENROLLED = "unenrolled"

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Stored:
    link: LinkState | None
    prescription: Prescription | None
    waiting: int


class TelephoneHelp:
    """Reads the facts anew at most every :data:`FRESH_FOR_S` seconds; for one kiosk process."""

    def __init__(
        self, settings: DeviceSettings, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        self._read_s = float("-inf")
        self._language = ""
        self._facts: list[Fact] = []
        self._rated: LiveUpdate | None = None

    def facts(self, newest: LiveUpdate | None, language: str) -> list[Fact]:
        """Lines of label and value in the language, the latest problems last.

        ``newest`` is the coach's newest update, ``None`` while it says nothing.
        """
        with self._lock:
            now_s = self._clock()
            if now_s - self._read_s >= FRESH_FOR_S or language != self._language:
                rate = _pictures_per_s(self._rated, newest)
                self._rated, self._read_s, self._language = newest, now_s, language
                self._facts = _facts(self._settings, newest, rate, language)
            return self._facts


def _pictures_per_s(last: LiveUpdate | None, newest: LiveUpdate | None) -> float | None:
    if last is None or newest is None or last.ring != newest.ring:
        return None
    frames = newest.sequence - last.sequence
    elapsed_s = newest.captured_at_s - last.captured_at_s
    return frames / elapsed_s if frames > 0 and elapsed_s > 0 else None


def _facts(
    settings: DeviceSettings, newest: LiveUpdate | None, rate: float | None, language: str
) -> list[Fact]:
    texts = Catalogue(language, (HELP_TEXTS,))
    stored = _stored(settings.database_file)
    rows = [
        *_device_rows(texts, settings, newest, stored),
        *_clinic_rows(texts, stored),
        *_camera_rows(texts, newest, rate),
        *_machine_rows(texts, settings.data_folder),
    ]
    facts = [Fact(label=texts.text(label), value=value) for label, value in rows]
    problems = [_problem(texts, line) for line in kept_lines(settings.log_folder, MOST_LINES)]
    none = Fact(label=texts.text("help-log"), value=texts.text("help-log-none"))
    return [*facts, *(problems or [none])]


def _stored(database: Path) -> _Stored | None:
    try:
        store = Store(database)
    except StoreError as error:
        log.warning("store_not_readable", error=str(error))
        return None
    try:
        return _Stored(store.link_state(), store.current_prescription(), store.outbox_length())
    except StoreError as error:
        log.warning("store_not_readable", error=str(error))
        return None
    finally:
        store.close()


def _device_rows(
    texts: Catalogue, settings: DeviceSettings, newest: LiveUpdate | None, stored: _Stored | None
) -> list[tuple[str, str]]:
    enrolled = settings.device_id != _UNENROLLED
    rows = [
        ("help-device", settings.device_id if enrolled else texts.text("help-not-enrolled")),
        ("help-software", software_version()),
    ]
    network: Mapping[str, Any] = {} if newest is None else newest.feedback
    if name := network.get("network_name"):
        rows.append(("help-network", str(name)))
    if stored is None:
        return [*rows, ("help-prescription", texts.text("help-unknown"))]
    if stored.prescription is None:
        return [*rows, ("help-prescription", texts.text("help-prescription-none"))]
    version = texts.text("help-prescription-version", version=stored.prescription.version)
    return [*rows, ("help-prescription", version)]


def _clinic_rows(texts: Catalogue, stored: _Stored | None) -> list[tuple[str, str]]:
    if stored is None:
        return [("help-clinic", texts.text("help-unknown"))]
    link, contact = stored.link, texts.text("help-last-contact-never")
    if link is None:
        state = texts.text("help-clinic-never")
    elif link.connected:
        state = texts.text("help-clinic-connected")
    else:
        state = texts.text("help-clinic-since", time=_at(texts, link.since))
    if link is not None and link.last_contact_at is not None:
        contact = _at(texts, link.last_contact_at)
    return [
        ("help-clinic", state),
        ("help-last-contact", contact),
        ("help-waiting", texts.text("help-waiting-count", count=stored.waiting)),
    ]


def _camera_rows(
    texts: Catalogue, newest: LiveUpdate | None, rate: float | None
) -> list[tuple[str, str]]:
    if newest is None:
        return [("help-coach", texts.text("help-coach-silent"))]
    camera = str(newest.feedback["camera"])
    rows = [
        ("help-coach", texts.text("help-coach-running")),
        ("help-camera", texts.text(f"help-camera-{camera}")),
    ]
    if newest.sequence == 0:
        return [*rows, ("help-picture", texts.text("help-picture-none"))]
    size = {"width": str(newest.width), "height": str(newest.height)}
    picture = texts.text("help-picture-size", **size)
    if rate is not None:
        picture = texts.text("help-picture-size-and-rate", **size, rate=round(rate))
    well = int(np.count_nonzero(newest.keypoints[:, 2] >= _SEEN_WELL))
    seen = texts.text("help-seen-well", number=well, of=KEYPOINT_COUNT)
    return [*rows, ("help-picture", picture), ("help-seen", seen)]


def _machine_rows(texts: Catalogue, folder: Path) -> list[tuple[str, str]]:
    try:
        free = format_decimal(
            shutil.disk_usage(folder).free / _GIGABYTE, "#,##0.0", locale=texts.language
        )
        disk = texts.text("help-disk-free", gigabytes=free)
    except OSError:
        disk = texts.text("help-unknown")
    try:
        degrees = round(int(THERMAL_ZONE.read_text(encoding="ascii")) / 1000)
        temperature = texts.text("help-temperature-degrees", degrees=degrees)
    except (OSError, ValueError):
        temperature = texts.text("help-unknown")
    return [("help-disk", disk), ("help-temperature", temperature)]


def _problem(texts: Catalogue, line: KeptLine) -> Fact:
    detail = f" ({line.detail})" if line.detail else ""
    when = _at(texts, line.at.timestamp())
    return Fact(
        label=texts.text("help-log-at", time=when), value=f"{line.process}: {line.event}{detail}"
    )


def _at(texts: Catalogue, unix_s: float) -> str:
    """In the device's own time zone, for it is read aloud to somebody in the same one."""
    local = datetime.fromtimestamp(unix_s, UTC).astimezone()
    return format_datetime(local, "short", locale=texts.language)
