"""Conservation: nothing is made or lost by booking.

What an instruction changes, summed over all locations, must be what its fills and costs say. An exchange of one asset
for another inside a protocol (supplying USDT for aUSDT) has no fill; there, something must be given for something.
"""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.market import perp_asset, quote_asset
from basis_strategy_v1.core.domain.quantities import ZERO


def is_one_fill(deltas: ExecutionDeltas) -> bool:
    """Whether ``deltas`` are exactly one fill and its fee, the usual case, told apart cheaply.

    False says nothing: ``unexplained_assets`` has the answer then.
    """
    fills, changes = deltas.fills, deltas.changes
    if len(fills) != 1 or len(changes) != 1 or deltas.costs:
        return False
    fill = fills[0]
    (assets,) = changes.values()
    quantity, fee, fee_asset = fill.quantity, fill.fee, fill.fee_asset
    value = -(quantity * fill.price)
    if fill.trade_type == "perp":
        base, quote = _perp_names(fill.symbol)
        return assets == ({base: quantity, quote: value, fee_asset: -fee} if fee else {base: quantity, quote: value})
    if len(assets) != 2:
        return False
    base, quote = assets
    if base + quote != fill.symbol:
        return False
    if fee_asset == base:
        return assets[base] == quantity - fee and assets[quote] == value
    return fee_asset == quote and assets[base] == quantity and assets[quote] == value - fee


@lru_cache(maxsize=256)
def _perp_names(symbol: str) -> tuple[str, str]:
    return perp_asset(symbol), quote_asset(symbol)


def unexplained_assets(deltas: ExecutionDeltas) -> dict[str, Decimal]:
    """Assets that ``deltas`` make or lose without a reason: empty when everything is conserved."""
    net: dict[str, Decimal] = {}
    for assets in deltas.changes.values():
        for asset, amount in assets.items():
            net[asset] = net.get(asset, ZERO) + amount
    for fill in deltas.fills:
        quantity = fill.quantity
        if fill.trade_type == "perp":
            base, quote = perp_asset(fill.symbol), quote_asset(fill.symbol)
            net[base] = net.get(base, ZERO) - quantity
            net[quote] = net.get(quote, ZERO) + quantity * fill.price
            fee_asset = fill.fee_asset
            net[fee_asset] = net.get(fee_asset, ZERO) + fill.fee
        else:
            _take_spot_fill(net, fill.symbol, fill.fee_asset, quantity, quantity * fill.price, fill.fee)
    for cost in deltas.costs:
        net[cost.asset] = net.get(cost.asset, ZERO) + cost.amount
    left = {asset: amount for asset, amount in net.items() if amount}
    if left and not deltas.fills and min(left.values()) < 0 < max(left.values()):
        return {}
    return left


def _take_spot_fill(
    net: dict[str, Decimal], symbol: str, fee_asset: str, quantity: Decimal, value: Decimal, fee: Decimal
) -> None:
    base, quote = _pair(net, symbol)
    net[base] = net.get(base, ZERO) - quantity
    net[quote] = net.get(quote, ZERO) + value
    net[fee_asset] = net.get(fee_asset, ZERO) + fee


def _pair(net: dict[str, Decimal], symbol: str) -> tuple[str, str]:
    """Base and quote of a spot symbol; one that names its base alone is paid in the other asset that moved."""
    for asset in net:
        if symbol.startswith(asset):
            others = (name for name in net if name != asset)
            return asset, symbol[len(asset) :] or next(others, "")
    return symbol, ""
