"""Statements turned into a database's own SQL once per process: a journal writes a handful of them all the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Executable

_Prepared = tuple[str, tuple[str, ...] | None]
_prepared: dict[tuple[int, str], _Prepared] = {}


def execute(
    connection: Connection, statement: Executable, values: Mapping[str, Any] | Sequence[Mapping[str, Any]]
) -> CursorResult[Any]:
    """Run ``statement``, a module's constant, once or for each of several sets of values."""
    dialect = connection.dialect
    key = (id(statement), dialect.name)
    prepared = _prepared.get(key)
    if prepared is None:
        names = tuple(values if isinstance(values, Mapping) else values[0])
        prepared = _prepared[key] = _prepare(connection, statement, names)
    sql, order = prepared
    if isinstance(values, Mapping):
        one = dict(values) if order is None else tuple(values[name] for name in order)
        return connection.exec_driver_sql(sql, one)
    if order is None:
        return connection.exec_driver_sql(sql, [dict(item) for item in values])
    return connection.exec_driver_sql(sql, [tuple(item[name] for name in order) for item in values])


def _prepare(connection: Connection, statement: Executable, names: tuple[str, ...]) -> _Prepared:
    """The SQL and, where parameters go by position, their names in order."""
    compiled: Any = statement.compile(  # type: ignore[attr-defined]
        dialect=connection.dialect, column_keys=list(names)
    )
    order = compiled.positiontup
    return str(compiled), None if order is None else tuple(order)
