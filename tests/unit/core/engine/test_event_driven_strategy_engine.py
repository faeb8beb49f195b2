"""The engine's public surface: runs, single instructions, what it tells of itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from engine_runs import START, build, constant_scene, run, settings_of, time_of

ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
BUY = {"venue": "binance", "trade_type": "spot", "symbol": "BTCUSDT", "side": "buy", "amount": "0.5"}


def test_a_drive_that_is_neither_of_the_two_is_refused() -> None:
    with pytest.raises(ComponentError) as caught:
        build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 5, 50_000.0), drive="sideways")
    assert caught.value.error_code == "CFG-003"


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_progress_ends_at_the_last_row_and_never_goes_back(drive: str) -> None:
    rows = 10_000
    assembly, _ = build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), rows, 50_000.0), drive=drive)
    told: list[tuple[int, int]] = []
    assembly.engine.run_backtest(lambda done, total: told.append((done, total)))
    assert told[-1] == (rows, rows)
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_progress_is_told_on_the_way_where_something_happens_late() -> None:
    chosen = settings_of("btc_basis", ONE_VENUE, f"strategy.exit_at={time_of(5_000)}")
    assembly, _ = build(chosen, constant_scene(("binance",), 10_000, 50_000.0))
    told: list[tuple[int, int]] = []
    assembly.engine.run_backtest(lambda done, total: told.append((done, total)))
    assert told == [(5_001, 10_000), (10_000, 10_000)]


def test_a_quiet_market_wakes_the_engine_at_two_rows_only() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 5_000, 50_000.0))
    assert done.assembly.engine.table.rows().tolist() == [0, 4_999]
    assert done.assembly.engine.false_wakes == 0


def test_an_instruction_runs_at_a_given_time_in_any_spelling() -> None:
    assembly, _ = build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 20, 50_000.0))
    engine = assembly.engine
    assert engine.execute_trade_with_interface({"instruction_type": "cex_trade", **BUY}, time_of(3)) is None
    spelled = {"venue_type": "cex", "venue": "binance", "pair": "BTC/USDT", "side": "LONG", "amount": "0.25"}
    assert engine.execute_trade_with_interface(spelled, time_of(4)) is None
    held = assembly.parts.position_monitor.ledger.amount("binance", "BTC")
    assert held == Decimal("0.75") * Decimal("0.999")


def test_instructions_tell_block_by_block_what_went_wrong() -> None:
    assembly, _ = build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 20, 50_000.0))
    good = {"instruction_type": "cex_trade", **BUY}
    errors = assembly.engine.execute_instructions([good, {**good, "amount": "1000"}, good], time_of(3))
    assert [error and error.error_code for error in errors] == [None, "EXI-006", None]
    assert assembly.parts.position_monitor.ledger.amount("binance", "BTC") == Decimal("0.999")


def test_a_time_before_the_data_is_refused() -> None:
    assembly, _ = build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 20, 50_000.0))
    with pytest.raises(ComponentError) as caught:
        assembly.engine.execute_instructions([{"instruction_type": "cex_trade", **BUY}], START - 1)
    assert caught.value.error_code == "CFG-005"


def test_a_block_that_cannot_be_understood_is_refused_before_anything_runs() -> None:
    assembly, _ = build(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 20, 50_000.0))
    with pytest.raises(ComponentError) as caught:
        assembly.engine.execute_instructions([{"instruction_type": "cex_trade", **BUY}, {"a": 1}], time_of(3))
    assert caught.value.error_code.startswith("EIM-")
    assert assembly.log.records() == []


def test_a_snapshot_says_how_the_run_stands() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 50, 50_000.0))
    snapshot = done.assembly.engine.get_state_snapshot()
    assert (snapshot["state"], snapshot["halted_at"], snapshot["failure"]) == ("active", None, None)
    assert snapshot["anchors"] == len(done.assembly.engine.table)


def test_a_run_of_a_single_row_opens_and_ends() -> None:
    done = run(settings_of("btc_basis", ONE_VENUE), constant_scene(("binance",), 1, 50_000.0))
    assert len(done.equity["nav"]) == 1
    assert done.positions["binance"]["BTC"] > 0
    assert done.pnl.unexplained == 0
