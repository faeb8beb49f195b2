"""Profit and loss by bucket, exact, and nothing left over."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from tight_loop import MARGIN, RAY, SPOT, TightLoop, market_columns, perp_fill, renamed, spot_fill


def buckets(loop: TightLoop) -> dict[str, Decimal]:
    return {name: amount for name, amount in loop.pnl.buckets.items() if amount}


def test_the_books_open_without_profit() -> None:
    loop = TightLoop()
    assert loop.pnl.initial_nav == loop.pnl.nav == 20_000
    assert buckets(loop) == {}


def test_a_coin_earns_delta_when_its_price_moves() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    loop.pnl.mark_to(1)
    assert buckets(loop) == {"delta": Decimal(100)}
    assert loop.pnl.verify() == 20_100


def test_a_hedge_earns_the_move_of_the_mark_against_the_spot_as_basis() -> None:
    loop = TightLoop(market_columns(marks=(50_010.0, 50_990.0), spot=(50_000.0, 51_000.0)))
    loop.deliver(spot_fill("one", "0.1", "50000"))
    loop.deliver(perp_fill("two", "-0.1", "50010"))
    loop.pnl.mark_to(1)
    # A perpetual sold above its spot: the premium is basis at once, and what becomes of it is basis later.
    assert buckets(loop) == {"basis": Decimal(2)}
    assert loop.pnl.verify() == 20_002


def test_coins_that_were_sold_earn_nothing_more() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    loop.deliver(spot_fill("two", "-0.1", "50000"))
    loop.pnl.mark_to(1)
    assert buckets(loop) == {}
    assert loop.pnl.verify() == 20_000


def test_marking_the_same_row_twice_changes_nothing() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    loop.pnl.mark_to(1)
    loop.pnl.mark_to(1)
    assert buckets(loop) == {"delta": Decimal(100)}


def test_what_a_fill_costs_against_the_rows_price_is_slippage() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50010"))
    loop.deliver(perp_fill("two", "-0.1", "49990"))
    assert buckets(loop) == {"slippage": Decimal(-2)}
    loop.pnl.verify()


def test_a_perpetual_that_trades_away_from_its_mark_books_the_gap_as_basis() -> None:
    loop = TightLoop(market_columns(price=(50_020.0, 51_000.0, 49_500.0, 52_000.0)))
    loop.deliver(perp_fill("one", "0.1", "50020"))
    assert buckets(loop) == {"basis": Decimal(-2)}
    loop.pnl.verify()


def test_fees_are_valued_in_the_asset_they_are_paid_in() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000", "0.0001"))
    loop.deliver(perp_fill("two", "-0.1", "50000", "2.5"))
    assert buckets(loop) == {"fees": Decimal("-7.5")}
    loop.pnl.verify()


def test_a_liquidation_loses_its_fill_against_the_mark() -> None:
    loop = TightLoop()
    loop.deliver(perp_fill("one", "0.1", "50000"))
    loop.deliver(renamed(perp_fill("two", "-0.1", "49000"), order_status="liquidated"))
    assert buckets(loop) == {"liquidation": Decimal(-100)}
    loop.pnl.verify()


def test_a_cost_goes_to_its_bucket() -> None:
    loop = TightLoop()
    loop.deliver(
        ExecutionDeltas(
            instruction_id="one",
            venue="alpha",
            changes={SPOT: {"USDT": Decimal(-101)}, MARGIN: {"USDT": Decimal(100)}},
            costs=(Cost("transfer", "USDT", Decimal(1)),),
        )
    )
    assert buckets(loop) == {"transfer": Decimal(-1)}
    loop.pnl.verify()


def test_a_supplied_token_earns_its_index_as_lending() -> None:
    market = market_columns(rays=[RAY, RAY + RAY // 100, RAY, RAY])
    loop = TightLoop(market, opening={"aave": {"aUSDT": Decimal(1000)}})
    loop.pnl.mark_to(1)
    assert buckets(loop) == {"lending": Decimal(10)}
    assert loop.pnl.verify() == 1_010


def test_what_a_protocol_rounds_away_when_it_takes_a_token_is_lending() -> None:
    loop = TightLoop(market_columns(rays=[3 * RAY] * 4), opening={"wallet": {"USDT": Decimal(100)}})
    supplied = ExecutionDeltas(
        instruction_id="one",
        venue="alpha",
        changes={"wallet": {"USDT": Decimal(-100)}, "aave": {"aUSDT": Decimal("33.333333")}},
    )
    loop.pnl.record(supplied, loop.ledger.apply("one", supplied.changes))
    assert buckets(loop) == {"lending": Decimal("-0.000001")}
    assert loop.pnl.verify() == Decimal("99.999999")


def test_a_flow_changes_net_asset_value_and_no_bucket() -> None:
    loop = TightLoop()
    loop.handler.book_flow(0, "flow", SPOT, "USDT", Decimal(-300))
    assert (loop.pnl.flows, loop.pnl.verify(), buckets(loop)) == (-300, 19_700, {})


def test_a_gap_between_buckets_and_net_asset_value_is_puh_008() -> None:
    loop = TightLoop()
    loop.pnl.record(ExecutionDeltas(instruction_id="one", venue="alpha"), Decimal("0.00003"))
    with pytest.raises(ComponentError) as caught:
        loop.pnl.update_state(0, "test")
    assert caught.value.error_code == "PUH-008"
    assert loop.pnl.largest_unexplained == Decimal("0.00003")


def test_a_gap_within_a_billionth_is_kept_in_sight() -> None:
    loop = TightLoop()
    loop.pnl.record(ExecutionDeltas(instruction_id="one", venue="alpha"), Decimal("0.00001"))
    assert loop.pnl.update_state(0, "test") == Decimal("20000.00001")
    assert loop.pnl.unexplained == loop.pnl.largest_unexplained == Decimal("0.00001")


def test_a_holding_that_changed_behind_the_monitors_back_is_puh_008() -> None:
    loop = TightLoop()
    loop.ledger.apply("behind", {SPOT: {"USDT": Decimal(1)}})
    with pytest.raises(ComponentError) as caught:
        loop.pnl.verify()
    assert caught.value.error_code == "PUH-008"


def test_the_snapshot_shows_the_buckets_that_are_not_empty() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50010"))
    assert loop.pnl.get_state_snapshot() == {
        "last_update": 0,
        "nav": Decimal(19_999),
        "unexplained": 0,
        "buckets": {"slippage": Decimal(-1)},
    }
