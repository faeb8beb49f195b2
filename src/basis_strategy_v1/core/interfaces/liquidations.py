"""A liquidation as deltas."""

from __future__ import annotations

from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas, add_changes
from basis_strategy_v1.core.domain.market import perp_asset, quote_asset
from basis_strategy_v1.core.domain.orders import LiquidationReport
from basis_strategy_v1.core.domain.quantities import ZERO


def liquidation_deltas(report: LiquidationReport) -> ExecutionDeltas:
    """Every perpetual of the account closed as the venue's fills say, and what insurance took as a cost."""
    changes: Changes = {}
    for fill in report.fills:
        symbol = fill.symbol
        legs = {perp_asset(symbol): fill.quantity, quote_asset(symbol): -(fill.quantity * fill.price)}
        add_changes(changes, {report.location: legs})
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
