"""What a person has had booked from a venue's trades, and the venue tells by itself later: no trade is booked twice."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from adopted_trades import LAST, STOPPED, TWO, adopt, books, local, net
from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.bybit.events import BybitEvents
from basis_strategy_v1.backends.live.dialects.hyperliquid.events import HyperliquidEvents
from basis_strategy_v1.backends.live.dialects.okx.events import OkxEvents
from basis_strategy_v1.core.domain.orders import LiquidationReport
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from local_live import LocalVenues


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
