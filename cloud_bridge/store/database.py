"""Opens the bridge's database, SQLite or PostgreSQL, and brings its tables up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from cloud_bridge.errors import DatabaseError

MIGRATIONS_FOLDER = Path(__file__).parent / "migrations"


class Database:
    """One engine; raises :class:`DatabaseError` when it cannot be opened.

    ``sessions`` makes the transactions' SQLAlchemy sessions; whoever watches them listens there.
    ``audited`` is whether the audit log is written by them.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.audited = False
        try:
            parsed = make_url(url)
            if parsed.drivername == "postgresql":
                parsed = parsed.set(drivername="postgresql+psycopg")
            if parsed.get_backend_name() == "sqlite" and parsed.database:
                Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self.engine = create_engine(parsed, pool_pre_ping=True)
        except (ArgumentError, ImportError, OSError) as error:
            raise DatabaseError(
                f"the database cannot be opened: {error}; set database_url in bridge.toml, and"
                " install physiopi[postgresql] for PostgreSQL"
            ) from error
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _prepare_sqlite)
        self.sessions = sessionmaker(self.engine, expire_on_commit=False)

    def upgrade(self) -> None:
        """Bring the tables to this release's shape."""
        try:
            with self.engine.begin() as connection:
                command.upgrade(_alembic(connection), "head")
        except (SQLAlchemyError, CommandError) as error:
            raise DatabaseError(f"the database cannot be brought up to date: {error}") from error

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """One transaction: committed at the end, undone on any error."""
        with self.sessions.begin() as session:
            yield session

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _alembic(connection: Any) -> Config:  # noqa: ANN401
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS_FOLDER))
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401
    cursor = connection.cursor()
    for pragma in (
        "journal_mode = WAL",
        "foreign_keys = ON",
        "busy_timeout = 10000",
        "synchronous = FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
