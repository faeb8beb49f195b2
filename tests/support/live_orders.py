"""What others do to a run: orders it knows nothing of, and the kill switch; and an order of its own that it lost."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from basis_strategy_v1.bootstrap.live.commands import request_kill
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues, open_run
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import CexTrade, TradeType
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.execution.order_state import OrderState, Submission, sent
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


def send_and_die(venues: LocalVenues, directory: Path, venue: str, trade_type: TradeType) -> str:
    """Leave a limit order at a venue of which the journal says only that it is about to be sent; its id."""
    options, world = venues.options(directory), venues.live_world()
    plan = make_plan(options, venues.environment())
    now = world.time.now()
    journal = open_run(options, plan, now)
    order_id = InstructionIds(journal.run_id).next(journal.next_step())
    terms: dict[str, Any] = {"symbol": "BTCUSDT", "trade_type": trade_type, "side": "buy"}
    terms |= {"order_type": "limit", "price": Decimal(30_000)}
    journal.record_intent(now, CexTrade(venue=venue, amount=Decimal("0.01"), instruction_id=order_id, **terms))
    request = OrderRequest(client_order_id=order_id, quantity=Decimal("0.01"), **terms)
    intended = Submission(client_id=order_id, venue=venue, state=OrderState.INTENDED, order=request)
    journal.record_submission(sent(intended, now))
    connect_venues(options, plan, world).exchanges[venue].place_order(request)
    journal.close()
    return order_id


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
