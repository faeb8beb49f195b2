"""``instructions.parquet``: one row per executed or rejected instruction."""

from __future__ import annotations

from operator import attrgetter
from pathlib import Path

import numpy as np

from basis_strategy_v1.core.engine.run_result import InstructionRecord
from basis_strategy_v1.results.arrow_columns import decimal_column, text_column, time_column
from basis_strategy_v1.results.parquet_writer import parquet_writer

COLUMNS = (
    "ts",
    "instruction_id",
    "venue",
    "symbol",
    "trade_type",
    "side",
    "amount",
    "filled",
    "price",
    "fee",
    "fee_asset",
    "status",
    "error_code",
)
_DECIMALS = frozenset({"amount", "filled", "price", "fee"})
_in_columns = attrgetter(*COLUMNS)


def write_instructions(path: Path, records: list[InstructionRecord]) -> None:
    """Write ``records`` to ``path``: ``ts`` in ns UTC, amounts as decimals with 18 places, the rest text.

    Raises:
        OSError: when the file cannot be written.
    """
    import pyarrow as pa

    values = list(zip(*map(_in_columns, records), strict=True)) or [()] * len(COLUMNS)
    arrays = [time_column(np.array(values[0], dtype=np.int64))]
    for name, column in zip(COLUMNS[1:], values[1:], strict=True):
        arrays.append(decimal_column(column) if name in _DECIMALS else text_column(column))
    table = pa.Table.from_arrays(arrays, names=list(COLUMNS))
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table)
