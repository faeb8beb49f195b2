"""What an order or transfer of unknown outcome may have done, and what of an instruction reduces risk in any case.

Pure functions. "Reduces" is said of a position: an order that is let through leaves it no larger, and on the same side
of zero, whether what is uncertain was done, in part, or not at all.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.market import Instrument, quote_asset
from basis_strategy_v1.core.domain.orders import OrderRequest, TransferRequest
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, step_down
from basis_strategy_v1.core.domain.uncertain import Uncertain, UncertainChange, amount_bounds
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import IN_TRANSIT, venue_of


class InstrumentPrices(Protocol):
    """Prices of instruments."""

    def worth(self, venue: str, symbol: str, trade_type: str) -> Decimal:
        """What a unit is valued at now: a perpetual at its mark."""

    def traded_since(self, venue: str, symbol: str, trade_type: str, since: int) -> tuple[Decimal, Decimal]:
        """The lower and the higher of the prices at ``since`` (ns UTC) and now."""


def change_of(
    submission: Submission, spec: VenueSpec, prices: InstrumentPrices, max_slippage: Decimal
) -> UncertainChange:
    """What ``submission`` would change if all of it was done, at its worst price.

    Args:
        spec: the venue it was sent to.
        max_slippage: of a market order that names none, a fraction of the price.
    """
    if submission.order is not None:
        order = submission.order
        since = prices.traded_since(spec.venue, order.symbol, order.trade_type, submission.sent_at)
        instrument = spec.instrument(order.symbol, order.trade_type)
        assert instrument is not None
        slippage = order.max_slippage if order.max_slippage is not None else max_slippage
        changes = _order_changes(order, instrument, spec, (since[0] * (ONE - slippage), since[1] * (ONE + slippage)))
        moving = {instrument.asset: prices.worth(spec.venue, order.symbol, order.trade_type)}
    else:
        assert submission.transfer is not None
        changes = _transfer_changes(submission.transfer, spec.venue)
        coins = [item for item in spec.instruments if item.base == submission.transfer.token]
        moving = {item.base: prices.worth(spec.venue, item.symbol, "spot") for item in coins[:1]}
    return UncertainChange(name=submission.client_id, venue=spec.venue, changes=changes, prices=moving)


def _order_changes(
    order: OrderRequest, instrument: Instrument, spec: VenueSpec, span: tuple[Decimal, Decimal]
) -> Changes:
    """A purchase at the most it may pay, a sale at the least it may bring; ``span`` is between which prices it filled.

    The fee is that of the highest price: a sale that brought more has paid more for it.
    """
    low, high = span
    is_purchase = order.side == "buy"
    signed = order.quantity if is_purchase else -order.quantity
    worst = order.price if order.price is not None else high if is_purchase else low
    cost, most = signed * worst, order.quantity * max(worst, high)
    fees = spec.fees
    if order.trade_type == "spot":
        fee = ZERO if fees is None else most * fees.spot_taker
        return {spec.spot_location: {instrument.base: signed, instrument.quote: -cost - fee}}
    fee = ZERO if fees is None else most * fees.perp_taker
    legs = {instrument.asset: signed, quote_asset(order.symbol): -cost, spec.margin_currency: -fee}
    return {spec.margin_location: legs}


def _transfer_changes(transfer: TransferRequest, venue: str) -> Changes:
    # What leaves the venue is on its way, and nobody's margin before it arrives.
    target = transfer.to_location if venue_of(transfer.to_location) == venue else IN_TRANSIT
    return {transfer.from_location: {transfer.token: -transfer.amount}, target: {transfer.token: transfer.amount}}


def reducing_part(trade: CexTrade, spec: VenueSpec, held: Decimal, uncertain: Uncertain) -> CexTrade | None:
    """As much of ``trade`` as reduces the position under every outcome; None where that is less than the venue takes.

    Args:
        held: what the books have of what is traded: signed units of a perpetual, or of a coin in the spot wallet.
    """
    instrument = spec.instrument(trade.symbol, trade.trade_type)
    if instrument is None:
        return None
    is_perp = trade.trade_type == "perp"
    location = spec.margin_location if is_perp else spec.spot_location
    low, high = amount_bounds(held, location, instrument.asset, uncertain)
    certain = low if trade.side == "sell" else -high
    amount = step_down(min(trade.amount, max(certain, ZERO)), instrument.step)
    if amount < instrument.min_quantity or not amount:
        return None
    return msgspec.structs.replace(trade, amount=amount, reduce_only=is_perp)
