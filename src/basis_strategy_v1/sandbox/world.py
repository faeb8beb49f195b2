"""The world behind the local venues: one clock, one network, one account per venue."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.fills import FillModel, fill_model
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.interfaces.venue_spec import FeeCurrency, FeeSchedule, VenueSpec
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.addresses import OUTSIDE, AddressBook
from basis_strategy_v1.sandbox.clock import ClockMode, SandboxClock, VenueClock
from basis_strategy_v1.sandbox.faults import FaultRule, FaultScript
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.registry import WIRES, check_venues, make_wire
from basis_strategy_v1.sandbox.request_log import RequestLog
from basis_strategy_v1.sandbox.venue_defaults import as_configured, transfer_delays
from basis_strategy_v1.sandbox.wire import VenueWire
from basis_strategy_v1.venues.registry import spec_for

Balances = Mapping[str, Mapping[str, Decimal]]
"""``{location: {asset: amount}}``."""

OPENING_AMOUNT = Decimal(100_000)
AMOUNT_STEPS = {"binance": Decimal("1e-8")}
"""What a venue rounds fees and funding payments to, where its books have fewer digits than they can have."""


class SandboxVenue(msgspec.Struct, frozen=True):
    """One venue: its account, its markets, its clock and its wire."""

    spec: VenueSpec
    account: SandboxAccount
    market_view: MarketView
    clock: VenueClock
    wire: VenueWire


class SandboxWorld:
    """All that the local venues consist of. Only one thread may use it at a time, in the ledger's context.

    Attributes:
        clock: the time of all venues.
        venues: by name.
        network: what is on its way between them.
        faults: the fault script.
        requests: what was asked.
    """

    def __init__(
        self,
        clock: SandboxClock,
        network: SimulatedNetwork,
        venues: Mapping[str, SandboxVenue],
        faults: Sequence[FaultRule] = (),
    ) -> None:
        self.clock = clock
        self.network = network
        self.venues = dict(venues)
        self.faults = FaultScript(faults)
        self.requests = RequestLog()


def opening_balances(specs: Sequence[VenueSpec], amount: Decimal = OPENING_AMOUNT) -> dict[str, dict[str, Decimal]]:
    """``amount`` of its margin currency at the first and at the margin location of every venue."""
    return {
        location: {spec.margin_currency: amount}
        for spec in specs
        for location in (spec.spot_location, spec.margin_location)
    }


def build_world(
    market: MarketColumns,
    venues: Sequence[str] = tuple(WIRES),
    balances: Balances | None = None,
    *,
    clock_mode: ClockMode = "manual",
    speed: float = 1.0,
    start_row: int = 0,
    model: FillModel | None = None,
    fees: Mapping[str, FeeSchedule] | None = None,
    fee_currency: Mapping[str, FeeCurrency] | None = None,
    network: SimulatedNetwork | None = None,
    faults: Sequence[FaultRule] = (),
    monotonic_ns: Callable[[], int] = time.monotonic_ns,
    wall_ns: Callable[[], int] = time.time_ns,
) -> SandboxWorld:
    """Open an account at each of ``venues`` on ``market``.

    Args:
        market: what they trade on; a venue shows the instruments that it has series for.
        venues: names of ``WIRES``.
        balances: what the accounts hold at the start; 100,000 of the margin currency per location when omitted.
        clock_mode, speed, start_row, monotonic_ns, wall_ns: see ``SandboxClock``.
        model: prices takers; the calibrated one when omitted.
        fees, fee_currency: by venue; the venue's own when omitted.
        network: carries transfers between venues; of its own when omitted.

    Raises:
        ComponentError: EIF-002 for a venue that the sandbox has not, CFG-003 for an impossible speed.
    """
    check_venues(venues)
    specs = [as_configured(spec_for(venue)) for venue in venues]
    clock = SandboxClock(
        market.timestamps.tolist(),
        clock_mode,
        speed,
        monotonic_ns=monotonic_ns,
        wall_ns=wall_ns,
        start_row=start_row,
    )
    shared = network or SimulatedNetwork(by_sender=transfer_delays(venues))
    shared.register(OUTSIDE, "chain")
    addresses = AddressBook({spec.venue: spec.deposit_location for spec in specs})
    opening = opening_balances(specs) if balances is None else balances
    chosen = model or fill_model("square_root")
    made: dict[str, SandboxVenue] = {}
    for spec in specs:
        inner = SimulationClock()
        exchange = SimulatedExchange(
            spec,
            market,
            inner,
            chosen,
            shared,
            {location: opening.get(location, {}) for location in spec.locations},
            fees=(fees or {}).get(spec.venue),
            fee_currency=(fee_currency or {}).get(spec.venue),
            amount_step=AMOUNT_STEPS.get(spec.venue),
        )
        account = SandboxAccount(spec, exchange, clock, inner, shared, addresses)
        made[spec.venue] = _venue(account, MarketView(spec, market, clock, chosen), VenueClock(clock))
    return SandboxWorld(clock, shared, made, faults)


def _venue(account: SandboxAccount, market_view: MarketView, clock: VenueClock) -> SandboxVenue:
    wire = make_wire(account.spec.venue, account, market_view, clock)
    return SandboxVenue(account.spec, account, market_view, clock, wire)
