"""The audit log: nobody rewrites it unseen, not even who owns the database."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from cloud_bridge.audit.doing import Doing, truncated
from cloud_bridge.audit.log import AuditLog, Head
from cloud_bridge.errors import AuditLogError
from cloud_bridge.store.database import Database

KEY = b"k" * 32


@pytest.fixture
def audit_log(tmp_path: Path) -> AuditLog:
    return AuditLog(KEY, tmp_path / "anchor.json")


def append(database: Database, audit_log: AuditLog, patients: tuple[int, ...] = (1, 2)) -> Head:
    doing = Doing("GET patient", "patient_id=1", "account:7", 3, 7, "192.0.2.0/24")
    with database.transaction() as transaction:
        head = audit_log.append(transaction, doing, "read", "shown", patients)
    audit_log.keep_anchor(head)
    return head


def verify(database: Database, audit_log: AuditLog) -> Head:
    with database.transaction() as transaction:
        return audit_log.verify(transaction)


def as_owner(database: Database, *statements: str) -> None:
    """What somebody does who owns the database: takes the triggers away, and changes rows."""
    with database.engine.begin() as connection:
        if database.engine.dialect.name == "sqlite":
            names = connection.execute(text("SELECT name FROM sqlite_master WHERE type='trigger'"))
            for name in names.scalars().all():
                connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            connection.execute(text("SET LOCAL session_replication_role = replica"))
        for each in statements:
            connection.execute(text(each))


def test_the_database_refuses_to_change_remove_or_replace_a_line(
    database: Database, audit_log: AuditLog
) -> None:
    for _ in range(3):
        append(database, audit_log)
    refused = [
        "UPDATE audit_entry SET outcome = 'x'",
        "DELETE FROM audit_entry WHERE number = 2",
        "UPDATE audit_patient SET audited_patient_id = 9",
        "DELETE FROM audit_patient",
    ]
    if database.engine.dialect.name == "sqlite":
        refused += [
            "INSERT OR REPLACE INTO audit_patient (entry_number, audited_patient_id) VALUES (1, 2)",
            "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
        ]
    else:
        refused += ["TRUNCATE audit_entry", "TRUNCATE audit_patient"]
    for each in refused:
        with (
            pytest.raises(DatabaseError, match="append-only"),
            database.engine.begin() as connection,
        ):
            connection.execute(text(each))
    assert verify(database, audit_log).number == 3


def test_an_untouched_log_is_whole(database: Database, audit_log: AuditLog) -> None:
    assert verify(database, audit_log).number == 0
    heads = [append(database, audit_log, patients) for patients in ((), (1,), (3, 2))]
    assert [each.number for each in heads] == [1, 2, 3]
    assert verify(database, audit_log) == heads[-1]


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit_entry SET account_id = 8 WHERE number = 2"], "line 2 .* not as"),
        (["UPDATE audit_entry SET at = '2020-01-01' WHERE number = 2"], "line 2 .* not as"),
        (["UPDATE audit_patient SET audited_patient_id = 9 WHERE entry_number = 2"
          " AND audited_patient_id = 1"], "line 2 .* not as"),
        (["DELETE FROM audit_patient WHERE entry_number = 1"], "line 1 .* not as"),
        (["DELETE FROM audit_entry WHERE number = 1"], "line 2 after line 0"),
        (["DELETE FROM audit_entry WHERE number = 2"], "line 3 after line 1"),
        (["DELETE FROM audit_entry WHERE number = 2",
          "UPDATE audit_entry SET number = 2 WHERE number = 3"], "line 2 .* not as"),
        (["INSERT INTO audit_patient VALUES (9, 1)"], "patients for line 9"),
        # The end cut off, as neatly as can be: only the anchor outside knows.
        (["DELETE FROM audit_patient WHERE entry_number = 3",
          "DELETE FROM audit_entry WHERE number = 3",
          "UPDATE audit_head SET number = 2, mac = (SELECT mac FROM audit_entry WHERE number = 2)"],
         "ends at line 2, but line 3 was written"),
    ],
)  # fmt: skip
def test_what_the_databases_owner_changes_is_found(
    database: Database, audit_log: AuditLog, statements: list[str], found: str
) -> None:
    for _ in range(3):
        append(database, audit_log)
    as_owner(database, *statements)
    if database.engine.dialect.name == "sqlite" and "at =" in statements[0]:
        # SQLite keeps what it is given; a whole time, as the bridge writes it.
        as_owner(database, "UPDATE audit_entry SET at = '2020-01-01 00:00:00.000000'")
        found = "line 1 .* not as"
    with pytest.raises(AuditLogError, match=found):
        verify(database, audit_log)


def test_a_log_written_anew_without_the_key_is_found(
    database: Database, audit_log: AuditLog
) -> None:
    append(database, audit_log)
    as_owner(database, "DELETE FROM audit_patient", "DELETE FROM audit_entry",
             "DELETE FROM audit_head")  # fmt: skip
    forged = AuditLog(b"x" * 32)
    append(database, forged)
    assert verify(database, forged).number == 1
    with pytest.raises(AuditLogError, match="not as it was written"):
        verify(database, audit_log)


def test_lines_of_two_histories_cannot_be_put_together(database: Database) -> None:
    """A copy of the database that was continued for a while has lines that are genuine, too."""
    audit_log = AuditLog(KEY)
    for _ in range(2):
        append(database, audit_log, ())
    columns = "number, at, clinic_id, account_id, principal, kind, action, object_id, address,"
    columns += " outcome, mac"
    as_owner(
        database,
        f"CREATE TABLE kept AS SELECT {columns} FROM audit_entry WHERE number = 2",
        "DELETE FROM audit_entry WHERE number = 2",
        "UPDATE audit_head SET number = 1, mac = (SELECT mac FROM audit_entry)",
    )
    for _ in range(2):
        append(database, audit_log, ())
    assert verify(database, audit_log).number == 3
    as_owner(
        database,
        "DELETE FROM audit_entry WHERE number = 2",
        f"INSERT INTO audit_entry ({columns}) SELECT {columns} FROM kept",
        "DROP TABLE kept",
    )
    with pytest.raises(AuditLogError, match="line 3 of the audit log is not as"):
        verify(database, audit_log)


def test_many_at_once_make_one_chain(database: Database, audit_log: AuditLog) -> None:
    with ThreadPoolExecutor(6) as pool:
        numbers = [
            each.number for each in pool.map(lambda _: append(database, audit_log), range(24))
        ]
    assert sorted(numbers) == list(range(1, 25))
    assert verify(database, audit_log).number == 24


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::9", "2001:db8:1::/48"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        (None, ""),
        ("nonsense", ""),
    ],
)
def test_an_address_is_truncated(address: Any, kept: str) -> None:
    assert truncated(address) == kept
