"""How Bybit writes orders, executions, positions and numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from basis_strategy_v1.core.domain.instructions import Side, TradeType
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, round_nearest
from basis_strategy_v1.sandbox.numerals import whole_number
from basis_strategy_v1.sandbox.position_results import PositionResult
from basis_strategy_v1.sandbox.records import FundingRecord, LiquidationRecord, OrderRecord, PositionView, TradeRecord

_UUID_BASE = 0xB7B17000_5A11_4D0C << 64
_SPOT_BASE = 1_321_000_000_000_000_000
_EXECUTION_BASE = 2_210_000_000_000_000_000
_MONEY_STEP = Decimal("1e-8")
_RATE_STEP = Decimal("1e-4")

SIDES: dict[str, Side] = {"Buy": "buy", "Sell": "sell"}
_TIME_IN_FORCE = {"gtc": "GTC", "ioc": "IOC", "fok": "FOK"}
_STATUS = {
    OrderStatus.NEW: "New",
    OrderStatus.PARTIALLY_FILLED: "PartiallyFilled",
    OrderStatus.FILLED: "Filled",
    OrderStatus.CANCELED: "Cancelled",
    OrderStatus.EXPIRED: "Cancelled",
    OrderStatus.REJECTED: "Cancelled",
}


def number(value: Decimal) -> str:
    """A number as plain digits without trailing zeros."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(value: Decimal) -> str:
    """An amount that is a result of divisions, to 1e-8."""
    return number(round_nearest(value, _MONEY_STEP))


def ratio(numerator: Decimal, denominator: Decimal) -> str:
    """A rate to four places; 0 without a denominator."""
    if not denominator:
        return "0"
    return number(round_nearest(Decimal(str(float(numerator) / float(denominator))), _RATE_STEP))


def category_of(trade_type: TradeType) -> str:
    """The product type."""
    return "spot" if trade_type == "spot" else "linear"


def order_id_text(order_id: int, trade_type: TradeType) -> str:
    """A spot order's id is a long number, a derivative's a UUID."""
    return str(_SPOT_BASE + order_id) if trade_type == "spot" else str(UUID(int=_UUID_BASE + order_id))


def order_id_of(text: str) -> int | None:
    """The order that ``text`` names, or None where no order can have that id."""
    spot_number = whole_number(text)
    if spot_number is not None:
        value = spot_number - _SPOT_BASE
        return value if 0 < value < 2**62 else None
    try:
        value = UUID(text).int - _UUID_BASE
    except ValueError:
        return None
    return value if 0 < value < 2**62 else None


def order_status(order: OrderRecord) -> str:
    """The venue's name for an order's state."""
    if order.trade_type == "spot" and order.filled and order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED):
        return "PartiallyFilledCanceled"
    return _STATUS[order.status]


_PLAIN_ORDER: dict[str, Any] = {
    "blockTradeId": "",
    "positionIdx": 0,
    "stopOrderType": "",
    "orderIv": "",
    "slippageToleranceType": "UNKNOWN",
    "slippageTolerance": "0",
    "takeProfit": "",
    "stopLoss": "",
    "tpslMode": "",
    "ocoTriggerBy": "",
    "tpLimitPrice": "",
    "slLimitPrice": "",
    "tpTriggerBy": "",
    "slTriggerBy": "",
    "triggerDirection": 0,
    "triggerBy": "",
    "lastPriceOnCreated": "",
    "basePrice": "",
    "closeOnTrigger": False,
    "placeType": "",
    "smpType": "None",
    "smpGroup": 0,
    "smpOrderId": "",
    "extraFees": "",
    "triggerPrice": "",
}
"""What an order without condition, take profit or self-trade prevention always says."""
_CONTRACT_ORDER_ONLY = ("tpslMode", "createType", "lastPriceOnCreated")
_SPOT_ORDER_ONLY = ("basePrice", "ocoTriggerBy")


def order_entry(order: OrderRecord, cost: Decimal | None = None) -> dict[str, Any]:
    """One order, as ``order/realtime`` and ``order/history`` list it; ``cost`` where it named what it spends."""
    average = order.average_price
    market = order.order_type == "market"
    leaves = order.quantity - order.filled if order.is_open else ZERO
    price = order.price or ZERO
    spot = order.trade_type == "spot"
    absent = _CONTRACT_ORDER_ONLY if spot else _SPOT_ORDER_ONLY
    entry = _PLAIN_ORDER | {
        "orderId": order_id_text(order.order_id, order.trade_type),
        "orderLinkId": order.client_id,
        "symbol": order.symbol,
        "price": number((average or ZERO) if market and not spot else price),
        "qty": number(order.quantity if cost is None else cost),
        "side": "Buy" if order.side == "buy" else "Sell",
        "isLeverage": "0" if spot else "",
        "orderStatus": order_status(order),
        "createType": "CreateByLiq" if order.is_liquidation else "CreateByUser",
        "cancelType": _cancel_type(order),
        "rejectReason": _reject_reason(order),
        "avgPrice": "" if average is None else money(average),
        "leavesQty": number(leaves),
        "leavesValue": money(leaves * price),
        "cumExecQty": number(order.filled),
        "cumExecValue": number(order.quote_filled),
        "cumExecFee": number(sum((fill.fee for fill in order.fills), ZERO)),
        "cumFeeDetail": _fees(order),
        "timeInForce": "PostOnly" if order.post_only else "IOC" if market else _TIME_IN_FORCE[order.time_in_force],
        "orderType": "Market" if market else "Limit",
        "marketUnit": ("baseCoin" if cost is None else "quoteCoin") if spot and market else "",
        "reduceOnly": order.reduce_only,
        "createdTime": str(order.created_ms),
        "updatedTime": str(order.updated_ms),
    }
    return {name: value for name, value in entry.items() if name not in absent}


def _fees(order: OrderRecord) -> dict[str, str]:
    total: dict[str, Decimal] = {}
    for fill in order.fills:
        total[fill.fee_asset] = total.get(fill.fee_asset, ZERO) + fill.fee
    return {asset: number(fee) for asset, fee in total.items()}


def _cancel_type(order: OrderRecord) -> str:
    return "CancelByUser" if order.status is OrderStatus.CANCELED else "UNKNOWN"


def _reject_reason(order: OrderRecord) -> str:
    if order.reject_kind == "post_only_would_match":
        return "EC_PostOnlyWillTakeLiquidity"
    if order.is_rejected:
        return "EC_NoImmediateQtyToFill" if order.reject_kind == "no_liquidity" else "EC_Others"
    if order.status is OrderStatus.CANCELED:
        return "EC_PerCancelRequest"
    if order.status is OrderStatus.EXPIRED:
        return "EC_NoImmediateQtyToFill"
    return "EC_NoError"


def execution_entry(trade: TradeRecord, order: OrderRecord | None, mark: Decimal | None) -> dict[str, Any]:
    """One execution, as ``execution/list`` lists it."""
    spot = trade.trade_type == "spot"
    in_base = spot and trade.symbol.startswith(trade.fee_asset)
    rate_base = trade.quantity if in_base else trade.quote_quantity
    quantity = trade.quantity if order is None else order.quantity
    price = ZERO if order is None or order.price is None else order.price
    liquidation = order is not None and order.is_liquidation
    created_by = {} if spot else {"createType": "CreateByLiq" if liquidation else "CreateByUser"}
    return created_by | {
        "symbol": trade.symbol,
        "orderId": order_id_text(trade.order_id, trade.trade_type),
        "orderLinkId": trade.client_id,
        "side": "Buy" if trade.side == "buy" else "Sell",
        "orderPrice": number(price),
        "orderQty": number(quantity),
        "leavesQty": number(max(quantity - _filled_until(trade, order), ZERO)),
        "orderType": "Market" if order is not None and order.order_type == "market" else "Limit",
        "stopOrderType": "" if spot else "UNKNOWN",
        "execFee": number(trade.fee),
        "execFeeV2": "",
        "execId": execution_id(trade.trade_id, trade.trade_type),
        "execPrice": number(trade.price),
        "execQty": number(trade.quantity),
        "execType": "BustTrade" if liquidation else "Trade",
        "execValue": number(trade.quote_quantity),
        "execTime": str(trade.time_ms),
        "feeCurrency": trade.fee_asset if spot else "",
        "isMaker": trade.is_maker,
        "feeRate": _fee_rate(trade.fee, rate_base),
        "tradeIv": "",
        "markIv": "",
        "markPrice": "" if mark is None else number(mark),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": "",
        "seq": _EXECUTION_BASE + trade.trade_id,
        "extraFees": "",
    }


def execution_id(trade_id: int, trade_type: TradeType) -> str:
    """A spot execution's id is a long number, a derivative's a UUID."""
    return str(_EXECUTION_BASE + trade_id) if trade_type == "spot" else str(UUID(int=_UUID_BASE + (1 << 63) + trade_id))


def _filled_until(trade: TradeRecord, order: OrderRecord | None) -> Decimal:
    if order is None:
        return trade.quantity
    return sum((fill.quantity for fill in order.fills if fill.trade_id <= trade.trade_id), ZERO)


def _fee_rate(fee: Decimal, base: Decimal) -> str:
    return number(round_nearest(Decimal(str(float(fee) / float(base))), _MONEY_STEP)) if base else "0"


def funding_entry(payment: FundingRecord) -> dict[str, Any]:
    """One funding settlement, as ``execution/list`` lists it: ``execFee`` and ``feeRate`` above 0 were paid."""
    value = abs(payment.quantity * payment.mark_price)
    paid_rate = payment.rate if payment.quantity > 0 else -payment.rate
    return {
        "symbol": payment.symbol,
        "orderId": str(UUID(int=_UUID_BASE + (3 << 62) + payment.funding_id)),
        "orderLinkId": "",
        "side": "Buy" if payment.quantity > 0 else "Sell",
        "orderPrice": "0",
        "orderQty": "0",
        "leavesQty": "0",
        "createType": "",
        "orderType": "UNKNOWN",
        "stopOrderType": "UNKNOWN",
        "execFee": number(-payment.amount),
        "execFeeV2": "",
        "execId": str(UUID(int=_UUID_BASE + (3 << 62) + payment.funding_id)),
        "execPrice": number(payment.mark_price),
        "execQty": number(abs(payment.quantity)),
        "execType": "Funding",
        "execValue": number(value),
        "execTime": str(payment.time_ms),
        "feeCurrency": "",
        "isMaker": False,
        "feeRate": number(paid_rate),
        "tradeIv": "",
        "markIv": "",
        "markPrice": number(payment.mark_price),
        "indexPrice": "",
        "underlyingPrice": "",
        "blockTradeId": "",
        "closedSize": "0",
        "seq": _EXECUTION_BASE + payment.funding_id,
        "extraFees": "",
    }


_CROSS_POSITION: dict[str, Any] = {
    "positionIdx": 0,
    "riskId": 1,
    "riskLimitValue": "2000000",
    "tradeMode": 0,
    "positionStatus": "Normal",
    "bustPrice": "",
    "positionBalance": "0",
    "takeProfit": "",
    "stopLoss": "",
    "trailingStop": "0",
    "sessionAvgPrice": "",
    "delta": "",
    "gamma": "",
    "vega": "",
    "theta": "",
    "adlRankIndicator": 2,
    "isReduceOnly": False,
    "mmrSysUpdatedTime": "",
    "leverageSysUpdatedTime": "",
    "tpslMode": "Full",
    "autoAddMargin": 0,
}
"""What a one-way position on cross margin always says."""


def position_entry(view: PositionView, result: PositionResult) -> dict[str, Any]:
    """One open position, as ``position/list`` lists it; in a unified account its margin is the account's."""
    return _CROSS_POSITION | {
        "symbol": view.symbol,
        "side": "Buy" if view.quantity > 0 else "Sell",
        "size": number(abs(view.quantity)),
        "avgPrice": money(view.entry_price),
        "positionValue": money(abs(view.entry_cost)),
        "leverage": str(view.leverage),
        "markPrice": number(view.mark_price),
        "liqPrice": "" if view.liquidation_price <= 0 else money(view.liquidation_price),
        "positionIM": money(view.initial_margin),
        "positionIMByMp": money(view.initial_margin),
        "positionMM": money(view.maintenance_margin),
        "positionMMByMp": money(view.maintenance_margin),
        "unrealisedPnl": money(view.unrealised),
        "curRealisedPnl": money(result.realised if view.quantity else ZERO),
        "cumRealisedPnl": money(result.ever),
        "createdTime": str(view.updated_ms),
        "updatedTime": str(view.updated_ms),
        "seq": view.updated_ms,
    }


def empty_position(symbol: str, leverage: int, now_ms: int, result: PositionResult) -> dict[str, Any]:
    """What the venue lists where a symbol is asked for and nothing is held."""
    view = PositionView(
        symbol=symbol,
        quantity=ZERO,
        entry_cost=ZERO,
        entry_price=ZERO,
        mark_price=ONE,
        notional=ZERO,
        unrealised=ZERO,
        leverage=leverage,
        initial_margin=ZERO,
        maintenance_margin=ZERO,
        liquidation_price=ZERO,
        updated_ms=now_ms,
    )
    return position_entry(view, result) | {
        "side": "",
        "avgPrice": "0",
        "positionValue": "",
        "markPrice": "",
        "liqPrice": "",
    }


def liquidation_log(record: LiquidationRecord) -> dict[str, Any]:
    """What a liquidation took beyond its executions, as ``account/transaction-log`` lists it."""
    taken = number(-record.to_insurance)
    return {
        "id": f"liquidation-{record.time_ms}",
        "symbol": "",
        "category": "linear",
        "side": "None",
        "transactionTime": str(record.time_ms),
        "type": "LIQUIDATION",
        "transSubType": "",
        "qty": "0",
        "size": "0",
        "currency": record.asset,
        "tradePrice": "0",
        "funding": "",
        "fee": "0",
        "cashFlow": taken,
        "change": taken,
        "cashBalance": "0",
        "feeRate": "0",
        "bonusChange": "",
        "tradeId": "",
        "orderId": "",
        "orderLinkId": "",
        "extraFees": "",
    }
