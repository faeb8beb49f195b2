"""OKX's codes and words.

A refused request carries its ``code`` beside an empty ``data``; what is refused for one order of a request carries
``code`` 1 and the order's own ``sCode``. Codes, texts and HTTP states follow the venue's public table of errors.
"""

from __future__ import annotations

from basis_strategy_v1.sandbox.records import RejectKind


class WireError(Exception):
    """The venue refuses a request, or one order of it.

    Args:
        code: the venue's ``code`` or ``sCode``.
        words: its ``msg`` or ``sMsg``.
        status: the HTTP status, where it refuses the whole request.
    """

    def __init__(self, code: str, words: str, status: int = 200) -> None:
        super().__init__(code, words)
        self.code = code
        self.words = words
        self.status = status


_BY_KIND: dict[RejectKind, tuple[str, str]] = {
    "unknown_symbol": ("51001", "Instrument ID, Instrument ID code, or Spread ID doesn't exist."),
    "lot_size": ("51121", "Order quantity must be a multiple of the lot size."),
    "min_quantity": ("51020", "Your order should meet or exceed the minimum order amount."),
    "min_notional": ("51020", "Your order should meet or exceed the minimum order amount."),
    "tick_size": ("51000", "Parameter px error"),
    "price_missing": ("51204", "The price for the limit order cannot be empty."),
    "insufficient_balance": ("51008", "Order failed. Insufficient balance or insufficient margin in account."),
    "insufficient_margin": ("51008", "Order failed. Insufficient balance or insufficient margin in account."),
    "reduce_only": ("51169", "Order failed because you don't have any positions in this direction to reduce or close."),
    "no_price": ("51022", "Contract suspended."),
    "post_only_would_match": (
        "51511",
        "Modification failed as the order price did not meet the requirement for Post Only.",
    ),
    "amend_below_filled": ("51000", "Parameter newSz error"),
    "below_fee": ("58206", "Withdrawal amount is less than the lower limit."),
    "withdrawals_suspended": ("58204", "Withdrawal suspended due to your account activity triggering risk control."),
    "no_route": ("58207", "Withdrawal address isn't on the verified address list."),
}


def refusal(kind: RejectKind, reason: str) -> WireError:
    """What the venue says to a refusal of that kind; ``reason`` where it has no words of its own."""
    code, words = _BY_KIND.get(kind, ("51000", f"Parameter error: {reason}"))
    return WireError(code, words)


def same_direction() -> WireError:
    """A reduce-only order would enlarge the position."""
    words = "Failed to place order. A reduce-only order can't be the same trading direction as your existing positions."
    return WireError("51170", words)


def amend_refusal(kind: RejectKind, reason: str) -> WireError:
    """What the venue says to a refused change of an order."""
    if kind in ("insufficient_balance", "insufficient_margin"):
        return WireError("51502", "Unable to edit order: insufficient balance or margin.")
    return refusal(kind, reason)


def empty_parameter(name: str) -> WireError:
    """A parameter is missing."""
    return WireError("50014", f"Parameter {name} can not be empty.", 400)


def bad_parameter(name: str) -> WireError:
    """A parameter makes no sense."""
    return WireError("51000", f"Parameter {name} error", 400)


def duplicate() -> WireError:
    """An open order has the client's id."""
    return WireError("51016", "Client order ID already exists.")


def not_found() -> WireError:
    """The order is unknown."""
    return WireError("51603", "Order does not exist.")
