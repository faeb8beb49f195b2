"""W1 as a strategy of the engine: spot at a share of the equity, and the perpetual short by as much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock, Side
from basis_strategy_v1.core.domain.quantities import divide_nearest
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import Trigger, When

SYMBOL = "BTCUSDT"
BASE = "BTC"


class HalfHedged(Strategy):
    """Trades spot and short back to ``target`` x equity whenever the share of spot leaves ``lower`` to ``upper``.

    Args:
        spec: the one venue, whose spot and perpetual share a wallet and a step.
        target, lower, upper: shares of equity.
    """

    def __init__(self, spec: VenueSpec, target: float = 0.5, lower: float = 0.48, upper: float = 0.52) -> None:
        instrument = spec.instrument(SYMBOL, "perp")
        assert instrument is not None
        self._spec = spec
        self._step = instrument.step
        self._target = Decimal(str(target))
        self._lower = lower
        self._upper = upper
        self._triggers: tuple[Trigger, ...] = (When(self._is_outside),)

    def _is_outside(self, view: PortfolioView) -> Any:
        share = view.spot_value() / view.equity()
        return view.reader.either(share < self._lower, share > self._upper)

    def triggers(self) -> Sequence[Trigger]:
        return self._triggers

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        if not self._is_outside(view):
            return ()
        return self._trade_back(view.portfolio, self._target)

    def _trade_back(self, portfolio: Portfolio, target: Decimal) -> Iterator[InstructionBlock]:
        wanted = divide_nearest(target * portfolio.equity(), portfolio.reference_price(), self._step)
        traded = wanted - portfolio.amount(self._spec.spot_location, BASE)
        if not traded:
            return
        sides: tuple[Side, Side] = ("buy", "sell") if traded > 0 else ("sell", "buy")
        amount = abs(traded)
        venue = self._spec.venue
        yield CexTrade(venue=venue, trade_type="spot", symbol=SYMBOL, side=sides[0], amount=amount)
        yield CexTrade(venue=venue, trade_type="perp", symbol=SYMBOL, side=sides[1], amount=amount)

    def close(self, view: DecisionView) -> Iterator[InstructionBlock]:
        return self._trade_back(view.portfolio, Decimal(0))

    def is_closed(self, view: DecisionView) -> bool:
        return view.portfolio.is_flat()
