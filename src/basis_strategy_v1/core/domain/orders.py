"""What is told to an exchange and what it answers."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Literal

import msgspec

from basis_strategy_v1.core.domain.deltas import Fill, Outcome
from basis_strategy_v1.core.domain.instructions import OrderType, Side, TimeInForce, TradeType


class OrderStatus(Enum):
    """States of an order at a venue."""

    # Looked up several times for each order; by default its name would be hashed each time.
    __hash__ = object.__hash__

    NEW = "new"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"

    @property
    def is_open(self) -> bool:
        return self in _OPEN


_OPEN = frozenset({OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED})


class OrderRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """An order as the venue gets it; ``quantity`` in base units, ``max_slippage`` a fraction of the price."""

    client_order_id: str
    symbol: str
    trade_type: TradeType
    side: Side
    quantity: Decimal
    order_type: OrderType = "market"
    price: Decimal | None = None
    time_in_force: TimeInForce = "gtc"
    post_only: bool = False
    reduce_only: bool = False
    max_slippage: Decimal | None = None


class OrderReport(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What is known of an order. ``fills`` are all fills so far, in order.

    ``outcome`` is REJECTED only when the venue said so definitely (then ``error_code`` is an ``EXI``
    code and ``reason`` the venue's words), UNKNOWN when the answer was lost or not understood.
    """

    client_order_id: str
    symbol: str
    trade_type: TradeType
    side: Side
    quantity: Decimal
    status: OrderStatus
    venue_order_id: str = ""
    filled: Decimal = Decimal(0)
    price: Decimal | None = None
    fills: tuple[Fill, ...] = ()
    outcome: Outcome = Outcome.DONE
    error_code: str = ""
    reason: str = ""


class TransferRequest(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A movement of a token out of a location; ``amount`` is what leaves it, fee included."""

    client_transfer_id: str
    from_location: str
    to_location: str
    token: str
    amount: Decimal
    network: str = ""
    address: str = ""
    tag: str = ""


class TransferReport(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is known of a transfer; ``arrives_at`` in ns, 0 when at once.

    A fee in the token itself (``fee_asset`` empty) is taken from what is sent: ``received`` = sent - fee. A fee in
    another asset is paid on top, from the location that sends. ``fee_bucket`` says what it is: a venue's withdrawal
    fee is ``transfer``, a chain's gas is ``gas``. ``venue_transfer_id`` is the venue's own id, empty without one.
    """

    client_transfer_id: str
    token: str
    sent: Decimal
    fee: Decimal
    received: Decimal
    arrives_at: int = 0
    fee_asset: str = ""
    fee_bucket: Literal["transfer", "gas"] = "transfer"
    venue_transfer_id: str = ""
    outcome: Outcome = Outcome.DONE
    error_code: str = ""
    reason: str = ""


class PerpPosition(msgspec.Struct, frozen=True, gc=False):
    """A perpetual position as a venue reports it: signed quantity and signed entry cost (quantity x entry price)."""

    quantity: Decimal
    entry_cost: Decimal


class LocationReport(msgspec.Struct, frozen=True, gc=False):
    """What a venue says sits at one location: wallet balances and perpetual positions by symbol.

    ``observed_at`` is the time (ns UTC) that the venue gives its answer, 0 when it is now.
    """

    location: str
    balances: dict[str, Decimal]
    positions: dict[str, PerpPosition] = {}
    observed_at: int = 0


class FundingPayment(msgspec.Struct, frozen=True, gc=False):
    """Funding exchanged at ``timestamp`` (ns): ``amount`` > 0 was received, in the quote currency.

    ``rate`` and ``mark_price`` are what the venue published, as the floats whose shortest text is the exact value;
    only quantity and amount enter the books.
    """

    timestamp: int
    venue: str
    symbol: str
    rate: float
    mark_price: float
    quantity: Decimal
    amount: Decimal


class LiquidationReport(msgspec.Struct, frozen=True, kw_only=True):
    """The venue took over every perpetual of an account: what closed at which price, and what insurance took."""

    timestamp: int
    venue: str
    location: str
    fills: tuple[Fill, ...]
    to_insurance: Decimal
    quote: str
    reason: str


class TransferArrival(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A transfer on its way has reached its location; ``deposit_id`` is the receiver's own, empty where it has none."""

    timestamp: int
    client_transfer_id: str
    location: str
    token: str
    amount: Decimal
    deposit_id: str = ""


class PartialArrival(msgspec.Struct, frozen=True, gc=False):
    """Some of a transfer has reached its location, and the rest has not; ``deposit_id`` is the receiver's own."""

    timestamp: int
    client_transfer_id: str
    location: str
    token: str
    amount: Decimal
    deposit_id: str


Arrival = TransferArrival | PartialArrival
AccountEvent = FundingPayment | LiquidationReport | TransferArrival | PartialArrival | OrderReport
"""What happens to an account without an instruction of this moment (a resting order's fill comes as its report)."""
