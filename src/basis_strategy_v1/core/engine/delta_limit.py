"""The limit on net delta, checked when a row's blocks are done: between spot and hedge it is open on purpose."""

from __future__ import annotations

from basis_strategy_v1.core.engine.parts import EngineParts


class DeltaLimit:
    """Whether the portfolio is further from delta-neutral than its settings allow.

    Attributes:
        breached: as of the last check.
    """

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self.breached = False

    def check(self, now: int) -> bool:
        """Look again; a breach that is new is written down."""
        parts = self._parts
        reference = parts.market.reference
        if reference is None or parts.settings.risk.max_delta_fraction is None:
            return False
        delta = parts.exposure_monitor.net
        price = reference.decimal(parts.clock.row)
        was_breached = self.breached
        self.breached = not parts.risk_monitor.delta_within_limit(delta, price, parts.pnl_monitor.nav)
        if self.breached and not was_breached:
            parts.event_logger.log_event(now, "risk_limit", "RiskMonitor", {"limit": "delta", "net_delta": delta})
        return self.breached
