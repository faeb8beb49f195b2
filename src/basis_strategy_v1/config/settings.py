"""The core's frozen settings, filled from a checked configuration."""

from __future__ import annotations

from decimal import Decimal

from msgspec.structs import asdict

from basis_strategy_v1.config.environment import Environment
from basis_strategy_v1.config.models import RunConfig
from basis_strategy_v1.config.venue_models import VenueSettings
from basis_strategy_v1.core.domain.settings import (
    ExecutionSettings,
    FactorySettings,
    Flow,
    ReconciliationSettings,
    RiskSettings,
    RunSettings,
    StrategySettings,
    WithdrawalAddress,
)

CURRENCIES = {"usdt_stable": "USDT", "eth_directional": "ETH"}


def run_settings(
    config: RunConfig, locations: dict[str, Decimal], venues: dict[str, VenueSettings], surroundings: Environment
) -> RunSettings:
    """``config`` as ``RunSettings``; the keys of ``venue_settings`` are those of ``VenueSettings.plain_values``."""
    components = config.component_config
    flows = (
        Flow(timestamp=flow.ts, amount=flow.amount, asset=flow.asset, location=flow.venue) for flow in config.flows
    )
    staleness = config.data.max_staleness
    return RunSettings(
        mode=config.mode,
        share_class=config.share_class,
        currency=CURRENCIES[config.share_class],
        asset=config.asset,
        initial_capital=config.initial_capital,
        initial_location=locations,
        venues=tuple(venues),
        strategy=StrategySettings(**asdict(config.strategy)),
        flows=tuple(sorted(flows, key=lambda flow: flow.timestamp)),
        withdrawal_addresses=tuple(WithdrawalAddress(**asdict(item)) for item in config.withdrawal_addresses),
        risk=RiskSettings(**asdict(components.risk)),
        execution=_execution(config),
        reconciliation=ReconciliationSettings(**asdict(components.reconciliation)),
        factory=FactorySettings(**asdict(components.execution_interface_factory)),
        execution_mode=surroundings.execution_mode,
        environment=surroundings.environment,
        data_aliases=config.data.data_aliases,
        venue_settings={name: venue.plain_values() for name, venue in venues.items()},
        data_dir=config.data.data_dir,
        data_mode=surroundings.data_mode,
        deployment_mode=surroundings.deployment_mode,
        max_staleness_prices=staleness.prices,
        max_staleness_daily=staleness.daily,
    )


def _execution(config: RunConfig) -> ExecutionSettings:
    components = config.component_config
    return ExecutionSettings(
        **asdict(config.execution_settings),
        **asdict(components.execution_interfaces),
        **asdict(components.execution_interface_manager),
    )
