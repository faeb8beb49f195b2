"""``equity.parquet``: one row per data row, written and read block by block."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.domain.market import IntArray
from basis_strategy_v1.core.engine.run_result import EquitySource
from basis_strategy_v1.results.arrow_columns import float_column, time_column

TIME = "ts"


def write_equity(path: Path, timestamps: IntArray, source: EquitySource) -> None:
    """Write ``timestamps`` (int64, ns UTC) and every column of ``source`` (float64) to ``path``.

    ``ts`` is delta-encoded; the floats are split by bytes, which is what lets lz4 compress them. Only one
    block is in memory at a time.

    Raises:
        OSError: when the file cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = source.column_names
    schema = pa.schema([(TIME, pa.timestamp("ns", "UTC")), *((name, pa.float64()) for name in names)])
    writer = pq.ParquetWriter(
        path,
        schema,
        version="2.6",
        compression="lz4",
        use_dictionary=False,
        use_byte_stream_split=list(names),
        column_encoding={TIME: "DELTA_BINARY_PACKED"},
        store_schema=False,
    )
    with writer:
        for block in source.blocks():
            columns = [float_column(block.columns[name]) for name in names]
            time = time_column(timestamps[block.start : block.stop])
            writer.write_batch(pa.record_batch([time, *columns], schema=schema))
