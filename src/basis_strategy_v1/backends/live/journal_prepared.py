"""Statements in a database's own SQL, built once per process and run on its driver.

SQLAlchemy writes the SQL; running it through SQLAlchemy as well would cost several times the statement itself, on the
path of every order.
"""

from __future__ import annotations

from collections import defaultdict, namedtuple
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from sqlalchemy import Dialect, Executable, Select

Values = Mapping[str, Any]
MANY = 2
"""Names from which on ``itemgetter`` gives a tuple."""


class Prepared:
    """One statement for one kind of database.

    Attributes:
        sql: as the driver takes it.
        parameters: puts values by position or by name, as the driver takes them.
        row: makes a row with named fields out of a driver's tuple; None for a statement that gives none.
    """

    __slots__ = ("parameters", "row", "sql")

    def __init__(self, statement: Executable, dialect: Dialect, names: Sequence[str]) -> None:
        compiled: Any = statement.compile(dialect=dialect, column_keys=list(names))  # type: ignore[attr-defined]
        self.sql = str(compiled)
        self.parameters = _arranged(compiled.positiontup)
        self.row: Callable[[Any], Any] | None = None
        if isinstance(statement, Select):
            fields = [column.name or f"column_{index}" for index, column in enumerate(statement.selected_columns)]
            row: Any = namedtuple("Row", fields)  # type: ignore[misc]
            self.row = row._make


def _arranged(order: Sequence[str] | None) -> Callable[[Values], Any]:
    if order is None:
        return dict
    if len(order) < MANY:
        return lambda values: tuple(values[name] for name in order)
    return itemgetter(*order)


class Transaction:
    """Runs statements within one transaction of a driver's connection."""

    __slots__ = ("_cursor", "_dialect", "_prepared")

    def __init__(self, cursor: Any, dialect: Dialect) -> None:
        self._cursor = cursor
        self._dialect = dialect
        self._prepared = _PREPARED[dialect.name]

    def run(self, statement: Executable, values: Values) -> None:
        """Run a statement that changes something."""
        prepared = self._prepared.get(id(statement)) or self._prepare(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))

    def run_many(self, statement: Executable, items: Sequence[Values]) -> None:
        """Run a statement once for each of ``items``, of which there is at least one."""
        prepared = self._prepared.get(id(statement)) or self._prepare(statement, items[0])
        self._cursor.executemany(prepared.sql, [prepared.parameters(values) for values in items])

    def rows(self, statement: Executable, values: Values) -> list[Any]:
        """All rows of a query, with fields by name."""
        prepared = self._prepared.get(id(statement)) or self._prepare(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))
        assert prepared.row is not None
        return [prepared.row(row) for row in self._cursor.fetchall()]

    def scalar(self, statement: Executable, values: Values) -> Any:
        """The first field of the first row; None without rows."""
        prepared = self._prepared.get(id(statement)) or self._prepare(statement, values)
        self._cursor.execute(prepared.sql, prepared.parameters(values))
        row = self._cursor.fetchone()
        return None if row is None else row[0]

    def _prepare(self, statement: Executable, values: Values) -> Prepared:
        prepared = self._prepared[id(statement)] = Prepared(statement, self._dialect, tuple(values))
        return prepared


_PREPARED: defaultdict[str, dict[int, Prepared]] = defaultdict(dict)
"""The statements of this program, which live as long as it, by kind of database and identity."""
