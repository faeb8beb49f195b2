"""What a strategy sizes with: exact holdings, prices and accounts at the current row. Read only."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import venue_of
from basis_strategy_v1.core.monitors.margin_account import MarginState
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor


class InFlight(Protocol):
    """A transfer on its way."""

    @property
    def to_location(self) -> str: ...

    @property
    def token(self) -> str: ...

    @property
    def amount(self) -> Decimal: ...


class TransferBook(Protocol):
    """Knows the transfers on their way."""

    def in_flight(self) -> Iterable[InFlight]:
        """All of them."""


class BestOffers(Protocol):
    """Knows how much is offered at the best prices."""

    def best_offer(self, venue: str, symbol: str, trade_type: str, side: Side) -> float | None:
        """Base units that ``side`` would find at the best price; None where unknown."""

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float | None:
        """Half of ask less bid, as a fraction of their mean; None where unknown."""


class Portfolio:
    """Exact state for sizing. Prices are those of the clock's row."""

    def __init__(
        self,
        market: MarketColumns,
        clock: Clock,
        position_monitor: PositionMonitor,
        pnl_monitor: PnLMonitor,
        risk_monitor: RiskMonitor,
        transfers: TransferBook,
        offers: BestOffers | None = None,
    ) -> None:
        self._market = market
        self._offers = offers
        self._books = {"spot": market.spot, "perp": market.perp}
        self._clock = clock
        self._reference_row = -1
        self._reference_price = ZERO
        self._position_monitor = position_monitor
        self._ledger = position_monitor.ledger
        self._pnl_monitor = pnl_monitor
        self._risk_monitor = risk_monitor
        self._transfers = transfers

    def equity(self) -> Decimal:
        """NAV in USD, capital on its way included."""
        return self._pnl_monitor.nav

    def amount(self, location: str, asset: str) -> Decimal:
        """How much of ``asset`` sits at ``location``."""
        return self._ledger.amount(location, asset)

    def value(self, location: str, asset: str) -> Decimal:
        """What a holding is worth at this row, in USD."""
        holding = self._ledger.at(location).get(asset)
        return ZERO if holding is None else holding.amount * holding.price

    def base_held(self) -> Decimal:
        """Base units held, everywhere."""
        total = ZERO
        for holding in self._ledger.bases:
            total += holding.amount
        return total

    def perp(self, spec: VenueSpec, symbol: str) -> Decimal:
        """Signed base units of a perpetual."""
        return self._ledger.amount(spec.margin_location, symbol + PERP_SUFFIX)

    def reference_price(self) -> Decimal:
        """The reference spot S."""
        row = self._clock.row
        if row != self._reference_row:
            assert self._market.reference is not None
            self._reference_price = self._market.reference.decimal(row)
            self._reference_row = row
        return self._reference_price

    def columns(self, venue: str, symbol: str, trade_type: str) -> InstrumentColumns:
        """The series of an instrument."""
        return self._books[trade_type][(venue, symbol)]

    def price(self, venue: str, symbol: str, trade_type: str) -> Decimal:
        """Where the instrument trades at this row."""
        return self._books[trade_type][(venue, symbol)].price.decimal(self._clock.row)

    def known_price(self, venue: str, symbol: str, trade_type: str) -> Decimal | None:
        """``price``; None where the run does not know the instrument, or it cannot trade at this row."""
        columns = self._books[trade_type].get((venue, symbol))
        if columns is None:
            return None
        row = self._clock.row
        price = columns.price
        return None if price.missing is not None and price.missing[row] else price.decimal(row)

    def mark(self, venue: str, symbol: str) -> Decimal:
        """What a perpetual is valued at at this row."""
        return self.columns(venue, symbol, "perp").mark.decimal(self._clock.row)

    def is_tradable(self, venue: str, symbol: str, trade_type: str) -> bool:
        """Whether the instrument can trade at this row."""
        missing = self._books[trade_type][(venue, symbol)].price.missing
        return missing is None or not missing[self._clock.row]

    def has_price(self, venue: str, symbol: str, trade_type: str) -> bool:
        """Whether the run knows the instrument, and it can trade at this row."""
        book = self._market.spot if trade_type == "spot" else self._market.perp
        return (venue, symbol) in book and self.is_tradable(venue, symbol, trade_type)

    def best_offer(self, venue: str, symbol: str, trade_type: str, side: Side) -> float | None:
        """Base units that ``side`` would find at the best price now; None where no book is known."""
        return None if self._offers is None else self._offers.best_offer(venue, symbol, trade_type, side)

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float | None:
        """Half of ask less bid, as a fraction of their mean; None where no book is known."""
        return None if self._offers is None else self._offers.half_spread(venue, symbol, trade_type)

    def net_exposure(self) -> Decimal:
        """Base units held plus perpetual units."""
        total = self.base_held()
        for holding in self._ledger.perps:
            total += holding.amount
        return total

    def margin(self, spec: VenueSpec) -> MarginState:
        """The margin account of a venue."""
        return self._risk_monitor.margin_state(spec)

    def wallet_balance(self, location: str, asset: str) -> Decimal:
        """What a wallet holds, without unrealised profit."""
        return self._position_monitor.wallet_balance(location, asset)

    def entry_cost(self, spec: VenueSpec, symbol: str) -> Decimal:
        """Quantity x entry price of a perpetual (signed)."""
        return self._position_monitor.entry_cost(spec.margin_location, symbol)

    def incoming(self, venue: str, token: str) -> Decimal:
        """What is on its way to any location of ``venue``."""
        return sum(
            (t.amount for t in self._transfers.in_flight() if venue_of(t.to_location) == venue and t.token == token),
            ZERO,
        )

    def gas_cost(self, gas_units: int) -> Decimal:
        """What ``gas_units`` cost at this row, in USD; zero where the run has no gas price."""
        gas, ether = self._market.gas_price_gwei, self._market.ether
        if gas is None or ether is None:
            return ZERO
        row = self._clock.row
        return gas.decimal(row).scaleb(-9) * gas_units * ether.decimal(row)

    def is_flat(self) -> bool:
        """Whether no perpetual is open."""
        return not any(holding.amount for holding in self._ledger.perps)
