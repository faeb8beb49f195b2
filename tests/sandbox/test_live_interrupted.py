"""An end that is asked for in the middle of a decision does not wait for the decision's last order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live import run as live_run
from basis_strategy_v1.bootstrap.live.commands import ProcessCommands
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from local_live import LocalVenues, moving_scene

NAMES = ["binance", "bybit"]
EXIT_AT = "strategy.exit_at=2024-01-01T06:00:00Z"


def local(*overrides: str) -> LocalVenues:
    """Venues at which an entry takes many rounds of spot and two hedges."""
    return LocalVenues(NAMES, moving_scene(NAMES, 24), "execution_settings.max_order_notional=5000", *overrides)


class Orders:
    """What reached the venues in order, as ``spot`` or ``perp``; calls ``then`` once ``count`` orders have."""

    def __init__(self, venues: LocalVenues, patch: pytest.MonkeyPatch) -> None:
        self.placed: list[str] = []
        self._count = 0
        self._then: Callable[[], object] = lambda: None
        for venue in venues.world.venues.values():
            patch.setattr(venue.account, "place", self._watched(venue.account.place))

    def after(self, count: int, then: Callable[[], object]) -> None:
        self._count, self._then = len(self.placed) + count, then

    def _watched(self, place: Any) -> Callable[..., object]:
        def watched(order: Any, *arguments: Any, **named: Any) -> object:
            self.placed.append(order.trade_type)
            made = place(order, *arguments, **named)
            if len(self.placed) == self._count:
                self._then()
            return made

        return watched


def hedged(venues: LocalVenues) -> bool:
    coins = venues.world.venues["binance"].account.balances("binance").get("BTC")
    perps = [position.quantity for venue in venues.world.venues.values() for position in venue.account.positions()]
    return abs(sum(perps, Decimal(0) if coins is None else coins.total)) < Decimal("0.003")


@pytest.fixture
def signalled(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Asks the run that was started last for an orderly end, as SIGTERM does."""
    made: list[ProcessCommands] = []

    def make() -> ProcessCommands:
        made.append(ProcessCommands())
        return made[-1]

    monkeypatch.setattr(live_run, "ProcessCommands", make)

    def ask() -> None:
        made[-1].request_stop()

    return ask


def test_a_kill_sends_no_further_order_of_the_decision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    venues = local()
    orders = Orders(venues, monkeypatch)
    orders.after(2, lambda: care.kill(venues.options(tmp_path), venues.environment(), "test", venues.live_world()))
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.KILLED and outcome.error is None
    assert orders.placed == ["spot", "perp"]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_signal_lets_a_pair_that_is_begun_be_hedged_and_begins_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signalled: Callable[[], None], count: int
) -> None:
    venues = local()
    orders = Orders(venues, monkeypatch)
    orders.after(count, signalled)
    assert venues.run(tmp_path).ending is LiveEnding.STOPPED
    assert orders.placed == ["spot", "perp"] * (1 if count < 3 else 2) and hedged(venues)
    assert venues.run(tmp_path).ending is LiveEnding.DONE
    assert len(orders.placed) > 12 and hedged(venues)


def test_a_signal_within_an_exit_leaves_the_rest_to_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, signalled: Callable[[], None]
) -> None:
    venues = local(EXIT_AT)
    orders = Orders(venues, monkeypatch)
    before: list[int] = []
    venues.happenings[6] = lambda: (
        before.append(len(orders.placed)),
        orders.after(1, signalled),
    )
    assert venues.run(tmp_path).ending is LiveEnding.STOPPED
    assert orders.placed[before[0] :] == ["spot", "perp", "perp"] and hedged(venues)
    assert venues.run(tmp_path).ending is LiveEnding.DONE
    assert all(not venue.account.positions() for venue in venues.world.venues.values())
