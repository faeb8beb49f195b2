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
from basis_strategy_v1.core.domain.ledger import BASE, PERP, Ledger
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.catalog import STABLECOINS
from basis_strategy_v1.core.monitors.pnl_state import PnLState

CLOSING_TOLERANCE = Decimal("1e-9")
LIQUIDATED = "liquidated"
ADOPTED = "adopted"
WHOLE_BUCKETS = {LIQUIDATED: "liquidation", ADOPTED: "delta"}
"""Where all of a fill's distance from the row's price goes, by what its deltas are. A trade that the run did not make
and is told of later is no slippage: until then prices moved with a position that was not there."""
PROTOCOL_ROUNDING = Decimal("0.000002")
"""Two units of a stablecoin: a protocol rounds what it takes in and what it gives out, each by less than one."""


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
        self._explained = ZERO
        self.unexplained = ZERO
        self.largest_unexplained = ZERO
        self.last_update: int | None = None
        self._reference = self._reference_price(row)

    def _reference_price(self, row: int) -> Decimal:
        column = self._market.reference
        return ZERO if column is None else column.decimal(row)

    def open_books(self) -> None:
        """Take the value of what is held now as the initial NAV."""
        self.initial_nav = self.nav = self._explained = self.value()

    def export(self) -> PnLState:
        """What ``restore`` needs in another process."""
        prices: dict[str, dict[str, Decimal]] = {}
        for holding in self._ledger.holdings:
            prices.setdefault(holding.location, {})[holding.asset] = holding.price
        return PnLState(
            buckets=dict(self.buckets),
            flows=self.flows,
            initial_nav=self.initial_nav,
            nav=self.nav,
            explained=self._explained,
            reference=self._reference,
            prices=prices,
        )

    def restore(self, state: PnLState) -> None:
        """Go on from ``state``, the ledger being what it was then. The next ``mark_to`` books what happened since."""
        self.buckets.update(state.buckets)
        self.flows = state.flows
        self.initial_nav = state.initial_nav
        self.nav = state.nav
        self._explained = state.explained
        self._reference = state.reference
        for holding in self._ledger.holdings:
            holding.price = state.prices[holding.location][holding.asset]
        self.row = -1

    def value(self) -> Decimal:
        """Value of all holdings at the prices of the row last marked."""
        total = ZERO
        for holding in self._ledger.holdings:
            total += holding.amount * holding.price
        return total

    def mark_to(self, row: int) -> None:
        """Move every holding's price from the row last marked to ``row`` and book what that earned."""
        if row == self.row:
            return
        buckets = self.buckets
        reference = self._reference_price(row)
        step = reference - self._reference
        exposure = earned = gained = ZERO
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
            gained += amount * move
            kind = holding.kind
            if kind is BASE:
                exposure += amount
            elif kind is PERP:
                exposure += amount
                earned += amount * (move - step)
            else:
                interest = amount * move
                buckets["lending"] += interest
                self._explained += interest
        directional = exposure * step
        buckets["basis"] += earned
        buckets["delta"] += directional
        self._explained += earned + directional
        self.nav += gained
        self._reference = reference
        self.row = row
        self._ledger.marked_row = row

    def accrue_funding(self, received: Decimal) -> None:
        """Book funding received (> 0) or paid (< 0)."""
        self.buckets["funding"] += received
        self._explained += received
        self.nav += received

    def record_flow(self, value: Decimal) -> None:
        """Book a subscription (> 0) or redemption (< 0): it changes NAV without being profit."""
        self.flows += value
        self._explained += value
        self.nav += value

    def record(self, deltas: ExecutionDeltas, value: Decimal) -> None:
        """Book the fills and costs of an executed instruction at the current row's prices.

        Args:
            value: what the instruction changed in the ledger, at these prices.
        """
        self.nav += value
        bucket = WHOLE_BUCKETS.get(deltas.order_status, "")
        for fill in deltas.fills:
            self._record_fill(fill, bucket)
        left = value
        for cost in deltas.costs:
            paid = cost.amount * self.price_of(cost.asset)
            self.buckets[cost.bucket] -= paid
            self._explained -= paid
            left += paid
        if left and not deltas.fills and abs(left) <= PROTOCOL_ROUNDING:
            self.buckets["lending"] += left
            self._explained += left

    def _record_fill(self, fill: Fill, bucket: str) -> None:
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
        fill_price = fill.price
        if bucket:
            lost = quantity * (value - fill_price)
            buckets[bucket] += lost
            self._explained += lost
        else:
            if price != fill_price:
                slippage = quantity * (price - fill_price)
                buckets["slippage"] += slippage
                self._explained += slippage
            if value != price:
                basis = quantity * (value - price)
                buckets["basis"] += basis
                self._explained += basis
        fee = fill.fee
        if fee:
            paid = fee if fill.fee_asset in STABLECOINS else fee * self.price_of(fill.fee_asset)
            buckets["fees"] -= paid
            self._explained -= paid

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
        """Compare NAV, moved by what the ledger was told, with the buckets; the NAV.

        Raises:
            ComponentError: PUH-008 when they differ by more than 1e-9 of NAV.
        """
        self.last_update = timestamp
        unexplained = self.nav - self._explained
        self.unexplained = unexplained
        if unexplained:
            size = abs(unexplained)
            self.largest_unexplained = max(self.largest_unexplained, size)
            if size > CLOSING_TOLERANCE * abs(self.nav):
                raise ComponentError(
                    "PUH-008", f"P&L does not close: {unexplained} of NAV {self.nav} has no bucket", "PnLMonitor"
                )
        return self.nav

    def verify(self) -> Decimal:
        """Value everything anew and compare with the NAV carried along; the NAV.

        Raises:
            ComponentError: PUH-008 when they differ at all, or when buckets do not sum to the change of NAV.
        """
        value = self.value()
        booked = self.initial_nav + self.flows + sum(self.buckets.values(), ZERO)
        if value != self.nav or booked != self._explained:
            raise ComponentError(
                "PUH-008", f"NAV by holdings is {value}, carried along {self.nav}, by buckets {booked}", "PnLMonitor"
            )
        return value

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "last_update": self.last_update,
            "nav": self.nav,
            "unexplained": self.unexplained,
            "buckets": {name: amount for name, amount in self.buckets.items() if amount},
        }
