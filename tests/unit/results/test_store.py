from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pytest
import yaml

from basis_strategy_v1.core.engine.run_result import BUCKETS, RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.store import check_writable, write_run
from basis_strategy_v1.results.summary import FIELDS

CONFIG = {"mode": "btc_basis", "strategy": {"position_deviation_threshold": Decimal("0.02")}, "asset": "BTC"}


def write(result: RunResult, out: Path, write_events: Callable[[Path], None] | None = None) -> Path:
    return write_run(result, out, "btc_basis-abc-def", CONFIG, "c" * 64, write_events)


def test_the_summary_has_the_fields_of_the_contract_in_their_order(result: RunResult, tmp_path: Path) -> None:
    summary = json.loads((write(result, tmp_path) / "summary.json").read_text())
    assert tuple(summary) == FIELDS
    assert tuple(summary["pnl"]) == BUCKETS


def test_amounts_in_the_summary_are_exact_text_without_exponents(
    result_of: Callable[..., RunResult], tmp_path: Path
) -> None:
    result = result_of(10, final_nav=Decimal("1E+5"), gas=Decimal("-0.00"), fees=Decimal("12.3400000000000000001"))
    summary = json.loads((write(result, tmp_path) / "summary.json").read_text())
    assert (summary["final_nav"], summary["gas"], summary["fees"]) == ("100000", "0", "12.3400000000000000001")
    assert summary["max_abs_unexplained"] == "0.000000000012"
    assert (summary["start"], summary["halted_at"]) == ("2024-01-01T00:00:00Z", None)


def test_a_failed_run_is_marked_in_its_summary(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    run_dir = write(result_of(10, failed=True, failure="REC-001: mismatch", halted_at=0), tmp_path)
    summary = json.loads((run_dir / "summary.json").read_text())
    assert (summary["failed"], summary["failure"]) == (True, "REC-001: mismatch")
    assert summary["halted_at"] == "1970-01-01T00:00:00Z"


def test_the_same_run_gives_the_same_bytes_in_every_file(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    first, second = write(result_of(), tmp_path), write(result_of(), tmp_path)
    names = sorted(path.name for path in first.iterdir())
    assert names == ["config.yaml", "equity.parquet", "instructions.parquet", "summary.json"]
    assert [(first / name).read_bytes() for name in names] == [(second / name).read_bytes() for name in names]


def test_a_taken_name_gets_a_number(result: RunResult, tmp_path: Path) -> None:
    assert [write(result, tmp_path).name for _ in range(3)] == [
        "btc_basis-abc-def",
        "btc_basis-abc-def-2",
        "btc_basis-abc-def-3",
    ]


def test_equity_is_stored_as_nanoseconds_utc_and_floats(result: RunResult, tmp_path: Path) -> None:
    frame = pd.read_parquet(write(result, tmp_path) / "equity.parquet")
    assert list(frame.columns) == ["ts", *result.equity.column_names]
    assert str(frame["ts"].dtype) == "datetime64[ns, UTC]"
    assert frame["ts"].astype("int64").tolist() == result.market.timestamps.tolist()
    block = next(result.equity.blocks())
    assert frame["nav"].tolist() == block.columns["nav"].tolist()
    assert frame["health_factor"].isna().all()


def test_instructions_are_stored_with_exact_decimals(result: RunResult, tmp_path: Path) -> None:
    frame = pd.read_parquet(write(result, tmp_path) / "instructions.parquet")
    assert list(frame.columns) == [
        "ts", "instruction_id", "venue", "symbol", "trade_type", "side", "amount", "filled", "price", "fee",
        "fee_asset", "status", "error_code",
    ]  # fmt: skip
    assert frame["fee"].tolist() == [record.fee for record in result.instructions]
    assert frame["instruction_id"].tolist() == [record.instruction_id for record in result.instructions]
    assert frame["ts"].astype("int64").tolist() == [record.ts for record in result.instructions]


def test_the_configuration_reads_back_as_it_was_resolved(result: RunResult, tmp_path: Path) -> None:
    stored = yaml.safe_load((write(result, tmp_path) / "config.yaml").read_text())
    assert stored == {"mode": "btc_basis", "strategy": {"position_deviation_threshold": 0.02}, "asset": "BTC"}


def test_events_are_written_before_the_directory_appears(result: RunResult, tmp_path: Path) -> None:
    def write_events(directory: Path) -> None:
        assert not (tmp_path / "btc_basis-abc-def").exists()
        (directory / "events.csv").write_text("timestamp\n")

    assert (write(result, tmp_path, write_events) / "events.csv").read_text() == "timestamp\n"


@pytest.mark.parametrize("failure", [KeyboardInterrupt(), ValueError("broken")])
def test_a_write_that_is_interrupted_leaves_nothing(result: RunResult, tmp_path: Path, failure: BaseException) -> None:
    def write_events(directory: Path) -> None:
        raise failure

    with pytest.raises(type(failure)):
        write(result, tmp_path / "new" / "runs", write_events)
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_write_keeps_what_was_in_the_folder(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()

    def write_events(directory: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(result, tmp_path, write_events)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_full_disk_is_one_error_and_leaves_nothing(result: RunResult, tmp_path: Path) -> None:
    def write_events(directory: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory / "events.csv"))

    with pytest.raises(ComponentError, match="No space left on device") as caught:
        write(result, tmp_path / "runs", write_events)
    assert caught.value.error_code == "RES-001"
    assert "--out" in caught.value.line
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_place_of_the_output_folder_is_refused(result: RunResult, tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file")
    for out in (tmp_path / "runs", tmp_path / "runs" / "deeper"):
        with pytest.raises(ComponentError) as checked:
            check_writable(out)
        with pytest.raises(ComponentError) as written:
            write(result, out)
        assert (checked.value.error_code, written.value.error_code) == ("RES-001", "RES-001")
    assert (tmp_path / "runs").read_text() == "a file"


@pytest.mark.skipif(os.geteuid() == 0, reason="permissions do not bind the superuser")
def test_a_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ComponentError) as caught:
        check_writable(tmp_path / "runs")
    assert caught.value.error_code == "RES-001"


def test_checking_a_folder_creates_nothing(tmp_path: Path) -> None:
    check_writable(tmp_path / "a" / "b")
    assert list(tmp_path.iterdir()) == []


def test_a_directory_left_by_a_killed_process_is_no_obstacle(result: RunResult, tmp_path: Path) -> None:
    stale = tmp_path / f".btc_basis-abc-def.partial-{os.getpid()}"
    stale.mkdir()
    assert write(result, tmp_path).is_dir()
    assert stale.is_dir()


def test_a_name_taken_at_the_last_moment_is_not_overwritten(
    result: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "btc_basis-abc-def").mkdir()
    (tmp_path / "btc_basis-abc-def" / "theirs").write_text("kept")
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: path.name != "btc_basis-abc-def" and exists(path))
    assert write(result, tmp_path).name == "btc_basis-abc-def-2"
    assert (tmp_path / "btc_basis-abc-def" / "theirs").read_text() == "kept"


def test_a_result_that_cannot_be_put_in_place_is_one_error_and_leaves_nothing(
    result: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(path: Path, target: Path) -> Path:
        raise OSError(errno.EIO, os.strerror(errno.EIO), str(path))

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(ComponentError, match="Input/output error") as caught:
        write(result, tmp_path / "runs")
    assert caught.value.error_code == "RES-001"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_others_use_meanwhile_is_not_removed(result: RunResult, tmp_path: Path) -> None:
    def write_events(directory: Path) -> None:
        (tmp_path / "runs" / "another").mkdir()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write(result, tmp_path / "runs", write_events)
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["another"]
