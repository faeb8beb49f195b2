from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.reader import equity_blocks, equity_columns, read_equity, read_summary
from basis_strategy_v1.results.store import write_run


@pytest.fixture
def run_dir(result: RunResult, tmp_path: Path) -> Path:
    return write_run(result, tmp_path, "run", {}, "c", None)


def test_equity_reads_back_to_the_last_bit(result: RunResult, run_dir: Path) -> None:
    written = next(result.equity.blocks()).columns
    names = equity_columns(run_dir)
    read = read_equity(run_dir, names)
    assert names == ("ts", *result.equity.column_names)
    assert read["ts"].tolist() == result.market.timestamps.tolist()
    assert all(read[name].tobytes() == written[name].tobytes() for name in written)


def test_blocks_joined_are_the_whole(run_dir: Path) -> None:
    blocks = [block["nav"] for block in equity_blocks(run_dir, ["nav"])]
    assert np.concatenate(blocks).tolist() == read_equity(run_dir, ["nav"])["nav"].tolist()


def test_an_unknown_column_is_named(run_dir: Path) -> None:
    with pytest.raises(ComponentError, match="no column price") as caught:
        read_equity(run_dir, ["nav", "price"])
    assert caught.value.error_code == "DAT-002"


@pytest.mark.parametrize("name", ["missing", "."])
def test_a_directory_that_is_no_run_is_refused(tmp_path: Path, name: str) -> None:
    for read in (read_summary, equity_columns):
        with pytest.raises(ComponentError, match="not a finished run") as caught:
            read(tmp_path / name)
        assert caught.value.error_code == "DAT-001"


@pytest.mark.parametrize("text", ["", "[]", "{", '{"rows": 1}'])
def test_a_damaged_summary_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "summary.json").write_text(text)
    with pytest.raises(ComponentError, match=r"summary\.json cannot be read"):
        read_summary(tmp_path)


def test_a_damaged_equity_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "equity.parquet").write_bytes(b"not parquet")
    with pytest.raises(ComponentError, match=r"equity\.parquet cannot be read"):
        equity_columns(tmp_path)
