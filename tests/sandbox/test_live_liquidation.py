"""A venue liquidates while something stands between it and the books: spot without its hedge is sold, the run ends."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

ROWS = 40
DOUBT, LIQUIDATED, CLEARED = 8, 12, 20
LIVELY = "strategy.position_deviation_threshold=0.005"
UNANSWERED = [
    FaultRule(kind="lose_answer_after", endpoint="POST /api/v3/order", last=1),
    FaultRule(kind="close_before", endpoint="GET /api/v3/*rder*", last=0),
    FaultRule(kind="close_before", endpoint="GET /api/v3/myTrades", last=0),
]


def local(*, rises: bool) -> LocalVenues:
    """A price that stands still, or ``rises`` enough to be followed."""
    spot = np.full(ROWS, 50_000.0)
    if rises:
        spot[DOUBT:] = 52_500.0
    series = PerpSeries(price=spot, mark=spot, rates={})
    return LocalVenues(["binance", "bybit"], Scene(spot=spot, perps={"binance": series, "bybit": series}), LIVELY)


def net(venues: LocalVenues) -> Decimal:
    """Coins and perpetuals of both venues."""
    coins = venues.world.venues["binance"].account.balances("binance").get("BTC")
    perps = [position.quantity for venue in venues.world.venues.values() for position in venue.account.positions()]
    return sum(perps, Decimal(0) if coins is None else coins.total)


def undeclared_money(venues: LocalVenues) -> Callable[[], object]:
    account = venues.world.venues["binance"].account
    return lambda: account.deposit("binance", "USDT", Decimal(500), "")


def unknown_sale(venues: LocalVenues) -> Callable[[], object]:
    return lambda: venues.world.faults.add(UNANSWERED)


@pytest.mark.parametrize("doubt", [undeclared_money, unknown_sale])
def test_a_liquidation_at_a_venue_that_is_held_is_acted_on(
    tmp_path: Path, doubt: Callable[[LocalVenues], Callable[[], object]]
) -> None:
    venues = local(rises=doubt is unknown_sale)
    happens = venues.happenings
    happens[DOUBT - 1] = doubt(venues)
    happens[LIQUIDATED] = venues.world.venues["binance"].account.liquidate
    seen: list[Decimal] = []
    happens[CLEARED - 1] = lambda: seen.append(net(venues))
    happens[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED and outcome.ticks < ROWS
    assert all(abs(left) < Decimal("0.05") for left in [*seen, net(venues)])


def liquidate_after_the_next_order(venues: LocalVenues, patch: pytest.MonkeyPatch) -> None:
    account = venues.world.venues["binance"].account
    place = account.place

    def place_and_liquidate(*arguments: Any) -> object:
        patch.setattr(account, "place", place)
        placed = place(*arguments)
        assert account.liquidate() is not None
        return placed

    patch.setattr(account, "place", place_and_liquidate)


def test_a_liquidation_in_the_middle_of_a_decision_is_booked_and_acted_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(rises=True)
    venues.happenings[DOUBT] = lambda: liquidate_after_the_next_order(venues, monkeypatch)
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED and outcome.ticks == DOUBT + 1, outcome
    assert abs(net(venues)) < Decimal("0.05")


def test_a_liquidation_in_the_middle_of_a_held_exit_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(rises=True)
    venues.scene.spot[LIQUIDATED:] = 97_500.0
    venues = LocalVenues(venues.venues, venues.scene, LIVELY, "component_config.risk.margin_ratio_hard=0.1")
    happens = venues.happenings
    happens[DOUBT - 1] = unknown_sale(venues)
    happens[LIQUIDATED] = lambda: liquidate_after_the_next_order(venues, monkeypatch)
    happens[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED and not outcome.held, outcome
    assert abs(net(venues)) < Decimal("0.05")
