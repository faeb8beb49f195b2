"""What must hold before anything of a block is sent: every leg of it, the later ones as if the earlier were done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import partial
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.instructions import CexTrade, Side
from basis_strategy_v1.core.domain.market import Instrument, perp_asset
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, is_multiple, round_nearest
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.domain.uncertain import Uncertain, UncertainSource, amount_bounds, nothing_uncertain
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, VenueSpec
from basis_strategy_v1.core.monitors.worst_case import worst_margin
from basis_strategy_v1.core.strategies.portfolio import Portfolio

COMPONENT = "ExecutionInterfaceManager"
LEAST_BOUND = Decimal("0.001")
HALF_SPREADS = 5
BOUND_STEP = Decimal("1e-9")
CUT = "Where every try is too large, set execution_settings.max_order_notional to what the book takes."

LegsOf = Callable[[CexTrade], Sequence[CexTrade]]
"""The trades that will follow one, as far as they are known: a hedge that needs its spot first."""


class BookSource(Protocol):
    """Order books."""

    def mean_price(self, instrument: Instrument, side: Side, quantity: Decimal) -> Decimal | None:
        """What taking ``quantity`` would cost per unit now; None when the book does not hold as much."""


class PreTradeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """Limits of one run.

    Attributes:
        max_order_notional: of one order, in the quote currency; None for none.
        max_notional: of a venue's perpetuals, in its margin currency; None for none.
        price_band: how far a price may be from the reference spot, a fraction.
        max_slippage: bound of a trade that names none, a fraction.
        patience: how long after its decision (ns) a trade may still be sent again.
    """

    max_order_notional: Decimal | None = None
    max_notional: Decimal | None = None
    price_band: Decimal = Decimal("0.05")
    max_slippage: Decimal = Decimal("0.005")
    patience: int = 30 * NANOSECONDS_PER_SECOND


class _Claims:
    """What may have been taken already, and what the legs looked at so far would take or change."""

    def __init__(self, uncertain: Uncertain) -> None:
        self.uncertain = uncertain
        self.cash: dict[tuple[str, str], Decimal] = {}
        self.perps: dict[tuple[str, str], Decimal] = {}
        for change in uncertain:
            for location, assets in change.changes.items():
                for asset, amount in assets.items():
                    self.spend(location, asset, max(-amount, ZERO))

    def spent(self, location: str, asset: str) -> Decimal:
        return self.cash.get((location, asset), ZERO)

    def spend(self, location: str, asset: str, amount: Decimal) -> None:
        self.cash[location, asset] = self.spent(location, asset) + amount

    def trade(self, venue: str, symbol: str, quantity: Decimal) -> Decimal:
        """Count a leg of a perpetual; what the legs before it have traded."""
        traded = self.perps.get((venue, symbol), ZERO)
        self.perps[venue, symbol] = traded + quantity
        return traded


class PreTradeChecks:
    """Checks trades against filters, limits, balances, margin, tiers, the price band and the book's depth.

    What closes a position, or brings net exposure nearer to zero, is never refused for price, depth or the size of an
    order: a hedge and an exit come late rather than not at all. A hedge of what has not been sent yet can still be
    done without, so its price and its book are looked at with the first leg's.
    Margin is counted at the leverage the run uses.
    What may have happened or not counts as done wherever that leaves less: balance, margin and notional are reserved.

    Args:
        specs: the venues of the run.
        portfolio: what is held, at the current row.
        books: order books; None where there are none to ask.
        legs_of: what will follow a trade.
        uncertain: what may have happened or not.
        now: the venues' time, ns UTC.
    """

    def __init__(
        self,
        specs: Sequence[VenueSpec],
        portfolio: Portfolio,
        limits: PreTradeLimits,
        books: BookSource | None = None,
        legs_of: LegsOf | None = None,
        uncertain: UncertainSource = nothing_uncertain,
        now: Callable[[], int] = lambda: 0,
    ) -> None:
        self._specs = {spec.venue: spec for spec in specs}
        self._instruments = {
            (spec.venue, item.symbol, item.trade_type): item for spec in specs for item in spec.instruments
        }
        self._portfolio = portfolio
        self._limits = limits
        self._books = books
        self._legs_of = legs_of
        self._uncertain = uncertain
        self._now = now

    def check(self, trades: Iterable[CexTrade]) -> None:
        """Look at ``trades`` and what will follow them, before the first is sent.

        Raises:
            ComponentError: EIM-004 for a filter or limit, EXI-005 for an unknown instrument, EXI-006 for balance,
                margin or leverage tier, EXI-008 for price band or depth, EXI-013 without a price; what a venue whose
                book cannot be had raises.
        """
        wanted = list(trades)
        claims = _Claims(self._uncertain())
        exposure = before = self._portfolio.net_exposure()
        for position, trade in enumerate([*wanted, *self._following(wanted)]):
            instrument = self._instrument(trade)
            price = self._price(trade, instrument)
            _check_filters(trade, instrument, price)
            if self._widens(trade, exposure) or self._widens(trade, before):
                self._check_band(trade, price)
                # What will follow has been cut by the strategy to what it hedges, at a price of its own.
                if position < len(wanted):
                    self._check_size(trade, price)
                self._check_depth(trade, instrument, price)
            self._check_funds(trade, instrument, price, claims)
            exposure += _change(trade)

    def check_again(self, trade: CexTrade, decided_at: int) -> None:
        """Look at a trade that was not executed, before it is sent again: at the book and the balances of now.

        What closes a position or brings exposure nearer to zero is right however late it is.

        Raises:
            ComponentError: EXI-013 for a decision that has outlived the patience with an order; else as ``check``.
        """
        age = self._now() - decided_at
        if age > self._limits.patience and self._widens(trade, self._portfolio.net_exposure()):
            seconds = age // NANOSECONDS_PER_SECOND
            why = f"was decided on prices of {seconds} s ago"
            raise _refused("EXI-013", trade, why, remedy="Nothing needs to be done: the strategy decides anew.")
        self.check([trade])

    def _widens(self, trade: CexTrade, exposure: Decimal) -> bool:
        """Whether a position is opened, and the portfolio is further from neutral afterwards."""
        return abs(exposure + _change(trade)) > abs(exposure) and self._opens(trade)

    def _opens(self, trade: CexTrade) -> bool:
        """Whether more is held, or more is short, afterwards."""
        if trade.trade_type == "spot":
            return trade.side == "buy"
        if trade.reduce_only:
            return False
        held = self._portfolio.perp(self._specs[trade.venue], trade.symbol)
        return abs(held + _change(trade)) > abs(held)

    def _following(self, trades: Sequence[CexTrade]) -> Sequence[CexTrade]:
        if self._legs_of is None or len(trades) != 1:
            return ()
        return self._legs_of(trades[0])

    def _instrument(self, trade: CexTrade) -> Instrument:
        instrument = self._instruments.get((trade.venue, trade.symbol, trade.trade_type))
        if instrument is None:
            raise _refused("EXI-005", trade, "is not traded in this run")
        return instrument

    def _price(self, trade: CexTrade, instrument: Instrument) -> Decimal:
        price = self._portfolio.known_price(trade.venue, trade.symbol, trade.trade_type)
        if price is None:
            raise _refused("EXI-013", trade, "has no fresh price, or its venue is silent")
        return trade.price if trade.price is not None else price

    def _check_band(self, trade: CexTrade, price: Decimal) -> None:
        reference = self._portfolio.reference_price()
        if abs(price - reference) > self._limits.price_band * reference:
            raise _refused("EXI-008", trade, f"at {price} is beyond {self._limits.price_band} of spot at {reference}")

    def _check_size(self, trade: CexTrade, price: Decimal) -> None:
        largest = self._limits.max_order_notional
        if largest is not None and trade.amount * price > largest:
            raise _refused("EIM-004", trade, f"is {trade.amount * price} of at most {largest} an order")

    def _check_depth(self, trade: CexTrade, instrument: Instrument, price: Decimal) -> None:
        if self._books is None or trade.order_type != "market":
            return
        bound = self._bound(trade)
        mean = self._books.mean_price(instrument, trade.side, trade.amount)
        if mean is None:
            raise _refused("EXI-008", trade, "is more than the book holds", remedy=CUT)
        worst = price * (ONE + bound) if trade.side == "buy" else price * (ONE - bound)
        if mean > worst if trade.side == "buy" else mean < worst:
            raise _refused("EXI-008", trade, f"would trade at {mean}, beyond {worst}", remedy=CUT)

    def _bound(self, trade: CexTrade) -> Decimal:
        """How far from the price a trade may fill: what it allows, in a tight book no more than the book explains."""
        allowed = trade.max_slippage if trade.max_slippage is not None else self._limits.max_slippage
        spread = self._portfolio.half_spread(trade.venue, trade.symbol, trade.trade_type)
        if spread is None:
            return allowed
        return min(allowed, max(LEAST_BOUND, HALF_SPREADS * round_nearest(decimal_from_float(spread), BOUND_STEP)))

    def _check_funds(self, trade: CexTrade, instrument: Instrument, price: Decimal, claims: _Claims) -> None:
        spec = self._specs[trade.venue]
        if trade.trade_type == "perp":
            self._check_margin(trade, spec, price, claims)
            return
        location = spec.spot_location
        if trade.side == "sell":
            asset, needed = instrument.base, trade.amount
        else:
            asset, needed = instrument.quote, trade.amount * price
        free = self._portfolio.wallet_balance(location, asset) - claims.spent(location, asset)
        if needed > free:
            raise _refused("EXI-006", trade, f"needs {needed} {asset} at {location}, where {free} is free")
        claims.spend(location, asset, needed)

    def _check_margin(self, trade: CexTrade, spec: VenueSpec, price: Decimal, claims: _Claims) -> None:
        change = _change(trade)
        traded = claims.trade(spec.venue, trade.symbol, change)
        booked = self._portfolio.perp(spec, trade.symbol)
        uncertain = claims.uncertain
        least = most = booked
        if uncertain:
            least, most = amount_bounds(booked, spec.margin_location, perp_asset(trade.symbol), uncertain)
        after = traded + change
        if abs(least + after) <= abs(least + traded) and abs(most + after) <= abs(most + traded):
            return
        rules = spec.margin
        assert rules is not None
        state = self._portfolio.margin(spec)
        if uncertain:
            state = worst_margin(state, spec, partial(self._portfolio.amount, spec.margin_location), uncertain)
        size = max(abs(least + after), abs(most + after))
        notional = state.notional + (size - max(abs(least), abs(most))) * price
        largest = self._limits.max_notional
        if largest is not None and notional > largest:
            raise _refused("EIM-004", trade, f"would bring {spec.venue} to {notional} of at most {largest}")
        tier = _tier(rules.tiers[trade.symbol], size * price)
        leverage = min(rules.default_leverage, tier.max_leverage)
        if notional > state.balance * leverage:
            needed = f"{notional} at leverage {leverage} (tier from {tier.floor})"
            raise _refused("EXI-006", trade, f"needs margin for {needed}; {spec.venue} has {state.balance}")


def _change(trade: CexTrade) -> Decimal:
    """What a trade does to what is held, in base units."""
    return trade.amount if trade.side == "buy" else -trade.amount


def _check_filters(trade: CexTrade, instrument: Instrument, price: Decimal) -> None:
    if not is_multiple(trade.amount, instrument.step) or trade.amount < instrument.min_quantity:
        least = f"at least {instrument.min_quantity} in steps of {instrument.step}"
        raise _refused("EIM-004", trade, f"must be {least}")
    if trade.price is not None and not is_multiple(trade.price, instrument.tick):
        raise _refused("EIM-004", trade, f"has a price of {trade.price}, no multiple of {instrument.tick}")
    if trade.amount * price < instrument.min_notional and not trade.reduce_only:
        raise _refused("EIM-004", trade, f"is {trade.amount * price}, less than {instrument.min_notional}")


def _tier(tiers: tuple[MaintenanceTier, ...], notional: Decimal) -> MaintenanceTier:
    found = tiers[0]
    for tier in tiers[1:]:
        if notional < tier.floor:
            break
        found = tier
    return found


def _refused(code: str, trade: CexTrade, why: str, remedy: str | None = None) -> ComponentError:
    what = f"{trade.side} {trade.amount} {trade.trade_type} {trade.symbol} at {trade.venue}"
    return ComponentError(code, f"not sent: {what} {why}", COMPONENT, remedy=remedy)
