from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.export import export_run_csv
from basis_strategy_v1.results.report import write_report
from basis_strategy_v1.results.store import write_run


def test_a_run_is_exported_as_three_csv_files(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    logs = run_dir / "logs" / "events"
    logs.mkdir(parents=True)
    line = {"timestamp": "2024-01-01T00:00:00Z", "event_type": "error", "component": "A", "data": {"a": "1"}}
    (logs / "a_events.jsonl").write_text(json.dumps({**line, "sequence": 1}) + "\n")

    assert export_run_csv(run_dir) == run_dir
    instructions = pd.read_csv(run_dir / "instructions.csv")
    equity = pd.read_csv(run_dir / "equity.csv")
    events = pd.read_csv(run_dir / "events.csv")
    assert instructions["filled"].tolist() == [float(record.filled) for record in result.instructions]
    assert equity["nav"].tolist() == next(result.equity.blocks()).columns["nav"].tolist()
    assert pd.to_datetime(equity["ts"].iloc[1]) == pd.Timestamp("2024-01-01T01:00Z")
    assert events["event_type"].tolist() == ["error"]
    assert not [path for path in run_dir.iterdir() if path.name.startswith(".")]


def test_a_directory_that_is_no_run_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as caught:
        export_run_csv(tmp_path / "nothing")
    assert caught.value.line.startswith("DAT-001: ")
    assert not (tmp_path / "nothing").exists()


def test_a_run_without_its_equity_is_refused(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    (run_dir / "equity.parquet").unlink()
    with pytest.raises(ComponentError, match=r"it has no equity\.parquet"):
        export_run_csv(run_dir)


def test_a_csv_that_cannot_be_written_is_res_001(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    (run_dir / "instructions.csv").mkdir()
    with pytest.raises(ComponentError) as caught:
        export_run_csv(run_dir)
    assert caught.value.error_code == "RES-001"
    assert not [path for path in run_dir.iterdir() if path.name.startswith(".")]


def test_a_damaged_file_is_refused(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    (run_dir / "instructions.parquet").write_bytes(b"not parquet")
    for refuse in (export_run_csv, write_report):
        with pytest.raises(ComponentError, match=r"instructions\.parquet cannot be read"):
            refuse(run_dir)
