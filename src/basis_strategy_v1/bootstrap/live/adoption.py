"""What a venue or somebody else has traded on a run's account: a person has it booked, and the run goes on from there.

The venue's own trades are booked where they explain what it holds. A position that was settled without a trade is
booked at what it has paid: position and wallet say so together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly
from basis_strategy_v1.bootstrap.live.own_trades import ADOPTED_ID, UnbookedTrade, UnbookedTrades, changes_of
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Fill, add_changes
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, QUOTE_SUFFIX
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.interfaces.trade_routes import TradeRoute, trade_routes
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import STABLECOINS
from basis_strategy_v1.core.monitors.pnl_monitor import ADOPTED
from basis_strategy_v1.core.reconciliation.compare import Difference

COMPONENT = "ReconciliationComponent"
LISTED = 7 * 86_400 * NANOSECONDS_PER_SECOND
"""How far back trades are asked for: what every venue lists from one time on."""
LARGEST_MOVE = Decimal("0.2")
"""How far the price of a settlement may be from the mark. Beyond it, money has come or gone beside it."""
PRICE_STEP = Decimal("1e-8")
LEAST_UNITS = Decimal("1e-8")

Units = Mapping[tuple[str, str], Decimal]
"""Amounts by location and asset."""
Confirm = Callable[[Sequence[str]], bool]
"""Shown what will be booked; whether it shall be."""


def adopt(
    assembly: LiveAssembly,
    journal: RunJournal,
    unbooked: UnbookedTrades,
    venue: str,
    left: Sequence[Difference],
    confirm: Confirm,
) -> bool:
    """Book what explains the units that differ at ``venue``; whether anything was booked.

    Money that differs beside it stays: it is declared with 'basis flow'. So do trades of orders that the run follows
    itself: the next start books them as its own.

    Args:
        unbooked: lists what was traded.
        left: where books and venue differ.
        confirm: asked before anything is booked.
    """
    now = assembly.base.clock.now
    spec = next(spec for spec in assembly.base.specs if spec.venue == venue)
    trades = unbooked.since(venue, max(_since(journal, now), unbooked.adopted_at(venue) + 1))
    wanted = _units(_wanted(_traded(spec, left)))
    listed = _latest(spec, [trade for trade in trades if not trade.is_followed], wanted)
    fills = tuple(trade.fill for trade in listed)
    lines = [f"{_described(trade.fill)} ({_evidence(trade)})" for trade in listed]
    if not fills or _units(changes_of(spec, fills)) != wanted:
        # While an order of the run's own fills, what differs may be its doing.
        is_followed = any(trade.is_followed for trade in trades)
        settled = None if is_followed else _settled(assembly, spec, left)
        fills = (settled,) if settled else ()
        how = "the venue lists no such trade: from its position and wallet"
        lines = [f"{_described(fill)} ({how})" for fill in fills]
    if not fills or not confirm(lines):
        return False
    deltas = ExecutionDeltas(
        instruction_id=f"{ADOPTED_ID}{venue}.{now}",
        venue=venue,
        changes=changes_of(spec, fills),
        fills=fills,
        filled=sum((abs(fill.quantity) for fill in fills), ZERO),
        order_status=ADOPTED,
        reason="not made by this run, booked by a person",
    )
    assembly.loop.handler.handle_position_update(now, deltas, more_follow=True)
    note = ErrorNote("REC-012", f"booked by a person: {'; '.join(lines)}", "MEDIUM")
    assembly.base.events.log_event(now, "error", COMPONENT, note)
    return True


def can_be_adopted(spec: VenueSpec, left: Iterable[Difference]) -> bool:
    """Whether units differ of instruments that the run trades, and no position of others."""
    differing = [item for item in _traded(spec, left) if item.asset not in STABLECOINS]
    known = _bases(spec)
    return bool(differing) and all(item.asset in known for item in differing)


def _traded(spec: VenueSpec, left: Iterable[Difference]) -> list[Difference]:
    """``left`` without tokens that the run never trades: those came from outside, whatever was traded beside them."""
    known = _bases(spec) | STABLECOINS
    return [item for item in left if item.asset in known or item.asset.endswith(PERP_SUFFIX)]


def _bases(spec: VenueSpec) -> frozenset[str]:
    return frozenset(route.base for routes in trade_routes(spec).values() for route in routes.values())


def _since(journal: RunJournal, now: int) -> int:
    """A week ago, or when the books were opened: what was traded before is in them."""
    return max(now - LISTED, journal.bookings()[0].timestamp)


def _latest(spec: VenueSpec, trades: Sequence[UnbookedTrade], wanted: Units) -> list[UnbookedTrade]:
    """Of each instrument's trades as many of the latest as come to what differs there; none where no number does.

    What came before may be in the books as money: a person has declared it, or an exit has taken it in.
    """
    by_instrument: dict[tuple[str, str], list[UnbookedTrade]] = {}
    for trade in trades:
        by_instrument.setdefault((trade.fill.trade_type, trade.fill.symbol), []).append(trade)
    return [trade for listed in by_instrument.values() for trade in listed[_first(spec, listed, wanted) :]]


def _first(spec: VenueSpec, listed: Sequence[UnbookedTrade], wanted: Units) -> int:
    """From where on ``listed`` comes to what differs: the longest such part of it."""
    changes: Changes = {}
    first = len(listed)
    for position in reversed(range(len(listed))):
        add_changes(changes, changes_of(spec, [listed[position].fill]))
        units = {(place, asset): wanted.get((place, asset), ZERO) for place in changes for asset in changes[place]}
        if _units(changes) == {key: amount for key, amount in units.items() if amount}:
            first = position
    return first


def _evidence(trade: UnbookedTrade) -> str:
    by_whom = f", of this run's own order {trade.order_id}" if trade.order_id else ""
    return f"as the venue lists it{by_whom}"


def _wanted(left: Iterable[Difference]) -> Changes:
    changes: Changes = {}
    for item in left:
        add_changes(changes, {item.location: {item.asset: item.actual - item.expected}})
    return changes


def _units(changes: Mapping[str, Mapping[str, Decimal]]) -> dict[tuple[str, str], Decimal]:
    """What is not money, by location; the cost of a position is."""
    return {
        (location, asset): amount
        for location, assets in changes.items()
        for asset, amount in assets.items()
        if asset not in STABLECOINS and not asset.endswith(QUOTE_SUFFIX) and abs(amount) >= LEAST_UNITS
    }


def _settled(assembly: LiveAssembly, spec: VenueSpec, left: Sequence[Difference]) -> Fill | None:
    """The one trade that the change of a position and of its wallet come to; None where they come to none."""
    perps = {route.base: route for route in trade_routes(spec)["perp"].values()}
    changed = [item for item in left if item.asset not in STABLECOINS]
    if len(changed) != 1 or changed[0].asset not in perps:
        return None
    (position,), wanted = changed, _wanted(left)[changed[0].location]
    route = perps[position.asset]
    quantity, money = wanted[position.asset], wanted.get(spec.margin_currency, ZERO)
    price = divide_nearest(-money, quantity, PRICE_STEP)
    mark = _mark(assembly, route)
    if abs(price - mark) > LARGEST_MOVE * mark:
        return None
    return Fill(
        trade_id=f"adopted.{assembly.base.clock.now}",
        venue=spec.venue,
        symbol=route.instrument.symbol,
        trade_type="perp",
        quantity=quantity,
        price=price,
        # What rounding the price has left.
        fee=-money - quantity * price,
        fee_asset=spec.margin_currency,
    )


def _mark(assembly: LiveAssembly, route: TradeRoute) -> Decimal:
    columns = assembly.market.columns
    instrument = route.instrument
    return columns.perp[instrument.venue, instrument.symbol].mark.decimal(assembly.base.clock.row)


def _described(fill: Fill) -> str:
    side = "bought" if fill.quantity > 0 else "sold"
    what = f"{abs(fill.quantity)} of {fill.trade_type} {fill.symbol} {side} at {fill.price}"
    return f"{fill.venue}: {what}, fee {fill.fee} {fill.fee_asset}"
