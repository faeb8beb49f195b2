"""The journal's connection: one writer, each change durable when it returns, and nothing after the first failure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from basis_strategy_v1.backends.live.journal_prepared import Prepared, Transaction
from basis_strategy_v1.backends.live.journal_tables import metadata, runs
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "Journal"
_REMEDY = "Check the journal's address, that it is reachable, writable and has free space; then start again."
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")
_PREPARED: dict[tuple[int, str], Prepared] = {}


class RepeatedEntryError(Exception):
    """What is written is there already, and may be there once."""


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
            self._session: Connection = self._engine.connect()
            self._connection: Any = self._session.connection
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise self._failed(error) from error
        driver: Any = self._engine.dialect.loaded_dbapi
        self._driver_error: type[Exception] = driver.Error
        self._repeated: type[Exception] = driver.IntegrityError
        self._transaction = Transaction(self._connection.cursor(), self._engine.dialect, _PREPARED)

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
        try:
            return self._engine.dialect.has_table(self._session, runs.name)
        except SQLAlchemyError as error:
            raise self._failed(error) from error
        finally:
            self._session.rollback()

    def create_tables(self) -> None:
        """Make the tables that are missing."""
        try:
            metadata.create_all(self._session)
            self._session.commit()
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """All or nothing, durable on exit.

        After a failure nothing is written any more: what is in memory may be ahead of what is durable, and only
        a new start brings both together.

        Raises:
            ComponentError: RES-001 (CRITICAL) when it failed, now or before.
            RepeatedEntryError: for what is there already.
        """
        if self._failure:
            raise ComponentError("RES-001", self._failure, COMPONENT, "CRITICAL", remedy=_REMEDY)
        try:
            yield self._transaction
            self._connection.commit()
        except self._repeated as error:
            self._failure = f"the journal {self.shown} has refused a repeated entry"
            self._roll_back()
            raise RepeatedEntryError(str(error)) from error
        except (self._driver_error, OSError) as error:
            self._roll_back()
            raise self._failed(error) from error
        except BaseException:
            self._roll_back()
            raise

    def close(self) -> None:
        """Release the connection."""
        self._session.close()
        self._engine.dispose()

    def _roll_back(self) -> None:
        with suppress(self._driver_error):
            self._connection.rollback()

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
