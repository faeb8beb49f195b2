"""PositionMonitor: the ledger, and what each venue last said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.orders import LocationReport


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
        """The wallet balance the venue last reported: for a derivatives account, without unrealised profit."""
        report = self._observed.get(location)
        if report is None:
            return self.ledger.amount(location, asset)
        return report.balances.get(asset, Decimal(0))

    def get_positions(self) -> Mapping[str, Mapping[str, Decimal]]:
        """``{location: {asset: amount}}``."""
        return self.ledger.to_dict()

    def get_state_snapshot(self) -> dict[str, Any]:
        return {"last_update": self.last_update, "positions": self.ledger.to_dict()}
