"""How a simulated venue says no, and the checks that need nothing but the order and its instrument."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.desk import Desk
from basis_strategy_v1.core.domain.orders import OrderRequest


class Rejection(Exception):  # noqa: N818 - it is an answer, not a failure
    """The venue refuses a request. It never leaves this package: it becomes a REJECTED report.

    Args:
        code: a registered error code.
        reason: the venue's words, with the values that mattered.
    """

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


def check_quantity(desk: Desk, request: OrderRequest) -> None:
    """Lot size and minimum quantity.

    Raises:
        Rejection: EXI-001.
    """
    quantity = request.quantity
    if quantity % desk.step:
        raise _filter_failure(request, "LOT_SIZE", f"quantity {quantity} is not a multiple of {desk.step}")
    if quantity < desk.min_quantity:
        raise _filter_failure(request, "LOT_SIZE", f"quantity {quantity} is below the minimum {desk.min_quantity}")


def check_notional(desk: Desk, request: OrderRequest, price: Decimal) -> None:
    """Minimum notional, from which a reduce-only order is free.

    Raises:
        Rejection: EXI-001.
    """
    if request.quantity * price < desk.min_notional and not request.reduce_only:
        notional = request.quantity * price
        raise _filter_failure(request, "MIN_NOTIONAL", f"notional {notional} is below the minimum {desk.min_notional}")


def check_limit_price(desk: Desk, request: OrderRequest) -> Decimal:
    """The price of a limit order, when it is there and on the tick.

    Raises:
        Rejection: EXI-001.
    """
    price = request.price
    if price is None or price <= 0:
        raise Rejection("EXI-001", f"a limit order for {request.symbol} needs a price above 0, got {price}")
    if price % desk.tick:
        raise _filter_failure(request, "PRICE_FILTER", f"price {price} is not a multiple of the tick {desk.tick}")
    return price


def check_capabilities(capabilities: frozenset[str], request: OrderRequest) -> None:
    """Whether the venue offers what the order asks for, and its flags agree.

    Raises:
        Rejection: EXI-005 for what the venue does not offer, EXI-001 for flags that contradict each other.
    """
    wanted: list[str] = [request.order_type]
    if request.time_in_force != "gtc":
        wanted.append(request.time_in_force)
    if request.post_only:
        wanted.append("post_only")
    if request.reduce_only:
        wanted.append("reduce_only")
    for capability in wanted:
        if capability not in capabilities:
            raise Rejection("EXI-005", f"this venue does not offer {capability} orders")
    if request.post_only and (request.order_type == "market" or request.time_in_force != "gtc"):
        raise Rejection("EXI-001", "a post-only order is a resting limit order (gtc); it cannot be market, ioc or fok")
    if request.reduce_only and request.trade_type == "spot":
        raise Rejection("EXI-005", "reduce-only is for perpetuals; a spot order has no position to reduce")


def _filter_failure(request: OrderRequest, name: str, words: str) -> Rejection:
    return Rejection("EXI-001", f"Filter failure: {name} of {request.trade_type} {request.symbol}: {words}")
