"""Reads a spot order out of a request, and checks it against the instrument's filters."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, is_multiple
from basis_strategy_v1.sandbox.binance.client_ids import generated_client_id
from basis_strategy_v1.sandbox.binance.errors import BinanceError, missing, refusal
from basis_strategy_v1.sandbox.binance.formats import eight, places
from basis_strategy_v1.sandbox.binance.parameters import Parameters, illegal_characters
from basis_strategy_v1.sandbox.market_view import MarketView

CLIENT_ID = re.compile(r"^[a-zA-Z0-9-_]{1,36}$")
ASSET_PLACES = 8
LARGEST_QUANTITY = Decimal(9000)
LARGEST_PRICE = Decimal(1_000_000)
LARGEST_NOTIONAL = Decimal(9_000_000)
"""Of a limit order: a market order may be larger."""

_SIDES = ("BUY", "SELL")
_TYPES = ("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")


class SpotOrderReader:
    """Turns parameters into an order."""

    def __init__(self, market_view: MarketView) -> None:
        self._market_view = market_view

    def read(self, instrument: Instrument, parameters: Parameters, number: int) -> tuple[OrderRequest, str]:
        """The order, and its quote quantity as text where it was given by that.

        ``number`` makes a client id where none was sent.

        Raises:
            BinanceError: for whatever is missing, malformed or outside the filters.
        """
        parameters.need("side")
        parameters.need("type")
        side = parameters.choice("side", _SIDES, BinanceError(-1117, "Invalid side."))
        kind = parameters.choice("type", _TYPES, BinanceError(-1116, "Invalid orderType."))
        if kind not in ("LIMIT", "MARKET", "LIMIT_MAKER"):
            raise BinanceError(
                -1013, f"{str(kind).replace('_', ' ').capitalize()} orders are not supported for this symbol."
            )
        quantity, quote_quantity = self._quantity(instrument, parameters, str(kind))
        client_id = parameters.text("newClientOrderId")
        if client_id is not None and not CLIENT_ID.fullmatch(client_id):
            raise illegal_characters("newClientOrderId", CLIENT_ID.pattern)
        request = OrderRequest(
            client_order_id=client_id or generated_client_id(number, "spot"),
            symbol=instrument.symbol,
            trade_type="spot",
            side="buy" if side == "BUY" else "sell",
            quantity=quantity,
            order_type="market" if kind == "MARKET" else "limit",
            price=_price(parameters, str(kind)),
            time_in_force=_time_in_force(parameters, str(kind)),
            post_only=kind == "LIMIT_MAKER",
        )
        self._check_filters(instrument, request)
        return request, quote_quantity

    def _quantity(self, instrument: Instrument, parameters: Parameters, kind: str) -> tuple[Decimal, str]:
        quote_quantity = parameters.decimal("quoteOrderQty")
        if quote_quantity is not None:
            if kind != "MARKET" or parameters.text("quantity") is not None:
                raise BinanceError(-1128, "Combination of optional parameters invalid.")
            ask = self._market_view.quote(instrument.symbol, "spot").ask
            return divide_down(quote_quantity, ask, instrument.step), eight(quote_quantity)
        quantity = parameters.need_decimal("quantity")
        if places(quantity) > ASSET_PLACES:
            raise BinanceError(-1111, "Parameter 'quantity' has too much precision.")
        if quantity == ZERO:
            raise BinanceError(-1013, "Invalid quantity.")
        return quantity, ""

    def _check_filters(self, instrument: Instrument, request: OrderRequest) -> None:
        if (
            not is_multiple(request.quantity, instrument.step)
            or not instrument.min_quantity <= request.quantity <= LARGEST_QUANTITY
        ):
            raise refusal("lot_size", "spot")
        if request.price is not None and not _is_price(instrument, request.price):
            raise refusal("tick_size", "spot")
        notional = request.quantity * (request.price or self._market_view.quote(instrument.symbol, "spot").last)
        too_large = request.order_type == "limit" and notional > LARGEST_NOTIONAL
        if notional < instrument.min_notional or too_large:
            raise refusal("min_notional", "spot")


def _is_price(instrument: Instrument, price: Decimal) -> bool:
    return is_multiple(price, instrument.tick) and price <= LARGEST_PRICE


def _price(parameters: Parameters, kind: str) -> Decimal | None:
    if kind == "MARKET":
        if parameters.text("price") is not None:
            raise BinanceError(-1106, "Parameter 'price' sent when not required.")
        return None
    price = parameters.need_decimal("price")
    if places(price) > ASSET_PLACES:
        raise BinanceError(-1111, "Parameter 'price' has too much precision.")
    return price


def _time_in_force(parameters: Parameters, kind: str) -> Any:
    sent = parameters.choice("timeInForce", ("GTC", "IOC", "FOK"), BinanceError(-1115, "Invalid timeInForce."))
    if kind == "LIMIT":
        if sent is None:
            raise missing("timeInForce")
        return sent.lower()
    if sent is not None:
        raise BinanceError(-1106, "Parameter 'timeInForce' sent when not required.")
    return "gtc"
