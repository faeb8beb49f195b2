"""Margin that a venue refused to send is sent once it may be, by whatever process then runs."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

VENUES = ("binance", "bybit")
ROWS = 60
LIFTED = 10
WITHDRAWALS = "POST /sapi/v1/capital/withdraw/apply"


def local() -> LocalVenues:
    """Capital at home, from where none can be sent on before row ``LIFTED``."""
    spot = np.full(ROWS, 50_000.0)
    perps = {venue: PerpSeries(price=spot.copy(), mark=spot.copy(), rates={}) for venue in VENUES}
    venues = LocalVenues(VENUES, Scene(spot=spot, perps=perps))
    venues.world.faults.add([FaultRule(kind="withdrawal_frozen", endpoint=WITHDRAWALS, last=0)])
    venues.happenings[LIFTED] = venues.world.faults.clear
    return venues


def position(venues: LocalVenues, venue: str) -> Decimal:
    return sum((item.quantity for item in venues.world.venues[venue].account.positions()), Decimal(0))


@pytest.mark.parametrize("stops", [(), (LIFTED - 1,), (3, 5, LIFTED + 3)])
def test_refused_margin_is_sent_after_a_restart_as_without_one(tmp_path: Path, stops: tuple[int, ...]) -> None:
    venues = local()
    for row in stops:
        venues.run(tmp_path, row)
        assert row > LIFTED or not position(venues, "bybit")
    venues.run(tmp_path)
    assert position(venues, "binance") == Decimal("-0.499") and position(venues, "bybit") == Decimal("-0.5")


def test_margin_on_its_way_is_not_sent_a_second_time_by_a_restart(tmp_path: Path) -> None:
    venues = local()
    venues.world.faults.clear()
    # A transfer takes half an hour: at ticks of ten minutes it is on its way over several starts.
    for _ in range(4):
        venues.run(tmp_path, 1, tick_seconds=600.0, until=venues.world.clock.now_ns() + 600_000_000_000)
    venues.run(tmp_path)
    account = venues.world.venues["bybit"].account
    assert position(venues, "bybit") == Decimal("-0.5")
    assert account.balances("bybit")["USDT"].total < Decimal(25_001)
