"""Another process that goes on ends where one process would have ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.instructions import InstructionBlock
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import EveryRow, Trigger
from basis_strategy_v1.venues.registry import spec_for
from engine_runs import Run, constant_scene, run, settings_of

ROWS = 30
TEN_MINUTES = 600_000_000_000
ETHER = (
    "share_class=eth_directional",
    "execution_settings.slippage_model=none",
    "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}",
    "initial_location={binance: 0.1, bybit: 0.9}",
)


class Restarted(Strategy):
    """The strategy of ``settings``, anew from each row of ``at`` on."""

    def __init__(self, settings: RunSettings, at: Sequence[int]) -> None:
        self._settings = settings
        self._at = at
        self._inner = make_strategy(settings, spec_for)

    def triggers(self) -> Sequence[Trigger]:
        return (EveryRow(),)

    def decide(self, view: DecisionView) -> Iterable[InstructionBlock]:
        if view.row in self._at:
            self._inner = make_strategy(self._settings, spec_for)
            self._inner.resume(view.portfolio)
        return self._inner.decide(view)

    def close(self, view: DecisionView) -> Iterable[InstructionBlock]:
        return self._inner.close(view)

    def is_closed(self, view: DecisionView) -> bool:
        return self._inner.is_closed(view)


def restarted(*at: int) -> Run:
    scene = constant_scene(("binance", "bybit"), ROWS, 2_000.0)
    scene.row_length = TEN_MINUTES
    return run(settings_of("eth_basis", *ETHER), scene, strategy=lambda settings: Restarted(settings, at))


@pytest.mark.parametrize("at", [(1,), (2, 3), (1, 2, 3, 4, 5, 6, 10)])
def test_ether_that_is_on_its_way_home_becomes_margin_after_a_restart(at: Sequence[int]) -> None:
    whole, parts = restarted(), restarted(*at)
    for location in ("binance", "binance.derivatives", "bybit"):
        held, expected = parts.positions[location], whole.positions[location]
        assert held.keys() == expected.keys()
        for asset, amount in expected.items():
            assert abs(held[asset] - amount) <= max(abs(amount) / 200, Decimal("0.02")), (location, asset)
