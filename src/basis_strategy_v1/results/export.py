"""A stored run as CSV files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.event_logger import export_csv_from_jsonl
from basis_strategy_v1.results.reader import read_summary, require_file, unreadable

COMPONENT = "ResultStore"


def export_run_csv(run_dir: Path) -> Path:
    """Write ``events.csv``, ``instructions.csv`` and ``equity.csv`` beside the files they are made from.

    Times are ISO 8601 in UTC. Without event files (``logs/events/*.jsonl``) a run keeps the ``events.csv`` it has.

    Returns:
        ``run_dir``.

    Raises:
        ComponentError: DAT-001 when ``run_dir`` is not a finished run, RES-001 when it cannot be written to.
    """
    read_summary(run_dir)
    for name in ("instructions", "equity"):
        _to_csv(require_file(run_dir, f"{name}.parquet"), run_dir / f"{name}.csv")
    events = run_dir / "logs" / "events"
    if any(events.glob("*.jsonl")):
        export_csv_from_jsonl(events, run_dir / "events.csv")
    return run_dir


def _to_csv(source: Path, target: Path) -> None:
    """One row group at a time; the file appears when it is complete."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(source)
    except (OSError, ValueError) as error:
        raise unreadable(source, error) from error
    partial = target.with_name(f".{target.name}.partial-{os.getpid()}")
    try:
        with pa.OSFile(str(partial), "wb") as sink:
            _write_groups(file, sink)
        partial.rename(target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ComponentError("RES-001", f"{target} cannot be written: {reason}", COMPONENT, None, error) from error
    finally:
        partial.unlink(missing_ok=True)


def _write_groups(file: Any, sink: Any) -> None:
    from pyarrow import csv

    options = csv.WriteOptions(quoting_style="needed")
    with csv.CSVWriter(sink, file.schema_arrow, write_options=options) as writer:
        for group in range(file.num_row_groups):
            writer.write_table(file.read_row_group(group))
