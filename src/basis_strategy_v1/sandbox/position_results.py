"""What perpetuals have brought so far: profit, fees and funding of the position that is held, and of all there were."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.quantities import ZERO


class PositionResult(msgspec.Struct, frozen=True, kw_only=True):
    """Of one perpetual, in its margin currency. Profit and funding above 0 were received, fees above 0 were paid.

    ``profit``, ``fees`` and ``funding`` are of what is held now, ``funding_since_trade`` since it last changed;
    ``ever`` is all three together, and ``funding_ever`` the funding, of all positions there were.
    """

    profit: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    funding_since_trade: Decimal = ZERO
    funding_ever: Decimal = ZERO
    ever: Decimal = ZERO

    @property
    def realised(self) -> Decimal:
        """What the position that is held has brought."""
        return self.profit - self.fees + self.funding


class PositionResults:
    """Adds up what happens, by symbol."""

    def __init__(self) -> None:
        self._results: defaultdict[str, PositionResult] = defaultdict(PositionResult)

    def of(self, symbol: str) -> PositionResult:
        """The result of one perpetual."""
        return self._results[symbol]

    def ever(self) -> Decimal:
        """What all perpetuals have brought together."""
        return sum((result.ever for result in self._results.values()), ZERO)

    def note_trade(self, symbol: str, profit: Decimal, fee: Decimal, *, opens: bool) -> None:
        """Book a trade; ``opens``: nothing was held before it."""
        before = self._results[symbol]
        self._results[symbol] = PositionResult(
            profit=ZERO if opens else before.profit + profit,
            fees=fee if opens else before.fees + fee,
            funding=ZERO if opens else before.funding,
            funding_ever=before.funding_ever,
            ever=before.ever + profit - fee,
        )

    def note_funding(self, symbol: str, amount: Decimal) -> None:
        """Book a settlement."""
        before = self._results[symbol]
        self._results[symbol] = msgspec.structs.replace(
            before,
            funding=before.funding + amount,
            funding_since_trade=before.funding_since_trade + amount,
            funding_ever=before.funding_ever + amount,
            ever=before.ever + amount,
        )
