"""One tape of instructions, played to any backend of an exchange: all order types, changes, cancellations, moves."""

from __future__ import annotations

import random
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.dialects.venue_records import plain
from basis_strategy_v1.core.domain.deltas import Changes, Fill, add_changes
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import (
    FundingPayment,
    LocationReport,
    OrderReport,
    OrderRequest,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, round_nearest, step_down
from basis_strategy_v1.core.interfaces.ports import CEXBackend
from basis_strategy_v1.core.interfaces.trade_routes import changes_of_fills, trade_routes
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class Amend(msgspec.Struct, frozen=True):
    """Change the limit of an order, and its quantity where one is given."""

    client_order_id: str
    quantity: Decimal | None
    price: Decimal


class Cancel(msgspec.Struct, frozen=True):
    """Cancel an order."""

    client_order_id: str


class NextRow(msgspec.Struct, frozen=True):
    """Let the clock go to the next row, and tell what happened by itself."""


Instruction = OrderRequest | Amend | Cancel | TransferRequest | NextRow

MONEY_STEP = Decimal("1e-8")

KINDS = ("market", "reduce", "ioc", "fok", "crossing", "resting", "post_only", "post_only_crossing", "reduce_limit")


class TapeWriter:
    """Writes a tape of ``length`` instructions that fit the venue's filters, from a seed.

    Args:
        price_at: the price of an instrument at a row.
    """

    def __init__(self, spec: VenueSpec, price_at: Callable[[Instrument, int], Decimal], seed: int, rows: int) -> None:
        self._spec = spec
        self._price_at = price_at
        self._random = random.Random(seed)
        self._row = 0
        self._rows = rows
        self._number = 0
        self._resting: list[OrderRequest] = []
        self.kinds: dict[str, int] = {}

    def write(self, length: int) -> list[Instruction]:
        """The tape: rows come in between and are not counted."""
        tape: list[Instruction] = []
        written = 0
        every = max(1, length // (self._rows - 1))
        while written < length:
            if written and written % every == 0 and self._row < self._rows - 1:
                self._row += 1
                tape.append(NextRow())
            tape.append(self._instruction())
            written += 1
        return tape

    def _instruction(self) -> Instruction:
        draw = self._random.random()
        if self._resting and draw < 0.15:
            return Cancel(self._resting.pop(self._random.randrange(len(self._resting))).client_order_id)
        if self._resting and draw < 0.3:
            return self._amend(self._random.choice(self._resting))
        if len(self._spec.locations) > 1 and draw < 0.36:
            return self._move()
        return self._order(self._random.choice(KINDS))

    def _order(self, kind: str) -> OrderRequest:
        instrument = self._random.choice(self._spec.instruments)
        perp = instrument.trade_type == "perp"
        if kind.startswith("reduce") and not perp:
            kind = "market"
        if kind == "fok" and "fok" not in self._spec.capabilities:
            kind = "ioc"
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        side = self._random.choice(("buy", "sell"))
        crossing = kind in ("ioc", "fok", "crossing", "post_only_crossing", "reduce_limit")
        market = kind in ("market", "reduce")
        request = OrderRequest(
            client_order_id=self._id(),
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            side=side,  # type: ignore[arg-type]
            quantity=self._quantity(instrument),
            order_type="market" if market else "limit",
            price=None if market else self._limit(instrument, side, crossing=crossing),
            time_in_force=kind if kind in ("ioc", "fok") else "gtc",  # type: ignore[arg-type]
            post_only=kind.startswith("post_only"),
            reduce_only=kind.startswith("reduce"),
        )
        if kind == "resting":
            self._resting.append(request)
        return request

    def _amend(self, request: OrderRequest) -> Amend:
        instrument = self._spec.instrument(request.symbol, request.trade_type)
        assert instrument is not None
        price = self._limit(instrument, request.side, crossing=self._random.random() < 0.2)
        return Amend(request.client_order_id, None, price)

    def _move(self) -> TransferRequest:
        source, target = self._random.sample(self._spec.locations, 2)
        amount = Decimal(self._random.randrange(1, 50_000)) / 100
        return TransferRequest(
            client_transfer_id=self._id(),
            from_location=source,
            to_location=target,
            token=self._spec.margin_currency,
            amount=amount,
        )

    def _quantity(self, instrument: Instrument) -> Decimal:
        price = self._price_at(instrument, self._row)
        notional = Decimal(self._random.randrange(150, 3_000))
        return divide_down(notional, price, instrument.step)

    def _limit(self, instrument: Instrument, side: str, *, crossing: bool) -> Decimal:
        price = self._price_at(instrument, self._row)
        away = Decimal(self._random.randrange(5, 200)) / 10_000
        buying = side == "buy"
        factor = 1 + away if buying is crossing else 1 - away
        return max(step_down(price * factor, _coarse(instrument, price)), instrument.tick)

    def _id(self) -> str:
        self._number += 1
        return f"{self._number:032x}"


def _coarse(instrument: Instrument, price: Decimal) -> Decimal:
    """A tick with which the price has five digits, as one venue wants it."""
    five_digits = Decimal(10) ** (price.adjusted() - 4)
    return max(five_digits, instrument.tick)


class Outcome(msgspec.Struct, frozen=True):
    """What an instruction did, without the venue's names for it."""

    changes: Changes
    fills: tuple[tuple[Any, ...], ...]
    filled: Decimal
    is_open: bool


class Player:
    """Plays a tape to one backend."""

    def __init__(self, backend: CEXBackend, spec: VenueSpec, next_row: Callable[[], Any]) -> None:
        self._backend = backend
        self._routes = trade_routes(spec)
        self._next_row = next_row
        self._seen: dict[str, int] = {}
        self._outcomes: list[Outcome] = []
        self.changes: Changes = {}
        self.fees: dict[str, Decimal] = {}
        self.funding: list[tuple[int, str, Decimal, Decimal]] = []
        self.fills = 0

    def play(self, instruction: Instruction) -> list[Outcome]:
        """Carry out one instruction; what it did, in an order of its own."""
        self._outcomes = []
        match instruction:
            case OrderRequest():
                self._take(self._backend.place_order(instruction))
            case Amend(client_order_id, quantity, price):
                self._take(self._backend.amend_order(client_order_id, quantity, price))
            case Cancel(client_order_id):
                self._take(self._backend.cancel_order(client_order_id))
            case TransferRequest():
                self._moved(instruction, self._backend.transfer(instruction))
            case NextRow():
                self._next_row()
                self._happened()
        return sorted(self._outcomes, key=repr)

    def _happened(self) -> None:
        for event in self._backend.poll_events():
            if isinstance(event, FundingPayment):
                self.funding.append((event.timestamp, event.symbol, event.quantity, event.amount))
            elif isinstance(event, OrderReport):
                self._take(event)

    def _take(self, report: OrderReport) -> None:
        """Note the fills that were not seen yet."""
        known = self._seen.get(report.client_order_id, 0)
        new = report.fills[known:]
        if report.fills:
            self._seen[report.client_order_id] = len(report.fills)
        changes = changes_of_fills(self._routes[report.trade_type][report.symbol], new) if new else {}
        self.fills += len(new)
        add_changes(self.changes, changes)
        for fill in new:
            self.fees[fill.fee_asset] = self.fees.get(fill.fee_asset, ZERO) + fill.fee
        rounded = {place: {asset: _money(amount) for asset, amount in held.items()} for place, held in changes.items()}
        fills = tuple(_plain(fill) for fill in new)
        self._outcomes.append(Outcome(rounded, fills, plain(report.filled), report.status.is_open))

    def _moved(self, request: TransferRequest, report: TransferReport) -> None:
        changes: Changes = {}
        if report.sent:
            changes = {
                request.from_location: {report.token: -report.sent},
                request.to_location: {report.token: report.received},
            }
        add_changes(self.changes, changes)
        self._outcomes.append(Outcome(changes, (), report.sent, False))

    def holdings(self) -> dict[str, tuple[dict[str, Decimal], dict[str, tuple[Decimal, Decimal]]]]:
        """Balances and positions by location."""
        return {report.location: _held(report) for report in self._backend.observe()}


def _plain(fill: Fill) -> tuple[Any, ...]:
    money = _money(fill.fee)
    return (fill.symbol, fill.trade_type, plain(fill.quantity), plain(fill.price), money, fill.fee_asset)


def _money(amount: Decimal) -> Decimal:
    """An amount to the last digit that every venue writes."""
    return plain(round_nearest(amount, MONEY_STEP))


def _held(report: LocationReport) -> tuple[dict[str, Decimal], dict[str, tuple[Decimal, Decimal]]]:
    positions = {symbol: (item.quantity, item.entry_cost) for symbol, item in report.positions.items()}
    return dict(report.balances), positions
