"""Statements in a database's own SQL, built once per process and run on its driver.

SQLAlchemy writes the SQL; running it through SQLAlchemy as well would cost several times the statement itself, on the
path of every order.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Dialect, Executable, Select

Values = Mapping[str, Any]


class Prepared:
    """One statement for one kind of database.

    Attributes:
        sql: as the driver takes it.
        row: makes a row with named fields out of a driver's tuple; None for a statement that gives none.
    """

    __slots__ = ("_order", "row", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined]
        self.sql = str(compiled)
        self._order: tuple[str, ...] | None = None if compiled.positiontup is None else tuple(compiled.positiontup)
        self.row: Callable[[Any], Any] | None = None
        if isinstance(statement, Select):
            fields = [column.name or f"column_{index}" for index, column in enumerate(statement.selected_columns)]
            row: Any = namedtuple("Row", fields)  # type: ignore[misc]
            self.row = row._make

    def parameters(self, values: Values) -> Any:
        """``values`` by position or by name, as the driver takes them."""
        return dict(values) if self._order is None else tuple(values[name] for name in self._order)


class Transaction:
    """Runs statements within one transaction of a driver's connection."""

    __slots__ = ("_cursor", "_dialect", "_prepared")

    def __init__(self, cursor: Any, dialect: Dialect, prepared: dict[tuple[int, str], Prepared]) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._prepared = prepared

    def run(self, statement: Executable, values: Values) -> None:
        """Run a statement that changes something."""
        prepared = self._of(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))

    def run_many(self, statement: Executable, items: Sequence[Values]) -> None:
        """Run a statement once for each of ``items``, of which there is at least one."""
        prepared = self._of(statement, items[0])
        self._cursor.executemany(prepared.sql, [prepared.parameters(values) for values in items])

    def rows(self, statement: Executable, values: Values) -> list[Any]:
        """All rows of a query, with fields by name."""
        prepared = self._of(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))
        assert prepared.row is not None
        return [prepared.row(row) for row in self._cursor.fetchall()]

    def scalar(self, statement: Executable, values: Values) -> Any:
        """The first field of the first row; None without rows."""
        prepared = self._of(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def _of(self, statement: Executable, values: Values) -> Prepared:
        key = (id(statement), self._dialect.name)
        prepared = self._prepared.get(key)
        if prepared is None:
            prepared = self._prepared[key] = Prepared(statement, self._dialect, tuple(values))
        return prepared
