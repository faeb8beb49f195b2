"""Orders that were closed as never arrived, and are executed in parts in an exit while the venue lists only some.

Whatever is listed first, the order is booked once and whole, under its own id, and every later start opens the journal.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import adopted_trades
from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.binance.orders import BinanceOrders
from basis_strategy_v1.backends.live.journal_sql import open_journal
from basis_strategy_v1.backends.live.order_keeper import OrderKeeper
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.execution.order_state import OrderState
from basis_strategy_v1.core.execution.restore import restore
from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

ROWS, EXIT = 20, 12
LAG_NS = 10_000_000_000
CAPITAL_THAT_COMES = Decimal(6000)
BUY = Decimal("0.1")


class LateHalves:
    """The venue executes the run's first spot order at the exit, in two halves, and lists the second one later."""

    def __init__(self, venues: LocalVenues, monkeypatch: pytest.MonkeyPatch, *, its_own_list_lags: bool) -> None:
        self.client_id = ""
        self._venues = venues
        self._venue_id = ""
        self._began = 0
        self._its_own_list_lags = its_own_list_lags
        self._account = venues.world.venues["binance"].account
        venues.world.faults.add([FaultRule(kind="lose_answer_before", endpoint="POST /api/v3/order")])
        venues.happenings[EXIT] = self._execute
        monkeypatch.setattr(OrderKeeper, "place", self._place(OrderKeeper.place))
        monkeypatch.setattr(BinanceOrders, "fills", self._fills(BinanceOrders.fills))
        monkeypatch.setattr(BinanceEvents, "trades_since", self._trades(BinanceEvents.trades_since))

    def _execute(self) -> None:
        self._account.deposit("binance", "USDT", CAPITAL_THAT_COMES, "")
        request = OrderRequest(
            client_order_id=self.client_id, symbol="BTCUSDT", trade_type="spot", side="buy", quantity=BUY
        )
        assert self._account.place(request).filled == BUY
        self._venue_id = str(self._account.orders()[-1].order_id)
        self._began = self._venues.world.clock.now_ns()

    def _listed(self, halves: list[Fill]) -> list[Fill]:
        is_late = self._venues.world.clock.now_ns() < self._began + LAG_NS
        return halves[:1] if self._began and is_late else halves

    def _place(self, original: Any) -> Any:
        def place(keeper: OrderKeeper, request: OrderRequest) -> Any:
            if request.trade_type == "spot" and not self.client_id:
                self.client_id = request.client_order_id
            return original(keeper, request)

        return place

    def _fills(self, original: Any) -> Any:
        def fills(orders: BinanceOrders, order: Any) -> Sequence[Fill]:
            found = original(orders, order)
            if order.wire_id != self.client_id or len(found) != 1:
                return tuple(found)
            halves = _halves(found[0])
            return tuple(self._listed(halves) if self._its_own_list_lags else halves)

        return fills

    def _trades(self, original: Any) -> Any:
        def trades(events: BinanceEvents, instruments: Any, since: int) -> Sequence[Any]:
            found: list[Any] = []
            for trade in original(events, instruments, since):
                if trade.venue_order_id == self._venue_id:
                    halves = self._listed(_halves(trade.fill))
                    found += [msgspec.structs.replace(trade, fill=half) for half in halves]
                else:
                    found.append(trade)
            return tuple(found)

        return trades


def _halves(fill: Fill) -> list[Fill]:
    return [
        msgspec.structs.replace(fill, trade_id=f"{fill.trade_id}{number}", quantity=fill.quantity / 2, fee=fill.fee / 2)
        for number in (1, 2)
    ]


@pytest.mark.parametrize("its_own_list_lags", [False, True])
def test_an_order_that_is_executed_late_and_in_parts_is_booked_once_and_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, its_own_list_lags: bool
) -> None:
    spot = np.full(ROWS, 50_000.0)
    names = ("binance", "bybit")
    scene = Scene(spot=spot, perps={name: PerpSeries(price=spot, mark=spot, rates={}) for name in names})
    overrides = ("execution_settings.max_order_notional=5000", "strategy.exit_at='2024-01-01T12:00:00Z'")
    venues = LocalVenues(names, scene, *overrides)
    late = LateHalves(venues, monkeypatch, its_own_list_lags=its_own_list_lags)
    first = venues.run(tmp_path, EXIT + 1)
    if its_own_list_lags:
        assert first.ending is LiveEnding.FAILED
        assert first.error is not None and first.error.error_code == "REC-011"
    for _ in range(2):
        assert venues.run(tmp_path).ending is LiveEnding.DONE
    journal = open_journal(str(tmp_path / "journal.sqlite"), mode="btc_basis", environment="dev", exclusive=False)
    try:
        books, submission = restore(journal), journal.submission(late.client_id)
    finally:
        journal.close()
    assert submission is not None and (submission.state, submission.filled) == (OrderState.FILLED, BUY)
    booked = [item for item in books.bookings if late.client_id in item.booking_id]
    assert [item.booking_id for item in booked] == [late.client_id]
    assert sum(fill.quantity for item in booked for fill in item.fills) == BUY
    flows = [item.changes for item in books.bookings if item.booking_id.startswith("undeclared.")]
    assert flows == [{"binance": {"USDT": CAPITAL_THAT_COMES}}]


def test_what_a_person_has_adopted_is_not_booked_again_by_a_later_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Adopted from position and wallet, for the venue listed one of two changes only: the run's own, traded again."""
    venues = adopted_trades.local(adopted_trades.TWO)
    account = venues.world.venues["binance"].account
    hidden: set[str] = set()

    def trade() -> None:
        own = next(order for order in account.orders() if order.trade_type == "perp" and order.side == "sell")
        again = OrderRequest(
            client_order_id=own.client_id, symbol="BTCUSDT", trade_type="perp", side="buy", quantity=BUY
        )
        assert account.place(again).filled == BUY
        settled = adopted_trades.trade(venues, "binance", "perp", "buy", "0.05")
        hidden.update(str(fill.trade_id) for fill in settled.fills)

    original = BinanceEvents.trades_since

    def listed(events: BinanceEvents, instruments: Any, since: int) -> tuple[Any, ...]:
        found = original(events, instruments, since)
        return tuple(item for item in found if item.fill.trade_id.rsplit(".", 1)[-1] not in hidden)

    monkeypatch.setattr(BinanceEvents, "trades_since", listed)
    venues.happenings[adopted_trades.TRADED] = trade
    assert venues.run(tmp_path, adopted_trades.STOPPED).held.startswith("REC-012")
    said, (shown,) = adopted_trades.adopt(venues, tmp_path)
    assert said == ["Booked."] and "from its position and wallet" in shown
    venues.keep_closing(tmp_path, "exit_at")
    account.deposit("binance", "USDT", Decimal(1), "")
    outcome = venues.run(tmp_path, adopted_trades.LAST)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""
    bookings = adopted_trades.books(venues, tmp_path).bookings
    assert not [item for item in bookings if item.booking_id.startswith("own.")]
