"""Declared money that its venue does not show: it is in the books, and nothing is decided on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.reconciliation.compare import Difference


class UnshownFlows:
    """Remembers declared flows from their booking until their venue agrees."""

    def __init__(self) -> None:
        self._booked: dict[tuple[str, str], list[tuple[str, Flow]]] = {}
        self._told: set[str] = set()

    def booked(self, flows: Iterable[tuple[str, Flow]]) -> None:
        """Flows that are in the books from now on."""
        for flow_id, flow in flows:
            self._booked.setdefault((flow.location, flow.asset), []).append((flow_id, flow))

    def agreed(self, locations: Iterable[str]) -> None:
        """The venue of these locations holds what the books say."""
        at = frozenset(locations)
        self._booked = {place: flows for place, flows in self._booked.items() if place[0] not in at}

    def explain(self, differences: Iterable[Difference]) -> Sequence[str]:
        """A line for each place that differs and for which money was declared: what a person can do."""
        lines = []
        for difference in differences:
            flows = self._booked.get((difference.location, difference.asset))
            if flows:
                amount = sum(flow.amount for _, flow in flows)
                names = ", ".join(flow_id for flow_id, _ in flows)
                lines.append(
                    f"{difference.location} does not show the {amount} {difference.asset} that were declared ({names}):"
                    f" nothing is decided until it does, or until the contrary is declared with 'basis flow'"
                )
        return lines

    def untold(self, lines: Iterable[str]) -> list[str]:
        """Those of ``lines`` that were not asked for before."""
        new = [line for line in lines if line not in self._told]
        self._told.update(new)
        return new
