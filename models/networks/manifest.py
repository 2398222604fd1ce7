"""The networks this release knows, as data: pose networks, and the stages of movement quality."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from models.errors import NetworkNotFoundError, StageNotAvailableError

MANIFEST_FILE = Path(__file__).parent / "manifest.toml"
RESEARCH_MANIFEST_FILE = Path(__file__).parent / "research" / "manifest.toml"
"""Networks whose data allow research alone: off until a clinic turns them on."""
DEFAULT_NETWORK = "movenet-lightning-int8"
STAND_IN = "stand-in-not-for-people"

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class NetworkEntry(BaseModel):
    """One pose network's row of the manifest.

    ``address`` ``None``: the file is shipped beside the manifest. ``stand_in`` marks a network that
    must not be used with people.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+$")]
    version: str
    file: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+\.tflite$")]
    address: Annotated[str, StringConstraints(pattern=r"^https://")] | None = None
    sha256: Sha256
    size_bytes: Annotated[int, Field(gt=0)]
    licence: str
    origin: str
    input: str
    output: str
    stand_in: bool


class StageEntry(BaseModel):
    """One stage of the quality analysis: a TFLite network, or a stated rule.

    The file, if any, and the ``card`` (what it is, its data, figures and limits) are shipped beside
    the manifest. A rule's file holds its numbers; a rule that is code alone has none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$")]
    kind: Literal["network", "rule"]
    file: (
        Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+\.(tflite|toml|json|npz)$")]
        | None
    ) = None
    sha256: Sha256 | None = None
    size_bytes: Annotated[int, Field(gt=0)] | None = None
    licence: Annotated[str, StringConstraints(min_length=1)]
    origin: Annotated[str, StringConstraints(min_length=1)]
    card: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+\.md$")]
    input: Annotated[str, StringConstraints(min_length=1)]
    output: Annotated[str, StringConstraints(min_length=1)]

    @model_validator(mode="after")
    def _file_as_the_kind_asks(self) -> Self:
        described = [self.file is not None, self.sha256 is not None, self.size_bytes is not None]
        if any(described) and not all(described):
            raise ValueError("file, sha256 and size_bytes belong together")
        is_network = self.file is not None and self.file.endswith(".tflite")
        if is_network != (self.kind == "network"):
            raise ValueError("a network has a .tflite file, a rule has none or one of another kind")
        return self


class _Manifest(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_version: Literal[1]
    network: tuple[NetworkEntry, ...] = ()
    stage: tuple[StageEntry, ...] = ()

    @model_validator(mode="after")
    def _names_differ(self) -> Self:
        names = [each.name for each in self.network] + [each.name for each in self.stage]
        if len(set(names)) < len(names):
            raise ValueError("two rows have the same name")
        return self


@cache
def _read(path: Path) -> _Manifest:
    return _Manifest.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))


def load_manifest(path: Path = MANIFEST_FILE) -> dict[str, NetworkEntry]:
    """The networks by name; raises ``pydantic.ValidationError`` for a manifest of another shape."""
    return {entry.name: entry for entry in _read(path).network}


def load_stages(path: Path = MANIFEST_FILE) -> dict[str, StageEntry]:
    """The quality stages by name, none where ``path`` is not there.

    Raises ``pydantic.ValidationError`` for a manifest of another shape.
    """
    return {entry.name: entry for entry in _read(path).stage} if path.exists() else {}


def network_entry(name: str) -> NetworkEntry:
    """The row of one network; raises :class:`NetworkNotFoundError` naming those there are."""
    entries = load_manifest()
    if name not in entries:
        raise NetworkNotFoundError(f"unknown network {name!r}: choose one of {', '.join(entries)}")
    return entries[name]


def stage_entry(name: str, manifest: Path = MANIFEST_FILE) -> StageEntry:
    """The row of one stage; raises :class:`StageNotAvailableError` naming those there are."""
    entries = load_stages(manifest)
    if name not in entries:
        there = ", ".join(entries) or "none"
        raise StageNotAvailableError(f"{manifest} has no stage {name!r}; it has {there}")
    return entries[name]
