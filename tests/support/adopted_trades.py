"""Live runs on whose accounts somebody else trades, and a person who has that booked."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from local_live import LocalVenues, moving_scene

TRADED, STOPPED, LAST = 10, 14, 30
TWO = ("binance", "bybit")


def local(venues: tuple[str, ...]) -> LocalVenues:
    return LocalVenues(venues, moving_scene(venues, LAST + 1))


def trade(venues: LocalVenues, venue: str, trade_type: str, side: str, quantity: str) -> Any:
    """Somebody else's order at a venue."""
    symbol = "BTC" if venue == "hyperliquid" else "BTCUSDT"
    request = OrderRequest(
        client_order_id="",
        symbol=symbol,
        trade_type=trade_type,  # type: ignore[arg-type]
        side=side,  # type: ignore[arg-type]
        quantity=Decimal(quantity),
        reduce_only=trade_type == "perp",
    )
    return venues.world.venues[venue].account.place(request)


def adopt(venues: LocalVenues, directory: Path, answer: bool = True) -> tuple[list[str], list[str]]:
    """What is said in the end, and what was shown before."""
    shown: list[str] = []

    def confirm(lines: Any) -> bool:
        shown.extend(lines)
        return answer

    options = venues.options(directory)
    said = care.recover(options, venues.environment(), adopt=True, confirm=confirm, world=venues.live_world())
    return said, shown


def refusal(venues: LocalVenues, directory: Path, **changes: object) -> ComponentError:
    with pytest.raises(ComponentError) as refused:
        venues.run(directory, LAST, **changes)
    return refused.value


def books(venues: LocalVenues, directory: Path) -> RestoredState:
    options = venues.options(directory)
    journal = open_run(options, make_plan(options, venues.environment()), 0, exclusive=False)
    try:
        return restore(journal)
    finally:
        journal.close()


def net(venues: LocalVenues) -> Decimal:
    """Coins and perpetuals of all venues."""
    total = Decimal(0)
    for venue in venues.world.venues.values():
        for place in venue.spec.locations:
            balance = venue.account.balances(place).get("BTC")
            total += Decimal(0) if balance is None else balance.total
        total += sum((position.quantity for position in venue.account.positions()), Decimal(0))
    return total
