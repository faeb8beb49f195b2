"""ExposureMonitor: how many base units the portfolio is long or short."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.quantities import ZERO


class ExposureMonitor:
    """Exposure in base units, exact, as of the last update.

    Attributes:
        spot, perpetual: units held, and units of perpetuals (signed).
        net: both together: the E of the P&L identity.
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.last_update: int | None = None
        self.spot = ZERO
        self.perpetual = ZERO
        self.net = ZERO

    def update_state(self, timestamp: int, trigger_source: str) -> None:
        """Take exposure from the ledger."""
        spot = perpetual = ZERO
        for holding in self._ledger.bases:
            spot += holding.amount
        for holding in self._ledger.perps:
            perpetual += holding.amount
        self.spot = spot
        self.perpetual = perpetual
        self.net = spot + perpetual
        self.last_update = timestamp

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "last_update": self.last_update,
            "spot": self.spot,
            "perpetual": self.perpetual,
            "net_delta": self.net,
        }
