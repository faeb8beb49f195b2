"""Write a dataset: ``market.parquet`` and ``dataset.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.dataset import DESCRIPTION_FILE, data_files
from basis_strategy_v1.data.file_columns import TIME_COLUMN

if TYPE_CHECKING:
    import pyarrow as pa

MARKET_FILE = "market.parquet"
Block = tuple[IntArray, Mapping[str, FloatArray]]


def refuse_used_folder(directory: str | Path) -> None:
    """Raise RES-001 when ``directory`` already holds a dataset or part of one: nobody's data is written over."""
    folder = Path(directory)
    try:
        used = [*data_files(folder), folder / DESCRIPTION_FILE] if folder.is_dir() else []
        held = next((path.name for path in used if path.exists()), None)
    except OSError as error:
        raise _not_written(folder, error) from error
    if held is not None:
        raise ComponentError(
            "RES-001",
            f"{folder} already holds {held}, which would be overwritten or mixed with the new data",
            "DataWriter",
            remedy="Choose an empty or new folder",
        )


def write_dataset(
    directory: str | Path,
    timestamps_ns: IntArray,
    columns: Mapping[str, FloatArray],
    *,
    synthetic: bool,
    name: str,
    frequency: str,
) -> Path:
    """Write one dataset; NaN in ``columns`` becomes null. Returns the folder.

    Raises:
        ComponentError: RES-001 when the folder cannot be written.
    """
    description = {"name": name, "frequency": frequency, "synthetic": synthetic}
    return write_blocks(directory, [(timestamps_ns, columns)], description)


def write_blocks(
    directory: str | Path, blocks: Iterable[Block], description: Mapping[str, Any], stepwise: Sequence[str] = ()
) -> Path:
    """Write blocks of rows, a row group each, so that memory holds one block at a time.

    Files get their names when they are whole: an interrupted write leaves no dataset behind.

    Args:
        directory: the folder, made if need be.
        blocks: times (ns UTC) and the same columns each.
        description: the content of ``dataset.yaml``.
        stepwise: columns that rarely change; they are stored by dictionary, the others by byte planes.

    Raises:
        ComponentError: RES-001 when the folder cannot be written.
    """
    import yaml

    folder = Path(directory)
    unfinished = folder / f".{MARKET_FILE}.unfinished"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            _write_parquet(unfinished, blocks, stepwise)
            unfinished.replace(folder / MARKET_FILE)
        finally:
            unfinished.unlink(missing_ok=True)
        text = yaml.safe_dump(dict(description), sort_keys=False, allow_unicode=True)
        (folder / DESCRIPTION_FILE).write_text(text, encoding="utf-8")
    except OSError as error:
        raise _not_written(folder, error) from error
    return folder


def _not_written(folder: Path, error: OSError) -> ComponentError:
    reason = error.strerror or str(error)
    return ComponentError("RES-001", f"{folder}: {reason}", "DataWriter", original_exception=error)


def _write_parquet(path: Path, blocks: Iterable[Block], stepwise: Sequence[str]) -> None:
    import pyarrow.parquet as parquet

    writer: parquet.ParquetWriter | None = None
    try:
        for timestamps, columns in blocks:
            table = _table(timestamps, columns)
            if writer is None:
                writer = parquet.ParquetWriter(path, table.schema, **_encoding(columns, stepwise))
            writer.write_table(table, row_group_size=len(timestamps))
    finally:
        if writer is not None:
            writer.close()


def _encoding(columns: Mapping[str, FloatArray], stepwise: Sequence[str]) -> dict[str, Any]:
    planes = {name: "BYTE_STREAM_SPLIT" for name in columns if name not in stepwise}
    return {
        "compression": "zstd",
        "compression_level": 1,
        "use_dictionary": list(stepwise) or False,
        "column_encoding": {TIME_COLUMN: "DELTA_BINARY_PACKED", **planes},
        "write_statistics": False,
    }


def _table(timestamps: IntArray, columns: Mapping[str, FloatArray]) -> pa.Table:
    import pyarrow as pa

    times = pa.Array.from_buffers(
        pa.timestamp("ns", "UTC"),
        len(timestamps),
        [None, pa.py_buffer(np.ascontiguousarray(timestamps, dtype=np.int64))],
    )
    arrays = [times, *(_nullable(values) for values in columns.values())]
    return pa.Table.from_arrays(arrays, names=[TIME_COLUMN, *columns])


def _nullable(values: FloatArray) -> pa.Array:
    """A float64 array, NaN as null, built from buffers (arrow's own conversion would import pandas)."""
    import pyarrow as pa

    values = np.ascontiguousarray(values, dtype=np.float64)
    empty = np.isnan(values)
    if not empty.any():
        return pa.Array.from_buffers(pa.float64(), len(values), [None, pa.py_buffer(values)])
    validity = pa.py_buffer(np.packbits(~empty, bitorder="little").tobytes())
    return pa.Array.from_buffers(pa.float64(), len(values), [validity, pa.py_buffer(values)])
