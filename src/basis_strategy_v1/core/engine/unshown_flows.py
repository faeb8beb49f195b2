"""Declared money that its venue does not show: it is in the books, and nothing is decided on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.reconciliation.compare import Difference

DeclaredFlow = tuple[str, Flow]
ToleranceOf = Callable[[str], Decimal]
"""The least difference of an asset that counts."""


def to_the_last_digit(asset: str) -> Decimal:
    """No difference is too small to count."""
    return ZERO


def flows_not_shown(
    difference: Difference, flows: Iterable[DeclaredFlow], tolerance_of: ToleranceOf
) -> Sequence[DeclaredFlow]:
    """The one of ``flows``, or the last of them, that come to just what the books hold and the venue does not.

    Args:
        flows: booked, the last one first, of whatever asset and place.
    """
    missing = difference.expected - difference.actual
    tolerance = tolerance_of(difference.asset)
    summed, latest = ZERO, []
    for flow_id, flow in flows:
        if (flow.location, flow.asset) != (difference.location, difference.asset):
            continue
        if _is_about(flow.amount, missing, tolerance):
            return ((flow_id, flow),)
        latest.append((flow_id, flow))
        summed += flow.amount
        if _is_about(summed, missing, tolerance):
            return latest
    return ()


def _is_about(amount: Decimal, missing: Decimal, tolerance: Decimal) -> bool:
    """A difference that is left counts where it reaches the tolerance."""
    return amount == missing or abs(amount - missing) < tolerance


class UnshownFlows:
    """Remembers declared flows from their booking until their venue agrees.

    Args:
        tolerance_of: how far amounts may be apart.
        flows: that are in the books already, and not shown.
    """

    def __init__(self, tolerance_of: ToleranceOf = to_the_last_digit, flows: Iterable[DeclaredFlow] = ()) -> None:
        self._tolerance_of = tolerance_of
        self._booked: list[DeclaredFlow] = list(flows)
        self._told: set[str] = set()

    def booked(self, flows: Iterable[DeclaredFlow]) -> None:
        """Flows that are in the books from now on."""
        self._booked += flows

    def agreed(self, locations: Iterable[str]) -> None:
        """The venue of these locations holds what the books say."""
        at = frozenset(locations)
        self._booked = [(flow_id, flow) for flow_id, flow in self._booked if flow.location not in at]

    def are_at(self, locations: Iterable[str]) -> bool:
        """Whether the venue of these locations has some to show yet."""
        at = frozenset(locations)
        return any(flow.location in at for _, flow in self._booked)

    def explain(self, differences: Iterable[Difference]) -> Sequence[str]:
        """A line for each place where just what was declared is missing: what a person can do."""
        lines = []
        for difference in differences:
            flows = flows_not_shown(difference, reversed(self._booked), self._tolerance_of)
            if flows:
                amount = sum(flow.amount for _, flow in flows)
                names = ", ".join(flow_id for flow_id, _ in reversed(flows))
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
