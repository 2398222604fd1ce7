"""The last warnings and errors of each process, kept where the telephone help can show them.

Not the journal: a clinic on the telephone asks what the screen says, and the patient has neither
a keyboard nor rights to read a journal. Only what is listed in :data:`KEPT_FIELDS` is written, so
that no field added to a log line later can carry a person's data there.
"""

import json
import logging
import time
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

KEPT_FIELDS = ("reason", "error", "status", "name", "camera", "network", "attempts", "kind")
KEPT_LEVELS = frozenset({"warning", "error", "critical"})
SAME_AGAIN_AFTER_S = 60.0
"""The same event within this time is not written again: a flood must not wear out the card."""
_FILE_BYTES = 64 * 1024
_LONGEST_DETAIL = 200

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class KeptLine:
    """One warning or error: when, in which process, and what."""

    at: datetime
    process: str
    level: str
    event: str
    detail: str


def keep_log(folder: Path, process: str) -> None:
    """From now on this process's warnings and errors are kept in ``folder`` too.

    Where the folder cannot be written the log goes on as before, with one warning.
    """
    try:
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        handler = RotatingFileHandler(
            folder / f"{process}.jsonl", maxBytes=_FILE_BYTES, backupCount=1, encoding="utf-8"
        )
    except OSError as error:
        log.warning("log_not_kept", error=str(error))
        return
    processors = list(structlog.get_config()["processors"])
    structlog.configure(processors=[*processors[:-1], _Keeper(handler), processors[-1]])


def kept_lines(folder: Path, most: int) -> list[KeptLine]:
    """The newest lines of all processes, newest first; what cannot be read is left out."""
    lines: list[KeptLine] = []
    for path in sorted(folder.glob("*.jsonl*")):
        process = path.name.partition(".")[0]
        try:
            texts = path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError as error:
            log.warning("kept_log_not_readable", error=str(error))
            continue
        lines += [line for text in texts if (line := _parse(text, process)) is not None]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:most]


class _Keeper:
    """A structlog processor that writes what is worth keeping and passes everything on."""

    def __init__(
        self, handler: logging.Handler, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._handler, self._clock = handler, clock
        self._written_s: dict[str, float] = {}

    def __call__(
        self, _logger: object, method: str, event: MutableMapping[str, Any]
    ) -> MutableMapping[str, Any]:
        name, now_s = str(event.get("event", "")), self._clock()
        last_s = self._written_s.get(name, float("-inf"))
        if method in KEPT_LEVELS and now_s - last_s >= SAME_AGAIN_AFTER_S:
            self._written_s[name] = now_s
            line = {"at": datetime.now(UTC).isoformat(), "level": method, "event": name}
            line |= {key: str(event[key])[:_LONGEST_DETAIL] for key in KEPT_FIELDS if key in event}
            self._handler.handle(logging.makeLogRecord({"msg": json.dumps(line)}))
        return event


def _parse(text: str, process: str) -> KeptLine | None:
    try:
        line = json.loads(text)
        at = datetime.fromisoformat(line["at"])
        detail = ", ".join(f"{key} {line[key]}" for key in KEPT_FIELDS if key in line)
        return KeptLine(at.astimezone(UTC), process, line["level"], line["event"], detail)
    except (ValueError, TypeError, KeyError):
        # A power cut may leave half a line at the end of a file.
        return None
