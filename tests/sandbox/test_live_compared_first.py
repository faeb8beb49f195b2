"""Venues are compared with the books before any decision of a live run sends something, whatever has brought it about.

The market stands still here: nothing but what each test names makes the strategy decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import run as live_run
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.records import DepositRecord
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

ROWS = 18
ARRIVED, RETRIED, SHORT_OF_MARGIN = 1, 1, 4
ANSWERS, KNOWN = 6, 11
"""The venue tells of its withdrawals from the first row on; at the second it has said "not found" often enough."""
WITHDRAW = "POST /v5/asset/withdraw/create"
HISTORY = "GET /v5/asset/withdraw/query-record"


def local(names: Sequence[str] = ("bybit", "binance")) -> LocalVenues:
    """Home is by default a venue with one wallet, so that nothing lies idle there when a transfer has not left."""
    spot = np.full(ROWS, 50_000.0)
    scene = Scene(spot=spot, perps={name: PerpSeries(price=spot, mark=spot) for name in names})
    return LocalVenues(names, scene, "strategy.margin_ratio_min=0.0001")


def bring_token(venues: LocalVenues, venue: str, token: str = "BNB") -> None:
    """A token comes that nobody declared; by default one that the run never trades."""
    assert isinstance(venues.world.venues[venue].account.deposit(venue, token, Decimal("0.1"), ""), DepositRecord)


def orders(venues: LocalVenues) -> int:
    return sum(len(venue.account.orders()) for venue in venues.world.venues.values())


def withdrawn(venues: LocalVenues) -> int:
    return sum(len(venue.account.withdrawals()) for venue in venues.world.venues.values())


@pytest.mark.replaces_parts
def test_nothing_is_sent_in_the_first_row_on_what_has_come_since_the_start_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(("binance", "bybit"))
    start = live_run.start

    def start_and_bring(*arguments: Any) -> Any:
        engine = start(*arguments)
        bring_token(venues, "binance")
        return engine

    monkeypatch.setattr(live_run, "start", start_and_bring)
    outcome = venues.run(tmp_path)
    assert outcome.held.startswith("REC-010 at binance")
    assert orders(venues) == 0 and withdrawn(venues) == 0


def test_a_transfer_whose_wait_is_over_is_not_sent_on_what_has_come_meanwhile(tmp_path: Path) -> None:
    venues = local()
    venues.world.faults.add([FaultRule(kind="withdrawal_frozen", endpoint=WITHDRAW, last=0)])
    venues.happenings[RETRIED] = lambda: (venues.world.faults.clear(), bring_token(venues, "bybit"))
    outcome = venues.run(tmp_path)
    assert outcome.held.startswith("REC-010 at bybit")
    assert withdrawn(venues) == 0


def test_a_transfer_that_is_taken_up_again_is_not_sent_on_what_has_come_meanwhile(tmp_path: Path) -> None:
    spot = np.full(ROWS, 50_000.0)
    dear = spot.copy()
    dear[SHORT_OF_MARGIN:] *= 1.3
    perps = {"bybit": PerpSeries(price=spot, mark=spot), "binance": PerpSeries(price=dear, mark=dear)}
    band = ("strategy.margin_ratio_max=0.006", "strategy.position_deviation_threshold=0.5")
    venues = LocalVenues(list(perps), Scene(spot=spot, perps=perps), *band)
    lost = FaultRule(kind="close_before", endpoint=WITHDRAW, nth=2)
    venues.world.faults.add([lost, FaultRule(kind="close_before", endpoint=HISTORY, last=0)])
    seen: list[int] = []
    venues.happenings[ANSWERS] = venues.world.faults.clear
    venues.happenings[KNOWN] = lambda: (seen.append(withdrawn(venues)), bring_token(venues, "bybit"))
    outcome = venues.run(tmp_path)
    assert outcome.held.startswith("REC-010 at bybit")
    assert seen == [1] and withdrawn(venues) == 1


def test_margin_that_has_arrived_is_not_traded_on_beside_what_has_come_elsewhere(tmp_path: Path) -> None:
    venues = local()
    before: list[int] = []
    venues.happenings[ARRIVED] = lambda: (before.append(orders(venues)), bring_token(venues, "bybit"))
    outcome = venues.run(tmp_path)
    assert outcome.held.startswith("REC-010 at bybit")
    assert before == [orders(venues)]


def test_margin_that_has_arrived_is_booked_once_and_not_traded_on_beside_coins_that_have_come_with_it(
    tmp_path: Path,
) -> None:
    venues = local()
    before: list[int] = []
    venues.happenings[ARRIVED] = lambda: (before.append(orders(venues)), bring_token(venues, "binance", "BTC"))
    outcome = venues.run(tmp_path)
    assert (outcome.ending, outcome.error) == (LiveEnding.DONE, None)
    assert outcome.held.startswith("REC-010 at binance: BTC at binance: expected 0")
    assert outcome.held.count("expected") == 1, "what has arrived is in the books as the venue shows it"
    assert before == [orders(venues)] and withdrawn(venues) == 1
