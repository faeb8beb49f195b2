"""A planned exit that meets a hard limit or a liquidation on its way: both are acted on, and the run ends HALTED."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.records import DepositRecord
from engine_runs import PerpSeries, Scene, time_of
from local_live import LocalVenues

VENUES = ("binance", "bybit")
ROWS = 40
EXIT, MET, CLEARED = 8, 14, 20
UNANSWERED = [
    FaultRule(kind="lose_answer_after", endpoint="POST /api/v3/order", last=1),
    FaultRule(kind="close_before", endpoint="GET /api/v3/*rder*", last=0),
    FaultRule(kind="close_before", endpoint="GET /api/v3/myTrades", last=0),
]


def local(price: float = 50_000.0) -> LocalVenues:
    """Everything is to be left at row ``EXIT``; from ``MET`` on the price is ``price``."""
    spot = np.full(ROWS, 50_000.0)
    spot[MET:] = price
    perps = {venue: PerpSeries(price=spot.copy(), mark=spot.copy(), rates={}) for venue in VENUES}
    return LocalVenues(VENUES, Scene(spot=spot, perps=perps), f"strategy.exit_at='{time_of(EXIT)}'")


def shorts(venues: LocalVenues) -> dict[str, Decimal]:
    accounts = {name: venue.account for name, venue in venues.world.venues.items()}
    return {name: -sum((p.quantity for p in account.positions()), Decimal(0)) for name, account in accounts.items()}


def state(directory: Path) -> Any:
    return json.loads((directory / "status.json").read_text(encoding="utf-8"))


def test_a_hard_limit_is_acted_on_while_a_planned_exit_is_held(tmp_path: Path) -> None:
    venues = local(99_350.0)
    venues.happenings[EXIT - 1] = lambda: venues.world.faults.add(UNANSWERED)
    seen: list[dict[str, Decimal]] = []
    venues.happenings[MET - 1] = lambda: seen.append(shorts(venues))
    venues.happenings[CLEARED - 1] = lambda: seen.append(shorts(venues))
    venues.happenings[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    before, held = seen
    assert all(before.values()), "below the limit the exit waits for the doubt"
    # The account nearest to liquidation is relieved, as far as the doubt about the coins allows.
    assert min(held.values()) == 0 < max(held.values())
    assert outcome.ending is LiveEnding.HALTED
    assert not any(shorts(venues).values())


@pytest.mark.parametrize(
    ("rules", "liquidated"),
    [([FaultRule(kind="close_before", venue="binance", last=0)], "bybit"), (UNANSWERED, "binance")],
    ids=["home is silent", "a sale is in doubt"],
)
def test_a_liquidation_during_a_planned_exit_ends_halted(
    tmp_path: Path, rules: list[FaultRule], liquidated: str
) -> None:
    venues = local()
    venues.happenings[EXIT - 1] = lambda: venues.world.faults.add(rules)
    venues.happenings[MET] = venues.world.venues[liquidated].account.liquidate
    venues.happenings[CLEARED] = venues.world.faults.clear
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED and state(tmp_path)["state"] == "halted"
    assert not any(shorts(venues).values())
    coins = venues.world.venues["binance"].account.balances("binance")["BTC"].total
    assert coins < Decimal("0.0001"), "all is left, not only what has lost its hedge"
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path)
    assert caught.value.error_code == "EIM-013" and "liquidation during exit_at" in caught.value.message


def test_a_liquidation_between_two_processes_of_a_planned_exit_ends_halted(tmp_path: Path) -> None:
    venues = local()
    silent = FaultRule(kind="close_before", venue="bybit", last=0)
    venues.happenings[EXIT - 1] = lambda: venues.world.faults.add([silent])
    assert venues.run(tmp_path, MET).ending is LiveEnding.DONE
    assert shorts(venues)["bybit"] > 0
    venues.world.faults.clear()
    venues.world.venues["bybit"].account.liquidate()
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED
    assert not any(shorts(venues).values())


@pytest.mark.parametrize("is_declared", [True, False])
def test_coins_that_come_after_a_planned_exit_has_ended_are_sold_by_the_same_process(
    tmp_path: Path, is_declared: bool
) -> None:
    venues = local()
    account = venues.world.venues["binance"].account
    seen: list[dict[str, Decimal]] = []

    def bring() -> None:
        seen.append(shorts(venues))
        assert isinstance(account.deposit("binance", "BTC", Decimal("0.5"), ""), DepositRecord)
        if is_declared:
            options, environment, world = venues.options(tmp_path), venues.environment(), venues.live_world()
            care.declare_flow(options, environment, Decimal("0.5"), "BTC", "binance", world, force=True)

    venues.happenings[MET] = bring
    outcome = venues.run(tmp_path, CLEARED)
    assert not any(seen[0].values()), "the exit was over before"
    assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.DONE, "", None)
    assert account.balances("binance")["BTC"].total < Decimal("0.0001")
    least, most = state(tmp_path)["net_exposure"]
    assert Decimal(least) == Decimal(most) < Decimal("0.0001")
