"""The journal's connection: one writer, each change durable when it returns, and nothing after the first failure."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, Executable, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from basis_strategy_v1.backends.live.journal_prepared import Transaction, Values
from basis_strategy_v1.backends.live.journal_tables import metadata, runs
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "Journal"
_REMEDY = "Check the journal's address, that it is reachable, writable and has free space; then start again."
HIDDEN = "***"
SECRET_OPTIONS = frozenset({"password", "sslpassword"})
"""Options in an address that nobody may see."""
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=10000")


class RepeatedEntryError(Exception):
    """What is written is there already, and may be there once."""


class JournalAwayError(ComponentError):
    """The journal's database cannot be used just now: a later start may find it again."""


class JournalDatabase:
    """One connection to SQLite (a path or ``sqlite:///path``) or PostgreSQL (``postgresql://user@host/name``).

    SQLite is in WAL with ``synchronous=FULL``, PostgreSQL never with ``synchronous_commit=off``: a committed
    transaction survives the loss of the process and of power.

    Raises:
        ComponentError: RES-001 (CRITICAL) when it cannot be opened; ``JournalAwayError`` where that may pass.
    """

    def __init__(self, url: str) -> None:
        self.url = _parsed(url)
        self._failure = ""
        self._passing: tuple[type[Exception], ...] = (OSError, OperationalError)
        self._is_away = False
        self._waiting: list[tuple[Executable, Values]] = []
        try:
            self._engine = _engine(self.url)
            self._session: Connection = self._engine.connect()
            self._connection: Any = self._session.connection
        except (SQLAlchemyError, ImportError, OSError) as error:
            raise self._failed(error) from error
        driver: Any = self._engine.dialect.loaded_dbapi
        self._driver_error: type[Exception] = driver.Error
        self._repeated: type[Exception] = driver.IntegrityError
        self._passing = (*self._passing, driver.OperationalError)
        # Not through the pool's proxy, which looks the method up each time.
        driven: Any = self._connection.driver_connection
        self._commit: Callable[[], None] = driven.commit
        self._transaction = Transaction(self._connection.cursor(), self._engine.dialect)

    @property
    def shown(self) -> str:
        """The address without its password, which may stand in two places."""
        named = {name: HIDDEN if name in SECRET_OPTIONS else value for name, value in self.url.query.items()}
        return self.url.set(query=named).render_as_string(hide_password=True)

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

    def transaction(self) -> JournalDatabase:
        """All or nothing, durable on exit.

        After a failure nothing is written any more: what is in memory may be ahead of what is durable, and only
        a new start brings both together.

        Raises:
            ComponentError: RES-001 (CRITICAL) when it failed, now or before.
            RepeatedEntryError: for what is there already.
        """
        if self._failure:
            raise self._error()
        return self

    def __enter__(self) -> Transaction:
        if self._waiting:
            try:
                self._run_waiting()
            except BaseException as error:
                self._give_up(error)
                raise
        return self._transaction

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if error is None:
            try:
                self._commit()
            except BaseException as refused:
                self._give_up(refused)
                raise
        else:
            self._give_up(error)

    def later(self, statement: Executable, values: Values) -> None:
        """Make a change part of the next transaction: it is durable with that one, and lost where none comes.

        Raises:
            ComponentError: RES-001 (CRITICAL) after a failure.
        """
        if self._failure:
            raise self._error()
        self._waiting.append((statement, values))

    @property
    def is_waiting(self) -> bool:
        """Whether a change waits for the next transaction."""
        return bool(self._waiting)

    def close(self) -> None:
        """Release the connection. What waits for a transaction is given up, as it is when the process dies."""
        if self.url.get_backend_name() == "postgresql" and not self._session.closed:
            self._leave_locks()
        self._session.close()
        self._engine.dispose()

    def _leave_locks(self) -> None:
        """Let go of the session's locks: the server ends a session some time after its connection is closed."""
        with suppress(self._driver_error):
            self._connection.rollback()
            cursor = self._connection.cursor()
            cursor.execute("SELECT pg_advisory_unlock_all()")
            self._connection.commit()

    def _run_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        run = self._transaction.run
        for statement, values in waiting:
            run(statement, values)

    def _give_up(self, error: BaseException) -> None:
        """Take everything back, and raise what a failure of the database is called."""
        with suppress(self._driver_error):
            self._connection.rollback()
        if isinstance(error, self._repeated):
            self._failure = f"the journal {self.shown} has refused a repeated entry"
            raise RepeatedEntryError(str(error)) from error
        if isinstance(error, (self._driver_error, OSError)):
            raise self._failed(error) from error

    def _failed(self, error: Exception) -> ComponentError:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        self._failure = f"the journal {self.shown} cannot be used: {cause}"
        self._is_away = isinstance(error, self._passing)
        return self._error(error)

    def _error(self, cause: Exception | None = None) -> ComponentError:
        kind = JournalAwayError if self._is_away else ComponentError
        return kind("RES-001", self._failure, COMPONENT, "CRITICAL", cause, remedy=_REMEDY)


def _parsed(url: str) -> URL:
    if "://" not in url:
        return URL.create("sqlite", database=url)
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # What cannot be read is quoted by the error, and may be a password with an @ in it.
        message = "the journal's address cannot be read"
        remedy = "Write it as postgresql://user:password@host:port/name, with @ : / in a password as %40 %3A %2F."
        raise ComponentError("RES-001", message, COMPONENT, "CRITICAL", remedy=remedy) from None
    if parsed.drivername in ("postgres", "postgresql"):
        return parsed.set(drivername="postgresql+psycopg")
    return parsed


def _engine(url: URL) -> Engine:
    # Nothing is taken back on closing: on a connection that is lost that fails, and the pool prints it.
    engine = create_engine(url, poolclass=NullPool, pool_reset_on_return=None)
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _set_pragmas)
    elif url.get_backend_name() == "postgresql":
        event.listen(engine, "connect", _wait_for_disk)
    return engine


def _set_pragmas(connection: Any, _record: Any) -> None:
    run: Callable[[str], Any] = connection.execute
    for pragma in _PRAGMAS:
        run(f"PRAGMA {pragma}")


def _wait_for_disk(connection: Any, _record: Any) -> None:
    """A server, a database or a user may be set to answer before a commit is on disk; no write-ahead journal may."""
    connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )
    connection.commit()
