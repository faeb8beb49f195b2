"""Bybit's codes and words.

Codes and texts follow the venue's public table of errors; a refused request is a 200 whose ``retCode`` is not 0.
Spot and derivatives have codes of their own for the same thing.
"""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.records import RejectKind


class WireError(Exception):
    """The venue refuses a request.

    Args:
        code: the venue's ``retCode``.
        words: its ``retMsg``.
        status: the HTTP status.
        result: its ``result``, empty for most refusals.
    """

    def __init__(self, code: int, words: str, status: int = 200, result: dict[str, Any] | None = None) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words
        self.status = status
        self.result = result or {}


TIMED_OUT = 10000
PARAMETER = 10001
EXPIRED = 10002
INVALID_KEY = 10003
INVALID_SIGNATURE = 10004
TOO_MANY = 10006
SERVER_ERROR = 10016
NO_ROUTE = 10017

_QUANTITY = (PARAMETER, "Qty invalid")

_BY_KIND: dict[str, dict[RejectKind, tuple[int, str]]] = {
    "spot": {
        "unknown_symbol": (170121, "Invalid symbol."),
        "lot_size": (170137, "Order quantity has too many decimals."),
        "min_quantity": (170136, "Order quantity lower than the minimum."),
        "min_notional": (170140, "Order value exceeded lower limit."),
        "tick_size": (170134, "Order price has too many decimals."),
        "insufficient_balance": (170131, "Insufficient balance."),
        "insufficient_margin": (170131, "Insufficient balance."),
        "not_found": (170213, "Order does not exist."),
        "no_price": (170210, "New order rejected."),
        "amend_below_filled": (170313, "The modified contract quantity cannot be less than to the filled quantity"),
    },
    "linear": {
        "unknown_symbol": (PARAMETER, "params error: symbol invalid"),
        "lot_size": _QUANTITY,
        "min_quantity": (PARAMETER, "The number of contracts exceeds minimum limit allowed"),
        "min_notional": (110094, "Order does not meet minimum order value 5USDT"),
        "tick_size": (PARAMETER, "params error: Price invalid"),
        "insufficient_balance": (110007, "ab not enough for new order"),
        "insufficient_margin": (110007, "ab not enough for new order"),
        "reduce_only": (110017, "current position is zero, cannot fix reduce-only order qty"),
        "not_found": (110001, "order not exists or too late to cancel"),
        "no_price": (110003, "Order price exceeds the allowable range."),
        "amend_below_filled": (
            110064,
            "The modified contract quantity cannot be less than or equal to the filled quantity.",
        ),
    },
}


def refusal(category: str, kind: RejectKind, reason: str) -> WireError:
    """What the venue says in ``category`` to a refusal of that kind; ``reason`` where it has no words of its own."""
    code, words = _BY_KIND["spot" if category == "spot" else "linear"].get(kind, (PARAMETER, reason))
    return WireError(code, words)


def not_found(category: str) -> WireError:
    """The order is unknown, or finished."""
    return refusal(category, "not_found", "")


def duplicate(category: str) -> WireError:
    """The order link id was used before."""
    if category == "spot":
        return WireError(170141, "Duplicate clientOrderId.")
    return WireError(110072, "OrderLinkedID is duplicate")


def bad_parameter(words: str) -> WireError:
    """A parameter is missing or makes no sense."""
    return WireError(PARAMETER, f"params error: {words}")
