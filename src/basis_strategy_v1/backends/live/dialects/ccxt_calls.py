"""How orders are put to ccxt, alike on every venue."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderRequest


def ccxt_symbol(instrument: Instrument) -> str:
    """ccxt's name of an instrument: ``BTC/USDT``, a perpetual ``BTC/USDT:USDT``."""
    pair = f"{instrument.base}/{instrument.quote}"
    return pair if instrument.trade_type == "spot" else f"{pair}:{instrument.quote}"


def order_arguments(request: OrderRequest, instrument: Instrument, amount: str, params: dict[str, Any]) -> list[Any]:
    """Arguments of ``create_order``: numbers as exact text, and no price on a market order.

    A price on a market order is read by ccxt as an amount of quote currency to spend.
    """
    price = None if request.order_type == "market" or request.price is None else f"{request.price:f}"
    return [ccxt_symbol(instrument), request.order_type, request.side, amount, price, params]


def terms(request: OrderRequest) -> dict[str, Any]:
    """ccxt's parameters for how long an order lives and what it may do."""
    params: dict[str, Any] = {}
    if request.post_only:
        params["postOnly"] = True
    elif request.order_type == "limit":
        params["timeInForce"] = request.time_in_force.upper()
    if request.reduce_only:
        params["reduceOnly"] = True
    return params
