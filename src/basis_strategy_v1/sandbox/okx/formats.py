"""How OKX writes orders, fills, bills and positions. Sizes of swaps are contracts, fees paid are below zero."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.numerals import whole_number
from basis_strategy_v1.sandbox.okx.instruments import instrument_id, to_size, type_of
from basis_strategy_v1.sandbox.okx.numbers import money, number, quotient
from basis_strategy_v1.sandbox.position_results import PositionResult
from basis_strategy_v1.sandbox.records import FundingRecord, LiquidationRecord, OrderRecord, PositionView, TradeRecord

_ID_BASE = 680_800_000_000_000_000
_STATE = {
    OrderStatus.NEW: "live",
    OrderStatus.PARTIALLY_FILLED: "partially_filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "canceled",
    OrderStatus.REJECTED: "canceled",
}
CANCELED_BY_USER = "1"
CANCELED_NOT_FILLED_AT_ONCE = "14"
CANCELED_POST_ONLY = "31"


def id_number(number: int) -> int:
    """The id on the wire of an order, fill or bill with this number."""
    return _ID_BASE + number


def order_id_text(order_id: int) -> str:
    """An order's id on the wire."""
    return str(id_number(order_id))


def order_id_of(text: str) -> int | None:
    """The order that ``text`` names, or None where no order can have that id."""
    value = (whole_number(text) or 0) - _ID_BASE
    return value if 0 < value < 2**62 else None


def state_of(order: OrderRecord) -> str:
    """The venue's ``state``."""
    return _STATE[order.status]


def order_type(order: OrderRecord) -> str:
    """The venue's ``ordType``."""
    if order.order_type == "market":
        return "market"
    if order.post_only:
        return "post_only"
    return {"gtc": "limit", "ioc": "ioc", "fok": "fok"}[order.time_in_force]


_PLAIN_ORDER: dict[str, Any] = {
    "algoClOrdId": "",
    "algoId": "",
    "attachAlgoClOrdId": "",
    "attachAlgoOrds": [],
    "isTpLimit": "false",
    "linkedAlgoOrd": {"algoId": ""},
    "posSide": "net",
    "pxType": "",
    "pxUsd": "",
    "pxVol": "",
    "quickMgnType": "",
    "rebate": "0",
    "slOrdPx": "",
    "slTriggerPx": "",
    "slTriggerPxType": "",
    "source": "",
    "stpId": "",
    "stpMode": "cancel_maker",
    "tag": "",
    "tpOrdPx": "",
    "tpTriggerPx": "",
    "tpTriggerPxType": "",
}
"""What an order without algo orders, option prices or hedge mode always says."""


def trade_mode(trade_type: str, level: str) -> str:
    """The ``tdMode`` of orders in an account of that level: spot is cash only where assets are no margin together."""
    return "cash" if trade_type == "spot" and level in ("1", "2") else "cross"


def order_entry(
    order: OrderRecord, instrument: Instrument, leverage: int, level: str, cost: Decimal | None = None
) -> dict[str, Any]:
    """One order, as ``trade/order`` and its lists give it; ``cost`` where it named what it spends."""
    spot = order.trade_type == "spot"
    last = order.fills[-1] if order.fills else None
    cancel_source = _cancel_source(order)
    return _PLAIN_ORDER | {
        "accFillSz": number(to_size(instrument, order.filled)),
        "avgPx": "" if order.average_price is None else money(order.average_price),
        "cTime": str(order.created_ms),
        "cancelSource": cancel_source,
        "cancelSourceReason": _CANCEL_WORDS.get(cancel_source, ""),
        "category": "full_liquidation" if order.is_liquidation else "normal",
        "ccy": "" if spot else instrument.quote,
        "clOrdId": order.client_id,
        "fee": number(-sum((fill.fee for fill in order.fills), ZERO)),
        "feeCcy": _fee_currency(order, instrument),
        "fillPx": "" if last is None else number(last.price),
        "fillSz": "0" if last is None else number(to_size(instrument, last.quantity)),
        "fillTime": "" if last is None else str(last.time_ms),
        "instId": instrument_id(instrument),
        "instType": type_of(order.trade_type),
        "lever": "" if spot else str(leverage),
        "ordId": order_id_text(order.order_id),
        "ordType": order_type(order),
        "pnl": number(sum((fill.realised_pnl for fill in order.fills), ZERO)),
        "px": "" if order.price is None or order.order_type == "market" else number(order.price),
        "rebateCcy": instrument.quote,
        "reduceOnly": "true" if order.reduce_only else "false",
        "side": order.side,
        "state": state_of(order),
        "sz": number(to_size(instrument, order.quantity) if cost is None else cost),
        "tdMode": trade_mode(order.trade_type, level),
        "tgtCcy": _size_currency(order, cost),
        "tradeId": "" if last is None else str(last.trade_id),
        "tradeQuoteCcy": instrument.quote if spot else "",
        "uTime": str(order.updated_ms),
    }


_CANCEL_WORDS = {
    CANCELED_BY_USER: "Order canceled by user",
    CANCELED_NOT_FILLED_AT_ONCE: "Order canceled: The IOC or FOK order was not filled at once",
    CANCELED_POST_ONLY: "The current price has triggered the post-only rule and the order was canceled",
}


def _cancel_source(order: OrderRecord) -> str:
    if order.reject_kind == "post_only_would_match":
        return CANCELED_POST_ONLY
    if order.status is OrderStatus.CANCELED:
        return CANCELED_BY_USER
    if order.status in (OrderStatus.EXPIRED, OrderStatus.REJECTED):
        return CANCELED_NOT_FILLED_AT_ONCE
    return ""


def _size_currency(order: OrderRecord, cost: Decimal | None) -> str:
    if order.trade_type != "spot" or order.order_type != "market":
        return ""
    return "base_ccy" if cost is None else "quote_ccy"


def _fee_currency(order: OrderRecord, instrument: Instrument) -> str:
    if order.fills:
        return order.fills[0].fee_asset
    return instrument.base if order.trade_type == "spot" and order.side == "buy" else instrument.quote


def fill_entry(trade: TradeRecord, instrument: Instrument) -> dict[str, Any]:
    """One fill, as ``trade/fills-history`` lists it."""
    spot = trade.trade_type == "spot"
    fee_base = trade.quantity if spot and trade.fee_asset == instrument.base else trade.quote_quantity
    return {
        "side": trade.side,
        "fillSz": number(to_size(instrument, trade.quantity)),
        "fillPx": number(trade.price),
        "fillPxVol": "",
        "fillFwdPx": "",
        "fee": number(-trade.fee),
        "fillPnl": number(trade.realised_pnl),
        "ordId": order_id_text(trade.order_id),
        "feeRate": quotient(-trade.fee, fee_base),
        "instType": type_of(trade.trade_type),
        "fillPxUsd": "",
        "instId": instrument_id(instrument),
        "clOrdId": trade.client_id,
        "posSide": "net",
        "billId": order_id_text(trade.trade_id),
        "subType": "1" if trade.side == "buy" else "2",
        "fillMarkVol": "",
        "tag": "",
        "fillTime": str(trade.time_ms),
        "execType": "M" if trade.is_maker else "T",
        "fillIdxPx": "",
        "tradeId": str(trade.trade_id),
        "fillMarkPx": "",
        "feeCcy": trade.fee_asset,
        "ts": str(trade.time_ms),
        "tradeQuoteCcy": instrument.quote if spot else "",
    }


def funding_bill(payment: FundingRecord, instrument: Instrument) -> dict[str, Any]:
    """One funding settlement, as ``account/bills-archive`` lists it: ``balChg`` above 0 was received."""
    return {
        "bal": "",
        "balChg": number(payment.amount),
        "billId": order_id_text(payment.funding_id),
        "ccy": payment.asset,
        "clOrdId": "",
        "execType": "",
        "fee": "0",
        "fillFwdPx": "",
        "fillIdxPx": "",
        "fillMarkPx": "",
        "fillMarkVol": "",
        "fillPxUsd": "",
        "fillPxVol": "",
        "fillTime": "",
        "from": "",
        "instId": instrument_id(instrument),
        "instType": "SWAP",
        "interest": "0",
        "mgnMode": "cross",
        "notes": "",
        "ordId": "",
        "pnl": number(payment.amount),
        "posBal": "0",
        "posBalChg": "0",
        "px": number(payment.mark_price),
        "subType": "174" if payment.amount > 0 else "173",
        "sz": number(to_size(instrument, abs(payment.quantity))),
        "tag": "",
        "to": "",
        "tradeId": "",
        "ts": str(payment.time_ms),
        "type": "8",
    }


_NOT_IN_CROSS_MARGIN = (
    "availPos",
    "baseBal",
    "baseBorrowed",
    "baseInterest",
    "bizRefId",
    "bizRefType",
    "clSpotInUseAmt",
    "deltaBS",
    "deltaPA",
    "gammaBS",
    "gammaPA",
    "interest",
    "liab",
    "liabCcy",
    "margin",
    "maxSpotInUseAmt",
    "optVal",
    "pendingCloseOrdLiabVal",
    "posCcy",
    "quoteBal",
    "quoteBorrowed",
    "quoteInterest",
    "spotInUseAmt",
    "spotInUseCcy",
    "thetaBS",
    "thetaPA",
    "tradeId",
    "usdPx",
    "vegaBS",
    "vegaPA",
)
"""Fields that OKX leaves empty for a cross-margined swap."""


def liquidation_bill(record: LiquidationRecord, bill_number: int) -> dict[str, Any]:
    """What a liquidation took beyond its fills, as ``account/bills-archive`` lists it."""
    return {
        "bal": "0",
        "balChg": number(-record.to_insurance),
        "billId": order_id_text(bill_number),
        "ccy": record.asset,
        "clOrdId": "",
        "execType": "",
        "fee": "0",
        "instId": "",
        "instType": "SWAP",
        "interest": "0",
        "mgnMode": "cross",
        "notes": "",
        "ordId": "",
        "pnl": "0",
        "posBal": "0",
        "posBalChg": "0",
        "px": "",
        "subType": "109",
        "sz": number(record.to_insurance),
        "tradeId": "",
        "ts": str(record.time_ms),
        "type": "5",
    }


def position_entry(
    view: PositionView,
    instrument: Instrument,
    last: Decimal,
    margin_ratio: str,
    margin_mode: str,
    result: PositionResult,
) -> dict[str, Any]:
    """One open position, as ``account/positions`` lists it; one side."""
    upl_ratio = quotient(view.unrealised * view.leverage, abs(view.entry_cost))
    return {
        **dict.fromkeys(_NOT_IN_CROSS_MARGIN, ""),
        "adl": "1",
        "avgPx": money(view.entry_price),
        "bePx": money(view.entry_price),
        "cTime": str(view.updated_ms),
        "ccy": instrument.quote,
        "closeOrderAlgo": [],
        "fee": money(-result.fees),
        "fundingFee": money(result.funding),
        "idxPx": number(view.mark_price),
        "imr": money(view.initial_margin),
        "instId": instrument_id(instrument),
        "instType": "SWAP",
        "last": number(last),
        "lever": str(view.leverage),
        "liqPenalty": "0",
        "liqPx": "" if view.liquidation_price <= 0 else money(view.liquidation_price),
        "markPx": number(view.mark_price),
        "mgnMode": margin_mode,
        "mgnRatio": margin_ratio,
        "mmr": money(view.maintenance_margin),
        "notionalUsd": money(abs(view.notional)),
        "pTime": str(view.updated_ms),
        "pnl": money(result.profit),
        "pos": number(to_size(instrument, view.quantity)),
        "posId": str(_ID_BASE + (7 if instrument.base == "BTC" else 8)),
        "posSide": "net",
        "realizedPnl": money(result.realised),
        "uTime": str(view.updated_ms),
        "upl": money(view.unrealised),
        "uplLastPx": money(view.unrealised),
        "uplRatio": upl_ratio,
        "uplRatioLastPx": upl_ratio,
    }
