"""pyarrow's writer of parquet without the package around it.

``import pyarrow.parquet`` also loads every file system that pyarrow knows, clouds and ssl included: 40 ms and 8 MB of
each run, which writes local files only. ``pyarrow._parquet`` holds the writer itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def parquet_writer(path: Path, schema: Any, **encoding: Any) -> Iterator[Any]:
    """An open writer; ``write_table(table)`` writes a row group, and leaving the block ends the file.

    Raises:
        OSError: when the file cannot be written.
    """
    import pyarrow as pa
    from pyarrow._parquet import ParquetWriter

    settings = {"version": "2.6", "compression": "lz4", "store_schema": False, "writer_engine_version": "V2"}
    with pa.OSFile(str(path), "wb") as sink:
        writer = ParquetWriter(sink, schema, **settings, **encoding)
        try:
            yield writer
        finally:
            writer.close()
