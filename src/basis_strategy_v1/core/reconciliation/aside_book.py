"""What venues hold that nobody declared and that no instruction can have made: known, and in no book."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.reconciliation.compare import Difference, Tolerances


class AsideBook:
    """Amounts set aside by venue, location and asset, until the venue is next compared without an instruction."""

    __slots__ = ("_amounts", "_tolerances")

    def __init__(self, tolerances: Tolerances) -> None:
        self._tolerances = tolerances
        self._amounts: dict[str, dict[tuple[str, str], Decimal]] = {}

    def __bool__(self) -> bool:
        return bool(self._amounts)

    def put(self, venue: str, found: Iterable[Difference]) -> None:
        """Set aside by how much ``found`` differ, in the place of what was known there."""
        at = self._amounts.setdefault(venue, {})
        at.update({(item.location, item.asset): item.actual - item.expected for item in found})

    def clear(self, venue: str) -> None:
        """Forget what is set aside at a venue."""
        self._amounts.pop(venue, None)

    def beyond(self, venue: str, found: Iterable[Difference]) -> Sequence[Difference]:
        """``found`` but for what is set aside, which counts as expected."""
        known = self._amounts.get(venue)
        if known is None:
            return tuple(found)
        left = []
        for item in found:
            expected = item.expected + known.get((item.location, item.asset), ZERO)
            if abs(item.actual - expected) >= self._tolerances.of(item.asset):
                left.append(Difference(item.location, item.asset, expected, item.actual))
        return left
