"""Where a trade's legs are booked, resolved once per instrument; and what fills change there."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes, Fill, add_changes
from basis_strategy_v1.core.domain.market import Instrument, quote_asset
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

_MEAN_PRICE_STEP = Decimal("1e-12")


class TradeRoute(msgspec.Struct, frozen=True):
    """An instrument's location and ledger keys: ``base`` receives the quantity, ``quote`` pays its price."""

    instrument: Instrument
    location: str
    base: str
    quote: str
    price_key: str


def trade_routes(spec: VenueSpec) -> dict[str, dict[str, TradeRoute]]:
    """``{trade_type: {symbol: route}}`` of every instrument of a venue."""
    routes: dict[str, dict[str, TradeRoute]] = {"spot": {}, "perp": {}}
    for instrument in spec.instruments:
        symbol = instrument.symbol
        is_spot = instrument.trade_type == "spot"
        routes[instrument.trade_type][symbol] = TradeRoute(
            instrument=instrument,
            location=spec.spot_location if is_spot else spec.margin_location,
            base=instrument.asset,
            quote=instrument.quote if is_spot else quote_asset(symbol),
            price_key=instrument.price_key,
        )
    return routes


def changes_of_fill(route: TradeRoute, fill: Fill) -> Changes:
    """What one fill changes: the quantity, its price, and the fee in the asset it was paid in."""
    quantity, fee, fee_asset = fill.quantity, fill.fee, fill.fee_asset
    value = -(quantity * fill.price)
    if not fee:
        assets = {route.base: quantity, route.quote: value}
    elif fee_asset == route.quote:
        assets = {route.base: quantity, fee_asset: value - fee}
    elif fee_asset == route.base:
        assets = {fee_asset: quantity - fee, route.quote: value}
    else:
        assets = {route.base: quantity, route.quote: value, fee_asset: -fee}
    return {route.location: assets}


def changes_of_fills(route: TradeRoute, fills: tuple[Fill, ...]) -> Changes:
    """What ``fills`` change together; empty without any."""
    changes: Changes = {}
    for fill in fills:
        add_changes(changes, changes_of_fill(route, fill))
    return changes


def mean_price(fills: tuple[Fill, ...]) -> Decimal | None:
    """The mean price of ``fills`` by quantity (exact for one fill, else to 12 places); None without fills."""
    if len(fills) == 1:
        return fills[0].price
    if not fills:
        return None
    quantity = sum((fill.quantity for fill in fills), ZERO)
    value = sum((fill.quantity * fill.price for fill in fills), ZERO)
    return divide_nearest(value, quantity, _MEAN_PRICE_STEP)


def total_fee(fills: tuple[Fill, ...]) -> Decimal:
    """The fees of ``fills``, which are paid in one asset."""
    if len(fills) == 1:
        return fills[0].fee
    return sum((fill.fee for fill in fills), ZERO)
