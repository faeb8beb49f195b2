"""A simulated exchange account: its books seen through the venue's margin rules at a row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from basis_strategy_v1.backends.simulated.books import ExchangeBooks
from basis_strategy_v1.backends.simulated.desk import Desk
from basis_strategy_v1.backends.simulated.fills import FillModel
from basis_strategy_v1.backends.simulated.open_order import OpenOrder
from basis_strategy_v1.core.domain.market import InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.orders import PerpPosition
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down
from basis_strategy_v1.core.interfaces.venue_spec import (
    FeeCurrency,
    FeeSchedule,
    MaintenanceTier,
    MarginRules,
    VenueSpec,
)
from basis_strategy_v1.protocols.perpetual import initial_margin, maintenance_margin, unrealised

UNLISTED_TIERS = (MaintenanceTier(ZERO, Decimal("0.05"), ZERO, 10),)
"""Margin of a perpetual without a tier table of its own: prudent, and the same everywhere."""

_TOKEN_STEP = Decimal("1e-8")

Marks = Mapping[str, Decimal]
"""Mark prices by symbol of every open perpetual."""


class Account:
    """Books, desks, leverage and open orders of one account, and the margin they need.

    Attributes:
        amount_step: what fees are rounded to; None for exact ones.
    """

    __slots__ = (
        "amount_step",
        "books",
        "capabilities",
        "collateral",
        "collateral_markets",
        "fee_currency",
        "leverage",
        "margin",
        "native_asset",
        "open_orders",
        "perp_desks",
        "spec",
        "spot_desks",
    )

    def __init__(
        self,
        spec: VenueSpec,
        market: MarketColumns,
        fill_model: FillModel,
        opening_balances: Mapping[str, Mapping[str, Decimal]],
        fees: FeeSchedule,
        fee_currency: FeeCurrency,
        leverage: Mapping[str, int],
        amount_step: Decimal | None = None,
    ) -> None:
        self.spec = spec
        self.amount_step = amount_step
        self.capabilities = spec.capabilities
        self.margin = spec.margin or MarginRules()
        self.collateral = self.margin.collateral_weights if spec.spot_location == spec.margin_location else {}
        self.fee_currency = fee_currency
        self.native_asset = spec.native_asset
        self.books = ExchangeBooks(spec.locations, spec.margin_location, spec.margin_currency, opening_balances)
        self.leverage = dict(leverage)
        self.open_orders: dict[str, OpenOrder] = {}
        self.spot_desks: dict[str, Desk] = {}
        self.perp_desks: dict[str, Desk] = {}
        self.collateral_markets = _collateral_markets(market, spec)
        for (venue, symbol), columns in market.spot.items():
            if venue == spec.venue:
                curve = fill_model.curve("spot", columns.instrument.base)
                self.spot_desks[symbol] = Desk(columns, curve, fees.spot_maker, fees.spot_taker)
        for (venue, symbol), columns in market.perp.items():
            if venue == spec.venue:
                curve = fill_model.curve("perp", columns.instrument.base)
                self.perp_desks[symbol] = Desk(columns, curve, fees.perp_maker, fees.perp_taker)

    def tiers(self, symbol: str) -> tuple[MaintenanceTier, ...]:
        """The maintenance tiers of a perpetual."""
        return self.margin.tiers.get(symbol, UNLISTED_TIERS)

    def leverage_of(self, symbol: str) -> int:
        """The leverage set for a perpetual, or the venue's default."""
        return self.leverage.get(symbol, self.margin.default_leverage)

    def marks(self, row: int) -> dict[str, Decimal]:
        """The mark of every open perpetual at ``row``."""
        return {symbol: self.perp_desks[symbol].columns.mark.decimal(row) for symbol in self.books.positions}

    def margin_balance(self, marks: Marks, row: int) -> Decimal:
        """Wallet, unrealised profit at ``marks``, and collateral after its haircut at the spot prices of ``row``."""
        books = self.books
        total = books.wallet.get(books.margin_currency, ZERO)
        for symbol, position in books.positions.items():
            total += unrealised(position.quantity, position.entry_cost, marks[symbol])
        if self.collateral:
            total += self.collateral_value(row)
        return total

    def collateral_value(self, row: int) -> Decimal:
        """What the coins of a unified account count as margin at ``row``."""
        total = ZERO
        for asset, amount in self.books.wallet.items():
            weight = self.collateral.get(asset)
            if weight is not None and asset != self.books.margin_currency:
                total += amount * weight * self.collateral_price(asset, row)
        return total

    def collateral_price(self, asset: str, row: int) -> Decimal:
        """The price of a collateral coin in the margin currency; 0 where the data has no market for it."""
        columns = self.collateral_markets.get(asset)
        return ZERO if columns is None else columns.price.decimal(row)

    def maintenance(self, marks: Marks) -> Decimal:
        """Maintenance margin of all positions at ``marks``."""
        total = ZERO
        for symbol, position in self.books.positions.items():
            total += maintenance_margin(abs(position.quantity * marks[symbol]), self.tiers(symbol))
        return total

    def is_liquidated_at(self, marks: Marks, row: int) -> bool:
        """Whether margin balance has fallen to maintenance margin (collateral at the spot prices of ``row``)."""
        return self.margin_balance(marks, row) <= self.maintenance(marks)

    def available_margin(self, row: int) -> Decimal:
        """Margin balance beyond the initial margin of positions and open orders; below zero when there is none."""
        marks = self.marks(row)
        available = self.margin_balance(marks, row) - self._order_margin()
        for symbol, position in self.books.positions.items():
            available -= self._initial(symbol, position.quantity * marks[symbol])
        return available

    def available_after(self, desk: Desk, row: int, traded: Decimal, price: Decimal, fee: Decimal) -> Decimal:
        """Available margin once ``traded`` (signed) of a perpetual has been bought or sold at ``price``."""
        symbol = desk.symbol
        mark = desk.columns.mark.decimal(row)
        position = self.books.positions.get(symbol)
        held = position.quantity if position is not None else ZERO
        change = traded * (mark - price) - fee - self._initial(symbol, (held + traded) * mark)
        if position is not None:
            change += self._initial(symbol, held * mark)
        return self.available_margin(row) + change

    def clearly_affords(self, desk: Desk, row: int, traded: Decimal, value: Decimal, fee: Decimal) -> bool:
        """A cheap test: true only when a trade makes its position smaller or ``available_after`` is not negative.

        It knows the common case: no other position, no open order, a notional inside the first tier. ``value`` is what
        is traded, at its price.
        """
        books = self.books
        positions = books.positions
        position = positions.get(desk.symbol)
        if position is None:
            if positions or self.open_orders:
                return False
            held, equity = traded, books.wallet.get(books.margin_currency, ZERO) - fee - value
        else:
            quantity = position.quantity
            held = traded + quantity
            if abs(held) <= abs(quantity):
                return True
            if len(positions) > 1 or self.open_orders:
                return False
            equity = books.wallet.get(books.margin_currency, ZERO) - fee - value - position.entry_cost
        marked = held * desk.columns.mark.decimal(row)
        leverage, first_tier_ends = desk.first_tier or self._first_tier(desk)
        notional = abs(marked)
        if first_tier_ends is not None and notional >= first_tier_ends:
            return False
        return (equity + marked) * leverage >= notional + ONE

    def _first_tier(self, desk: Desk) -> tuple[int, Decimal | None]:
        """The leverage of a perpetual's first tier as it is set now, and where its second begins."""
        tiers = self.tiers(desk.symbol)
        leverage = min(self.leverage_of(desk.symbol), tiers[0].max_leverage)
        desk.first_tier = (leverage, tiers[1].floor if len(tiers) > 1 else None)
        return desk.first_tier

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual."""
        self.leverage[symbol] = leverage
        self.perp_desks[symbol].first_tier = None

    def free(self, location: str, asset: str) -> Decimal:
        """A balance less what open orders have locked."""
        held = self.books.balances[location].get(asset, ZERO)
        if not self.open_orders:
            return held
        return held - sum(self._locks(location, asset), ZERO)

    def withdrawable(self, location: str, asset: str, row: int) -> Decimal:
        """What may leave ``location``: the free balance, on a margin wallet only as far as margin allows."""
        free = self.free(location, asset)
        if location != self.books.margin_location or not (self.books.positions or self.open_orders):
            return free
        if asset == self.books.margin_currency:
            return min(free, self.available_margin(row))
        weighted_price = self.collateral.get(asset, ZERO) * self.collateral_price(asset, row)
        if not weighted_price:
            return free
        return min(free, divide_down(max(self.available_margin(row), ZERO), weighted_price, _TOKEN_STEP))

    def position(self, symbol: str) -> PerpPosition | None:
        """The open position in a perpetual."""
        return self.books.positions.get(symbol)

    def _initial(self, symbol: str, notional: Decimal) -> Decimal:
        return initial_margin(abs(notional), self.leverage_of(symbol), self.tiers(symbol))

    def _order_margin(self) -> Decimal:
        if not self.open_orders:
            return ZERO
        total = ZERO
        for order in self.open_orders.values():
            request = order.request
            if request.trade_type == "perp" and not request.reduce_only:
                notional = order.remaining * order.limit
                total += self._initial(request.symbol, notional) + notional * self.perp_desks[request.symbol].maker_rate
        return total

    def _locks(self, location: str, asset: str) -> Iterator[Decimal]:
        if location != self.spec.spot_location:
            return
        for order in self.open_orders.values():
            request = order.request
            if request.trade_type == "perp":
                continue
            desk = self.spot_desks[request.symbol]
            if request.side == "sell" and asset == desk.instrument.base:
                yield order.remaining
            elif request.side == "buy" and asset == desk.instrument.quote:
                rate = desk.maker_rate if self.fee_currency != "received" else ZERO
                yield order.remaining * order.limit * (1 + rate)


def _collateral_markets(market: MarketColumns, spec: VenueSpec) -> dict[str, InstrumentColumns]:
    """The spot market that prices each coin in the margin currency: the venue's own, else the first in the data."""
    found: dict[str, InstrumentColumns] = {}
    for (venue, _symbol), columns in market.spot.items():
        instrument = columns.instrument
        if instrument.quote == spec.margin_currency and (venue == spec.venue or instrument.base not in found):
            found[instrument.base] = columns
    return found
