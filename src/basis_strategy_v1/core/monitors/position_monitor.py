"""PositionMonitor: the ledger, and what each venue last said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.ledger import QUOTE, Ledger
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.monitors.catalog import STABLECOINS


class PositionMonitor:
    """Positions, exact, by location and asset. ``PositionUpdateHandler`` is the only caller that changes them."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.last_update: int | None = None
        self._observed: dict[str, LocationReport] = {}

    def update_state(self, timestamp: int, trigger_source: str, reports: Sequence[LocationReport] = ()) -> None:
        """Remember what venues said at ``timestamp``."""
        self.last_update = timestamp
        for report in reports:
            self._observed[report.location] = report

    def observed(self, location: str) -> LocationReport | None:
        """The venue's last word on a location; None before the first."""
        return self._observed.get(location)

    def wallet_balance(self, location: str, asset: str) -> Decimal:
        """What a wallet holds without unrealised profit: of a margin account, less than its cash and quote legs.

        Cash and quote legs are the venue's wallet less the entry cost of its positions, which the venue last reported
        and which only trades change; so this is up to date, funding that was not observed yet included.
        """
        report = self._observed.get(location)
        amount = self.ledger.amount(location, asset)
        if asset not in STABLECOINS:
            return amount
        if report is None or not report.positions:
            return amount + self._quote_legs(location)
        entry_cost = sum((position.entry_cost for position in report.positions.values()), ZERO)
        return amount + self._quote_legs(location) + entry_cost

    def _quote_legs(self, location: str) -> Decimal:
        holdings = self.ledger.at(location).values()
        return sum((holding.amount for holding in holdings if holding.kind is QUOTE), ZERO)

    def entry_cost(self, location: str, symbol: str) -> Decimal:
        """Entry cost of a perpetual as the venue last reported it (quantity x entry price, signed)."""
        report = self._observed.get(location)
        position = None if report is None else report.positions.get(symbol)
        return ZERO if position is None else position.entry_cost

    def get_positions(self) -> Mapping[str, Mapping[str, Decimal]]:
        """``{location: {asset: amount}}``."""
        return self.ledger.to_dict()

    def get_state_snapshot(self) -> dict[str, Any]:
        return {"last_update": self.last_update, "positions": self.ledger.to_dict()}
