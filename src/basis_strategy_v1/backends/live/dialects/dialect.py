"""What differs from venue to venue, behind five small protocols.

Ids are as they go on the wire, quantities in base units, times in ms UTC. Methods that tell the venue something raise
``VenueError``; those that only ask raise ``ComponentError``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from basis_strategy_v1.backends.live.dialects.venue_records import (
    Level,
    MarginSetting,
    Permissions,
    Quote,
    VenueDeposit,
    VenueOrder,
    VenueTrade,
    VenueTransfer,
)
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.backends.live.networks import TokenNetwork
from basis_strategy_v1.core.domain.deltas import Fill
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import (
    FundingPayment,
    LiquidationReport,
    LocationReport,
    OrderRequest,
    TransferRequest,
)


class OrderDesk(Protocol):
    """Orders."""

    def place(self, request: OrderRequest, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """Send an order; the order where the answer tells all of it, None where it must be looked up.

        One that cannot rest and is shown as open is filled where its executions make up all of it, else looked up.
        """

    def cancel(self, order: VenueOrder) -> None:
        """Cancel an open order."""

    def amend(self, order: VenueOrder, quantity: Decimal, price: Decimal) -> None:
        """Change the total quantity and the limit of an open order by the venue's own amend call."""

    def find(self, instrument: Instrument, wire_id: str) -> VenueOrder | None:
        """The order with this client id, or None where the venue knows none."""

    def fills(self, order: VenueOrder) -> tuple[Fill, ...]:
        """The executions of an order that the venue lists, oldest first."""

    def open_orders(self) -> Sequence[VenueOrder]:
        """All open orders of the instruments we trade."""


class AccountView(Protocol):
    """Balances, positions, rights."""

    def observe(self) -> Sequence[LocationReport]:
        """Balances (no zeros) and positions at each location."""

    def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """Set the leverage of a perpetual."""

    def margin_settings(self, perpetuals: Sequence[Instrument]) -> Sequence[MarginSetting]:
        """How the account margins each of ``perpetuals``."""

    def set_cross_margin(self, perpetual: Instrument) -> None:
        """Put a perpetual, or where the venue knows but one mode for all the account, on cross margin."""

    def permissions(self) -> Permissions:
        """What the credentials may do; fails where they are not valid."""


class EventFeed(Protocol):
    """What happens to the account by itself."""

    def settlements_since(self, since: int) -> Sequence[FundingPayment | LiquidationReport]:
        """Funding payments and liquidations at or after ``since``, oldest first."""

    def deposits_since(self, since: int) -> Sequence[VenueDeposit]:
        """Credited deposits at or after ``since``, oldest first."""

    def trades_since(self, instrument: Instrument, since: int) -> Sequence[VenueTrade]:
        """Executions at or after ``since``, oldest first, whoever ordered them: also those of the venue itself."""

    def ordered_as(self, instrument: Instrument, trade: VenueTrade) -> str:
        """The client id under which the order of an execution was first sent; empty where it has none."""


class TransferDesk(Protocol):
    """Movements of tokens."""

    def transfer_inside(self, request: TransferRequest, wire_id: str) -> VenueTransfer:
        """Move between two locations of the venue."""

    def withdraw(self, request: TransferRequest, wire_id: str, fee: Decimal) -> VenueTransfer:
        """Send to an address; ``request.amount`` is what leaves the location, fee included."""

    def networks(self, token: str) -> Sequence[TokenNetwork]:
        """Where the token moves in and out of the venue now; empty where the venue tells of no networks."""

    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        """Transfers that may be the one asked for at or after ``since``, oldest first.

        One at most where the venue takes an id of ours, else all that moved the same.
        """


class QuoteFeed(Protocol):
    """Prices."""

    def quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote]:
        """What instruments cost now."""

    def offers(self, instrument: Instrument, side: Side) -> Iterator[Level]:
        """The side of the order book that ``side`` takes from, best price first; each level is read when asked for."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one venue is spoken to.

    Attributes:
        gateways: every API of the venue that is used.
        load_markets: has the venue's instrument lists at hand; instruments that it does not list.
    """

    gateways: tuple[Gateway, ...]
    load_markets: Callable[[], Sequence[Instrument]]
    orders: OrderDesk
    account: AccountView
    events: EventFeed
    transfers: TransferDesk
    market: QuoteFeed
