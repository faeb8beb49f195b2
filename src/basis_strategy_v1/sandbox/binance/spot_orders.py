"""Spot orders and trades as Binance's JSON has them."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.binance.formats import STATUS_NAMES, ZERO_TEXT, eight, spot_type
from basis_strategy_v1.sandbox.records import OrderRecord, TradeRecord

NO_LIST = -1


def acknowledgement(order: OrderRecord) -> dict[str, Any]:
    """What ``newOrderRespType=ACK`` answers."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.client_id,
        "transactTime": order.created_ms,
    }


def result(order: OrderRecord, quote_quantity: str = ZERO_TEXT) -> dict[str, Any]:
    """What ``newOrderRespType=RESULT`` answers."""
    return acknowledgement(order) | _state(order, quote_quantity) | {"workingTime": order.created_ms} | _SELF_TRADE


def full(order: OrderRecord, quote_quantity: str = ZERO_TEXT) -> dict[str, Any]:
    """What ``newOrderRespType=FULL`` answers."""
    fills = [
        {
            "price": eight(trade.price),
            "qty": eight(trade.quantity),
            "commission": eight(trade.fee),
            "commissionAsset": trade.fee_asset,
            "tradeId": trade.trade_id,
        }
        for trade in order.fills
    ]
    return result(order, quote_quantity) | {"fills": fills}


def queried(order: OrderRecord, quote_quantity: str = ZERO_TEXT) -> dict[str, Any]:
    """An order as ``GET /api/v3/order`` shows it."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": order.client_id,
        **_state(order, quote_quantity),
        "stopPrice": ZERO_TEXT,
        "icebergQty": ZERO_TEXT,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": True,
        "workingTime": order.created_ms,
        **_SELF_TRADE,
    }


def cancelled(order: OrderRecord, cancel_client_id: str, quote_quantity: str = ZERO_TEXT) -> dict[str, Any]:
    """What a cancellation answers: the order under its old id, and the cancellation's own client id."""
    return {
        "symbol": order.symbol,
        "origClientOrderId": order.client_id,
        "orderId": order.order_id,
        "orderListId": NO_LIST,
        "clientOrderId": cancel_client_id,
        "transactTime": order.updated_ms,
        **_state(order, quote_quantity),
        **_SELF_TRADE,
    }


def trade_entry(trade: TradeRecord) -> dict[str, Any]:
    """A trade of ``GET /api/v3/myTrades``."""
    return {
        "symbol": trade.symbol,
        "id": trade.trade_id,
        "orderId": trade.order_id,
        "orderListId": NO_LIST,
        "price": eight(trade.price),
        "qty": eight(trade.quantity),
        "quoteQty": eight(trade.quote_quantity),
        "commission": eight(trade.fee),
        "commissionAsset": trade.fee_asset,
        "time": trade.time_ms,
        "isBuyer": trade.side == "buy",
        "isMaker": trade.is_maker,
        "isBestMatch": True,
    }


_SELF_TRADE = {"selfTradePreventionMode": "NONE"}


def _state(order: OrderRecord, quote_quantity: str) -> dict[str, Any]:
    return {
        "price": eight(order.price or ZERO),
        "origQty": eight(order.quantity),
        "executedQty": eight(order.filled),
        "origQuoteOrderQty": quote_quantity,
        "cummulativeQuoteQty": eight(order.quote_filled),
        "status": STATUS_NAMES[order.status],
        "timeInForce": order.time_in_force.upper(),
        "type": spot_type(order),
        "side": order.side.upper(),
    }
