"""What a local venue remembers of an account: orders, trades, funding, transfers. Times are ms UTC."""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Literal

import msgspec

from basis_strategy_v1.core.domain.instructions import OrderType, Side, TimeInForce, TradeType
from basis_strategy_v1.core.domain.orders import OrderStatus

RejectKind = Literal[
    "",
    "unknown_symbol",
    "unsupported",
    "lot_size",
    "min_quantity",
    "min_notional",
    "tick_size",
    "price_missing",
    "no_price",
    "no_liquidity",
    "slippage",
    "post_only_would_match",
    "reduce_only",
    "insufficient_balance",
    "insufficient_margin",
    "not_found",
    "amend_below_filled",
    "no_route",
    "below_fee",
    "withdrawals_suspended",
    "other",
]
"""Why the simulated exchange said no. A wire module maps each kind to its venue's own code."""


class TradeRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One fill. ``quantity`` and ``quote_quantity`` are positive; ``fee`` > 0 was paid in ``fee_asset``.

    ``realised_pnl`` is what a perpetual's fill moved into the wallet, fee apart, and ``position_before`` the position
    that it met (both 0 for spot).
    """

    trade_id: int
    order_id: int
    client_id: str
    symbol: str
    trade_type: TradeType
    side: Side
    price: Decimal
    quantity: Decimal
    quote_quantity: Decimal
    fee: Decimal
    fee_asset: str
    is_maker: bool
    time_ms: int
    realised_pnl: Decimal = Decimal(0)
    position_before: Decimal = Decimal(0)


class OrderRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One order in its latest state; a change makes a new record. Quantities are base units.

    ``average_price`` is None before the first fill. A refused order has status REJECTED, ``reject_kind``,
    ``reject_code`` (an ``EXI`` code) and ``reject_reason``; most venues forget such orders.
    """

    order_id: int
    client_id: str
    symbol: str
    trade_type: TradeType
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    post_only: bool
    reduce_only: bool
    price: Decimal | None
    quantity: Decimal
    status: OrderStatus
    created_ms: int
    updated_ms: int
    filled: Decimal = Decimal(0)
    quote_filled: Decimal = Decimal(0)
    average_price: Decimal | None = None
    fills: tuple[TradeRecord, ...] = ()
    reject_kind: RejectKind = ""
    reject_code: str = ""
    reject_reason: str = ""
    is_liquidation: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it rests on the book."""
        return self.status.is_open

    @property
    def is_rejected(self) -> bool:
        """Whether the venue refused it."""
        return self.status is OrderStatus.REJECTED


class Refusal(msgspec.Struct, frozen=True):
    """A request that was refused and changed nothing."""

    kind: RejectKind
    reason: str
    code: str = ""


class FundingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One funding settlement of a position: ``amount`` > 0 was received in ``asset``."""

    funding_id: int
    time_ms: int
    symbol: str
    rate: Decimal
    mark_price: Decimal
    quantity: Decimal
    amount: Decimal
    asset: str


class TransferRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A move between two locations of the venue, done at once and free."""

    transfer_id: int
    client_id: str
    from_location: str
    to_location: str
    asset: str
    amount: Decimal
    time_ms: int


WITHDRAWAL = "-withdrawal-"


def withdrawal_source(venue: str, withdrawal_id: int) -> str:
    """What names a withdrawal on its way to the receiver."""
    return f"{venue}{WITHDRAWAL}{withdrawal_id}"


def _made_up_hash(source: str) -> str:
    return "0x" + hashlib.sha256(source.encode()).hexdigest()


WithdrawalStatus = Literal["held", "sent", "completed", "failed"]


class WithdrawalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """A withdrawal: ``amount`` left the account, ``fee`` of it was kept, the rest was sent.

    ``held`` waits for the venue's approval, ``sent`` is on its way, ``completed`` has arrived (``completed_ms``), and
    ``failed`` was refused after it had been taken: its amount is back in the account.
    """

    withdrawal_id: int
    client_id: str
    location: str
    asset: str
    amount: Decimal
    fee: Decimal
    address: str
    network: str
    tag: str
    status: WithdrawalStatus
    time_ms: int
    completed_ms: int

    @property
    def received(self) -> Decimal:
        """What the other side gets."""
        return self.amount - self.fee

    @property
    def has_left(self) -> bool:
        """Whether there is a transaction that pays it."""
        return self.status in ("sent", "completed")

    @property
    def transaction_hash(self) -> str:
        """A made-up hash, the same for the sender and the receiver."""
        return _made_up_hash(withdrawal_source(self.location.partition(".")[0], self.withdrawal_id))


class DepositRecord(msgspec.Struct, frozen=True, kw_only=True):
    """Money that came from outside: ``source`` names the sender's transfer."""

    deposit_id: int
    location: str
    asset: str
    amount: Decimal
    source: str
    time_ms: int

    @property
    def transaction_hash(self) -> str:
        """A made-up hash: that of the withdrawal it came from, where it came from one."""
        return _made_up_hash(self.source) if WITHDRAWAL in self.source else self.own_hash

    @property
    def own_hash(self) -> str:
        """A made-up hash that no other deposit has."""
        return _made_up_hash(f"{self.location}-deposit-{self.deposit_id}")


class LiquidationRecord(msgspec.Struct, frozen=True, kw_only=True):
    """The venue took over every perpetual: the orders that closed them and what insurance took."""

    time_ms: int
    orders: tuple[OrderRecord, ...]
    to_insurance: Decimal
    asset: str


class BalanceView(msgspec.Struct, frozen=True):
    """A balance and its parts: ``total`` = ``free`` + ``locked``."""

    asset: str
    total: Decimal
    locked: Decimal

    @property
    def free(self) -> Decimal:
        return self.total - self.locked


class PositionView(msgspec.Struct, frozen=True, kw_only=True):
    """An open perpetual at the current mark. ``quantity`` and ``notional`` are signed."""

    symbol: str
    quantity: Decimal
    entry_cost: Decimal
    entry_price: Decimal
    mark_price: Decimal
    notional: Decimal
    unrealised: Decimal
    leverage: int
    initial_margin: Decimal
    maintenance_margin: Decimal
    liquidation_price: Decimal
    updated_ms: int


class MarginView(msgspec.Struct, frozen=True, kw_only=True):
    """The margin account now, in its currency. ``order_margin`` is part of ``initial``."""

    currency: str
    wallet: Decimal
    unrealised: Decimal
    balance: Decimal
    initial: Decimal
    order_margin: Decimal
    maintenance: Decimal
    available: Decimal
    withdrawable: Decimal
