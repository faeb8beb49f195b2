"""Share class and home are what positions were made for: they do not change under them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.bootstrap.live.begun_with import refuse_changed_terms, refuse_coins_elsewhere
from basis_strategy_v1.bootstrap.live.declared_flows import flow_problem
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.monitors.pnl_state import PnLState
from engine_runs import settings_of, specs_of

HOME_FIRST = "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}"
MOVED = "strategy.hedge_allocation={bybit: 0.5, binance: 0.5}"
ALONE = ("strategy.hedge_allocation={binance: 1}", "initial_location={binance: 0.5, bybit: 0.5}")
HELD: Changes = {"binance": {"ETH": Decimal("21.3")}, "bybit": {"ETHUSDT-PERP": Decimal("-10.6")}}
NOTHING: Changes = {"binance": {"ETH": Decimal("0.00001")}, "bybit": {"ETHUSDT-PERP": Decimal(0)}}


class Cursors:
    """As much of a journal as is asked here."""

    def __init__(self) -> None:
        self.values: dict[str, str] = {}

    def set_cursor(self, name: str, value: str) -> None:
        self.values[name] = value


def restored(changes: Changes, cursors: dict[str, str]) -> RestoredState:
    pnl = PnLState(
        buckets={},
        flows=Decimal(0),
        initial_nav=Decimal(1),
        nav=Decimal(1),
        explained=Decimal(1),
        reference=Decimal(2_300),
        prices={},
    )
    return RestoredState(
        run_id="run",
        next_step=1,
        bookings=(Booking(timestamp=1, booking_id="opening", changes=changes),),
        pnl=pnl,
        unresolved=(),
        unbooked=(),
        never_sent=(),
        resting=(),
        transfers=(),
        withdrawals=(),
        cursors=cursors,
        state=KeptState(),
        flows=(),
    )


def start(journal: Any, changes: Changes, *overrides: str, at_first: bool = False) -> None:
    found = restored(changes, dict(journal.values))
    if at_first:
        found = msgspec.structs.replace(found, bookings=(), pnl=None)
    refuse_changed_terms(journal, found, settings_of("eth_basis", *overrides))


@pytest.mark.parametrize("changed", [(MOVED,), (HOME_FIRST, "share_class=eth_directional")])
def test_what_positions_were_made_for_does_not_change_under_them(changed: tuple[str, ...]) -> None:
    journal = Cursors()
    start(journal, {}, HOME_FIRST, at_first=True)
    start(journal, HELD, HOME_FIRST)
    with pytest.raises(ComponentError) as caught:
        start(journal, HELD, *changed)
    assert caught.value.error_code == "CFG-003" and "21.3 ETH at binance" in caught.value.message
    start(journal, HELD, HOME_FIRST)
    start(journal, NOTHING, *changed)
    start(journal, HELD, *changed)
    with pytest.raises(ComponentError):
        start(journal, HELD, HOME_FIRST)


def test_a_share_or_a_further_venue_may_change_under_positions() -> None:
    journal = Cursors()
    start(journal, {}, HOME_FIRST, at_first=True)
    start(journal, HELD, "strategy.hedge_allocation={binance: 1, bybit: 0}")
    start(journal, HELD, "strategy.hedge_allocation={binance: 0.5, okx: 0.2, bybit: 0.3}")


def test_a_venue_that_carries_a_short_remains_a_hedge() -> None:
    journal = Cursors()
    start(journal, {}, HOME_FIRST, at_first=True)
    with pytest.raises(ComponentError) as caught:
        start(journal, HELD, *ALONE)
    assert caught.value.error_code == "CFG-003" and "ETHUSDT-PERP at bybit" in caught.value.message
    start(journal, NOTHING, *ALONE)


def problem(location: str, amount: str, *overrides: str) -> str:
    settings = settings_of("eth_basis", HOME_FIRST, *overrides)
    flow = Flow(timestamp=1, amount=Decimal(amount), asset="ETH", location=location)
    return flow_problem(flow, settings, specs_of(settings))[0]


def test_coins_are_declared_where_the_run_can_sell_them() -> None:
    assert problem("bybit", "0.3") and problem("binance.derivatives", "0.3")
    assert not problem("binance", "0.3")
    assert not problem("bybit", "-0.3"), "what is there already may be taken away"
    # In kind, what comes to another exchange is sent home.
    assert not problem("bybit", "0.3", "share_class=eth_directional")


def test_books_do_not_open_with_coins_that_the_run_cannot_sell() -> None:
    settings = settings_of("eth_basis", HOME_FIRST)
    for held in ({"binance": {"ETH": Decimal(1)}}, {"bybit": {"ETH": Decimal("0.001")}}):
        refuse_coins_elsewhere(held, settings, specs_of(settings), Decimal(2_300))
    with pytest.raises(ComponentError) as caught:
        refuse_coins_elsewhere({"bybit": {"ETH": Decimal(1)}}, settings, specs_of(settings), Decimal(2_300))
    assert caught.value.error_code == "CFG-003" and "at binance only" in caught.value.message


@pytest.mark.parametrize(("location", "refused"), [("binance.derivatives", True), ("binance", False)])
def test_coins_in_kind_are_not_declared_where_only_margin_is_shown(location: str, refused: bool) -> None:
    settings = settings_of("eth_basis", "share_class=eth_directional", MOVED)
    specs = specs_of(settings)
    flow = Flow(timestamp=1, amount=Decimal(1), asset="ETH", location=location)
    assert bool(flow_problem(flow, settings, specs)[0]) is refused
