"""Records as the venue prints them: numbers are text with at least one decimal, sides are ``A`` (ask) and ``B`` (bid).

The venue rounds fees and payments to 6 decimals; here they are printed exactly, so that a client's books can be
compared with the venue's to the last digit.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets, token_name
from basis_strategy_v1.sandbox.records import FundingRecord, OrderRecord, TradeRecord

PRICE_STEP = Decimal("1e-10")
"""To which quotients (mean prices, ratios) are rounded."""

NO_HASH = "0x" + "0" * 64


def number_text(value: Decimal) -> str:
    """``Decimal('60000')`` -> ``'60000.0'``, ``Decimal('0.0100')`` -> ``'0.01'``."""
    text = f"{value:f}"
    if "." not in text:
        return f"{text}.0"
    text = text.rstrip("0")
    return f"{text}0" if text.endswith(".") else text


def side_letter(side: Side) -> str:
    """``B`` for a buy, ``A`` for a sale."""
    return "B" if side == "buy" else "A"


def time_in_force(order: OrderRecord) -> str:
    """``Gtc``, ``Ioc`` or ``Alo``."""
    if order.post_only:
        return "Alo"
    return "Gtc" if order.time_in_force == "gtc" else "Ioc"


def order_body(order: OrderRecord, assets: Assets) -> dict[str, Any]:
    """An order as ``frontendOpenOrders`` and ``orderStatus`` show it; ``sz`` is what is left of it."""
    left = order.quantity - order.filled
    return {
        "coin": assets.coin(order.trade_type, order.symbol),
        "side": side_letter(order.side),
        "limitPx": number_text(order.price or ZERO),
        "sz": number_text(left),
        "oid": order.order_id,
        "timestamp": order.created_ms,
        "triggerCondition": "N/A",
        "isTrigger": False,
        "triggerPx": "0.0",
        "children": [],
        "isPositionTpsl": False,
        "reduceOnly": order.reduce_only,
        "orderType": "Limit",
        "origSz": number_text(order.quantity),
        "tif": time_in_force(order),
        "cloid": order.client_id or None,
    }


def open_order(order: OrderRecord, assets: Assets) -> dict[str, Any]:
    """An order as ``openOrders`` shows it."""
    body = order_body(order, assets)
    names = ("coin", "side", "limitPx", "sz", "oid", "timestamp", "origSz", "cloid", "reduceOnly")
    return {name: body[name] for name in names if name != "cloid" or body[name]}


def status_word(order: OrderRecord) -> str:
    """The venue's word for an order's state; what is left of an order that may not rest is cancelled."""
    match order.status:
        case OrderStatus.FILLED:
            return "filled"
        case OrderStatus.NEW | OrderStatus.PARTIALLY_FILLED:
            return "open"
        case OrderStatus.REJECTED:
            return "rejected"
        case OrderStatus.EXPIRED if order.reduce_only and order.time_in_force == "gtc":
            return "reduceOnlyCanceled"
        case _:
            return "canceled"


def order_status(order: OrderRecord, assets: Assets, status: str = "") -> dict[str, Any]:
    """An order with its state, as ``historicalOrders`` lists it and ``orderStatus`` wraps it.

    What is left of it is told as it was when it took that state: of an open one, when it was opened.
    """
    body = order_body(order, assets)
    if order.is_open:
        at_once = sum((fill.quantity for fill in order.fills if fill.time_ms == order.created_ms), ZERO)
        body["sz"] = number_text(order.quantity - at_once)
    return {
        "order": body,
        "status": status or status_word(order),
        "statusTimestamp": order.updated_ms,
    }


def fill_entry(trade: TradeRecord, assets: Assets, user: str, *, is_liquidation: bool = False) -> dict[str, Any]:
    """A fill as ``userFills`` shows it."""
    start = trade.position_before
    closes = trade.trade_type == "perp" and start != 0 and (start > 0) == (trade.side == "sell")
    entry: dict[str, Any] = {
        "coin": assets.coin(trade.trade_type, trade.symbol),
        "px": number_text(trade.price),
        "sz": number_text(trade.quantity),
        "side": side_letter(trade.side),
        "time": trade.time_ms,
        "startPosition": number_text(start),
        "dir": _direction(trade, start, closes),
        "closedPnl": number_text(trade.realised_pnl),
        "hash": f"0x{trade.trade_id:064x}",
        "oid": trade.order_id,
        "crossed": not trade.is_maker,
        "fee": number_text(trade.fee),
        "tid": trade.trade_id,
        "feeToken": token_name(trade.fee_asset),
        "twapId": None,
    }
    if trade.client_id:
        entry["cloid"] = trade.client_id
    if is_liquidation:
        entry["liquidation"] = {"liquidatedUser": user, "markPx": number_text(trade.price), "method": "market"}
    return entry


def _direction(trade: TradeRecord, start: Decimal, closes: bool) -> str:
    if trade.trade_type == "spot":
        return "Buy" if trade.side == "buy" else "Sell"
    if not closes:
        return "Open Long" if trade.side == "buy" else "Open Short"
    if trade.quantity > abs(start):
        return "Long > Short" if start > 0 else "Short > Long"
    return "Close Long" if start > 0 else "Close Short"


def funding_entry(funding: FundingRecord, assets: Assets) -> dict[str, Any]:
    """A funding payment as ``userFunding`` shows it; ``usdc`` > 0 was received."""
    return {
        "time": funding.time_ms,
        "hash": NO_HASH,
        "delta": {
            "type": "funding",
            "coin": assets.coin("perp", funding.symbol),
            "usdc": number_text(funding.amount),
            "szi": number_text(funding.quantity),
            "fundingRate": number_text(funding.rate),
            "nSamples": None,
        },
    }


def mean_price(quote: Decimal, quantity: Decimal) -> Decimal:
    """``quote / quantity`` to 1e-10."""
    return divide_nearest(quote, quantity, PRICE_STEP)
