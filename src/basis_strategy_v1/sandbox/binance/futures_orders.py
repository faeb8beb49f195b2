"""Futures orders and trades as Binance's JSON has them."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.binance.formats import STATUS_NAMES, eight, futures_time_in_force, like, plain
from basis_strategy_v1.sandbox.records import OrderRecord, TradeRecord


def placed(order: OrderRecord, instrument: Instrument) -> dict[str, Any]:
    """What placing, amending and cancelling an order answer."""
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUS_NAMES[order.status],
        "clientOrderId": order.client_id,
        **_amounts(order, instrument),
        **_flags(order),
        "cumQty": like(order.filled, instrument.step),
        "updateTime": order.updated_ms,
    }


def acknowledged(order: OrderRecord, instrument: Instrument) -> dict[str, Any]:
    """What ``newOrderRespType=ACK`` answers: the order before anything happened to it."""
    return placed(order, instrument) | {
        "status": STATUS_NAMES[OrderStatus.NEW],
        "avgPrice": _average(None, instrument),
        "executedQty": like(ZERO, instrument.step),
        "cumQty": like(ZERO, instrument.step),
        "cumQuote": plain(ZERO),
        "updateTime": order.created_ms,
    }


def queried(order: OrderRecord, instrument: Instrument) -> dict[str, Any]:
    """An order as ``GET /fapi/v1/order`` shows it."""
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": STATUS_NAMES[order.status],
        "clientOrderId": order.client_id,
        **_amounts(order, instrument),
        **_flags(order),
        "time": order.created_ms,
        "updateTime": order.updated_ms,
    }


def trade_entry(trade: TradeRecord, instrument: Instrument) -> dict[str, Any]:
    """A trade of ``GET /fapi/v1/userTrades``."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "side": trade.side.upper(),
        "price": like(trade.price, instrument.tick),
        "qty": like(trade.quantity, instrument.step),
        "realizedPnl": eight(trade.realised_pnl),
        "quoteQty": plain(trade.quote_quantity),
        "commission": eight(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.time_ms,
        "positionSide": "BOTH",
        "buyer": trade.side == "buy",
        "maker": trade.is_maker,
    }


def _amounts(order: OrderRecord, instrument: Instrument) -> dict[str, Any]:
    return {
        "price": like(order.price, instrument.tick),
        "avgPrice": _average(order, instrument),
        "origQty": like(order.quantity, instrument.step),
        "executedQty": like(order.filled, instrument.step),
        "cumQuote": plain(order.quote_filled),
    }


def _flags(order: OrderRecord) -> dict[str, Any]:
    kind = order.order_type.upper()
    return {
        "timeInForce": futures_time_in_force(order),
        "type": kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side.upper(),
        "positionSide": "BOTH",
        "stopPrice": "0",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "LIQUIDATION" if order.is_liquidation else kind,
        "priceMatch": "NONE",
        "selfTradePreventionMode": "NONE",
        "goodTillDate": 0,
    }


def _average(order: OrderRecord | None, instrument: Instrument) -> str:
    average = None if order is None else order.average_price
    return "0.00" if average is None else eight(average)
