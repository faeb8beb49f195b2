"""The journal's connection: one writer, each change durable when it returns, and nothing after the first failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from basis_strategy_v1.backends.live.journal_tables import metadata, runs
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "Journal"
_REMEDY = "Check the journal's address, that it is reachable, writable and has free space; then start again."
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")


class JournalDatabase:
    """One connection to SQLite (a path or ``sqlite:///path``) or PostgreSQL (``postgresql://user@host/name``).

    SQLite is in WAL with ``synchronous=FULL``: a committed transaction survives the loss of the process and of power.

    Raises:
        ComponentError: RES-001 (CRITICAL) when it cannot be opened.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._failure = ""
        try:
            self._engine = _engine(self.url)
            self._connection: Connection = self._engine.connect()
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise self._failed(error) from error

    @property
    def shown(self) -> str:
        """The address without its password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def file(self) -> str | None:
        """The path of the SQLite file; None for another database or one in memory."""
        path = self.url.database
        return path if self.url.get_backend_name() == "sqlite" and path and path != ":memory:" else None

    def has_tables(self) -> bool:
        """Whether a journal was ever begun here."""
        with self.transaction() as connection:
            return connection.dialect.has_table(connection, runs.name)

    def create_tables(self) -> None:
        """Make the tables that are missing."""
        with self.transaction() as connection:
            metadata.create_all(connection)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """All or nothing, durable on exit.

        After a failure nothing is written any more: what is in memory may be ahead of what is durable, and only
        a new start brings both together.

        Raises:
            ComponentError: RES-001 (CRITICAL) when it failed, now or before; ``IntegrityError`` is let through.
        """
        if self._failure:
            raise ComponentError("RES-001", self._failure, COMPONENT, "CRITICAL", remedy=_REMEDY)
        try:
            with self._connection.begin():
                yield self._connection
        except IntegrityError:
            self._failure = f"the journal {self.shown} has refused a repeated entry"
            raise
        except (SQLAlchemyError, OSError) as error:
            raise self._failed(error) from error

    def close(self) -> None:
        """Release the connection."""
        self._connection.close()
        self._engine.dispose()

    def _failed(self, error: Exception) -> ComponentError:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        self._failure = f"the journal {self.shown} cannot be used: {cause}"
        return ComponentError("RES-001", self._failure, COMPONENT, "CRITICAL", error, remedy=_REMEDY)


def _parsed(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        message = "the journal's address cannot be read"
        raise ComponentError("RES-001", message, COMPONENT, "CRITICAL", remedy=_REMEDY) from error
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    engine = create_engine(url, poolclass=NullPool)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    run: Callable[[str], Any] = connection.execute
    for pragma in _PRAGMAS:
        run(f"PRAGMA {pragma}")
