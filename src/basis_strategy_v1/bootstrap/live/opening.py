"""What a live run opens its books with: the capital that the configuration names, found at the venues as it is named.

What is there besides is not this run's until a person says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from operator import lt, ne

from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly
from basis_strategy_v1.bootstrap.live.begun_with import home_of
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, perp_asset, quote_asset
from basis_strategy_v1.core.domain.orders import LocationReport, OrderReport
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.engine.foreign_orders import FOREIGN_ORDERS, ForeignOrderSource, described
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.exactly_once import ExactlyOnceExchange
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import STABLECOINS, venue_of
from basis_strategy_v1.core.strategies.strategy import OpeningCapital

COMPONENT = "ReconciliationComponent"
STRATEGY = "BasisStrategy"
TOO_SMALL = "EIM-004"
ADOPT = "--adopt to open the books with what is there"


def opening_books(
    reports: Iterable[LocationReport],
    specs: Sequence[VenueSpec],
    named: Changes,
    base: str,
    *,
    adopt: bool,
) -> Changes:
    """The opening of the books.

    Args:
        reports: what the venues hold.
        named: the capital that the configuration names, by location.
        base: the run's asset.
        adopt: take what is there in the place of what is named.

    Raises:
        ComponentError: EXI-006 where less is held than is named, REC-010 where more is, REC-012 for a position,
            REC-004 for an asset that the run cannot value.
    """
    currencies = {spec.margin_location: spec.margin_currency for spec in specs}
    found: Changes = {}
    for report in reports:
        _refuse_unknown(report, base)
        if report.positions and not adopt:
            symbols = ", ".join(sorted(report.positions))
            message = f"{report.location} has positions this run did not open: {symbols}"
            raise ComponentError("REC-012", message, COMPONENT, remedy=f"Close them there, or give {ADOPT}.")
        held = {asset: amount for asset, amount in report.balances.items() if amount}
        for symbol, position in report.positions.items():
            held[perp_asset(symbol)] = position.quantity
            held[quote_asset(symbol)] = -position.entry_cost
            # The wallet stays as it is: what a position cost is a leg of its own.
            held.setdefault(currencies[report.location], ZERO)
        if held:
            found[report.location] = held
    if not adopt:
        _refuse_differences(found, named)
    return found


def refuse_too_little(assembly: LiveAssembly, opening: Changes) -> None:
    """Refuse capital that is below the least orders of everything, before it is in the books.

    A venue that is left out is written down. Positions that were adopted are open already: nothing is refused then.

    Raises:
        ComponentError: EIM-004 with what is needed.
    """
    if any(asset.endswith(PERP_SUFFIX) for held in opening.values() for asset in held):
        return
    base, parts = assembly.base, assembly.parts
    capital = _capital(opening, base.settings.asset, parts.portfolio.reference_price())
    outlook = parts.strategy.opening_outlook(capital)
    if outlook.refusal:
        equity = sum(capital.cash.values(), capital.base * capital.price)
        # What no capital mends is a limit that the configuration sets.
        limits = "Raise component_config.risk.max_notional and execution_settings.max_order_notional."
        more = f"Start with {outlook.needed} USD or more, or put more of it on fewer venues."
        raise ComponentError(
            TOO_SMALL,
            f"a capital worth {equity:.2f} USD opens nothing: {outlook.refusal}",
            STRATEGY,
            remedy=limits if outlook.needed is None else more,
        )
    for line in outlook.left_out:
        base.events.log_event(base.clock.now, "error", STRATEGY, ErrorNote(TOO_SMALL, f"left out: {line}", "MEDIUM"))


def refuse_small_orders(assembly: LiveAssembly) -> None:
    """Refuse a ``max_order_notional`` that no order of spot can keep: a later start asks this of a run that has begun.

    Raises:
        ComponentError: EIM-004.
    """
    base = assembly.base
    largest = base.settings.execution.max_order_notional
    home = next((spec for spec in base.specs if spec.venue == home_of(base.settings)), None)
    if largest is None or home is None or base.settings.currency == base.settings.asset:
        return
    price = assembly.parts.portfolio.reference_price()
    for spot in home.instruments:
        if (spot.base, spot.trade_type) == (base.settings.asset, "spot"):
            least = max(spot.min_notional, max(spot.min_quantity, spot.step) * price) + spot.step * price
            if largest < least:
                what = (
                    f"execution_settings.max_order_notional is {largest}, and {home.venue} takes orders of {least:.2f}"
                )
                remedy = "Raise execution_settings.max_order_notional."
                raise ComponentError(TOO_SMALL, f"{what} or more", STRATEGY, remedy=remedy)


def refuse_foreign_orders(venue: str, orders: Iterable[OrderReport], is_own: Callable[[str], bool]) -> None:
    """Raise REC-012 where orders rest at a venue that this run did not place."""
    foreign = [order for order in orders if not is_own(order.client_order_id)]
    if foreign:
        raise ComponentError(
            FOREIGN_ORDERS,
            described(venue, foreign),
            COMPONENT,
            remedy=f"Cancel them at {venue}, or run 'basis recover MODE --cancel-foreign'.",
        )


def foreign_orders(assembly: LiveAssembly, exchanges: Mapping[str, ExactlyOnceExchange]) -> ForeignOrderSource:
    """Asks a venue, while the run goes on, for open orders that it did not place."""

    def ask(venue: str) -> list[OrderReport]:
        interface = assembly.interfaces[venue]
        assert isinstance(interface, CEXExecutionInterface)
        own = {order.client_order_id for order in interface.resting_orders()} | interface.unresolved_instructions.keys()
        is_booked = assembly.loop.handler.has_booked
        listed = [(order.client_order_id, order) for order in exchanges[venue].open_orders()]
        return [order for name, order in listed if name not in own and not is_booked(name)]

    return ask


def _capital(opening: Changes, base: str, price: Decimal) -> OpeningCapital:
    cash: dict[str, Decimal] = {}
    units = ZERO
    for location, held in opening.items():
        units += held.get(base, ZERO)
        dollars = sum((amount for asset, amount in held.items() if asset in STABLECOINS), ZERO)
        cash[venue_of(location)] = cash.get(venue_of(location), ZERO) + dollars
    return OpeningCapital(cash=cash, base=units, price=price)


def _refuse_unknown(report: LocationReport, base: str) -> None:
    for asset, amount in report.balances.items():
        if amount and asset not in STABLECOINS and asset != base:
            raise ComponentError(
                "REC-004",
                f"{report.location} holds {amount} {asset}, which this run cannot value",
                COMPONENT,
                remedy=f"Move {asset} to another account: the run's account holds its own capital only.",
            )


def _refuse_differences(found: Mapping[str, Mapping[str, Decimal]], named: Changes) -> None:
    places = sorted({(place, asset) for held in (found, named) for place, assets in held.items() for asset in assets})
    for code, differs, mend in (("EXI-006", lt, "Bring it there"), ("REC-010", ne, "Move the rest away")):
        for location, asset in places:
            there = found.get(location, {}).get(asset, ZERO)
            wanted = named.get(location, {}).get(asset, ZERO)
            if differs(there, wanted):
                raise ComponentError(
                    code,
                    f"{location} holds {there.normalize():f} {asset}; the run is to start with {wanted.normalize():f}",
                    COMPONENT,
                    remedy=f"{mend}, set initial_capital and initial_location to what is there, or give {ADOPT}.",
                )
