"""Finds a pose network on this machine or at its public address, and verifies it; and the stages.

A configured folder and the cache are somebody's choice of file: a wrong file there stops, it is not
passed over in silence.
"""

import hashlib
import http.client
import os
import sys
import tempfile
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from models.errors import NetworkNotFoundError, NetworkVerificationError
from models.networks.manifest import (
    DEFAULT_NETWORK,
    MANIFEST_FILE,
    NetworkEntry,
    StageEntry,
    network_entry,
    stage_entry,
)

FOLDER_VARIABLE = "PHYSIOPI_NETWORK_FOLDER"
SHIPPED_FOLDER = Path(__file__).parent
_TIMEOUT_S = 30.0
_CHUNK_BYTES = 64 * 1024
_INSTALL_AGAIN = "install PhysioPi again"

Progress = Callable[[int, int], None]
"""Called with the bytes fetched so far and the bytes in all."""


@dataclass(frozen=True, slots=True)
class NetworkFile:
    """A network's file whose sha256 has been checked."""

    path: Path
    entry: NetworkEntry


@dataclass(frozen=True, slots=True)
class StageFile:
    """A quality stage's file whose sha256 has been checked; a bare rule has no ``path``."""

    path: Path | None
    entry: StageEntry


def cache_folder() -> Path:
    """Where fetched networks are kept."""
    return user_cache_path("physiopi") / "networks"


def find_network(
    name: str = DEFAULT_NETWORK,
    folder: Path | None = None,
    *,
    download: bool = True,
    progress: Progress | None = None,
) -> NetworkFile:
    """The verified file of a network.

    A network that is shipped with PhysioPi is beside this module. Any other is looked for in
    ``folder`` (else the folder that ``PHYSIOPI_NETWORK_FOLDER`` names), the cache, a
    ``shared/models`` folder beside the checkout, then fetched from its public address into the
    cache.
    Raises :class:`NetworkVerificationError` for a file with another sha256 and
    :class:`NetworkNotFoundError` when there is none.
    """
    entry = network_entry(name)
    if entry.address is None:
        return _verified(SHIPPED_FOLDER / entry.file, entry)
    if folder is None and (named := os.environ.get(FOLDER_VARIABLE)):
        folder = Path(named)
    places = [cache_folder(), _folder_beside_checkout()]
    if folder is not None:
        places.insert(0, folder)
    for place in places:
        path = place / entry.file
        if path.is_file():
            return _verified(path, entry)
    looked = f"network {name} is not on this machine (looked in {', '.join(map(str, places))})"
    if not download:
        raise NetworkNotFoundError(f"{looked}: run scripts/fetch_models")
    try:
        return fetch_network(entry, progress=progress)
    except NetworkNotFoundError as error:
        raise NetworkNotFoundError(f"{looked}; {error}") from error


def find_stage(name: str, manifest: Path = MANIFEST_FILE) -> StageFile:
    """The verified file of a quality stage, which is shipped beside its manifest.

    Raises :class:`~models.errors.StageNotAvailableError` for a stage that the manifest does not
    have, :class:`NetworkNotFoundError` for a file that cannot be read and
    :class:`NetworkVerificationError` for one with another sha256.
    """
    entry = stage_entry(name, manifest)
    if entry.file is None or entry.sha256 is None:
        return StageFile(None, entry)
    path = manifest.parent / entry.file
    _verify(path, entry.name, entry.sha256, _INSTALL_AGAIN)
    return StageFile(path, entry)


def fetch_network(
    entry: NetworkEntry, into: Path | None = None, progress: Progress | None = None
) -> NetworkFile:
    """Fetch a network from its public address; nothing is kept unless its sha256 is right.

    Raises :class:`NetworkNotFoundError` when it cannot be had or kept, and
    :class:`NetworkVerificationError` when something else is at the address.
    """
    into = into or cache_folder()
    address = entry.address
    if address is None:
        raise NetworkNotFoundError(f"network {entry.name} is shipped with PhysioPi, not fetched")
    try:
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=into, prefix=".fetching-") as folder:
            part = Path(folder) / entry.file
            _download(address, entry.size_bytes, part, progress)
            found = _sha256(part)
            if found != entry.sha256:
                raise NetworkVerificationError(
                    f"{address} does not give {entry.name}: its sha256 is {found}, expected"
                    f" {entry.sha256}; nothing was kept: try again, or put {entry.file} into a"
                    f" folder named by {FOLDER_VARIABLE}"
                )
            path = into / entry.file
            # In one step, so that nobody ever sees half of it.
            part.replace(path)
    except (OSError, http.client.HTTPException) as error:
        raise NetworkNotFoundError(
            f"network {entry.name} cannot be fetched from {address} into {into}: {error};"
            f" connect to the internet, or put {entry.file} into a folder named by"
            f" {FOLDER_VARIABLE}"
        ) from error
    return NetworkFile(path, entry)


def _folder_beside_checkout() -> Path:
    return Path(__file__).resolve().parents[3] / "shared" / "models"


def _download(address: str, size_bytes: int, into: Path, progress: Progress | None) -> None:
    fetched = 0
    with (
        urllib.request.urlopen(address, timeout=_TIMEOUT_S) as response,  # noqa: S310  https only, by the manifest's schema
        into.open("wb") as file,
    ):
        while chunk := response.read(_CHUNK_BYTES):
            fetched += len(chunk)
            if fetched > size_bytes:
                raise OSError(f"more than the {size_bytes} bytes expected")
            file.write(chunk)
            if progress is not None:
                progress(fetched, size_bytes)
    if fetched < size_bytes:
        raise OSError(f"the connection ended after {fetched} of {size_bytes} bytes")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verified(path: Path, entry: NetworkEntry) -> NetworkFile:
    shipped = entry.address is None
    again = _INSTALL_AGAIN if shipped else "delete it and run scripts/fetch_models"
    _verify(path, entry.name, entry.sha256, again)
    return NetworkFile(path, entry)


def _verify(path: Path, name: str, sha256: str, again: str) -> None:
    try:
        found = _sha256(path)
    except OSError as error:
        raise NetworkNotFoundError(
            f"{path} cannot be read: {error}; make it readable, or {again}"
        ) from error
    if found != sha256:
        raise NetworkVerificationError(
            f"{path} is not {name}: its sha256 is {found}, expected {sha256}; {again}"
        )


def show_progress(fetched: int, in_all: int) -> None:
    """A progress line on stderr."""
    end = "\n" if fetched >= in_all else ""
    sys.stderr.write(f"\rfetching the pose network: {100 * fetched // in_all:3d} %{end}")
    sys.stderr.flush()
