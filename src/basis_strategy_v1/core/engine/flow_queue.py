"""Subscriptions and redemptions, in the order of their times."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.monitors.catalog import STABLECOINS


class FlowQueue:
    """Declared flows. A subscription is booked when due; a redemption waits until its cash is free."""

    def __init__(self, flows: tuple[Flow, ...]) -> None:
        self._flows = sorted(flows, key=lambda flow: flow.timestamp)
        self._next = 0
        self._redemptions: list[tuple[str, Flow]] = []
        self._declared: list[tuple[str, Flow]] = []

    def declare(self, flow_id: str, flow: Flow) -> None:
        """Take in money that has come or gone already: it is booked at the next row, whatever its sign."""
        self._declared.append((flow_id, flow))

    @property
    def is_declared(self) -> bool:
        """Whether money that has moved already waits for the next row."""
        return bool(self._declared)

    def next_time(self) -> int | None:
        """When the next flow is due (ns); None when there is none left.

        What is declared is due now, whatever the clock of the machine says on which a person declared it.
        """
        if self._declared:
            return 0
        return self._flows[self._next].timestamp if self._next < len(self._flows) else None

    def take_due(self, now: int) -> list[tuple[str, Flow]]:
        """Declared flows and subscriptions due at ``now``, each with its id; redemptions due join the waiting ones."""
        due, self._declared = self._declared, []
        while self._next < len(self._flows) and self._flows[self._next].timestamp <= now:
            flow = self._flows[self._next]
            entry = (f"flow-{self._next}", flow)
            self._next += 1
            (due if flow.amount > 0 else self._redemptions).append(entry)
        return due

    @property
    def is_owing(self) -> bool:
        """Whether some redemption waits, in whatever asset."""
        return bool(self._redemptions)

    def waiting(self) -> dict[str, Decimal]:
        """``{location: amount}`` of stablecoin still to be paid out (positive): what has to be freed first."""
        total: dict[str, Decimal] = {}
        for _, flow in self._redemptions:
            if flow.asset not in STABLECOINS:
                continue
            total[flow.location] = total.get(flow.location, Decimal(0)) - flow.amount
        return total

    def redemptions(self) -> list[tuple[str, Flow]]:
        """Waiting redemptions, first come first."""
        return list(self._redemptions)

    def paid(self, flow_id: str) -> None:
        """Take a redemption off the waiting list."""
        self._redemptions = [entry for entry in self._redemptions if entry[0] != flow_id]
