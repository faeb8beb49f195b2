"""Orders on Bybit: create, amend, cancel. An answer says only that the request was taken, not what became of it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import TimeInForce
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import divide_down
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.account_modes import AccountModes
from basis_strategy_v1.sandbox.bybit.errors import bad_parameter, duplicate, not_found, refusal
from basis_strategy_v1.sandbox.bybit.formats import SIDES, category_of, order_id_of, order_id_text
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal, RejectKind, TradeRecord

ORDER_LINK_ID = re.compile(r"[A-Za-z0-9_-]{1,36}")

CANCELLED_LATER: frozenset[RejectKind] = frozenset({"post_only_would_match", "no_liquidity"})
"""What the venue's gateway takes and its matching engine cancels."""

SpentBy = dict[int, Decimal]
"""What an order that named its cost was to spend or earn, in the quote coin, by order id."""

_TIME_IN_FORCE: dict[str, TimeInForce] = {"GTC": "gtc", "IOC": "ioc", "FOK": "fok", "PostOnly": "gtc"}
_UNSUPPORTED = ("triggerPrice", "takeProfit", "stopLoss", "orderIv", "slippageTolerance")


class OrderEndpoints:
    """``/v5/order/`` create, amend, cancel, cancel-all."""

    def __init__(self, account: SandboxAccount, market: MarketView, spent: SpentBy) -> None:
        self._account = account
        self._market = market
        self._spent = spent

    def create(self, parameters: Parameters) -> dict[str, Any]:
        """Take an order. Post-only that would match, and market orders nobody fills, are taken and then cancelled."""
        category, instrument = self._instrument(parameters)
        request = self._request(parameters, category, instrument)
        record = self._account.place(request, cancelled_later=CANCELLED_LATER)
        if record.is_rejected:
            raise refusal(category, record.reject_kind, record.reject_reason)
        cost = self._cost(parameters, instrument)
        if cost is not None:
            self._spent[record.order_id] = cost
        return _acknowledged(record)

    def amend(self, parameters: Parameters) -> dict[str, Any]:
        """Change an open order's quantity or price; a post-only order that would now match is cancelled."""
        category, _ = self._instrument(parameters)
        record = self._open(parameters, category)
        quantity, price = parameters.decimal("qty"), parameters.decimal("price")
        if quantity is None and price is None:
            raise bad_parameter("qty or price is required")
        if quantity in (None, record.quantity) and price in (None, record.price):
            raise bad_parameter("The order remains unchanged as the parameters entered match the existing ones.")
        done = self._account.amend(record.order_id, quantity, price)
        if isinstance(done, Refusal):
            if done.kind not in CANCELLED_LATER:
                raise refusal(category, done.kind, done.reason)
            self._account.cancel(record.order_id)
        return _acknowledged(record)

    def cancel(self, parameters: Parameters) -> dict[str, Any]:
        """Cancel one order."""
        category, _ = self._instrument(parameters)
        record = self._open(parameters, category)
        self._account.cancel(record.order_id)
        return _acknowledged(record)

    def cancel_all(self, parameters: Parameters) -> dict[str, Any]:
        """Cancel all orders of a category, or of one symbol."""
        category = parameters.category()
        symbol = parameters.text("symbol")
        if category == "linear":
            require_scope(parameters)
        cancelled = [
            record
            for record in self._account.resting_orders(symbol or None)
            if category_of(record.trade_type) == category and is_in_scope(self._market, record, parameters)
        ]
        for record in cancelled:
            self._account.cancel(record.order_id)
        return {"list": [_acknowledged(record) for record in cancelled], "success": "1"}

    def _instrument(self, parameters: Parameters) -> tuple[str, Instrument]:
        category = parameters.category()
        symbol = parameters.required("symbol")
        kind = {"spot": "spot", "linear": "perp"}.get(category, "")
        instrument = self._market.instrument(symbol, kind)
        if instrument is None:
            raise refusal(category, "unknown_symbol", symbol)
        return category, instrument

    def _request(self, parameters: Parameters, category: str, instrument: Instrument) -> OrderRequest:
        side, order_type = parameters.required("side"), parameters.required("orderType")
        if side not in SIDES:
            raise bad_parameter("Side invalid")
        if order_type not in ("Market", "Limit"):
            raise bad_parameter("OrderType invalid")
        _check_supported(parameters, category, self._account.modes)
        market = order_type == "Market"
        price = None if market else parameters.decimal("price")
        if not market and price is None:
            raise bad_parameter("price is required")
        time_in_force = parameters.text("timeInForce", "IOC" if market else "GTC")
        if time_in_force not in _TIME_IN_FORCE:
            raise bad_parameter("timeInForce invalid")
        return OrderRequest(
            client_order_id=self._link_id(parameters, category),
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            side=SIDES[side],
            quantity=self._quantity(parameters, instrument),
            order_type="market" if market else "limit",
            price=price,
            time_in_force="gtc" if market else _TIME_IN_FORCE[time_in_force],
            post_only=not market and time_in_force == "PostOnly",
            reduce_only=category == "linear" and parameters.flag("reduceOnly"),
        )

    def _quantity(self, parameters: Parameters, instrument: Instrument) -> Decimal:
        """Base units."""
        cost = self._cost(parameters, instrument)
        if cost is not None:
            quote = self._market.quote(instrument.symbol, instrument.trade_type)
            price = quote.ask if parameters.text("side") == "Buy" else quote.bid
            return divide_down(cost, price, instrument.step)
        quantity = parameters.decimal("qty")
        if quantity is None:
            raise bad_parameter("qty is required")
        return quantity

    def _cost(self, parameters: Parameters, instrument: Instrument) -> Decimal | None:
        """What ``qty`` spends or earns in the quote coin: a spot market buy without ``marketUnit`` names that."""
        if instrument.trade_type != "spot" or parameters.text("orderType") != "Market":
            return None
        default = "quoteCoin" if parameters.text("side") == "Buy" else "baseCoin"
        unit = parameters.text("marketUnit", default)
        if unit not in ("baseCoin", "quoteCoin"):
            raise bad_parameter("marketUnit invalid")
        return parameters.decimal("qty") if unit == "quoteCoin" else None

    def _link_id(self, parameters: Parameters, category: str) -> str:
        link_id = parameters.text("orderLinkId")
        if not link_id:
            return ""
        if not ORDER_LINK_ID.fullmatch(link_id):
            raise bad_parameter("OrderLinkId invalid")
        if self._account.is_client_id_used(link_id):
            raise duplicate(category)
        return link_id

    def _open(self, parameters: Parameters, category: str) -> OrderRecord:
        """The open order that ``orderId``, else ``orderLinkId``, names."""
        order_id, link_id = parameters.text("orderId"), parameters.text("orderLinkId")
        if not order_id and not link_id:
            raise bad_parameter("orderId or orderLinkId is required")
        record: OrderRecord | None
        if order_id:
            number = order_id_of(order_id)
            record = None if number is None else self._account.open_order(number)
        else:
            record = self._account.open_with(link_id)
        if record is None or category_of(record.trade_type) != category:
            raise not_found(category)
        if record.symbol != parameters.text("symbol"):
            raise not_found(category)
        return record


def require_scope(parameters: Parameters) -> None:
    """Derivatives need a symbol, a base coin or a settle coin."""
    if not any(parameters.text(name) for name in ("symbol", "baseCoin", "settleCoin")):
        raise bad_parameter("Missing some parameters that must be filled in, symbol or settleCoin or baseCoin")


def is_in_scope(market: MarketView, record: OrderRecord | TradeRecord, parameters: Parameters) -> bool:
    """Whether an order or trade is of the ``baseCoin`` and ``settleCoin`` asked for."""
    instrument = market.instrument(record.symbol, record.trade_type)
    return instrument is not None and of_coins(instrument, parameters)


def of_coins(instrument: Instrument, parameters: Parameters) -> bool:
    """Whether an instrument is of the ``baseCoin`` and ``settleCoin`` asked for."""
    base, settle = parameters.text("baseCoin"), parameters.text("settleCoin")
    return base in ("", instrument.base) and settle in ("", instrument.quote)


def _check_supported(parameters: Parameters, category: str, modes: AccountModes) -> None:
    for name in _UNSUPPORTED:
        if parameters.text(name):
            raise bad_parameter(f"{name} is not offered here")
    if parameters.text("orderFilter", "Order") != "Order":
        raise bad_parameter("orderFilter is not offered here")
    if category == "linear" and (parameters.text("positionIdx", "0") == "0") == modes.is_hedged:
        raise bad_parameter("position idx not match position mode")
    if category == "linear" and (modes.is_hedged or modes.margin != "cross"):
        raise bad_parameter("hedge mode, isolated and portfolio margin are not offered here")


def _acknowledged(record: OrderRecord) -> dict[str, Any]:
    return {"orderId": order_id_text(record.order_id, record.trade_type), "orderLinkId": record.client_id}
