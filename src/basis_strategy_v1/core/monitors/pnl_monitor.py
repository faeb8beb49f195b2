"""PnLMonitor: profit and loss by bucket, exact, and the proof that the buckets are all of it.

The identity per row is that of the specification: with S the reference spot, M a perpetual's mark, Q base units held,
q perpetual units, k scaled supplied units and A their index,
``delta = E dS``, ``basis = sum q d(M - S)``, ``lending = k dA``, where E = Q + sum q; trades add what they cost against
the row's prices. All in USD; the share class's numeraire is applied by the results.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas, Fill
from basis_strategy_v1.core.domain.ledger import HoldingKind, Ledger
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

CLOSING_TOLERANCE = Decimal("1e-9")


class PnLMonitor:
    """Buckets since the start, NAV, and flows.

    Args:
        ledger: whose holdings are valued.
        market: the columns.
        row: the row at which the books open.
    """

    def __init__(self, ledger: Ledger, market: MarketColumns, row: int) -> None:
        self._ledger = ledger
        self._market = market
        self.row = row
        self.buckets: dict[str, Decimal] = dict.fromkeys(BUCKETS, ZERO)
        self.flows = ZERO
        self.initial_nav = ZERO
        self.nav = ZERO
        self.unexplained = ZERO
        self.largest_unexplained = ZERO
        self.last_update: int | None = None
        self._reference = self._reference_price(row)

    def _reference_price(self, row: int) -> Decimal:
        column = self._market.reference
        return ZERO if column is None else column.decimal(row)

    def open_books(self) -> None:
        """Take the value of what is held now as the initial NAV."""
        self.initial_nav = self.nav = self.value()

    def value(self) -> Decimal:
        """Value of all holdings at the prices of the row last marked."""
        total = ZERO
        for holding in self._ledger.holdings:
            kind = holding.kind
            if kind is HoldingKind.CASH or kind is HoldingKind.QUOTE:
                total += holding.amount
            else:
                total += holding.amount * holding.price
        return total

    def mark_to(self, row: int) -> None:
        """Move every holding's price from the row last marked to ``row`` and book what that earned."""
        if row == self.row:
            return
        buckets = self.buckets
        reference = self._reference_price(row)
        step = reference - self._reference
        exposure = ZERO
        for holding in self._ledger.holdings:
            source = holding.source
            if source is None:
                continue
            price = source.decimal(row)
            move = price - holding.price
            holding.price = price
            amount = holding.amount
            if not amount:
                continue
            kind = holding.kind
            if kind is HoldingKind.BASE:
                exposure += amount
            elif kind is HoldingKind.PERP:
                exposure += amount
                buckets["basis"] += amount * (move - step)
            else:
                buckets["lending"] += amount * move
        buckets["delta"] += exposure * step
        self._reference = reference
        self.row = row

    def accrue_funding(self, received: Decimal) -> None:
        """Book funding received (> 0) or paid (< 0)."""
        self.buckets["funding"] += received

    def record_flow(self, value: Decimal) -> None:
        """Book a subscription (> 0) or redemption (< 0): it changes NAV without being profit."""
        self.flows += value

    def record(self, deltas: ExecutionDeltas) -> None:
        """Book the fills and costs of an executed instruction at the current row's prices."""
        for fill in deltas.fills:
            self._record_fill(fill)
        for cost in deltas.costs:
            self.buckets[cost.bucket] -= cost.amount * self.price_of(cost.asset)

    def _record_fill(self, fill: Fill) -> None:
        buckets = self.buckets
        row = self.row
        key = (fill.venue, fill.symbol)
        if fill.trade_type == "spot":
            columns = self._market.spot[key]
            value = self._reference
        else:
            columns = self._market.perp[key]
            value = columns.mark.decimal(row)
        price = columns.price.decimal(row)
        quantity = fill.quantity
        buckets["slippage"] += quantity * (price - fill.price)
        if value != price:
            buckets["basis"] += quantity * (value - price)
        fee = fill.fee
        if fee:
            buckets["fees"] -= fee * self.price_of(fill.fee_asset)

    def price_of(self, asset: str) -> Decimal:
        """USD value of one unit of ``asset`` at the current row.

        Raises:
            ComponentError: PUH-008 when this run has no price for it.
        """
        for holding in self._ledger.holdings:
            if holding.asset == asset:
                return holding.price
        raise ComponentError("PUH-008", f"no price for {asset!r}, in which a cost was paid", "PnLMonitor")

    def update_state(self, timestamp: int, trigger_source: str) -> Decimal:
        """Value everything again and compare with the buckets; the NAV.

        Raises:
            ComponentError: PUH-008 when buckets and NAV differ by more than 1e-9 of NAV.
        """
        self.last_update = timestamp
        nav = self.value()
        explained = self.initial_nav + self.flows
        for amount in self.buckets.values():
            if amount:
                explained += amount
        unexplained = nav - explained
        self.nav = nav
        self.unexplained = unexplained
        if unexplained:
            size = abs(unexplained)
            if size > self.largest_unexplained:
                self.largest_unexplained = size
            if size > CLOSING_TOLERANCE * abs(nav):
                raise ComponentError(
                    "PUH-008", f"P&L does not close: {unexplained} of NAV {nav} has no bucket", "PnLMonitor"
                )
        return nav

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "last_update": self.last_update,
            "nav": self.nav,
            "unexplained": self.unexplained,
            "buckets": {name: amount for name, amount in self.buckets.items() if amount},
        }
