"""A margin account as bad as what is uncertain can have made it: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.market import PERP_SUFFIX, QUOTE_SUFFIX
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.uncertain import Uncertain, amount_bounds
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.margin_account import MarginState, maintenance_margin


def worst_margin(
    state: MarginState, spec: VenueSpec, held: Callable[[str], Decimal], uncertain: Uncertain
) -> MarginState:
    """``state`` with the least balance and the largest positions that ``uncertain`` leaves possible.

    Maintenance margin rises with the size of a position, and the balance moves in proportion to what is done: the worst
    of each lies at an end. Both ends may not occur together, so the result may be worse than any outcome, never better.

    Args:
        state: the account as the books have it.
        held: how much of an asset the books have at the margin location.
    """
    location = spec.margin_location
    touching = [change for change in uncertain if change.changes.get(location)]
    if not touching or spec.margin is None:
        return state
    balance, maintenance, notional = state.balance, state.maintenance, state.notional
    marks: dict[str, Decimal] = {}
    for change in touching:
        assets = change.changes[location]
        balance += min(_margin_value(assets, change.prices, spec.margin.collateral_weights), ZERO)
        marks |= {asset: change.prices[asset] for asset in assets if asset.endswith(PERP_SUFFIX)}
    for asset, mark in marks.items():
        amount = held(asset)
        low, high = amount_bounds(amount, location, asset, touching)
        tiers = spec.margin.tiers[asset.removesuffix(PERP_SUFFIX)]
        size, worst = abs(amount) * mark, max(abs(low), abs(high)) * mark
        notional += worst - size
        maintenance += maintenance_margin(tiers, worst) - maintenance_margin(tiers, size)
    return msgspec.structs.replace(state, balance=balance, maintenance=maintenance, notional=notional)


def _margin_value(
    assets: Mapping[str, Decimal], prices: Mapping[str, Decimal], weights: Mapping[str, Decimal]
) -> Decimal:
    """What ``assets`` would add to the margin balance: coins count with their weight."""
    value = ZERO
    for asset, amount in assets.items():
        price = prices.get(asset)
        if price is None or asset.endswith(QUOTE_SUFFIX):
            value += amount
        elif asset.endswith(PERP_SUFFIX):
            value += amount * price
        else:
            value += amount * price * weights.get(asset, ZERO)
    return value
