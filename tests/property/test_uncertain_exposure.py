"""Whatever of an unknown outcome was done, risk was assessed no lower, and what was let through made nothing larger."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.orders import OrderRequest, TransferRequest
from basis_strategy_v1.core.domain.quantities import is_multiple, use_ledger_context
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.domain.uncertain import (
    Uncertain,
    UncertainChange,
    certain_amount,
    exposure_bounds,
    least_value,
)
from basis_strategy_v1.core.execution.order_state import OrderState, Submission
from basis_strategy_v1.core.execution.uncertain_exposure import change_of, reducing_part
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import IN_TRANSIT, HoldingCatalog
from basis_strategy_v1.core.monitors.margin_account import MarginAccount
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from simulated_market import CLASSIC, FEES, UNIFIED
from tight_loop import market_columns

MARK = Decimal(50_000)
SLIPPAGE = Decimal("0.005")
PERP, QUOTE = "BTCUSDT-PERP", "BTCUSDT-PERP.quote"
units = st.integers(-400, 400).map(lambda lots: Decimal(lots) / 100)
lots = st.integers(1, 400).map(lambda count: Decimal(count) / 100)
part = st.sampled_from([Decimal(0), Decimal("0.37"), Decimal(1)])


@pytest.fixture(autouse=True)
def ledger_context(own_decimal_context: None) -> None:
    use_ledger_context()


class Prices:
    """The mark now, and what was traded at since an order was sent."""

    def __init__(self, then: Decimal) -> None:
        self.then = then

    def worth(self, venue: str, symbol: str, trade_type: str) -> Decimal:
        return MARK

    def traded_since(self, venue: str, symbol: str, trade_type: str, since: int) -> tuple[Decimal, Decimal]:
        return min(self.then, MARK), max(self.then, MARK)


@dataclass(frozen=True, slots=True)
class Doubt:
    """A submission of unknown outcome, and one way it may have ended."""

    change: UncertainChange
    outcome: Changes


@st.composite
def orders(draw: st.DrawFn, spec: VenueSpec) -> Doubt:
    trade_type: Any = draw(st.sampled_from(["spot", "perp"]))
    side: Any = draw(st.sampled_from(["buy", "sell"]))
    prices = Prices(Decimal(draw(st.integers(40_000, 60_000))))
    limit = draw(st.none() | st.integers(40_000, 60_000).map(Decimal))
    order = OrderRequest(
        client_order_id="a", symbol="BTCUSDT", trade_type=trade_type, side=side, quantity=draw(lots), price=limit
    )
    sent = Submission(client_id="a", venue="alpha", state=OrderState.UNKNOWN, order=order)
    change = change_of(sent, spec, prices, SLIPPAGE)
    low, high = prices.traded_since("", "", "", 0)
    worst = limit or (high * (1 + SLIPPAGE) if side == "buy" else low * (1 - SLIPPAGE))
    better = Decimal(draw(st.integers(0, 2_000)))
    price = worst - better if side == "buy" else min(worst + better, max(worst, high * (1 + SLIPPAGE)))
    return Doubt(change, _filled(spec, order, order.quantity * draw(part), price))


def _filled(spec: VenueSpec, order: OrderRequest, quantity: Decimal, price: Decimal) -> Changes:
    """What a fill changes, its fee taken from what is received."""
    signed = quantity if order.side == "buy" else -quantity
    cost = signed * price
    if order.trade_type == "perp":
        fee = abs(cost) * FEES.perp_taker
        return {spec.margin_location: {PERP: signed, QUOTE: -cost, "USDT": -fee}}
    if order.side == "buy":
        return {spec.spot_location: {"BTC": signed * (1 - FEES.spot_taker), "USDT": -cost}}
    return {spec.spot_location: {"BTC": signed, "USDT": -cost * (1 - FEES.spot_taker)}}


@st.composite
def transfers(draw: st.DrawFn, spec: VenueSpec) -> Doubt:
    token = draw(st.sampled_from(["USDT", "BTC"]))
    amount = draw(lots) * (1_000 if token == "USDT" else 1)
    places = [*spec.locations, "beta"]
    source = draw(st.sampled_from(spec.locations))
    target = draw(st.sampled_from([place for place in places if place != source]))
    request = TransferRequest(
        client_transfer_id="t", from_location=source, to_location=target, token=token, amount=amount
    )
    sent = Submission(client_id="t", venue="alpha", state=OrderState.UNKNOWN, transfer=request)
    change = change_of(sent, spec, Prices(MARK), SLIPPAGE)
    moved = amount * draw(st.sampled_from([Decimal(0), Decimal(1)]))
    arrived = IN_TRANSIT if target == "beta" else target
    return Doubt(change, {source: {token: -moved}, arrived: {token: moved}})


@st.composite
def situations(draw: st.DrawFn) -> tuple[VenueSpec, Changes, list[Doubt]]:
    spec = draw(st.sampled_from([CLASSIC, UNIFIED]))
    perp = draw(units)
    books: Changes = {spec.spot_location: {"BTC": draw(lots)}}
    margin = books.setdefault(spec.margin_location, {})
    margin |= {PERP: perp, QUOTE: -perp * draw(st.integers(40_000, 60_000)), "USDT": draw(lots) * 50_000}
    doubts = draw(st.lists(st.one_of(orders(spec), transfers(spec)), max_size=4))
    return spec, books, doubts


def ledger_of(books: Changes, *changes: Changes) -> Ledger:
    ledger = Ledger(HoldingCatalog(market_columns((float(MARK), float(MARK))), "BTC", SimulationClock()))
    for number, change in enumerate((books, *changes)):
        ledger.apply(str(number), change)
    return ledger


def net_of(ledger: Ledger) -> Decimal:
    return sum((item.amount for item in (*ledger.bases, *ledger.perps)), Decimal(0))


def nav_of(ledger: Ledger) -> Decimal:
    return sum((item.amount * (item.price if item.source else 1) for item in ledger.holdings), Decimal(0))


def uncertain_of(doubts: list[Doubt]) -> Uncertain:
    return [doubt.change for doubt in doubts]


@given(situations())
def test_the_risk_that_is_assessed_is_never_below_that_of_an_outcome(situation: Any) -> None:
    spec, books, doubts = situation
    before, after = ledger_of(books), ledger_of(books, *(doubt.outcome for doubt in doubts))
    monitor = RiskMonitor(before, (spec,), RiskSettings(max_delta_fraction=Decimal("0.1")))
    monitor.uncertain = lambda: uncertain_of(doubts)
    monitor.update_state(0, "engine")
    assessed, real = monitor.margins["alpha"], MarginAccount(after, spec).state()
    assert assessed.balance <= real.balance
    assert assessed.maintenance >= real.maintenance
    assert assessed.notional >= real.notional
    assert assessed.ratio >= real.ratio
    low, high = exposure_bounds(net_of(before), uncertain_of(doubts))
    assert low <= net_of(after) <= high
    assert least_value(nav_of(before), uncertain_of(doubts)) <= nav_of(after)
    if monitor.delta_within_limit(net_of(before), MARK, nav_of(before)):
        assert abs(net_of(after)) * MARK <= Decimal("0.1") * nav_of(after)


@given(situations(), st.sampled_from(["spot", "perp"]), st.sampled_from(["buy", "sell"]), lots)
def test_an_order_that_is_let_through_makes_no_position_larger(
    situation: Any, trade_type: Any, side: Any, amount: Decimal
) -> None:
    spec, books, doubts = situation
    location, asset = (spec.margin_location, PERP) if trade_type == "perp" else (spec.spot_location, "BTC")
    # What was cut before need not be whole steps.
    amount += Decimal("0.0000007")
    trade = CexTrade(venue="alpha", trade_type=trade_type, symbol="BTCUSDT", side=side, amount=amount)
    allowed = reducing_part(trade, spec, books[location][asset], uncertain_of(doubts))
    if allowed is None:
        return
    assert Decimal(0) < allowed.amount <= amount
    instrument = spec.instrument("BTCUSDT", trade_type)
    assert instrument is not None and is_multiple(allowed.amount, instrument.step)
    held = ledger_of(books, *(doubt.outcome for doubt in doubts)).amount(location, asset)
    left = held + (allowed.amount if side == "buy" else -allowed.amount)
    assert abs(left) <= abs(held)
    assert left * held >= 0


@given(situations())
def test_what_is_certain_is_there_under_every_outcome(situation: Any) -> None:
    spec, books, doubts = situation
    after = ledger_of(books, *(doubt.outcome for doubt in doubts))
    for location, asset in ((spec.margin_location, "USDT"), (spec.spot_location, "BTC")):
        held = books[location].get(asset, Decimal(0))
        certain = certain_amount(held, location, asset, uncertain_of(doubts))
        assert certain <= max(after.amount(location, asset), Decimal(0))


@given(situations())
def test_without_doubt_everything_that_reduces_is_let_through(situation: Any) -> None:
    spec, books, _ = situation
    held = books[spec.margin_location][PERP]
    if not held:
        return
    side: Any = "sell" if held > 0 else "buy"
    trade = CexTrade(venue="alpha", trade_type="perp", symbol="BTCUSDT", side=side, amount=abs(held) + 1)
    allowed = reducing_part(trade, spec, held, ())
    assert allowed is not None and allowed.amount == abs(held) and allowed.reduce_only
