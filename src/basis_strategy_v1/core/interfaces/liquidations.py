"""A liquidation as deltas."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas, Fill, add_changes
from basis_strategy_v1.core.domain.market import perp_asset, quote_asset
from basis_strategy_v1.core.domain.orders import LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO


def liquidation_deltas(report: LiquidationReport) -> ExecutionDeltas:
    """Every perpetual of the account closed as the venue's fills say, collateral sold, and insurance as a cost."""
    changes: Changes = {}
    for fill in report.fills:
        add_changes(changes, {report.location: _legs(fill, report.quote)})
        if fill.fee:
            add_changes(changes, {report.location: {fill.fee_asset: -fill.fee}})
    costs: tuple[Cost, ...] = ()
    if report.to_insurance:
        add_changes(changes, {report.location: {report.quote: -report.to_insurance}})
        costs = (Cost("liquidation", report.quote, report.to_insurance),)
    return ExecutionDeltas(
        instruction_id=f"liquidation.{report.location}.{report.timestamp}",
        venue=report.venue,
        changes=changes,
        fills=report.fills,
        costs=costs,
        filled=sum((abs(fill.quantity) for fill in report.fills), ZERO),
        order_status="liquidated",
        reason=report.reason,
    )


def _legs(fill: Fill, quote: str) -> dict[str, Decimal]:
    value = fill.quantity * fill.price
    if fill.trade_type == "spot":
        return {fill.symbol.removesuffix(quote): fill.quantity, quote: -value}
    return {perp_asset(fill.symbol): fill.quantity, quote_asset(fill.symbol): -value}
