"""What the screen remembers over a restart: the patient's choices, and what was demonstrated.

Every method raises :class:`~device.errors.StoreError` when the database cannot be read or written.
"""

import json
from dataclasses import asdict, fields
from typing import Any

import structlog

from device.coaching.feedback import ScreenChoices
from device.database import Database
from models.exercises.catalogue import LANGUAGES

_CHOICES, _DEMONSTRATED = "screen_choices", "exercises_demonstrated"

log = structlog.get_logger()


class ScreenMemory:
    """Reads and writes it in the device's database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def choices(self) -> ScreenChoices:
        """What the patient chose; as configured where this release cannot read it."""
        document = self._read(_CHOICES)
        if not isinstance(document, dict):
            return ScreenChoices()
        known = {each.name for each in fields(ScreenChoices)}
        kept = {name: value for name, value in document.items() if name in known}
        if kept.get("language") not in LANGUAGES:
            kept["language"] = None
        return ScreenChoices(**kept)

    def set_choices(self, choices: ScreenChoices) -> None:
        """Keep another choice."""
        self._write(_CHOICES, asdict(choices))

    def demonstrated(self) -> list[str]:
        """The exercises that have been shown to their end, in that order."""
        document = self._read(_DEMONSTRATED)
        return [str(each) for each in document] if isinstance(document, list) else []

    def add_demonstrated(self, exercise_id: str) -> None:
        """An exercise has been shown."""
        known = self.demonstrated()
        if exercise_id not in known:
            self._write(_DEMONSTRATED, [*known, exercise_id])

    def _read(self, key: str) -> Any:  # noqa: ANN401  whatever an earlier release has written
        row = self._database.row("SELECT value FROM state WHERE key = ?", key)
        if row is None:
            return None
        try:
            return json.loads(row[0])
        except ValueError:
            log.error("state_not_readable", name=key)
            return None

    def _write(self, key: str, document: object) -> None:
        row = {"key": key, "value": json.dumps(document)}
        with self._database.transaction():
            self._database.table("state").insert(row, pk="key", replace=True)
