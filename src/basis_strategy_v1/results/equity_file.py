"""``equity.parquet``: one row per data row, written and read block by block."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.domain.market import IntArray
from basis_strategy_v1.core.engine.run_result import EquitySource
from basis_strategy_v1.results.arrow_columns import float_column, time_column
from basis_strategy_v1.results.parquet_writer import parquet_writer

TIME = "ts"
ROWS_AT_ONCE = 32_768


def write_equity(path: Path, timestamps: IntArray, source: EquitySource) -> None:
    """Write ``timestamps`` (int64, ns UTC) and every column of ``source`` (float64) to ``path``.

    ``ts`` is delta-encoded; the floats are split by bytes, which is what lets lz4 compress them. Only one
    block is in memory at a time.

    Raises:
        OSError: when the file cannot be written.
    """
    import pyarrow as pa

    names = source.column_names
    schema = pa.schema([(TIME, pa.timestamp("ns", "UTC")), *((name, pa.float64()) for name in names)])
    encoding = {
        "use_dictionary": False,
        "use_byte_stream_split": list(names),
        "column_encoding": {TIME: "DELTA_BINARY_PACKED"},
    }
    with parquet_writer(path, schema, **encoding) as writer:
        for block in source.blocks(ROWS_AT_ONCE):
            columns = [float_column(block.columns[name]) for name in names]
            time = time_column(timestamps[block.start : block.stop])
            writer.write_table(pa.Table.from_arrays([time, *columns], schema=schema))
            # The next block is computed in the memory of this one.
            del block, columns, time
