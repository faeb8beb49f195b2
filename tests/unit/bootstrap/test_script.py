"""Files of instruction blocks: read, placed in time, and checked without executing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap import DryRunReport, ExecuteOptions, FinishedRun, run_execute
from basis_strategy_v1.bootstrap.script import read_script
from basis_strategy_v1.cli.failures import exit_code_of
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.sample import sample_directory

BUY = {
    "instruction_type": "cex_trade",
    "venue": "binance",
    "trade_type": "spot",
    "symbol": "BTCUSDT",
    "side": "buy",
    "amount": "0.5",
}
SUPPLY = {"instruction_type": "smart_contract_action", "protocol": "aave", "action": "supply", "token": "USDT"}
TRANSFER = {"instruction_type": "wallet_transfer", "from_venue": "binance", "token": "USDT", "amount": 100}


def written(folder: Path, document: Any) -> Path:
    file = folder / "blocks.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def dry_run(folder: Path, *blocks: Any) -> DryRunReport:
    options = ExecuteOptions(
        file=written(folder, list(blocks)), dry_run=True, data_dir=sample_directory(), out=folder / "out"
    )
    report = run_execute(options, {})
    assert isinstance(report, DryRunReport)
    assert not (folder / "out").exists()
    return report


def test_a_dry_run_finds_nothing_wrong_with_blocks_that_could_run(tmp_path: Path) -> None:
    report = dry_run(tmp_path, BUY, [BUY, {**TRANSFER, "to_venue": "binance.derivatives"}])
    assert report.ok
    assert report.lines == ["block 1 (first row): ok", "block 2 (first row): ok"]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        ({**BUY, "venue": "okx", "symbol": "DOGEUSDT"}, "EXI-005: okx has no spot DOGEUSDT"),
        ({**BUY, "venue": "hyperliquid"}, "EIM-003: no interface for venue hyperliquid"),
        ({**SUPPLY, "amount": 10}, "EIM-003: no interface for venue aave"),
        ({"atomic": True, "steps": [{**SUPPLY, "amount": 10}]}, "EIM-003: no interface for venue aave"),
        (
            {**BUY, "trade_type": "perp", "amount": "0.4995"},
            "EXI-001: Filter failure: LOT_SIZE of perp BTCUSDT: quantity 0.4995 is not a multiple of 0.001",
        ),
        (
            {**BUY, "venue": "okx", "amount": "0.000001"},
            "EXI-001: Filter failure: LOT_SIZE of spot BTCUSDT: quantity 0.000001 is below the minimum 0.00001",
        ),
        (
            {**BUY, "order_type": "limit", "price": "40000.005"},
            "EXI-001: Filter failure: PRICE_FILTER of spot BTCUSDT: price 40000.005 is not a multiple of the tick 0.01",
        ),
        ({**TRANSFER, "to_venue": "kraken"}, "EIM-012: no route, kraken is no location of this run"),
    ],
)
def test_a_dry_run_says_what_stands_in_a_block_s_way(tmp_path: Path, block: dict[str, Any], said: str) -> None:
    report = dry_run(tmp_path, BUY, block)
    assert not report.ok
    assert report.lines == ["block 1 (first row): ok", f"block 2 (first row): {said}"]


def test_a_dry_run_says_which_time_lies_outside_the_data(tmp_path: Path) -> None:
    report = dry_run(tmp_path, BUY, {**BUY, "at": "2031-01-01T00:00Z"})
    assert not report.ok
    assert report.lines[0].endswith(": ok")
    assert report.lines[1].startswith("block 2 (2031-01-01T00:00:00Z): CFG-005: 2031-01-01T00:00:00Z lies outside")


def test_a_dry_run_refuses_a_dataset_that_is_not_there(tmp_path: Path) -> None:
    options = ExecuteOptions(file=written(tmp_path, [BUY]), dry_run=True, data_dir=tmp_path / "none")
    with pytest.raises(ComponentError) as refused:
        run_execute(options, {})
    assert refused.value.error_code == "DAT-001"


def test_a_dry_run_without_any_dataset_checks_the_blocks_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    options = ExecuteOptions(file=written(tmp_path, [{**BUY, "at": "2031-01-01T00:00Z"}]), dry_run=True)
    report = run_execute(options, {})
    assert isinstance(report, DryRunReport)
    assert report.ok


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ({**BUY, "symbol": "DOGEUSDT"}, "EXI-005"),
        ({**BUY, "venue": "kraken"}, "EIM-003"),
        ({**SUPPLY, "amount": 10}, "EIM-003"),
        ({**TRANSFER, "to_venue": "kraken"}, "EIM-012"),
    ],
)
def test_a_block_that_names_what_the_run_does_not_have_is_refused_before_the_run(
    tmp_path: Path, block: dict[str, Any], code: str
) -> None:
    options = ExecuteOptions(file=written(tmp_path, [BUY, block]), data_dir=sample_directory(), out=tmp_path / "out")
    with pytest.raises(ComponentError) as refused:
        run_execute(options, {})
    assert refused.value.error_code == code
    assert "block 2: " in refused.value.message
    assert "binance" in refused.value.line
    assert exit_code_of(refused.value) == 2
    assert not (tmp_path / "out").exists()


def test_a_block_that_the_venue_rejects_keeps_the_result(tmp_path: Path) -> None:
    file = written(tmp_path, [{**BUY, "amount": "0.0000001"}])
    options = ExecuteOptions(file=file, data_dir=sample_directory(), out=tmp_path / "out", report=False)
    outcome = run_execute(options, {})
    assert isinstance(outcome, FinishedRun)
    assert outcome.exit_code == 1
    assert (outcome.directory / "summary.json").is_file()


def test_a_list_may_stand_under_the_key_blocks(tmp_path: Path) -> None:
    assert len(read_script(written(tmp_path, {"blocks": [BUY, BUY]}), "wsteth")) == 2


def test_a_time_may_stand_beside_a_list_of_instructions(tmp_path: Path) -> None:
    (entry,) = read_script(written(tmp_path, [{"at": "1970-01-01T00:00:01Z", "block": [BUY, BUY]}]), "wsteth")
    assert entry.at == 1_000_000_000


@pytest.mark.parametrize("at", [1_704_067_200, "soon"])
def test_a_time_that_is_none_is_refused_and_its_block_named(tmp_path: Path, at: Any) -> None:
    with pytest.raises(ComponentError) as refused:
        read_script(written(tmp_path, [BUY, {**BUY, "at": at}]), "wsteth")
    assert refused.value.error_code == "EIM-004"
    assert "block 2" in refused.value.message
    assert "2024-07-01T00:00Z" in refused.value.message


def test_a_yaml_time_without_zone_is_read_as_utc(tmp_path: Path) -> None:
    file = tmp_path / "blocks.yaml"
    file.write_text(
        "- {at: 2024-01-01T00:00:00, type: cex_trade, venue: binance, trade_type: spot, symbol: BTCUSDT,"
        " side: buy, amount: 1}\n",
        encoding="utf-8",
    )
    (entry,) = read_script(file, "wsteth")
    assert entry.at == 1_704_067_200_000_000_000


def test_a_file_that_is_not_there_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as refused:
        read_script(tmp_path / "none.yaml", "wsteth")
    assert refused.value.error_code == "EIM-001"
    assert "cannot be read" in refused.value.message


def test_a_block_outside_the_data_is_refused_with_the_data_s_span(tmp_path: Path) -> None:
    file = written(tmp_path, [{**BUY, "at": "2031-01-01T00:00Z"}])
    options = ExecuteOptions(file=file, data_dir=sample_directory(), out=tmp_path / "out", report=False)
    with pytest.raises(ComponentError) as refused:
        run_execute(options, {})
    assert refused.value.error_code == "CFG-005"
    assert "block 1: 2031-01-01T00:00:00Z lies outside the data, 2024-01-01T00:00:00Z" in refused.value.message
    assert not (tmp_path / "out").exists()
