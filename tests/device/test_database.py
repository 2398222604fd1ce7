"""The SQLite file: what is damaged is kept, what is newer is left alone, others can wait."""

import os
import shutil
import sqlite3
from pathlib import Path

import pytest

from device.database import Database, Schema
from device.errors import StoreError

SCHEMA = Schema(1, {"note": {"id": int, "text": str}}, {"note": "id"})
NOT_A_DATABASE = b"this is no database" * 1000


def open_database(path: Path) -> Database:
    return Database(path, SCHEMA)


def put_aside(path: Path) -> list[Path]:
    return [
        each
        for each in path.parent.glob(f"{path.name}.damaged-*")
        if not each.name.endswith(("-wal", "-shm"))
    ]


def filled(path: Path, rows: int = 500) -> None:
    database = open_database(path)
    with database.transaction():
        for number in range(rows):
            database.table("note").insert({"id": number, "text": "a" * 200}, pk="id")
    database.close()


def test_a_damaged_database_is_put_aside_whole_and_the_next_start_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    path.write_bytes(NOT_A_DATABASE)
    with pytest.raises(StoreError, match="kept as"):
        open_database(path)
    (aside,) = put_aside(path)
    assert aside.read_bytes() == NOT_A_DATABASE
    database = open_database(path)
    assert database.row("SELECT count(*) FROM note") == (0,)
    assert put_aside(path) == [aside]


def test_damage_behind_sound_first_pages_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    filled(path)
    with path.open("r+b") as file:
        file.seek(4096 * 5)
        file.write(os.urandom(4096 * 5))
    damaged = path.read_bytes()
    with pytest.raises(StoreError, match="kept as"):
        open_database(path)
    (aside,) = put_aside(path)
    assert aside.read_bytes() == damaged


def test_what_was_written_but_not_yet_merged_goes_aside_with_it(tmp_path: Path) -> None:
    path, elsewhere = tmp_path / "first" / "device.sqlite", tmp_path / "second"
    database = open_database(path)
    with database.transaction():
        database.table("note").insert({"id": 1, "text": "the last session"}, pk="id")
    elsewhere.mkdir()
    for ending in ("", "-wal"):
        shutil.copy(f"{path}{ending}", elsewhere)
    moved = elsewhere / path.name
    moved.write_bytes(NOT_A_DATABASE)
    # The log of a pulled plug: its first frame is torn, so it cannot mend the file's first page.
    wal = Path(f"{moved}-wal")
    content = wal.read_bytes()
    torn = content[:40] + b"torn" + content[44:]
    wal.write_bytes(torn)
    with pytest.raises(StoreError, match="kept as"):
        open_database(moved)
    (aside,) = put_aside(moved)
    assert aside.read_bytes() == NOT_A_DATABASE
    assert Path(f"{aside}-wal").read_bytes() == torn
    assert not wal.exists()


def test_a_damaged_database_that_another_process_has_open_stays_where_it_is(
    tmp_path: Path,
) -> None:
    path = tmp_path / "device.sqlite"
    filled(path)
    other = open_database(path)
    with path.open("r+b") as file:
        file.write(NOT_A_DATABASE)
    with pytest.raises(StoreError, match="another process"):
        open_database(path)
    assert path.exists()
    assert not put_aside(path)
    other.close()
    with pytest.raises(StoreError, match="kept as"):
        open_database(path)


def test_what_another_process_began_afresh_is_not_put_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "device.sqlite"
    path.write_bytes(NOT_A_DATABASE)
    really = Database._put_aside

    def after_another_process(self: Database) -> str:
        path.rename(tmp_path / "aside")
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE note (id, text)")
        return really(self)

    monkeypatch.setattr(Database, "_put_aside", after_another_process)
    with pytest.raises(StoreError, match="another process has put it aside"):
        open_database(path)
    assert not put_aside(path)
    assert path.exists()


def test_a_database_of_a_newer_release_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    filled(path, 1)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="newer"):
        open_database(path)
    assert path.read_bytes() == before
    assert not put_aside(path)


def test_damage_that_shows_later_is_told_as_damage(tmp_path: Path) -> None:
    path = tmp_path / "device.sqlite"
    filled(path)
    database = open_database(path)
    database.connection.execute("PRAGMA shrink_memory")
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))
    with pytest.raises(StoreError, match="is damaged"):
        database.row("SELECT sum(length(text)) FROM note")


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = open_database(tmp_path / "device.sqlite")

    def write_half() -> None:
        with database.transaction():
            database.table("note").insert({"id": 1, "text": "half"}, pk="id")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        write_half()
    assert database.row("SELECT count(*) FROM note") == (0,)
    with database.transaction():
        database.table("note").insert({"id": 1, "text": "whole"}, pk="id")
    assert database.row("SELECT count(*) FROM note") == (1,)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StoreError, match="cannot be opened"):
        open_database(tmp_path / "file" / "device.sqlite")
