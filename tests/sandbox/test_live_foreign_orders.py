"""An order that a person places by hand while a run goes on: nothing is decided until it is gone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.faults import FaultRule
from live_orders import open_orders, rest
from local_live import HOUR_SECONDS, LocalVenues, moving_scene

OPEN_ORDERS = {
    "binance": "GET /fapi/v1/openOrders",
    "bybit": "GET /v5/order/realtime",
    "okx": "GET /api/v5/trade/orders-pending",
    "hyperliquid": "POST /info frontendOpenOrders",
}
NEVER = 80_000.0
LIVELY = "strategy.position_deviation_threshold=0.002"


def local(*venues: str) -> LocalVenues:
    return LocalVenues(list(venues), moving_scene(venues, 60), LIVELY)


def status(directory: Path) -> Any:
    return json.loads((directory / "status.json").read_text(encoding="utf-8"))


def asked(venues: LocalVenues, venue: str) -> int:
    return len(venues.world.requests.latest(venue, OPEN_ORDERS[venue]))


def placed(venues: LocalVenues) -> int:
    return sum(len(venue.account.orders()) for venue in venues.world.venues.values())


def cancel(venues: LocalVenues, venue: str) -> None:
    account = venues.world.venues[venue].account
    for order in account.orders():
        if order.is_open:
            account.cancel(order.order_id)


@pytest.mark.parametrize("venue", OPEN_ORDERS)
def test_a_foreign_order_holds_decisions_until_it_is_gone(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    counts: list[int] = []
    venues.happenings[8] = lambda: rest(venues, tmp_path, venue, "ab" * 16)
    venues.happenings[10] = lambda: counts.append(placed(venues))
    venues.run(tmp_path, 20, orders_seconds=HOUR_SECONDS)
    held = status(tmp_path)["held"]
    assert held.startswith(f"REC-012: {venue} has 1 open orders that this run did not place: buy 0.01")
    assert placed(venues) == counts[0]
    assert open_orders(venues, venue) == 1
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 22, orders_seconds=HOUR_SECONDS)
    assert caught.value.error_code == "REC-012"
    cancel(venues, venue)
    assert venues.run(tmp_path, 40, orders_seconds=HOUR_SECONDS).ending is LiveEnding.DONE
    assert status(tmp_path)["held"] == "" and placed(venues) > counts[0]


def test_the_hold_ends_within_a_tick_of_the_orders_end_and_is_told_once(tmp_path: Path) -> None:
    venues = local("bybit")
    venues.happenings[8] = lambda: rest(venues, tmp_path, "bybit", "ab" * 16)
    venues.happenings[15] = lambda: cancel(venues, "bybit")
    held: list[str] = []
    venues.happenings[14] = lambda: held.append(status(tmp_path)["held"])
    venues.happenings[17] = lambda: held.append(status(tmp_path)["held"])
    venues.run(tmp_path, 20, orders_seconds=2 * HOUR_SECONDS, reconcile_seconds=NEVER)
    assert held[0].startswith("REC-012") and held[1] == ""
    events = "".join(path.read_text() for path in (tmp_path / "logs" / "events").glob("event_driven*"))
    assert events.count("that this run did not place") == 1


def test_venues_are_asked_in_the_rhythm_that_is_given(tmp_path: Path) -> None:
    counts = {}
    for hours in (1, 5, 24):
        venues = local("okx")
        venues.run(tmp_path / str(hours), 22, orders_seconds=hours * HOUR_SECONDS, reconcile_seconds=HOUR_SECONDS)
        counts[hours] = asked(venues, "okx")
    assert counts[1] - counts[24] >= 18 and 3 <= counts[5] - counts[24] <= 5


def test_a_venue_that_does_not_tell_its_orders_is_asked_at_the_next_tick_again(tmp_path: Path) -> None:
    venues = local("bybit")
    venues.happenings[5] = lambda: venues.world.faults.add(
        [FaultRule(kind="http_5xx_before", venue="bybit", endpoint=OPEN_ORDERS["bybit"], nth=1, last=4)]
    )
    venues.happenings[6] = lambda: rest(venues, tmp_path, "bybit", "ab" * 16)
    venues.run(tmp_path, 14, orders_seconds=HOUR_SECONDS, reconcile_seconds=NEVER)
    assert status(tmp_path)["held"].startswith("REC-012")


@pytest.mark.parametrize("orders", [0.0, -1.0, 90_000.0])
def test_an_impossible_rhythm_is_refused(orders: float, tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as caught:
        local("bybit").run(tmp_path, 4, orders_seconds=orders)
    assert caught.value.error_code == "CFG-003" and "--orders" in caught.value.message
