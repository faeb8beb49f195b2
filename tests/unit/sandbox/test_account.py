"""The account behind every local venue."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.orders import OrderRequest, OrderStatus
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.records import OrderRecord, Refusal, WithdrawalRecord
from basis_strategy_v1.sandbox.world import SandboxWorld, build_world
from local_venues import HOUR_NS, START_NS, local_application, small_market

HOUR_MS = HOUR_NS // 1_000_000
START_MS = START_NS // 1_000_000
ZERO = Decimal(0)


class Desk:
    """Binance's account and the world around it."""

    def __init__(self, **options: Any) -> None:
        use_ledger_context()
        options.setdefault("venues", ("binance", "bybit"))
        venues = options.pop("venues")
        self.world: SandboxWorld = local_application(venues, **options).world
        self.account: SandboxAccount = self.world.venues["binance"].account

    def order(self, side: str = "buy", quantity: str = "0.1", **fields: Any) -> OrderRecord:
        fields.setdefault("client_order_id", "mine")
        fields.setdefault("trade_type", "perp")
        if "price" in fields:
            fields["price"] = Decimal(fields["price"])
            fields.setdefault("order_type", "limit")
        request = OrderRequest(symbol="BTCUSDT", side=side, quantity=Decimal(quantity), **fields)  # type: ignore[arg-type]
        return self.account.place(request)

    def pass_rows(self, rows: int) -> None:
        self.world.clock.advance_rows(rows)


def test_ids_count_up_and_client_ids_may_repeat() -> None:
    desk = Desk()
    first, second = desk.order(), desk.order()
    assert second.order_id == first.order_id + 1 == desk.account.last_order_id
    assert desk.account.latest("mine") == second
    assert desk.account.order(first.order_id) == first
    assert desk.account.is_client_id_used("mine")
    assert not desk.account.is_client_id_used("never")


def test_a_market_order_is_a_trade_of_its_time() -> None:
    desk = Desk()
    desk.world.clock.advance(60)
    order = desk.order("sell", "0.5")
    (trade,) = desk.account.trades()
    assert (order.status, order.average_price, order.quote_filled) == (OrderStatus.FILLED, 100_050, 50_025)
    assert (trade.time_ms, trade.is_maker, trade.fee, trade.fee_asset) == (
        START_MS + 60_000,
        False,
        Decimal("25.0125"),
        "USDT",
    )
    assert trade.quantity == Decimal("0.5")
    assert order.fills == (trade,)


def test_a_resting_order_fills_at_the_row_that_reaches_it() -> None:
    desk = Desk()
    order = desk.order("sell", price="100200")
    assert desk.account.open_orders() == [order]
    desk.pass_rows(10)
    filled = desk.account.order(order.order_id)
    assert filled is not None
    assert (filled.status, filled.average_price) == (OrderStatus.FILLED, 100_200)
    assert filled.fills[0].is_maker
    assert filled.updated_ms == START_MS + 2 * HOUR_MS
    assert desk.account.open_orders() == []


def test_realised_profit_is_what_a_closing_trade_moved() -> None:
    desk = Desk()
    desk.order("buy", "0.2")
    desk.pass_rows(10)
    desk.order("sell", "0.2")
    opening, closing = desk.account.trades()
    assert opening.realised_pnl == 0
    assert closing.realised_pnl == Decimal("0.2") * (closing.price - opening.price)


def test_refused_orders_keep_the_reason_and_stay_out_of_lists() -> None:
    desk = Desk()
    order = desk.order(quantity="0.0001")
    assert (order.status, order.reject_kind, order.reject_code) == (OrderStatus.REJECTED, "lot_size", "EXI-001")
    assert desk.account.orders() == []
    assert desk.account.latest("mine") is None
    assert desk.account.order(order.order_id) == order


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"quantity": "0.001", "price": "90000"}, "min_notional"),
        ({"quantity": "0.01", "price": "100000.05"}, "tick_size"),
        ({"quantity": "500"}, "insufficient_margin"),
        ({"quantity": "0.1", "price": "110000", "post_only": True}, "post_only_would_match"),
        ({"reduce_only": True}, "reduce_only"),
        ({"quantity": "100", "trade_type": "spot"}, "insufficient_balance"),
        ({"order_type": "limit"}, "price_missing"),
        ({"max_slippage": Decimal(0)}, ""),
    ],
)
def test_refusals_are_sorted_by_kind(fields: dict[str, Any], kind: str) -> None:
    desk = Desk()
    assert desk.order(fields.pop("side", "buy"), fields.pop("quantity", "0.1"), **fields).reject_kind == kind


def test_cancelling_ends_an_open_order_only() -> None:
    desk = Desk()
    order = desk.order(price="90000")
    done = desk.account.cancel(order.order_id)
    assert isinstance(done, OrderRecord)
    assert done.status is OrderStatus.CANCELED
    assert desk.account.cancel(order.order_id) == Refusal("not_found", f"no open order {order.order_id}", "EXI-011")
    amended = desk.account.amend(order.order_id, Decimal(1), None)
    assert isinstance(amended, Refusal)


def test_amending_keeps_the_id_and_a_refusal_changes_nothing() -> None:
    desk = Desk()
    order = desk.order(price="90000")
    refused = desk.account.amend(order.order_id, Decimal("0.0001"), None)
    assert isinstance(refused, Refusal)
    assert desk.account.order(order.order_id) == order
    amended = desk.account.amend(order.order_id, Decimal("0.2"), Decimal(91_000))
    assert isinstance(amended, OrderRecord)
    assert (amended.order_id, amended.quantity, amended.price) == (order.order_id, Decimal("0.2"), 91_000)


def test_an_armed_partial_fill_fills_a_share_and_cancels_the_rest() -> None:
    desk = Desk()
    desk.account.arm_partial_fill(Decimal("0.5"))
    order = desk.order(quantity="0.1")
    assert (order.status, order.filled, order.quantity) == (OrderStatus.CANCELED, Decimal("0.05"), Decimal("0.1"))
    desk.account.arm_partial_fill(Decimal("0.5"))
    resting = desk.order(price="90000")
    assert (resting.status, resting.filled) == (OrderStatus.CANCELED, 0)
    assert desk.order().status is OrderStatus.FILLED


def test_an_order_may_be_out_of_sight_of_lookups_but_not_of_the_engine() -> None:
    desk = Desk()
    desk.account.arm_lookup_lag(2)
    order = desk.order(price="90000")
    assert desk.account.latest("mine") is None
    assert desk.account.resting_orders() == [order]
    assert desk.account.open_with("mine") == order
    assert desk.account.open_orders() == []
    assert desk.account.latest("mine") == order


def test_trades_of_an_order_out_of_sight_are_too() -> None:
    desk = Desk()
    desk.account.arm_lookup_lag(1)
    order = desk.order()
    assert desk.account.trades() == []
    assert desk.account.order(order.order_id) is None
    assert len(desk.account.trades()) == 1


def test_funding_is_recorded_settlement_by_settlement() -> None:
    desk = Desk()
    desk.order("sell", "0.5")
    wallet = desk.account.margin().wallet
    desk.pass_rows(20)
    records = desk.account.funding()
    assert [record.time_ms for record in records] == [START_MS + 8 * HOUR_MS, START_MS + 16 * HOUR_MS]
    assert all(record.amount == -record.quantity * record.rate * record.mark_price for record in records)
    assert desk.account.margin().wallet == wallet + sum((record.amount for record in records), ZERO)


def test_margin_adds_up() -> None:
    desk = Desk()
    desk.order("sell", "0.5")
    desk.order("buy", "0.1", price="90000")
    margin, (position,) = desk.account.margin(), desk.account.positions()
    assert margin.balance == margin.wallet + margin.unrealised
    assert margin.available == margin.balance - margin.initial
    assert margin.initial == position.initial_margin + margin.order_margin
    assert margin.maintenance == position.maintenance_margin
    assert position.unrealised == position.notional - position.entry_cost
    assert position.entry_price == 100_050


def test_the_liquidation_price_is_where_the_account_is_liquidated() -> None:
    prices = [100_000.0, 100_000.0, 200_000.0]
    desk = Desk(rows=3, prices={"BTC": prices, "ETH": [4_000.0] * 3})
    desk.order("sell", "9")
    (position,) = desk.account.positions()
    assert 100_000 < position.liquidation_price < 120_000
    desk.pass_rows(2)
    (liquidation,) = desk.account.liquidations()
    assert liquidation.orders[0].is_liquidation
    assert desk.account.positions() == []
    assert desk.account.trades()[-1].order_id == liquidation.orders[0].order_id


def test_a_venue_may_take_over_positions_and_cancels_orders_with_them() -> None:
    desk = Desk()
    assert desk.account.liquidate() is None
    desk.order("sell", "0.5")
    resting = desk.order("buy", price="90000")
    record = desk.account.liquidate()
    assert record is not None
    assert record.orders[0].average_price == 100_040
    assert desk.account.margin().wallet == 0
    cancelled = desk.account.order(resting.order_id)
    assert cancelled is not None
    assert cancelled.status is OrderStatus.CANCELED


def test_transfers_inside_the_venue_are_done_at_once() -> None:
    desk = Desk()
    desk.account.transfer("binance", "binance.derivatives", "USDT", Decimal(40_000), "t1")
    assert desk.account.balances("binance")["USDT"].total == 60_000
    assert desk.account.margin().wallet == 140_000
    refused = desk.account.transfer("binance", "binance.derivatives", "USDT", Decimal(70_000))
    assert isinstance(refused, Refusal)
    assert refused.kind == "insufficient_balance"
    assert [record.client_id for record in desk.account.transfers()] == ["t1"]


def test_a_withdrawal_to_another_venue_arrives_as_its_deposit() -> None:
    desk = Desk()
    sent = desk.account.withdraw("binance", "USDT", Decimal(1_000), deposit_address("bybit"), client_id="w1")
    assert isinstance(sent, WithdrawalRecord)
    bybit = desk.world.venues["bybit"].account
    assert (sent.status, sent.received, bybit.deposits()) == ("sent", 1_000 - sent.fee, [])
    desk.pass_rows(1)
    assert desk.account.withdrawals()[0].status == "completed"
    (deposit,) = bybit.deposits()
    assert (deposit.amount, deposit.asset, deposit.time_ms) == (sent.received, "USDT", START_MS + HOUR_MS)
    assert bybit.balances("bybit")["USDT"].total == 100_000 + sent.received


def test_a_deposit_has_the_hash_of_the_withdrawal_it_was_and_no_other() -> None:
    desk = Desk()
    target = desk.world.venues["bybit"].account
    target.deposit("bybit", "USDT", Decimal(5), "somebody")
    sent = [desk.account.withdraw("binance", "USDT", Decimal(1_000), deposit_address("bybit")) for _ in range(2)]
    desk.pass_rows(1)
    stranger, *arrived = [deposit.transaction_hash for deposit in target.deposits()]
    assert arrived == [record.transaction_hash for record in sent if isinstance(record, WithdrawalRecord)]
    assert stranger not in arrived and len(set(arrived)) == 2


def test_a_withdrawal_to_an_unknown_address_leaves_for_ever() -> None:
    desk = Desk()
    desk.account.withdraw("binance", "USDT", Decimal(1_000), "0x" + "9" * 40)
    desk.pass_rows(5)
    assert desk.account.balances("binance")["USDT"].total == 99_000
    assert desk.world.venues["bybit"].account.deposits() == []


def test_suspended_withdrawals_are_refused() -> None:
    desk = Desk()
    desk.account.money.withdrawals_mode = "refused"
    refused = desk.account.withdraw("binance", "USDT", Decimal(10), "0x1")
    assert isinstance(refused, Refusal)
    assert refused.kind == "withdrawals_suspended"
    assert desk.account.balances("binance")["USDT"].total == 100_000


def test_held_withdrawals_take_the_money_and_send_it_when_released() -> None:
    desk = Desk()
    desk.account.money.withdrawals_mode = "held"
    desk.account.withdraw("binance", "USDT", Decimal(1_000), deposit_address("bybit"))
    short = desk.account.withdraw("binance", "USDT", Decimal(1_000_000), deposit_address("bybit"))
    assert isinstance(short, Refusal)
    desk.pass_rows(3)
    assert desk.account.withdrawals()[0].status == "held"
    assert desk.account.balances("binance")["USDT"].total == 99_000
    desk.account.money.release()
    desk.pass_rows(1)
    assert desk.account.withdrawals()[0].status == "completed"
    assert len(desk.world.venues["bybit"].account.deposits()) == 1


def test_money_from_outside_is_a_deposit_and_may_be_taken_away() -> None:
    desk = Desk()
    desk.account.deposit("binance", "BTC", Decimal(2), "gift")
    assert desk.account.balances("binance")["BTC"].total == 2
    assert isinstance(desk.account.deposit("binance", "BTC", Decimal(-3)), Refusal)
    assert isinstance(desk.account.deposit("nowhere", "BTC", Decimal(3)), Refusal)


def test_a_market_order_without_liquidity_expires_unfilled() -> None:
    desk = Desk(balances={"binance": {"USDT": 20_000_000}, "binance.derivatives": {"USDT": 1}})
    first = desk.order(trade_type="spot", quantity="60")
    assert (first.status, first.filled) == (OrderStatus.EXPIRED, 50)
    second = desk.order(trade_type="spot", quantity="1")
    assert (second.status, second.filled, second.is_rejected) == (OrderStatus.EXPIRED, 0, False)


def test_leverage_is_set_within_the_tiers() -> None:
    desk = Desk()
    assert desk.account.set_leverage("BTCUSDT", 3) is None
    assert desk.account.leverage_of("BTCUSDT") == 3
    refused = desk.account.set_leverage("BTCUSDT", 200)
    assert isinstance(refused, Refusal)
    assert desk.account.leverage_of("BTCUSDT") == 3


def test_an_account_lives_through_years_at_once_and_row_by_row_alike() -> None:
    rows = 600
    lives = []
    for step in (rows - 1, 7):
        use_ledger_context()
        world = build_world(small_market(("binance",), rows), ("binance",))
        account = world.venues["binance"].account
        account.place(
            OrderRequest(client_order_id="a", symbol="BTCUSDT", trade_type="perp", side="sell", quantity=Decimal("0.1"))
        )
        while world.clock.row < rows - 1:
            world.clock.advance_rows(step)
            account.sync()
        lives.append((account.funding(), account.margin(), account.positions()))
    assert lives[0] == lives[1]
