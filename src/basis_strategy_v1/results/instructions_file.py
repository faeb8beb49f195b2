"""``instructions.parquet``: one row per executed or rejected instruction."""

from __future__ import annotations

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


def write_instructions(path: Path, records: list[InstructionRecord]) -> None:
    """Write ``records`` to ``path``: ``ts`` in ns UTC, amounts as decimals with 18 places, the rest text.

    Raises:
        OSError: when the file cannot be written.
    """
    import pyarrow as pa

    arrays = [time_column(np.fromiter((record.ts for record in records), dtype=np.int64, count=len(records)))]
    for name in COLUMNS[1:]:
        values = [getattr(record, name) for record in records]
        arrays.append(decimal_column(values) if name in _DECIMALS else text_column(values))
    table = pa.Table.from_arrays(arrays, names=list(COLUMNS))
    with parquet_writer(path, table.schema) as writer:
        writer.write_table(table)
