"""The anchor: what is held since the last row where something executed, as floats.

Between two anchors nothing changes but prices and indices, so NAV, margin and every P&L bucket are
``anchor value + units x (row value - anchor value)``. Never a running sum: rounding would then depend on which rows
were visited.
"""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.domain.market import Column


class PerpLeg(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One perpetual position; ``funding_factor`` x change of cumulative funding is what it paid since the anchor.

    ``adverse`` is the mark's extreme on the side that hurts; ``maintenance`` holds ``(size x rate, deduction)`` of each
    tier the position can reach.
    """

    venue: str
    asset: str
    symbol: str
    quantity: float
    mark: Column
    mark_anchor: float
    cumulative: Column | None
    cumulative_anchor: float
    funding_factor: float
    adverse: Column | None
    maintenance: tuple[tuple[float, float], ...]


class AccountAnchor(msgspec.Struct, frozen=True, gc=False, eq=False):
    """One margin account: ``cash`` is wallet plus the quote legs of its perpetuals."""

    venue: str
    location: str
    cash: float
    collateral: float
    legs: tuple[PerpLeg, ...]


class SupplyLeg(msgspec.Struct, frozen=True, gc=False, eq=False):
    """A lending position: scaled units and their index."""

    units: float
    index: Column
    index_anchor: float


class Anchor(msgspec.Struct, frozen=True, gc=False, eq=False):
    """Everything valuation needs until the next event. ``legs`` are those of all accounts, in their order."""

    row: int
    nav: float
    base: float
    reference: Column | None
    accounts: tuple[AccountAnchor, ...]
    supplies: tuple[SupplyLeg, ...]
    legs: tuple[PerpLeg, ...] = ()
    reference_anchor: float = 0.0

    def account(self, venue: str) -> AccountAnchor | None:
        """The margin account of ``venue``; None where it has none."""
        for account in self.accounts:
            if account.venue == venue:
                return account
        return None
