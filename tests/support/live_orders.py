"""What others do to a run: orders it knows nothing of, and the kill switch."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.bootstrap.live.commands import request_kill
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues, open_run
from basis_strategy_v1.core.domain.orders import OrderRequest
from local_live import LocalVenues


def rest(venues: LocalVenues, directory: Path, venue: str, name: str) -> None:
    """Leave an order at a venue of which the run's process knows nothing."""
    options = venues.options(directory)
    connections = connect_venues(options, make_plan(options, venues.environment()), venues.live_world())
    perpetual = next(item for item in connections.instruments_of(venue) if item.trade_type == "perp")
    connections.exchanges[venue].place_order(
        OrderRequest(
            client_order_id=name,
            symbol=perpetual.symbol,
            trade_type="perp",
            side="buy",
            quantity=Decimal("0.01"),
            order_type="limit",
            price=Decimal(30_000),
        )
    )


def open_orders(venues: LocalVenues, venue: str) -> int:
    """How many orders are open at a venue."""
    return sum(order.is_open for order in venues.world.venues[venue].account.orders())


def ask_kill(venues: LocalVenues, directory: Path) -> None:
    """Leave the request that the next process of a run finds."""
    options = venues.options(directory)
    now = venues.world.clock.now_ns()
    journal = open_run(options, make_plan(options, venues.environment()), now, exclusive=False)
    request_kill(journal, now, "test")
    journal.close()
