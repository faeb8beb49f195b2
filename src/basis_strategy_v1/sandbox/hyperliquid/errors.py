"""The venue's words of refusal, and the status under which it remembers a refused order."""

from __future__ import annotations

from typing import Any

import msgspec

DESERIALIZE = "Failed to deserialize the JSON body into the target type"
NOT_JSON = "Failed to parse the request body as JSON"
MISSING_ORDER = "Order was never placed, already canceled, or filled."
NO_BUILDER = "Builder fee has not been approved."


class OrderRefusal(msgspec.Struct, frozen=True):
    """Why one order was refused; ``status`` is what ``orderStatus`` says of it, empty when it got no order id."""

    words: str
    status: str = ""


def tick(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Price must be divisible by tick size. asset={asset}")


def size(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Order has invalid size. asset={asset}")


def zero_size(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Order has zero size. asset={asset}")


def invalid_asset(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Invalid perp asset {asset}" if asset < 10_000 else f"Invalid spot asset {asset}")


def minimum(asset: int, is_spot: bool, least: str, quote: str) -> OrderRefusal:
    value = f"{least} {quote}" if is_spot else f"${least}"
    return OrderRefusal(f"Order must have minimum value of {value}. asset={asset}", "minTradeNtlRejected")


def margin(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Insufficient margin to place order. asset={asset}", "perpMarginRejected")


def spot_balance(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Insufficient spot balance asset={asset}", "insufficientSpotBalanceRejected")


def reduce_only(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Reduce only order would increase position. asset={asset}", "reduceOnlyRejected")


def post_only(asset: int, bid: str, ask: str) -> OrderRefusal:
    words = f"Post only order would have immediately matched, bbo was {bid}@{ask}. asset={asset}"
    return OrderRefusal(words, "badAloPxRejected")


def immediate(asset: int) -> OrderRefusal:
    words = f"Order could not immediately match against any resting orders. asset={asset}"
    return OrderRefusal(words, "iocCancelRejected")


def trigger(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Invalid TP/SL price. asset={asset}")


def far_from_reference(asset: int) -> OrderRefusal:
    words = f"Order price cannot be more than 80% away from the reference price asset={asset}"
    return OrderRefusal(words, "oracleRejected")


def halted(asset: int) -> OrderRefusal:
    return OrderRefusal(f"Trading is halted. asset={asset}")


def missing_order(asset: int) -> dict[str, str]:
    """The answer to cancelling or replacing an order that is not open."""
    return {"error": f"{MISSING_ORDER} asset={asset}"}


def refused_action(words: str) -> dict[str, str]:
    """The answer to an action that is refused whole; the venue gives it with HTTP 200."""
    return {"status": "err", "response": words}


def accepted(kind: str, data: Any = None) -> dict[str, Any]:
    """The answer to an accepted action."""
    response = {"type": kind} if data is None else {"type": kind, "data": data}
    return {"status": "ok", "response": response}
