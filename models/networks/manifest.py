"""The list of pose networks this release knows, as data."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.errors import NetworkNotFoundError

MANIFEST_FILE = Path(__file__).parent / "manifest.toml"
DEFAULT_NETWORK = "movenet-lightning-int8"
STAND_IN = "stand-in-not-for-people"


class NetworkEntry(BaseModel):
    """One row of the manifest.

    ``address`` ``None``: the file is shipped beside the manifest. ``stand_in`` marks a network that
    must not be used with people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    version: str
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+\.tflite$")]
    address: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(gt=0)]
    licence: str
    origin: str
    input: str
    output: str
    stand_in: bool


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    network: tuple[NetworkEntry, ...]


@cache
def load_manifest(path: Path = MANIFEST_FILE) -> dict[str, NetworkEntry]:
    """The networks by name; raises ``pydantic.ValidationError`` for a manifest of another shape."""
    manifest = _Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    return {entry.name: entry for entry in manifest.network}


def network_entry(name: str) -> NetworkEntry:
    """The row of one network; raises :class:`NetworkNotFoundError` naming those there are."""
    entries = load_manifest()
    if name not in entries:
        raise NetworkNotFoundError(f"unknown network {name!r}: choose one of {', '.join(entries)}")
    return entries[name]
