"""What a person has had booked from a venue's trades, and the venue tells by itself later: no trade is booked twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from adopted_trades import LAST, STOPPED, TWO, adopt, books, local, net
from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.bybit.events import BybitEvents
from basis_strategy_v1.backends.live.dialects.hyperliquid.events import HyperliquidEvents
from basis_strategy_v1.backends.live.dialects.okx.events import OkxEvents
from basis_strategy_v1.backends.live.order_keeper import OrderKeeper
from basis_strategy_v1.backends.live.order_reports import unknown
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.domain.orders import LiquidationReport, OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

MONEY = Decimal(3000)


def check_each_is_booked_once(venues: LocalVenues, directory: Path) -> None:
    state = books(venues, directory)
    booked = [(fill.venue, fill.trade_id) for booking in state.bookings for fill in booking.fills]
    assert len(booked) == len(set(booked)) == sum(len(v.account.trades()) for v in venues.world.venues.values())
    pnl = state.pnl
    assert pnl is not None and pnl.nav == pnl.explained


@pytest.mark.parametrize(
    ("names", "venue", "events"),
    [
        (TWO, "binance", BinanceEvents),
        (TWO, "bybit", BybitEvents),
        (("okx",), "okx", OkxEvents),
        (("hyperliquid",), "hyperliquid", HyperliquidEvents),
    ],
)
def test_a_liquidation_whose_trades_a_person_has_had_booked_is_acted_on_once_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], venue: str, events: Any
) -> None:
    venues = local(names)
    venues.run(tmp_path, STOPPED)
    account = venues.world.venues[venue].account
    taken = account.liquidate()
    assert taken is not None
    told = events.settlements_since

    def without_liquidations(feed: Any, since: int) -> list[Any]:
        return [event for event in told(feed, since) if not isinstance(event, LiquidationReport)]

    monkeypatch.setattr(events, "settlements_since", without_liquidations)
    with pytest.raises(ComponentError) as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-010" and refused.value.message.startswith("what was shown is booked")
    monkeypatch.setattr(events, "settlements_since", told)
    outcome = venues.run(tmp_path, LAST)
    assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.HALTED, "", None)
    assert abs(net(venues)) < Decimal("0.01")
    check_each_is_booked_once(venues, tmp_path)
    state = books(venues, tmp_path)
    assert state.pnl is not None and state.pnl.buckets["liquidation"] == -taken.to_insurance
    assert state.pnl.flows == 0


def test_the_rest_of_an_order_of_which_a_person_has_had_a_part_booked_is_booked_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was closed as never arrived; its look-up tells of the part as well, in every later start."""
    rows, adopted, leaves = 20, 6, 12
    spot = np.full(rows, 50_000.0)
    scene = Scene(spot=spot, perps={"hyperliquid": PerpSeries(price=spot, mark=spot, rates={})})
    overrides = ("execution_settings.max_order_notional=5000", "strategy.exit_at='2024-01-01T12:00:00Z'")
    venues = LocalVenues(("hyperliquid",), scene, *overrides)
    account = venues.world.venues["hyperliquid"].account
    lost: list[str] = []
    place = OrderKeeper.place

    def lose_the_first(keeper: OrderKeeper, request: OrderRequest) -> Any:
        if lost or request.trade_type == "perp":
            return place(keeper, request)
        lost.append(request.client_order_id)
        return unknown(request.client_order_id, request, "lost on its way")

    def execute_a_part() -> None:
        part = Decimal("0.05")
        account.deposit("hyperliquid.spot", "USDC", MONEY, "")
        request = OrderRequest(
            client_order_id=f"0x{lost[0]}", symbol="BTC", trade_type="spot", side="buy", quantity=part
        )
        assert account.place(request).filled == part

    monkeypatch.setattr(OrderKeeper, "place", lose_the_first)
    venues.happenings[adopted] = execute_a_part
    venues.happenings[leaves] = execute_a_part
    assert venues.run(tmp_path, adopted + 1).held.startswith("REC-010")
    options, environment = venues.options(tmp_path), venues.environment()
    care.declare_flow(options, environment, MONEY, "USDC", "hyperliquid.spot", venues.live_world(), force=True)
    assert lost[0] in adopt(venues, tmp_path)[1][0]
    for row in (leaves + 2, leaves + 4, rows - 1):
        outcome = venues.run(tmp_path, row)
        assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.DONE, "", None)
    check_each_is_booked_once(venues, tmp_path)
    (booking,) = [item for item in books(venues, tmp_path).bookings if item.booking_id == lost[0]]
    assert [fill.quantity for fill in booking.fills] == [Decimal("0.05")]
