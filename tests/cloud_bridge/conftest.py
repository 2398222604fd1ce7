"""Databases for the bridge's tests: SQLite, and a real PostgreSQL of our own."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cloud_bridge.store.database import Database


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a private cluster on the loopback address."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("PostgreSQL is not installed: run scripts/test")
    folder = tmp_path_factory.mktemp("postgresql")
    as_user: list[str] = []
    if os.getuid() == 0:
        as_user = ["runuser", "-u", "postgres", "--"]
        for each in (folder, *folder.parents[:2]):
            each.chmod(0o755)
        shutil.chown(folder, "postgres")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"

    def run(program: str, *arguments: str) -> None:
        command = [*as_user, str(programs[-1] / program), *arguments]
        subprocess.run(command, check=True, capture_output=True, cwd=folder)

    run("initdb", "-D", str(data), "-U", "physiopi", "-A", "trust", "--no-sync")
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    run("pg_ctl", "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start")
    yield f"postgresql://physiopi@127.0.0.1:{port}/postgres"
    run("pg_ctl", "-D", str(data), "-m", "immediate", "stop")


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """An empty, up-to-date database of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'bridge.sqlite'}"
    else:
        url = request.getfixturevalue("postgresql")
    each = Database(url)
    each.upgrade()
    yield each
    from cloud_bridge.store.tables import Base

    Base.metadata.drop_all(each.engine)
    with each.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE alembic_version")
    each.close()
