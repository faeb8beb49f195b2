"""What a trade list says of an order that is not in the books is believed only through the order's own look-up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.venue_records import VenueTrade
from basis_strategy_v1.bootstrap.live.own_trades import UnbookedTrades
from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import OrderState
from basis_strategy_v1.venues.registry import spec_for

ORDER, NOW = "a" * 32, 10**18


def executed(trade_id: str) -> Fill:
    return Fill(
        trade_id=trade_id,
        venue="binance",
        symbol="BTCUSDT",
        trade_type="spot",
        quantity=Decimal("0.05"),
        price=Decimal(50_000),
        fee=Decimal(0),
        fee_asset="USDT",
    )


class Venue:
    """It lists the first of two executions of each order; what is booked of them.

    Args:
        states: in which the look-up of each order leaves it.
        booked: orders that are in the books.
        listed: executions of each order.
    """

    def __init__(self, states: dict[str, OrderState], booked: tuple[str, ...] = (), listed: tuple[str, ...] = ("1",)):
        self._states = states
        self._booked: set[str] = set(booked)
        self._listed = listed

    def own(self) -> Iterator[ExecutionDeltas]:
        """Each is booked before the next is asked for."""
        journal: Any = SimpleNamespace(
            submission=lambda order_id: SimpleNamespace(state=self._states[order_id]),
            is_fill_booked=lambda fill: fill.trade_id in self._booked,
            last_booked=lambda beginning: 0,
        )
        exchange: Any = SimpleNamespace(unfinished=(), lookup_order=self._look_up)
        source: Any = SimpleNamespace(trades_since=self._list, ordered_as=lambda trade: trade.wire_id)
        venues: Any = ({"binance": exchange}, {"binance": source}, [spec_for("binance")])
        for deltas in UnbookedTrades(journal, *venues, self._booked.__contains__).own("binance", NOW):
            yield deltas
            self._booked |= {deltas.instruction_id, *(fill.trade_id for fill in deltas.fills)}

    def _list(self, since: int) -> list[VenueTrade]:
        return [
            VenueTrade(fill=executed(f"{order_id}{number}"), venue_order_id=order_id, wire_id=order_id)
            for order_id in self._states
            for number in self._listed
        ]

    def _look_up(self, order_id: str) -> Any:
        if self._states[order_id] is OrderState.SENT:
            raise ComponentError("EXI-003", "no answer")
        known = ("1", "2") if self._states[order_id] is OrderState.FILLED else ()
        return SimpleNamespace(fills=tuple(executed(f"{order_id}{number}") for number in known))


def told(deltas: ExecutionDeltas) -> list[str]:
    return [fill.trade_id.removeprefix(ORDER) for fill in deltas.fills]


def test_an_order_that_has_ended_is_booked_whole_though_one_execution_is_listed() -> None:
    (deltas,) = Venue({ORDER: OrderState.FILLED}).own()
    assert deltas.instruction_id == ORDER
    assert told(deltas) == ["1", "2"]
    assert deltas.filled == Decimal("0.1")


@pytest.mark.parametrize("state", [OrderState.UNKNOWN, OrderState.PARTIALLY_FILLED])
def test_an_order_in_doubt_is_left_to_the_next_start(state: OrderState) -> None:
    with pytest.raises(ComponentError, match=ORDER) as caught:
        list(Venue({ORDER: state}).own())
    assert caught.value.error_code == "REC-011"


def test_an_order_that_its_look_up_does_not_know_is_not_booked() -> None:
    assert list(Venue({ORDER: OrderState.ABSENT}).own()) == []


def test_what_a_booked_order_has_traded_once_more_is_booked_beside_it() -> None:
    (deltas,) = Venue({ORDER: OrderState.FILLED}, booked=(ORDER,)).own()
    assert deltas.instruction_id == f"own.{ORDER}.{ORDER}1"
    assert told(deltas) == ["1"]


def test_of_two_orders_with_one_id_both_are_booked_though_the_look_up_tells_one() -> None:
    late, again = Venue({ORDER: OrderState.FILLED}, listed=("0", "1")).own()
    assert (late.instruction_id, told(late)) == (ORDER, ["1", "2"])
    assert (again.instruction_id, told(again)) == (f"own.{ORDER}.{ORDER}0", ["0"])


def test_an_order_that_cannot_be_looked_up_takes_none_with_it_that_was() -> None:
    found = Venue({ORDER: OrderState.FILLED, "b" * 32: OrderState.SENT}).own()
    assert next(found).instruction_id == ORDER
    with pytest.raises(ComponentError) as caught:
        next(found)
    assert caught.value.error_code == "EXI-003"
