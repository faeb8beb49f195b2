"""The simulated world of one run: exchanges, chain and the network between them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.simulated.chain import SimulatedChain
from basis_strategy_v1.backends.simulated.chain_gas import GasSettings
from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.fills import FillModel, fill_model
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork, owner_of
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, VenueSpec


class SimulatedWorld:
    """Backends by venue. All on-chain venues share one chain."""

    def __init__(
        self,
        settings: RunSettings,
        specs: tuple[VenueSpec, ...],
        market: MarketColumns,
        clock: Clock,
        opening: Changes,
    ) -> None:
        self.network = SimulatedNetwork(by_sender=_delays(settings.venue_settings))
        self.exchanges: dict[str, SimulatedExchange] = {}
        execution = settings.execution
        model = fill_model(execution.slippage_model, execution.slippage_bps)  # type: ignore[arg-type]
        patience = int(execution.order_timeout * NANOSECONDS_PER_SECOND)
        for spec in specs:
            if spec.family == "CEX":
                values = settings.venue_settings.get(spec.venue, {})
                self.exchanges[spec.venue] = _exchange(
                    spec, values, market, clock, model, self.network, opening, patience
                )
        wallet = {location: amounts for location, amounts in opening.items() if location == "wallet"}
        aave = settings.venue_settings.get("aave", {})
        gas = GasSettings(
            strategy=str(aave.get("gas_strategy") or execution.gas_price_strategy),
            price_cap_gwei=execution.gas_price_cap_gwei,
        )
        self.chain = SimulatedChain(market, clock, self.network, wallet, gas)

    def backend(self, venue: str) -> Any:
        """The backend of ``venue``: its exchange, or the chain."""
        return self.exchanges.get(venue, self.chain)

    def next_expiry(self) -> int | None:
        """When the oldest order that rests at any exchange expires (ns); None when none rests."""
        times = [time for exchange in self.exchanges.values() if (time := exchange.next_expiry()) is not None]
        return min(times, default=None)

    def credit(self, location: str, asset: str, amount: Decimal) -> None:
        """Move an investor's money in (> 0) or out (< 0)."""
        self.backend(owner_of(location)).credit(location, asset, amount)


def _delays(venue_settings: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How long transfers take, by the venue that sends them."""
    return {
        venue: dict(values["transfer_delays"])
        for venue, values in venue_settings.items()
        if "transfer_delays" in values
    }


def _exchange(
    spec: VenueSpec,
    values: Mapping[str, Any],
    market: MarketColumns,
    clock: Clock,
    model: FillModel,
    network: SimulatedNetwork,
    opening: Changes,
    expire_after: int,
) -> SimulatedExchange:
    fees = values.get("fees")
    return SimulatedExchange(
        spec,
        market,
        clock,
        model,
        network,
        {location: amounts for location, amounts in opening.items() if location in spec.locations},
        fees=FeeSchedule(**fees) if fees else None,
        withdrawal_fees=values.get("withdrawal_fees"),
        fee_currency=values.get("fee_currency"),
        expire_after=expire_after,
    )
