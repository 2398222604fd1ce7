"""Databases for the bridge's tests: SQLite, and a real PostgreSQL of our own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from cloud_bridge.store.database import Database
from cloud_bridge.store.tables import Base


class PostgreSQL:
    """A private cluster on the loopback address; stop and start it at will."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._folder, self._programs = folder, programs
        self._as_user: list[str] = []
        if os.getuid() == 0:
            self._as_user = ["runuser", "-u", "postgres", "--"]
            for each in (folder, *folder.parents[:3]):
                each.chmod(0o755)
            shutil.chown(folder, "postgres")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self._run("initdb", "-D", self._data, "-U", "physiopi", "-A", "trust", "--no-sync")

    @property
    def url(self) -> str:
        return f"postgresql://physiopi@127.0.0.1:{self._port}/postgres"

    @property
    def _data(self) -> str:
        return str(self._folder / "data")

    def start(self) -> None:
        options = (
            f"-p {self._port} -c listen_addresses=127.0.0.1"
            f" -c unix_socket_directories={self._folder} -c fsync=off"
        )
        log = str(self._folder / "log")
        self._run("pg_ctl", "-D", self._data, "-w", "-l", log, "-o", options, "start")

    def stop(self) -> None:
        # At once, as when the power goes: a checkpoint on a busy disk can take longer than pg_ctl
        # waits, and nothing here needs one.
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "-w", "stop")

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as_user, str(self._programs / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=self._folder)


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgreSQL]:
    """A running cluster with up-to-date tables."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed: run scripts/test")
    cluster = PostgreSQL(tmp_path_factory.mktemp("postgresql"), programs[-1])
    cluster.start()
    database = Database(cluster.url)
    database.upgrade()
    database.close()
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with up-to-date tables, to be copied."""
    file = tmp_path_factory.mktemp("sqlite") / "bridge.sqlite"
    database = Database(f"sqlite:///{file}")
    database.upgrade()
    database.close()
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, up-to-date database of each kind."""
    if request.param == "sqlite":
        file = request.getfixturevalue("migrated_sqlite")
        yield f"sqlite:///{shutil.copy(file, tmp_path / 'bridge.sqlite')}"
        return
    url = request.getfixturevalue("postgresql").url
    yield url
    emptied = Database(url)
    with emptied.engine.begin() as connection:
        # Triggers keep the audit log append-only, also against us.
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(table.delete())
    emptied.close()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """An empty, up-to-date database of each kind."""
    each = Database(database_url)
    yield each
    each.close()
