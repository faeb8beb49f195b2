"""Whatever is traded, marked and settled: P&L closes exactly, and every report counts once."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from tight_loop import MARGIN, SPOT, TightLoop, market_columns, perp_fill, renamed, spot_fill

ROWS = 12
FREE = RiskSettings(margin_ratio_soft=Decimal(10**6), margin_ratio_hard=Decimal(10**6))

ticks = st.integers(300_000, 700_000)
prices = ticks.map(lambda count: count * Decimal("0.1"))
quantities = st.integers(-5_000, 5_000).filter(bool).map(lambda count: count * Decimal("0.001"))
fees = st.integers(0, 10**6).map(lambda count: count * Decimal("1e-8"))
columns = st.lists(ticks.map(lambda count: count / 10), min_size=ROWS, max_size=ROWS)
amounts = st.integers(-(10**9), 10**9).map(lambda cents: cents * Decimal("0.01"))

trades = st.tuples(st.sampled_from(["spot", "perp", "liquidated"]), quantities, prices, fees)
moves = st.one_of(
    st.tuples(st.just("trade"), trades),
    st.tuples(st.just("row"), st.just(None)),
    st.tuples(st.just("funding"), amounts),
    st.tuples(st.just("flow"), amounts),
    st.tuples(st.just("transfer"), amounts),
)


def traded(instruction_id: str, kind: str, quantity: Decimal, price: Decimal, fee: Decimal) -> ExecutionDeltas:
    if kind == "spot":
        return spot_fill(instruction_id, quantity, price, fee)
    fill = perp_fill(instruction_id, quantity, price, fee)
    return renamed(fill, order_status="liquidated") if kind == "liquidated" else fill


def moved(instruction_id: str, amount: Decimal) -> ExecutionDeltas:
    """A transfer between the wallets of the venue that costs a cent."""
    cent = Decimal("0.01")
    changes: Changes = {SPOT: {"USDT": -amount - cent}, MARGIN: {"USDT": amount}}
    return ExecutionDeltas(
        instruction_id=instruction_id, venue="alpha", changes=changes, costs=(Cost("transfer", "USDT", cent),)
    )


@settings(max_examples=150)
@given(marks=columns, spot=columns, price=columns, steps=st.lists(moves, max_size=25))
def test_buckets_and_flows_are_exactly_the_change_of_net_asset_value(
    marks: list[float], spot: list[float], price: list[float], steps: list[tuple[str, object]]
) -> None:
    # So much cash that no example comes near a net asset value of zero.
    opening = {SPOT: {"USDT": Decimal(10**12)}, MARGIN: {"USDT": Decimal(10**12)}}
    loop = TightLoop(market_columns(marks, spot, price=price), risk=FREE, opening=opening)
    row = 0
    for number, (kind, what) in enumerate(steps):
        now = loop.market.time(row)
        if kind == "row":
            row = min(row + 1, ROWS - 1)
            loop.at_row(row)
        elif kind == "trade":
            assert isinstance(what, tuple)
            loop.deliver(traded(f"id-{number}", *what))
        elif kind == "transfer":
            assert isinstance(what, Decimal)
            loop.deliver(moved(f"id-{number}", what))
        else:
            assert isinstance(what, Decimal)
            change = {MARGIN: {"USDT": what}}
            loop.venue.book(change)
            if kind == "funding":
                loop.handler.accrue(now, f"id-{number}", change, what)
            else:
                loop.handler.book_flow(now, f"id-{number}", MARGIN, "USDT", what)
    loop.pnl.mark_to(ROWS - 1)
    nav = loop.pnl.verify()
    assert nav - loop.pnl.initial_nav - loop.pnl.flows - sum(loop.pnl.buckets.values()) == Decimal(0)
    assert loop.pnl.largest_unexplained == Decimal(0)
    assert loop.reconciliation.reconcile_account(loop.clock.now, "alpha").status == "success"


@settings(max_examples=100)
@given(
    trades=st.lists(trades, min_size=1, max_size=6),
    data=st.data(),
)
def test_duplicated_and_shuffled_reports_book_each_instruction_once(
    trades: list[tuple[str, Decimal, Decimal, Decimal]], data: st.DataObject
) -> None:
    opening = {SPOT: {"USDT": Decimal(10**9)}, MARGIN: {"USDT": Decimal(10**9)}}
    reports = [traded(f"id-{number}", *trade) for number, trade in enumerate(trades)]
    plain = TightLoop(risk=FREE, opening=opening)
    for report in reports:
        plain.deliver(report)
    doubts = [renamed(report, outcome=Outcome.UNKNOWN, changes={}, fills=()) for report in reports]
    delivered = data.draw(st.permutations(reports + data.draw(st.lists(st.sampled_from(reports + doubts)))))
    loop = TightLoop(risk=FREE, opening=opening)
    seen: set[str] = set()
    for report in delivered:
        if report.outcome is Outcome.DONE and report.instruction_id not in seen:
            seen.add(report.instruction_id)
            loop.venue.book(report.changes)
        loop.handler.handle_position_update(0, report)
    assert loop.amounts() == plain.amounts()
    assert loop.pnl.buckets == plain.pnl.buckets
    assert loop.pnl.verify() == plain.pnl.verify()
    assert loop.reconciliation.unresolved_instructions("alpha") == frozenset()


nested = st.dictionaries(
    st.sampled_from([SPOT, MARGIN, "wallet", "in_transit"]), st.dictionaries(st.sampled_from(["USDT", "BTC"]), amounts)
)


@given(st.lists(nested, max_size=8), st.randoms(use_true_random=False))
def test_the_ledger_is_the_sum_of_its_changes_in_any_order(parts: list[Changes], random) -> None:
    use_ledger_context()
    ordered, shuffled = empty_ledger(), empty_ledger()
    for number, changes in enumerate(parts):
        ordered.apply(str(number), changes)
    numbered = list(enumerate(parts))
    random.shuffle(numbered)
    for number, changes in numbered:
        shuffled.apply(str(number), changes)
    assert ordered.to_dict() == shuffled.to_dict()
    for location, asset in ((SPOT, "USDT"), ("wallet", "BTC")):
        total = sum((part.get(location, {}).get(asset, Decimal(0)) for part in parts), Decimal(0))
        assert ordered.amount(location, asset) == total


@given(nested, nested)
def test_changes_that_cannot_be_booked_leave_no_trace(earlier: Changes, changes: Changes) -> None:
    use_ledger_context()
    ledger = empty_ledger()
    ledger.apply("earlier", earlier)
    before = ledger.to_dict()
    broken = {**changes, "zoo": {"USDT": Decimal(1), "DOGE": Decimal(1)}}
    with pytest.raises(ComponentError, match="REC-004"):
        ledger.apply("broken", broken)
    assert ledger.to_dict() == before
    assert not ledger.has_applied("broken")


def empty_ledger() -> Ledger:
    return TightLoop(opening={}).ledger
