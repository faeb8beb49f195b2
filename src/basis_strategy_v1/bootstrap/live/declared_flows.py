"""Money that a person declares: what can be booked at all, what a start does with a flow that cannot, and which
deposits it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.bootstrap.live.begun_with import places_of_coins
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down
from basis_strategy_v1.core.domain.settings import Flow, RunSettings
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import STABLECOINS, venue_of
from basis_strategy_v1.core.reconciliation.compare import Difference

COMPONENT = "EventDrivenStrategyEngine"
CODE = "CFG-003"
QUOTE = ".quote"
PRICE_STEP = Decimal("1e-8")
MOST_DECIMALS = 18
"""Decimal places of the smallest unit that a token of a run has."""
MOST = Decimal("1e12")
"""Units of a token. With this and ``MOST_DECIMALS`` an amount times a price fits into the ledger's 60 digits."""

DECLARED_BEFORE = 24 * NANOSECONDS_PER_HOUR
"""How long before a deposit a person may have declared it."""


def flow_problem(flow: Flow, settings: RunSettings, specs: Sequence[VenueSpec]) -> tuple[str, str]:
    """What keeps ``flow`` from being booked, and how to mend it; two empty texts where nothing does."""
    locations = [place for spec in specs for place in spec.locations]
    if flow.location not in locations:
        return f"--venue is {flow.location}", f"Use {', '.join(locations)}."
    known = {settings.currency, settings.asset, *(spec.margin_currency for spec in specs)}
    if flow.asset not in known or not flow.amount.is_finite() or not flow.amount:
        return f"a flow of {flow.amount} {flow.asset}", f"Give an amount other than 0 of {', '.join(sorted(known))}."
    usual = _kept_at(next(spec for spec in specs if flow.location in spec.locations), settings)
    if flow.amount > 0 and flow.asset not in usual:
        what = f"a flow of {flow.asset} to {flow.location}, where this run holds none"
        return what, f"Give {' or '.join(sorted(usual))}."
    coins = places_of_coins(settings, specs)
    if flow.asset == settings.asset and flow.amount > 0 and coins and flow.location not in coins:
        what = f"a flow of {flow.asset} to {flow.location}, where this run cannot sell it"
        return what, f"Move it to {coins[0]}, and declare it there."
    exponent = flow.amount.as_tuple().exponent
    # Compared and not computed with: the ledger's arithmetic refuses such a number itself.
    if flow.amount.copy_abs() > MOST or not isinstance(exponent, int) or exponent < -MOST_DECIMALS:
        remedy = f"Give at most {MOST:f} with {MOST_DECIMALS} decimal places or fewer."
        return f"a flow of {flow.amount} {flow.asset}", remedy
    return "", ""


def _kept_at(spec: VenueSpec, settings: RunSettings) -> frozenset[str]:
    """The tokens that the run holds at a venue: its asset, and the money that it trades with there."""
    share_class = {settings.currency} - STABLECOINS
    return frozenset({settings.asset, spec.margin_currency, *share_class, *(item.quote for item in spec.instruments)})


def declaring(left: Iterable[Difference], settings: RunSettings, specs: Sequence[VenueSpec]) -> list[str]:
    """How a person declares money that books and venue differ by, or else what to do about it."""
    options, others = [], []
    for item in left:
        flow = Flow(timestamp=0, amount=item.actual - item.expected, asset=item.asset, location=item.location)
        problem, remedy = flow_problem(flow, settings, specs)
        if not problem:
            options.append(f"--amount {flow.amount.normalize():f} --asset {flow.asset} --venue {flow.location}")
        elif flow.asset == settings.asset:
            others.append(remedy)
        else:
            others.append(f"Move {flow.asset} away from {flow.location}, for this run cannot value it.")
    if options:
        command = f"'basis flow {settings.mode}' ({'; '.join(options)})"
        others.insert(0, f"Declare money that came or went with {command}; see 'basis recover {settings.mode}'.")
    return others


def held_at(flow: Flow, bookings: Iterable[Booking]) -> Decimal:
    """What the books hold of the flow's token at its location, perpetuals there valued at the price last traded."""
    quantities: dict[str, Decimal] = {}
    last_price: dict[str, Decimal] = {}
    for booking in bookings:
        changes = booking.changes.get(flow.location, {})
        for asset, change in changes.items():
            quantities[asset] = quantities.get(asset, ZERO) + change
            paid = changes.get(f"{asset}{QUOTE}")
            if change and paid and asset.endswith(f"{flow.asset}-PERP"):
                last_price[asset] = divide_down(abs(paid), abs(change), PRICE_STEP)
    held = quantities.get(flow.asset, ZERO)
    for perpetual, price in last_price.items():
        held += quantities[f"{perpetual}{QUOTE}"] + quantities[perpetual] * price
    return held


def set_aside_flows(
    journal: RunJournal, settings: RunSettings, specs: Sequence[VenueSpec], events: EventSink, now: int
) -> None:
    """Take declared flows back that can never be booked, and say so: every start would fail with them."""
    for flow_id, flow in journal.flows_unbooked():
        problem, remedy = flow_problem(flow, settings, specs)
        if problem and journal.cancel_flow(now, flow_id):
            message = f"{flow_id} is set aside, for it can never be booked: {problem}. {remedy}"
            events.log_event(now, "error", COMPONENT, ErrorNote(CODE, message, "MEDIUM"))


def not_declared(deposits: Sequence[VenueDeposit], flows: Sequence[Flow]) -> list[VenueDeposit]:
    """Those of ``deposits`` for which no flow of just that amount stands; one flow stands for one deposit.

    Args:
        flows: declared; of one and its contrary, later on, neither counts.
    """
    left = list(deposits)
    for _, flow in flows_in_force(("", flow) for flow in flows):
        what = (venue_of(flow.location), flow.asset, flow.amount)
        until = flow.timestamp + DECLARED_BEFORE
        fitting = [
            item
            for item in left
            if (venue_of(item.location), item.token, item.amount) == what and item.timestamp <= until
        ]
        if fitting:
            left.remove(min(fitting, key=lambda item: abs(item.timestamp - flow.timestamp)))
    return left


def flows_in_force(flows: Iterable[tuple[str, Flow]]) -> list[tuple[str, Flow]]:
    """Flows, each with its id, without those of which a later one is the contrary, and without that."""
    kept: list[tuple[str, Flow]] = []
    for flow_id, flow in flows:
        contrary = (venue_of(flow.location), flow.asset, -flow.amount)
        taken_back = [item for item in kept if (venue_of(item[1].location), item[1].asset, item[1].amount) == contrary]
        if taken_back:
            kept.remove(taken_back[-1])
        else:
            kept.append((flow_id, flow))
    return kept
