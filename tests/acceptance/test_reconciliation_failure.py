"""A venue whose books were tampered with stops the run, and nothing is overwritten to make it fit."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap import RunOptions, run_backtest, runs
from basis_strategy_v1.bootstrap.assembly import Assembly, assemble
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.data.sample import sample_directory
from engine_runs import Run, constant_scene, run, settings_of

VENUES = ("binance", "bybit", "okx")
ONE_CENT = Decimal("0.01")
SETTINGS = settings_of("btc_basis", "initial_location={binance: 0.4, bybit: 0.3, okx: 0.3}")


def after_first_order(venue: str, tamper: Callable[[Any], None]) -> Callable[[Assembly], None]:
    """Tampers with the venue's books when its first order has been filled."""

    def install(assembly: Assembly) -> None:
        exchange = assembly.world.exchanges[venue]
        place = exchange.place_order

        def place_and_tamper(request: OrderRequest) -> OrderReport:
            report = place(request)
            tamper(exchange.books)
            return report

        exchange.place_order = place_and_tamper  # type: ignore[method-assign]

    return install


def take_a_cent(books: Any) -> None:
    books.add("bybit", "USDT", -ONE_CENT)


def give_a_coin(books: Any) -> None:
    books.add("bybit", "ETH", Decimal(1))


def lengthen_the_position(books: Any) -> None:
    books.trade_perp("BTCUSDT", Decimal("0.001"), Decimal(50_000))


def tampered(tamper: Callable[[Any], None]) -> Run:
    return run(SETTINGS, constant_scene(VENUES, 30, 50_000.0, "0.0001"), before=after_first_order("bybit", tamper))


@pytest.mark.parametrize("tamper", [take_a_cent, give_a_coin, lengthen_the_position])
def test_any_difference_stops_the_block_with_rec_001(tamper: Callable[[Any], None]) -> None:
    done = tampered(tamper)
    assert done.rows.failure is not None
    assert done.rows.failure.error_code == "REC-001"
    assert "bybit" in str(done.rows.failure)
    assert done.rows.state is TradingState.HALTED
    last = done.records[-1]
    assert (last.venue, last.trade_type) == ("bybit", "perp")
    assert {done.row_of(record) for record in done.records} == {0}


def test_nothing_is_overwritten_when_books_differ() -> None:
    honest = run(SETTINGS, constant_scene(VENUES, 1, 50_000.0))
    done = tampered(take_a_cent)
    # What was booked for the venue is what its fill said; its own books keep their missing cent.
    assert done.positions["bybit"] == honest.positions["bybit"]
    (report,) = (r for r in done.assembly.world.exchanges["bybit"].books.report() if r.location == "bybit")
    expected = honest.positions["bybit"]["USDT"] + honest.positions["bybit"]["BTCUSDT-PERP.quote"]
    actual = report.balances["USDT"] - report.positions["BTCUSDT"].entry_cost
    assert actual == expected - ONE_CENT


def test_a_difference_below_a_step_passes() -> None:
    done = tampered(lambda books: books.add("bybit", "USDT", Decimal("-0.000000001")))
    assert done.rows.failure is None


def test_the_failure_is_written_down_by_the_reconciliation() -> None:
    done = tampered(take_a_cent)
    lines = [json.loads(line) for line in done.events["ReconciliationComponent"].splitlines()]
    failed = [line for line in lines if line["event_type"] == "reconciliation_failed"]
    assert len(failed) == 1
    assert "REC-001" in json.dumps(failed[0])
    assert done.assembly.parts.reconciliation.reconciliation_failures == 1


def test_a_failed_runs_nav_is_that_of_the_row_at_which_it_failed() -> None:
    done = tampered(take_a_cent)
    assert done.rows.halted_at is not None
    row = done.market.row_at(done.rows.halted_at)
    assert done.equity["nav"][row] == pytest.approx(float(done.pnl.nav), rel=1e-12)


@pytest.fixture
def tampered_assembly(monkeypatch: pytest.MonkeyPatch) -> None:
    def assemble_tampered(*arguments: Any, **options: Any) -> Assembly:
        assembly = assemble(*arguments, **options)
        after_first_order("bybit", take_a_cent)(assembly)
        return assembly

    monkeypatch.setattr(runs, "assemble", assemble_tampered)


@pytest.mark.usefixtures("tampered_assembly")
def test_the_result_is_kept_marked_failed_and_the_exit_code_is_one(tmp_path: Path) -> None:
    finished = run_backtest(RunOptions(mode="btc_basis", data_dir=sample_directory(), out=tmp_path, report=False), {})
    assert finished.exit_code == 1
    assert finished.summary["failed"] is True
    assert finished.summary["failure"].startswith("REC-001")
    assert finished.summary["reconciliation_failures"] == 1
    assert finished.summary["halted_at"] is not None
    assert (finished.directory / "equity.parquet").is_file()
    assert (finished.directory / "logs" / "events" / "reconciliation_component_events.jsonl").is_file()


@pytest.mark.usefixtures("tampered_assembly")
def test_the_command_line_tells_of_the_failure_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["backtest", "btc_basis", "--data", "sample:", "--out", str(tmp_path), "--no-report"]) == 1
    captured = capsys.readouterr()
    assert captured.err.startswith("REC-001")
    assert captured.err.count("\n") == 1
