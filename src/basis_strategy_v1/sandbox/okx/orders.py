"""Orders on OKX: place, amend, cancel, one or several at a time. An answer carries ids, not fills."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import OrderType, Side, TimeInForce
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import divide_down
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.account_modes import MULTI_CURRENCY
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.okx.errors import (
    WireError,
    amend_refusal,
    bad_parameter,
    duplicate,
    empty_parameter,
    refusal,
    same_direction,
)
from basis_strategy_v1.sandbox.okx.formats import order_id_of, order_id_text, trade_mode
from basis_strategy_v1.sandbox.okx.instruments import InstrumentNames, contract_value
from basis_strategy_v1.sandbox.okx.parameters import Parameters
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal, RejectKind

CLIENT_ORDER_ID = re.compile(r"[A-Za-z0-9]{1,32}")
MOST_PER_REQUEST = 20

CANCELED_LATER: frozenset[RejectKind] = frozenset({"post_only_would_match", "no_liquidity"})
"""What the venue's gateway takes and its matching engine cancels."""

_SIDES: dict[str, Side] = {"buy": "buy", "sell": "sell"}
_KINDS: dict[str, tuple[OrderType, TimeInForce]] = {
    "market": ("market", "gtc"),
    "limit": ("limit", "gtc"),
    "post_only": ("limit", "gtc"),
    "ioc": ("limit", "ioc"),
    "fok": ("limit", "fok"),
}

SpentBy = dict[int, Decimal]
"""What an order that named its cost was to spend or earn, in the quote currency, by order id."""

Entries = list[dict[str, Any]]
Action = Callable[[Parameters], dict[str, Any]]


class OrderEndpoints:
    """``trade/`` order, batch-orders, amend-order, cancel-order, cancel-batch-orders.

    Every call answers one entry per order; one that is refused has an ``sCode`` other than 0.
    """

    def __init__(
        self,
        account: SandboxAccount,
        market: MarketView,
        clock: VenueClock,
        names: InstrumentNames,
        spent: SpentBy,
    ) -> None:
        self._spent = spent
        self._account = account
        self._market = market
        self._clock = clock
        self._names = names

    def place(self, orders: Sequence[Parameters]) -> Entries:
        """Take orders. Post-only that would match, and market orders nobody fills, are taken and then canceled."""
        return self._each(orders, self._place_one, "51111", "Maximum {} orders can be placed in bulk.")

    def amend(self, orders: Sequence[Parameters]) -> Entries:
        """Change open orders' size (what is filled included) or price."""
        return self._each(orders, self._amend_one, "51501", "Maximum {} orders can be modified.")

    def cancel(self, orders: Sequence[Parameters]) -> Entries:
        """Cancel orders."""
        return self._each(orders, self._cancel_one, "51406", "Canceled - order count exceeds the limit {}.")

    def _each(self, orders: Sequence[Parameters], action: Action, too_many: str, words: str) -> Entries:
        if len(orders) > MOST_PER_REQUEST:
            raise WireError(too_many, words.format(MOST_PER_REQUEST))
        return [self._entry(order, action) for order in orders]

    def _entry(self, order: Parameters, action: Action) -> dict[str, Any]:
        entry = {"clOrdId": order.text("clOrdId"), "ordId": "", "tag": order.text("tag")}
        entry["ts"] = str(self._clock.now_ms())
        try:
            return entry | action(order) | {"sCode": "0", "sMsg": ""}
        except WireError as refused:
            entry["ordId"] = order.text("ordId")
            return entry | {"sCode": refused.code, "sMsg": refused.words}

    def _place_one(self, order: Parameters) -> dict[str, Any]:
        record = self._account.place(self._request(order), cancelled_later=CANCELED_LATER)
        if record.is_rejected:
            held = record.symbol in [view.symbol for view in self._account.positions()]
            raise same_direction() if held and record.reject_kind == "reduce_only" else _refused(record)
        cost = _cost(order, self._instrument(order))
        if cost is not None:
            self._spent[record.order_id] = cost
        return {"ordId": order_id_text(record.order_id), "clOrdId": record.client_id}

    def _amend_one(self, order: Parameters) -> dict[str, Any]:
        instrument = self._instrument(order)
        record = self._open(order, instrument)
        if record is None:
            raise WireError("51503", "Your order has already been filled or canceled.")
        size, price = order.decimal("newSz"), order.decimal("newPx")
        if size is None and price is None:
            raise WireError("51500", "You must enter a price, quantity, or TP/SL")
        quantity = None if size is None else size * contract_value(instrument)
        done = self._account.amend(record.order_id, quantity, price)
        if isinstance(done, Refusal):
            if order.flag("cxlOnFail"):
                self._account.cancel(record.order_id)
            raise amend_refusal(done.kind, done.reason)
        return _named(record) | {"reqId": order.text("reqId")}

    def _cancel_one(self, order: Parameters) -> dict[str, Any]:
        record = self._open(order, self._instrument(order))
        if record is None:
            words = "Order cancellation failed as the order has been filled, canceled or does not exist."
            raise WireError("51400", words)
        self._account.cancel(record.order_id)
        return _named(record)

    def _request(self, order: Parameters) -> OrderRequest:
        instrument = self._instrument(order)
        swap = instrument.trade_type == "perp"
        if order.required("tdMode") != trade_mode(instrument.trade_type, self._account.modes.level):
            raise bad_parameter("tdMode")
        if swap and self._account.modes.level != MULTI_CURRENCY:
            raise WireError("51010", "You can't complete this request under your current account mode.")
        if order.text("posSide", "net") != "net" or (swap and self._account.modes.is_hedged):
            raise bad_parameter("posSide")
        if not swap and order.flag("reduceOnly"):
            words = "Reduce-only feature is unavailable for spot transactions in multi-currency margin accounts."
            raise WireError("51133", words)
        if order.has_entries("attachAlgoOrds"):
            raise bad_parameter("attachAlgoOrds")
        side, kind = order.required("side"), order.required("ordType")
        if side not in _SIDES:
            raise bad_parameter("side")
        if kind not in _KINDS:
            raise bad_parameter("ordType")
        order_type, time_in_force = _KINDS[kind]
        return OrderRequest(
            client_order_id=self._client_id(order),
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            side=_SIDES[side],
            quantity=self._quantity(order, instrument),
            order_type=order_type,
            price=None if order_type == "market" else order.decimal("px"),
            time_in_force=time_in_force,
            post_only=kind == "post_only",
            reduce_only=order.flag("reduceOnly"),
        )

    def _quantity(self, order: Parameters, instrument: Instrument) -> Decimal:
        """Base units: a swap's size is contracts."""
        cost = _cost(order, instrument)
        if cost is not None:
            quote = self._market.quote(instrument.symbol, instrument.trade_type)
            return divide_down(cost, quote.ask if order.text("side") == "buy" else quote.bid, instrument.step)
        size = order.decimal("sz")
        if size is None:
            raise empty_parameter("sz")
        return size * contract_value(instrument)

    def _client_id(self, order: Parameters) -> str:
        """The client's id, which must be unique among open orders only."""
        client_id = order.text("clOrdId")
        if not client_id:
            return ""
        if not CLIENT_ORDER_ID.fullmatch(client_id):
            raise bad_parameter("clOrdId")
        if self._account.open_with(client_id) is not None:
            raise duplicate()
        return client_id

    def _instrument(self, order: Parameters) -> Instrument:
        name = order.required("instId")
        found = self._names.find(name)
        if found is None or self._market.instrument(found.symbol, found.trade_type) is None:
            raise refusal("unknown_symbol", name)
        return found

    def _open(self, order: Parameters, instrument: Instrument) -> OrderRecord | None:
        """The open order that ``ordId``, else ``clOrdId``, names."""
        order_id, client_id = order.text("ordId"), order.text("clOrdId")
        if not order_id and not client_id:
            raise WireError("51003", "Either client order ID or order ID is required")
        if order_id:
            number = order_id_of(order_id)
            record = None if number is None else self._account.open_order(number)
        else:
            record = self._account.open_with(client_id, instrument.symbol)
        if record is None or (record.symbol, record.trade_type) != (instrument.symbol, instrument.trade_type):
            return None
        return record


def _cost(order: Parameters, instrument: Instrument) -> Decimal | None:
    """What ``sz`` spends or earns in the quote currency: a spot market buy names that unless told otherwise."""
    if instrument.trade_type != "spot" or order.text("ordType") != "market":
        return None
    unit = order.text("tgtCcy", "quote_ccy" if order.text("side") == "buy" else "base_ccy")
    if unit not in ("base_ccy", "quote_ccy"):
        raise bad_parameter("tgtCcy")
    return order.decimal("sz") if unit == "quote_ccy" else None


def _refused(record: OrderRecord) -> WireError:
    return refusal(record.reject_kind, record.reject_reason)


def _named(record: OrderRecord) -> dict[str, Any]:
    return {"ordId": order_id_text(record.order_id), "clOrdId": record.client_id}
