"""Binance's error answers: ``{"code": .., "msg": ".."}`` with an HTTP status."""

from __future__ import annotations

from typing import Any, Literal

from basis_strategy_v1.sandbox.records import RejectKind

Product = Literal["spot", "futures"]


class BinanceError(Exception):
    """A refusal in the venue's words. It never leaves this package: it becomes an answer.

    Args:
        code: the venue's code, below 0.
        message: its text.
        status: the HTTP status.
        data: what ``cancelReplace`` puts beside code and text.
    """

    def __init__(self, code: int, message: str, status: int = 400, data: Any = None) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.status = status
        self.data = data

    def body(self) -> dict[str, Any]:
        """The answer's JSON."""
        body: dict[str, Any] = {"code": self.code, "msg": self.message}
        if self.data is not None:
            body["data"] = self.data
        return body


POST_ONLY_REJECTED = (
    "Due to the order could not be executed as maker, the Post Only order will be rejected. "
    "The order will not be recorded in the order history"
)
FILL_OR_KILL_REJECTED = (
    "Due to the order could not be filled immediately, the FOK order has been rejected. "
    "The order will not be recorded in the order history"
)

_SPOT: dict[RejectKind, tuple[int, str]] = {
    "unknown_symbol": (-1121, "Invalid symbol."),
    "unsupported": (-1014, "Unsupported order combination"),
    "lot_size": (-1013, "Filter failure: LOT_SIZE"),
    "min_quantity": (-1013, "Filter failure: LOT_SIZE"),
    "min_notional": (-1013, "Filter failure: NOTIONAL"),
    "tick_size": (-1013, "Filter failure: PRICE_FILTER"),
    "price_missing": (-1013, "Invalid price."),
    "no_price": (-1013, "Market is closed."),
    "post_only_would_match": (-2010, "Order would immediately match and take."),
    "insufficient_balance": (-2010, "Account has insufficient balance for requested action."),
    "insufficient_margin": (-2010, "Account has insufficient balance for requested action."),
    "not_found": (-2011, "Unknown order sent."),
}
_FUTURES: dict[RejectKind, tuple[int, str]] = {
    "unknown_symbol": (-1121, "Invalid symbol."),
    "unsupported": (
        -4120,
        "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
    ),
    "lot_size": (-1111, "Precision is over the maximum defined for this asset."),
    "min_quantity": (-4004, "Quantity less than min quantity."),
    "tick_size": (-4014, "Price not increased by tick size."),
    "price_missing": (-4001, "Price less than 0."),
    "no_price": (-4140, "Invalid symbol status for opening position."),
    "post_only_would_match": (
        -5022,
        POST_ONLY_REJECTED,
    ),
    "reduce_only": (-2022, "ReduceOnly Order is rejected."),
    "insufficient_balance": (-2018, "Balance is insufficient."),
    "insufficient_margin": (-2019, "Margin is insufficient."),
    "not_found": (-2011, "Unknown order sent."),
}
UNKNOWN_ERROR = (-1000, "An unknown error occurred while processing the request.")


def refusal(kind: RejectKind, product: Product, minimum_notional: Any = "") -> BinanceError:
    """The venue's error for a refusal of that kind."""
    if kind == "min_notional" and product == "futures":
        words = f"Order's notional must be no smaller than {minimum_notional} (unless you choose reduce only)."
        return BinanceError(-4164, words)
    table = _SPOT if product == "spot" else _FUTURES
    return BinanceError(*table.get(kind, (-2010, "NEW_ORDER_REJECTED")))


def missing(name: str) -> BinanceError:
    """A parameter that must be there."""
    return BinanceError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def invalid_symbol() -> BinanceError:
    """A symbol that the venue does not list."""
    return BinanceError(-1121, "Invalid symbol.")


def no_such_order() -> BinanceError:
    """A lookup that found nothing."""
    return BinanceError(-2013, "Order does not exist.")
