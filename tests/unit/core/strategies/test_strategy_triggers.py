"""Triggers that any strategy may use wake it where they say, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import (
    Deviation,
    MarginRatioAbove,
    MarginRatioBelow,
    NavChange,
    Trigger,
    When,
)
from engine_runs import Run, constant_scene, run, settings_of

ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"


class Watcher(Strategy):
    """Opens a short at the first row and then only notes where it is asked."""

    def __init__(self, trigger: Trigger) -> None:
        self._trigger = trigger
        self.asked: list[int] = []

    def triggers(self) -> Sequence[Trigger]:
        return (self._trigger,)

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        self.asked.append(view.row)
        return self._open() if view.row == 0 else ()

    def _open(self) -> Iterator[InstructionBlock]:
        yield CexTrade(venue="binance", trade_type="perp", symbol="BTCUSDT", side="sell", amount=Decimal(1))

    def close(self, view: DecisionView) -> tuple[()]:
        return ()

    def is_closed(self, view: DecisionView) -> bool:
        return True


def watched(trigger: Trigger) -> list[int]:
    """The rows at which a short of 1 BTC with 100,000 USDT of margin is asked while the price climbs 100 a row."""
    scene = constant_scene(("binance",), 200, 50_000.0)
    for values in (scene.spot, scene.perps["binance"].price, scene.perps["binance"].mark):
        values += 100.0 * np.arange(200)
    chosen = settings_of(
        "btc_basis", ONE_VENUE, "initial_location={binance.derivatives: 1.0}", "execution_settings.slippage_model=none"
    )
    watcher = Watcher(trigger)
    done: Run = run(chosen, scene, strategy=lambda settings_used: watcher)
    assert done.rows.failure is None
    return watcher.asked[1:]


@pytest.mark.parametrize(
    ("trigger", "first"),
    [
        # Equity is 99,975 after its fee, and loses 100 a row.
        (NavChange(0.1), 100),
        # 0.004 x (50,000 + 100 r) exceeds 0.003 x (99,975 - 100 r) from r = 142.8 on.
        (MarginRatioAbove("binance", 0.003), 143),
        (When(lambda view: view.reference() > 51_000.0), 11),
        (Deviation(lambda view: view.reference(), lambda view: 50_000.0, 0.1), 51),
    ],
)
def test_a_trigger_asks_from_the_first_row_it_holds_at(trigger: Trigger, first: int) -> None:
    asked = watched(trigger)
    assert asked == list(range(first, 200))


def test_a_ratio_below_asks_only_while_it_holds() -> None:
    asked = watched(MarginRatioBelow("binance", 0.003))
    assert asked == list(range(1, 143))


@pytest.mark.parametrize("trigger", [MarginRatioAbove("nowhere", 0.0), MarginRatioBelow("nowhere", 1.0)])
def test_a_venue_without_account_never_asks(trigger: Trigger) -> None:
    assert watched(trigger) == []
