"""What stops a run: limits that a trade or a fill goes beyond, venues that fail, redemptions that cannot be paid."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock, Side
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy, TradingState
from basis_strategy_v1.core.strategies.triggers import EveryRow, Trigger
from engine_runs import Run, Scene, constant_scene, run, settings_of, time_of

ROWS = 12
PRICE = 50_000.0
DRIVES = ("segments", "every_row")
ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
MARGIN = "initial_location={binance.derivatives: 1.0}"
NO_SLIPPAGE = "execution_settings.slippage_model=none"
PATIENT = "execution_settings.order_timeout=604800"
TIGHT = (
    "strategy.margin_ratio_min=0",
    "strategy.margin_ratio_max=0.001",
    "component_config.risk.margin_ratio_soft=0.002",
    "component_config.risk.margin_ratio_hard=0.005",
)
"""A short of 1 BTC on 100,000 USDT has a ratio of 0.002; one of 4 BTC is beyond the hard limit."""


def perp(side: Side, amount: str, **terms: Any) -> CexTrade:
    return CexTrade(venue="binance", trade_type="perp", symbol="BTCUSDT", side=side, amount=Decimal(amount), **terms)


class Planned(Strategy):
    """Trades what is planned for a row, and buys every short back when told to leave."""

    def __init__(self, plan: Mapping[int, Sequence[InstructionBlock]]) -> None:
        self._plan = plan

    def triggers(self) -> Sequence[Trigger]:
        return (EveryRow(),)

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        return iter(self._plan[view.row]) if view.row in self._plan else ()

    def close(self, view: DecisionView) -> Iterator[InstructionBlock]:
        short = -view.portfolio.amount("binance.derivatives", "BTCUSDT-PERP")
        if short > 0:
            yield perp("buy", str(short), reduce_only=True, purpose="exit_full")

    def is_closed(self, view: DecisionView) -> bool:
        return view.portfolio.is_flat()


def planned(
    plan: Mapping[int, Sequence[InstructionBlock]],
    *overrides: str,
    drive: str = "segments",
    scene: Scene | None = None,
    before: Callable[[Assembly], None] | None = None,
) -> Run:
    return run(
        settings_of("btc_basis", ONE_VENUE, MARGIN, NO_SLIPPAGE, PATIENT, *overrides),
        scene or constant_scene(("binance",), ROWS, PRICE),
        drive=drive,
        strategy=lambda _settings: Planned(plan),
        before=before,
    )


def stepped_scene(price: float, at: int) -> Scene:
    """The price is ``price`` from row ``at`` on."""
    scene = constant_scene(("binance",), ROWS, PRICE)
    for values in (scene.spot, scene.perps["binance"].price, scene.perps["binance"].mark):
        values[at:] = price
    return scene


def limits(done: Run) -> list[str]:
    lines = [json.loads(line) for name in sorted(done.events) for line in done.events[name].splitlines()]
    return [line["data"]["limit"] for line in lines if line["event_type"] == "risk_limit"]


def assert_left_at(done: Run, row: int) -> None:
    assert done.rows.failure is None
    assert done.rows.state is TradingState.HALTED
    assert done.rows.closing == "hard_limit"
    assert done.rows.halted_at == done.market.time(row)
    assert "BTCUSDT-PERP" not in done.positions["binance.derivatives"]
    assert done.pnl.unexplained == 0


# --- hard limits ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("drive", DRIVES)
def test_a_trade_that_goes_beyond_the_hard_limit_is_undone_in_its_own_row(drive: str) -> None:
    later = perp("sell", "0.5")
    done = planned({3: (perp("sell", "4"), later), 5: (later,)}, *TIGHT, drive=drive)
    assert [(done.row_of(record), record.side) for record in done.records] == [(3, "sell"), (3, "buy")]
    assert limits(done).count("hard_limit") >= 1
    assert_left_at(done, 3)


@pytest.mark.parametrize("drive", DRIVES)
def test_an_order_that_fills_beyond_the_hard_limit_is_undone_in_the_row_of_its_fill(drive: str) -> None:
    resting = perp("sell", "4", order_type="limit", price=Decimal(51_000))
    done = planned({0: (resting,)}, *TIGHT, drive=drive, scene=stepped_scene(51_000.0, at=5))
    assert [(done.row_of(record), record.side) for record in done.records] == [(0, "sell"), (5, "buy")]
    assert_left_at(done, 5)


@pytest.mark.parametrize("drive", DRIVES)
def test_a_hard_limit_during_a_planned_exit_ends_halted(drive: str) -> None:
    """The perpetual cannot trade when the exit is due, and the price goes beyond the limit before it can again."""
    scene = stepped_scene(110_000.0, at=5)
    scene.perps["binance"].missing = np.isin(np.arange(ROWS), [3, 4, 5, 6])
    leaves = f"strategy.exit_at='{time_of(3)}'"
    done = planned({0: (perp("sell", "1"),)}, *TIGHT, leaves, drive=drive, scene=scene)
    assert limits(done).count("hard_limit") == 1
    assert done.rows.state is TradingState.HALTED and done.rows.closing == "hard_limit during exit_at"
    assert done.rows.halted_at == done.market.time(7)
    assert "BTCUSDT-PERP" not in done.positions["binance.derivatives"]


# --- venues that fail -----------------------------------------------------------------------------------------------


def refuse(*_: Any) -> Any:
    raise ComponentError("EXI-003", "the venue does not answer", "Venue")


def test_a_venue_that_fails_at_the_last_row_fails_the_run_and_keeps_its_equity() -> None:
    def install(assembly: Assembly) -> None:
        assembly.world.exchanges["binance"].poll_events = refuse  # type: ignore[method-assign]

    done = planned({0: (perp("sell", "1"),)}, before=install)
    assert done.rows.failure is not None
    assert done.rows.failure.error_code == "EXI-003"
    assert done.rows.state is TradingState.HALTED
    assert done.rows.halted_at == done.market.time(ROWS - 1)
    assert done.assembly.engine.get_state_snapshot()["failure"] == "EXI-003"
    assert done.equity["nav"].tolist() == [float(done.pnl.nav)] * ROWS


def test_a_fill_that_does_not_agree_with_the_books_of_its_venue_fails_the_run() -> None:
    def install(assembly: Assembly) -> None:
        exchange = assembly.world.exchanges["binance"]
        poll = exchange.poll_events

        def lose_a_dollar() -> Any:
            exchange.books.add("binance.derivatives", "USDT", Decimal(-1))
            return poll()

        exchange.poll_events = lose_a_dollar  # type: ignore[method-assign]

    resting = perp("sell", "1", order_type="limit", price=Decimal(51_000))
    done = planned({0: (resting,)}, scene=stepped_scene(51_000.0, at=5), before=install)
    assert done.rows.failure is not None
    assert done.rows.failure.error_code == "REC-001"
    assert done.rows.halted_at == done.market.time(5)


# --- redemptions ----------------------------------------------------------------------------------------------------


def redemption(row: int, amount: int) -> str:
    return f"flows=[{{ts: {time_of(row)}, amount: -{amount}, asset: USDT, venue: binance.derivatives}}]"


@pytest.mark.parametrize("drive", DRIVES)
def test_a_redemption_waits_while_its_cash_is_margin_in_use(drive: str) -> None:
    plan = {0: (perp("sell", "1"),), 6: (perp("buy", "1", reduce_only=True),)}
    done = planned(plan, redemption(3, 99_900), drive=drive)
    nav = done.equity["nav"]
    assert nav[5] == pytest.approx(99_975.0)
    assert nav[6] == pytest.approx(50.0)
    assert done.pnl.flows == -99_900
    assert done.rows.flows.waiting() == {}


def test_a_redemption_that_never_becomes_free_is_still_owed_at_the_end() -> None:
    done = planned({0: (perp("sell", "1"),)}, redemption(3, 99_900))
    assert done.rows.failure is None
    assert done.pnl.flows == 0
    assert done.rows.flows.waiting() == {"binance.derivatives": 99_900}


def test_a_venue_that_fails_while_it_pays_out_fails_the_run() -> None:
    def install(assembly: Assembly) -> None:
        assembly.world.exchanges["binance"].credit = refuse  # type: ignore[assignment, method-assign]

    done = planned({}, redemption(3, 1_000), before=install)
    assert done.rows.failure is not None
    assert done.rows.failure.error_code == "EXI-003"
    assert done.rows.halted_at == done.market.time(3)
    assert done.pnl.flows == 0
