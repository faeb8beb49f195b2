"""What a strategy sees of one row."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum

from basis_strategy_v1.core.monitors.anchor import Anchor
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Reader
from basis_strategy_v1.core.strategies.portfolio import Portfolio


class TradingState(Enum):
    """ACTIVE: everything goes. REDUCING: positions only shrink. HALTED: nothing is decided any more."""

    ACTIVE = "active"
    REDUCING = "reducing"
    HALTED = "halted"


class DecisionView(PortfolioView):
    """One row, as a strategy sees it: floats for deciding (``PortfolioView``), exact amounts for sizing.

    Attributes:
        row, timestamp: where the clock stands.
        portfolio: exact holdings. Read it only while blocks are being produced: funding is booked by then.
        state: the trading state.
        redemptions: ``{location: amount}`` of share-class cash that must be freed for redemptions.
    """

    __slots__ = ("portfolio", "redemptions", "row", "state", "timestamp")

    def __init__(
        self,
        anchor: Anchor,
        reader: Reader,
        row: int,
        timestamp: int,
        portfolio: Portfolio,
        state: TradingState,
        redemptions: dict[str, Decimal],
    ) -> None:
        super().__init__(anchor, reader)
        self.row = row
        self.timestamp = timestamp
        self.portfolio = portfolio
        self.state = state
        self.redemptions = redemptions
