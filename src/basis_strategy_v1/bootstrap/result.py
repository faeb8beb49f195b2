"""From a finished engine to the result that is written."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.bootstrap.notices import unpaid_redemptions
from basis_strategy_v1.config.resolved import ResolvedConfig
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.equity import EquityColumns
from basis_strategy_v1.core.engine.run_result import EquitySource, RebalanceRecord, RunResult
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.data.loader import LoadedMarket

COST_BUCKETS = ("fees", "slippage", "gas", "transfer")


def build_result(
    assembly: Assembly,
    loaded: LoadedMarket,
    config: ResolvedConfig,
    elapsed: float,
    seconds: Callable[[], float],
    *,
    with_report: bool = True,
) -> RunResult:
    """Everything the results package needs. Equity is still to be computed: it is streamed while it is written.

    What only the report shows is worked out only ``with_report``.
    """
    settings = config.settings
    parts = assembly.parts
    pnl = parts.pnl_monitor
    rows = assembly.engine.rows
    reconciliation = parts.reconciliation
    buckets = dict(pnl.buckets)
    return RunResult(
        settings=settings,
        market=loaded.market,
        equity=_equity(assembly, seconds),
        events=assembly.event_logger.events_by_component(),
        instructions=assembly.log.records(),
        rebalance_count=len(assembly.log.rebalance_times()),
        rebalances=_rebalances(assembly) if with_report else [],
        initial_nav=pnl.initial_nav,
        final_nav=pnl.nav,
        pnl=buckets,
        pnl_unexplained=pnl.unexplained,
        max_abs_unexplained=pnl.largest_unexplained,
        net_flows=pnl.flows,
        fees=-buckets["fees"],
        gas=-buckets["gas"],
        liquidations=rows.liquidations,
        halted_at=rows.halted_at,
        reconciliations=reconciliation.reconciliation_successes + reconciliation.reconciliation_failures,
        reconciliation_failures=reconciliation.reconciliation_failures,
        elapsed_s=elapsed,
        assumptions=[*loaded.assumptions, *_assumptions(settings, parts.specs), *unpaid_redemptions(assembly)],
        coverage=loaded.coverage,
        data_sha256=loaded.sha256,
        synthetic=loaded.synthetic,
        failed=rows.failure is not None,
        failure="" if rows.failure is None else str(rows.failure),
        maintenance_rates=_maintenance_rates(loaded, parts.specs),
    )


def _equity(assembly: Assembly, seconds: Callable[[], float]) -> EquitySource:
    parts = assembly.parts
    source = EquityColumns
    if parts.settings.currency == "ETH":
        from basis_strategy_v1.core.engine.ether_equity import EtherEquityColumns

        source = EtherEquityColumns
    opening = float(parts.pnl_monitor.initial_nav)
    return source(parts.market, assembly.engine.table, parts.specs, 0, opening, seconds)


def _maintenance_rates(loaded: LoadedMarket, specs: tuple[VenueSpec, ...]) -> dict[str, Decimal]:
    """The rate of the lowest tier of each venue's perpetual."""
    rules = {spec.venue: spec.margin for spec in specs if spec.margin is not None}
    return {
        venue: rules[venue].tiers[symbol][0].rate
        for venue, symbol in loaded.market.perp
        if venue in rules and symbol in rules[venue].tiers
    }


def _rebalances(assembly: Assembly) -> list[RebalanceRecord]:
    table = assembly.engine.table
    columns = table.columns()
    times = assembly.parts.market.timestamps[table.rows()].tolist()
    position_of = {time: position for position, time in enumerate(times)}
    nav = columns["nav"].tolist()
    costs = _costs(columns).tolist()
    return [
        RebalanceRecord(
            ts=timestamp,
            purpose="rebalance",
            instructions=count,
            turnover=turnover,
            cost=_cents(costs[position_of[timestamp]]),
            nav=_cents(nav[position_of[timestamp]]),
        )
        for timestamp, count, turnover in assembly.log.rebalances()
    ]


def _costs(columns: dict[str, np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    """What was paid at each anchor since the one before it; 0 at the first."""
    costs = np.zeros(len(columns["nav"]))
    for name in COST_BUCKETS:
        costs[1:] += columns[name][:-1] - columns[name][1:]
    return costs


def _cents(value: float) -> Decimal:
    return decimal_from_float(round(value, 2))


def _assumptions(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> list[str]:
    execution = settings.execution
    said = [f"Slippage model: {execution.slippage_model}."]
    if settings.mode == "pure_lending":
        said.append("Gas is paid in USDT at the row's ETH spot.")
    said.append("Transfers between wallets of one venue are instant and free.")
    unified = [
        spec.venue for spec in specs if spec.margin is not None and settings.asset in spec.margin.collateral_weights
    ]
    if unified:
        said.append(f"A balance below zero at {', '.join(unified)}, where coins are margin, is charged no interest.")
    return said
