"""Bad input: one line with code, what, where and how to mend it; exit code 2; nothing left behind."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.cli.main import main
from small_dataset import HOUR, ONE_VENUE, START, basis_columns, csv_lines, write_basis, write_csv

Refused = Callable[..., str]
TRADE = "instruction_type: cex_trade, venue: binance, trade_type: spot, symbol: BTCUSDT, side: buy"
SUPPLY = "instruction_type: smart_contract_action, protocol: aave, action: supply"


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Refused:
    """Runs a command that must be refused with a code; its line on stderr."""

    def run(code: str, *arguments: str, said: tuple[str, ...] = ()) -> str:
        out = tmp_path / "out"
        assert main([*arguments, "--out", str(out)]) == 2, capsys.readouterr().err
        captured = capsys.readouterr()
        assert captured.out == ""
        assert captured.err.count("\n") == 1, captured.err
        assert captured.err.startswith(f"{code}: "), captured.err
        assert "Traceback" not in captured.err
        for text in said:
            assert text in captured.err
        assert not out.exists()
        return captured.err

    return run


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return write_basis(tmp_path / "data")


# --- mode, venue, key, value -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "mode", "override", "said"),
    [
        ("CFG-001", "btc_bases", "asset=BTC", ("btc_bases", "btc_basis")),
        ("CFG-003", "btc_basis", "strategy.hedge_allocation={binanse: 1.0}", ("binanse", "binance")),
        ("CFG-003", "btc_basis", "initial_location={nowhere: 1.0}", ("nowhere",)),
        ("CFG-002", "btc_basis", "strategy.spot_alocation=0.5", ("spot_alocation", "spot_allocation")),
        ("CFG-002", "btc_basis", "nonsense=1", ("nonsense",)),
        ("CFG-002", "btc_basis", "venue_settings.binance.nonsense=1", ("nonsense",)),
        ("CFG-004", "btc_basis", "strategy.hedge_allocation={binance: 0.5, bybit: 0.4}", ("0.9",)),
        ("CFG-004", "btc_basis", "initial_location={binance: 0.5, bybit: 0.6}", ("1.1",)),
        ("CFG-003", "btc_basis", "initial_capital=nan", ("initial_capital",)),
        ("CFG-003", "btc_basis", "initial_capital=.inf", ("initial_capital",)),
        ("CFG-003", "btc_basis", "initial_capital=-1", ("initial_capital",)),
        ("CFG-003", "btc_basis", "initial_capital=0", ("initial_capital",)),
        ("CFG-003", "btc_basis", "strategy.spot_allocation=1.5", ("spot_allocation",)),
        ("CFG-003", "btc_basis", "flows=[{ts: 2024-01-01, amount: 0, asset: USDT, venue: binance}]", ("flows",)),
        ("CFG-003", "btc_basis", "flows=[{ts: 2024-01-01, amount: .nan, asset: USDT, venue: binance}]", ("flows",)),
        ("CFG-003", "btc_basis", "flows=[{ts: 2024-01-01, amount: 1, asset: DOGE, venue: binance}]", ("DOGE",)),
        ("CFG-003", "btc_basis", "flows=[{ts: 2024-01-01, amount: 1, asset: USDT, venue: nowhere}]", ("nowhere",)),
    ],
)
def test_a_wrong_setting_is_refused(
    code: str, mode: str, override: str, said: tuple[str, ...], refused: Refused, dataset: Path
) -> None:
    refused(code, "backtest", mode, "--data", str(dataset), "--set", override, said=said)


def test_a_start_after_the_end_is_refused(refused: Refused, dataset: Path) -> None:
    span = ("--start", "2024-01-02", "--end", "2024-01-01")
    refused("CFG-005", "backtest", "btc_basis", "--data", str(dataset), "--set", ONE_VENUE, *span)


def test_dates_outside_the_data_are_refused_and_the_data_s_span_is_named(refused: Refused, dataset: Path) -> None:
    line = refused(
        "CFG-005", "backtest", "btc_basis", "--data", str(dataset), "--set", ONE_VENUE, "--start", "2030-01-01"
    )
    assert "2024-01-0" in line


# --- data ------------------------------------------------------------------------------------------------


def refuse_data(refused: Refused, code: str, folder: Path, *said: str) -> str:
    return refused(code, "backtest", "btc_basis", "--data", str(folder), "--set", ONE_VENUE, said=said)


@pytest.mark.parametrize("column", list(basis_columns(1)))
def test_a_missing_column_is_named(column: str, refused: Refused, tmp_path: Path) -> None:
    columns = basis_columns()
    del columns[column]
    refuse_data(refused, "DAT-002", write_basis(tmp_path / "data", columns), column)


def test_a_venue_without_data_is_a_missing_column(refused: Refused, dataset: Path) -> None:
    line = refused("DAT-002", "backtest", "btc_basis", "--data", str(dataset))
    assert "bybit" in line


def test_unsorted_times_are_refused_with_their_place(refused: Refused, tmp_path: Path) -> None:
    lines = csv_lines()
    lines[5], lines[6] = lines[6], lines[5]
    refuse_data(refused, "DAT-003", write_csv(tmp_path / "data", lines), "2024-01-01T0")


def test_duplicate_times_are_refused_with_their_place(refused: Refused, tmp_path: Path) -> None:
    lines = csv_lines()
    lines.insert(8, lines[7])
    refuse_data(refused, "DAT-003", write_csv(tmp_path / "data", lines), "2024-01-01T06")


def test_a_gap_longer_than_max_staleness_is_refused(refused: Refused, tmp_path: Path) -> None:
    times = START + HOUR * np.arange(48, dtype=np.int64)
    times[20:] += 9 * HOUR
    refuse_data(refused, "DAT-004", write_basis(tmp_path / "data", timestamps=times), "max_staleness", "2024-01-01T19")


def test_nulls_longer_than_max_staleness_are_refused(refused: Refused, tmp_path: Path) -> None:
    columns = basis_columns()
    columns["perp.binance.BTCUSDT"][10:20] = np.nan
    refuse_data(refused, "DAT-004", write_basis(tmp_path / "data", columns), "perp.binance.BTCUSDT")


def test_nulls_within_max_staleness_are_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    columns = basis_columns()
    columns["perp.binance.BTCUSDT"][10:14] = np.nan
    folder = write_basis(tmp_path / "data", columns)
    command = ["backtest", "btc_basis", "--data", str(folder), "--set", ONE_VENUE, "--no-report"]
    assert main([*command, "--out", str(tmp_path / "out")]) == 0
    assert capsys.readouterr().err == ""


def test_leading_nulls_are_refused_and_the_first_usable_start_is_named(refused: Refused, tmp_path: Path) -> None:
    columns = basis_columns()
    columns["mark.binance.BTCUSDT"][:3] = np.nan
    refuse_data(refused, "DAT-004", write_basis(tmp_path / "data", columns), "--start", "2024-01-01T03")


@pytest.mark.parametrize("value", [0.0, -1.0, np.inf])
@pytest.mark.parametrize("column", ["spot.binance.BTCUSDT", "mark.binance.BTCUSDT"])
def test_an_impossible_price_is_refused(column: str, value: float, refused: Refused, tmp_path: Path) -> None:
    columns = basis_columns()
    columns[column][7] = value
    refuse_data(refused, "DAT-005", write_basis(tmp_path / "data", columns), column, "2024-01-01T07")


def test_text_in_place_of_a_number_is_refused(refused: Refused, tmp_path: Path) -> None:
    lines = csv_lines()
    lines[4] = lines[4].replace("40003", "cheap")
    refuse_data(refused, "DAT-005", write_csv(tmp_path / "data", lines))


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_folder_without_a_dataset_is_refused(folder: str, refused: Refused, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refuse_data(refused, "DAT-001", tmp_path / folder, folder)


# --- instructions ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "entry", "said"),
    [
        ("EIM-002", "{instruction_type: cex_trad, venue: binance}", ("cex_trad",)),
        ("EIM-004", f"{{{TRADE}, amount: 1, leverage: 3}}", ("leverage",)),
        ("EIM-004", f"{{{TRADE}}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: 0}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: -1}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: .nan}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: NaN}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: .inf}}", ("amount",)),
        ("EIM-004", f"{{{TRADE}, amount: a lot}}", ("amount",)),
        ("EIM-004", f"{{{TRADE.replace('buy', 'hold')}, amount: 1}}", ("side",)),
        ("EIM-004", f"{{{TRADE}, amount: 1, order_type: limit, price: 0}}", ("price",)),
        ("EIM-004", f"{{at: soon, {TRADE}, amount: 1}}", ("soon",)),
        (
            "EIM-004",
            "{instruction_type: smart_contract_action, protocol: aave, action: supply, token: ETH, amount: 1}",
            ("ETH",),
        ),
        ("EIM-001", "{atomic: true, steps: []}", ("steps",)),
        ("EIM-008", f"{{atomic: true, steps: [{{{TRADE}, amount: 1}}]}}", ()),
        ("EIM-001", "a trade, please", ()),
    ],
)
def test_a_wrong_instruction_is_refused(
    code: str, entry: str, said: tuple[str, ...], refused: Refused, dataset: Path, tmp_path: Path
) -> None:
    file = tmp_path / "blocks.yaml"
    file.write_text(f"- {entry}\n", encoding="utf-8")
    refused(code, "execute", str(file), "--data", str(dataset), "--set", ONE_VENUE, said=("blocks.yaml", *said))


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.yaml", ""), ("broken.yaml", "- {a: [1"), ("broken.json", '[{"a": 1,}]'), ("text.yaml", "hello")],
)
def test_a_file_without_blocks_is_refused(
    name: str, content: str, refused: Refused, dataset: Path, tmp_path: Path
) -> None:
    file = tmp_path / name
    file.write_text(content, encoding="utf-8")
    refused("EIM-001", "execute", str(file), "--data", str(dataset), "--set", ONE_VENUE, said=(name,))


def test_a_block_outside_the_data_is_refused(refused: Refused, dataset: Path, tmp_path: Path) -> None:
    file = tmp_path / "blocks.json"
    trade = {"instruction_type": "cex_trade", "venue": "binance", "trade_type": "spot", "symbol": "BTCUSDT"}
    file.write_text(json.dumps([{**trade, "side": "buy", "amount": "0.1", "at": "2030-01-01"}]), encoding="utf-8")
    refused("CFG-005", "execute", str(file), "--data", str(dataset), "--set", ONE_VENUE, said=("2030",))


# --- where the result would go ---------------------------------------------------------------------------


def test_an_output_folder_that_is_a_file_is_refused_before_anything_runs(
    dataset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "file"
    out.write_text("precious", encoding="utf-8")
    assert main(["backtest", "btc_basis", "--data", str(dataset), "--set", ONE_VENUE, "--out", str(out)]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith("RES-001: ")
    assert captured.err.count("\n") == 1
    assert out.read_text(encoding="utf-8") == "precious"
