from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Cost, Outcome
from basis_strategy_v1.core.domain.instructions import PostCondition, SmartContractAction
from basis_strategy_v1.core.domain.orders import TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from chain_world import APPROVAL_GAS, MINUTE, RAY, SUPPLY_GAS, ChainWorld, lend

FIRST_SUPPLY_GAS = SUPPLY_GAS + APPROVAL_GAS


def rejected(outcome, code):
    assert outcome.outcome is Outcome.REJECTED
    assert outcome.error_code == code
    assert outcome.reason
    return True


def test_supplying_moves_tokens_into_scaled_units_and_charges_gas():
    world = ChainWorld({"USDT": "5000"}, indices={"supply.aave.USDT": [RAY * 5 // 4] * 3})
    outcome = world.chain.execute(lend("supply", "USDT", "1000"), "a")
    assert outcome.outcome is Outcome.DONE
    assert outcome.to_dict() == {"wallet": {"USDT": -1000 - FIRST_SUPPLY_GAS}, "aave": {"aUSDT": Decimal(800)}}
    assert outcome.costs == (Cost("gas", "USDT", FIRST_SUPPLY_GAS),)
    assert (outcome.venue, outcome.requested, outcome.filled) == ("aave", Decimal(1000), Decimal(1000))
    assert unexplained_assets(outcome) == {}
    assert world.at("aave") == {"aUSDT": Decimal(800)}
    assert world.at("wallet") == {"USDT": 4000 - FIRST_SUPPLY_GAS}


def test_scaled_units_are_rounded_down_when_minted_and_up_when_burnt():
    world = ChainWorld({"USDT": "5000"}, indices={"supply.aave.USDT": [3 * RAY] * 3})
    world.chain.execute(lend("supply", "USDT", "1000"), "a")
    assert world.at("aave") == {"aUSDT": Decimal("333.333333")}
    outcome = world.chain.execute(lend("withdraw", "USDT", "1"), "b")
    assert outcome.changes["aave"] == {"aUSDT": Decimal("-0.333334")}


def test_supplying_all_leaves_exactly_the_gas():
    world = ChainWorld({"USDT": "1000"})
    outcome = world.chain.execute(lend("supply", "USDT", "all"), "a")
    assert outcome.filled == 1000 - FIRST_SUPPLY_GAS
    assert world.at("wallet") == {}


def test_a_second_supply_needs_no_approval():
    world = ChainWorld({"USDT": "5000"})
    first = world.chain.execute(lend("supply", "USDT", "1"), "a")
    second = world.chain.execute(lend("supply", "USDT", "1"), "b")
    assert first.costs[0].amount - second.costs[0].amount == APPROVAL_GAS


def test_withdrawing_all_brings_the_interest_and_pays_gas_out_of_it():
    world = ChainWorld({"USDT": "1000"}, indices={"supply.aave.USDT": [RAY, RAY * 11 // 10, 2 * RAY]})
    supplied = world.chain.execute(lend("supply", "USDT", "all"), "a").filled
    world.move_to(1)
    outcome = world.chain.execute(lend("withdraw", "USDT", "all"), "b")
    assert supplied is not None
    assert outcome.filled == (supplied * 11 / 10).quantize(Decimal("1e-6"), rounding="ROUND_DOWN")
    assert outcome.requested is None
    assert world.at("aave") == {}
    assert world.at("wallet") == {"USDT": outcome.filled - Decimal("4.09456")}


def test_amounts_below_one_token_unit_are_cut_off():
    world = ChainWorld({"USDT": "1000"})
    assert world.chain.execute(lend("supply", "USDT", "1.0000019"), "a").filled == Decimal("1.000001")


@pytest.mark.parametrize(
    ("action", "code"),
    [
        (lend("supply", "USDT", "1000"), "EXI-006"),
        (lend("supply", "USDT", "1000.01"), "EXI-006"),
        (lend("withdraw", "USDT", "1"), "EXI-006"),
        (lend("withdraw", "USDT", "all"), "EXI-006"),
        (lend("supply", "WBTC", "1"), "EXI-005"),
        (lend("supply", "SHIB", "1"), "EXI-005"),
        (lend("borrow", "USDT", "all"), "EXI-005"),
        (lend("set_emode", "", "all"), "EXI-005"),
        (lend("flash_loan", "USDT", "1"), "EXI-005"),
        (SmartContractAction(protocol="lido", action="stake", amount=Decimal(1)), "EXI-005"),
    ],
)
def test_what_a_node_would_not_send_costs_nothing_and_leaves_no_trace(action, code):
    world = ChainWorld({"USDT": "1000"})
    outcome = world.chain.execute(action, "a")
    assert rejected(outcome, code)
    assert outcome.changes == {}
    assert outcome.costs == ()
    assert world.chain.lookup("a") is None
    assert world.at("wallet") == {"USDT": Decimal(1000)}


@pytest.mark.parametrize(
    "action",
    [
        lend("supply", "USDT", "0.0000001"),
        lend("repay", "USDT", "1"),
        lend("borrow", "WETH", "1"),
        lend("borrow", "weETH", "1"),
        lend("borrow", "WETH", "0.0000000000000000001"),
        lend("set_emode", "", "9"),
        lend("supply", "USDT", "10", post_conditions=(PostCondition("received", Decimal(11)),)),
    ],
)
def test_a_reverted_action_pays_its_gas_and_changes_nothing_else(action):
    world = ChainWorld({"USDT": "1000"})
    outcome = world.chain.execute(action, "a")
    assert rejected(outcome, "EXI-009")
    gas = outcome.costs[0].amount
    assert gas > 0
    assert outcome.to_dict() == {"wallet": {"USDT": -gas}}
    assert unexplained_assets(outcome) == {}
    assert world.at("wallet") == {"USDT": 1000 - gas}
    assert world.at("aave") == {}
    assert world.chain.lookup("a") is outcome


def test_the_same_id_twice_returns_the_first_outcome_and_executes_once():
    world = ChainWorld({"USDT": "1000"})
    first = world.chain.execute(lend("supply", "USDT", "10"), "a")
    assert world.chain.execute(lend("supply", "USDT", "10"), "a") is first
    assert world.at("aave") == {"aUSDT": Decimal(10)}
    assert world.chain.lookup("a") is first
    assert world.chain.lookup("b") is None


def test_a_borrower_owes_scaled_debt_that_grows_and_repays_in_full():
    world = ChainWorld(
        {"WETH": "10", "USDT": "1000"}, indices={"borrow.aave.USDT": [RAY, RAY + RAY // 10, RAY + RAY // 10]}
    )
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    borrowed = world.chain.execute(lend("borrow", "USDT", "10000"), "b")
    assert borrowed.changes["aave"] == {"variableDebtUSDT": Decimal(10_000)}
    assert borrowed.changes["wallet"] == {"USDT": 10_000 - borrowed.costs[0].amount}
    assert world.chain.account().health_factor == 166 * 10**16
    world.move_to(1)
    world.chain.credit("wallet", "USDT", Decimal(500))
    repaid = world.chain.execute(lend("repay", "USDT", "all"), "c")
    assert repaid.filled == Decimal(11_000)
    assert repaid.changes["aave"] == {"variableDebtUSDT": Decimal(-10_000)}
    assert world.at("aave") == {"aWETH": Decimal(10)}


def test_repaying_more_than_is_owed_takes_only_the_debt():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    world.chain.execute(lend("borrow", "USDT", "100"), "b")
    assert world.chain.execute(lend("repay", "USDT", "150"), "c").filled == Decimal(100)


def test_borrowing_is_bounded_by_the_loan_to_value_to_the_unit():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    refused = world.chain.execute(lend("borrow", "USDT", "16100.000001"), "b")
    assert rejected(refused, "EXI-009")
    assert "collateral cannot cover" in refused.reason
    assert world.chain.execute(lend("borrow", "USDT", "16100"), "c").outcome is Outcome.DONE


def test_a_withdrawal_that_would_breach_the_health_factor_reverts():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    world.chain.execute(lend("borrow", "USDT", "8300"), "b")
    refused = world.chain.execute(lend("withdraw", "WETH", "5.000001"), "c")
    assert rejected(refused, "EXI-009")
    assert "liquidation threshold" in refused.reason
    assert rejected(world.chain.execute(lend("withdraw", "WETH", "all"), "d"), "EXI-009")
    assert world.chain.execute(lend("withdraw", "WETH", "5"), "e").outcome is Outcome.DONE
    assert world.chain.account().health_factor == 10**18


def test_emode_lets_eth_collateral_borrow_more_eth_and_nothing_else():
    world = ChainWorld({"wstETH": "10", "USDT": "1000"})
    world.chain.execute(lend("supply", "wstETH", "10"), "a")
    assert rejected(world.chain.execute(lend("borrow", "WETH", "11"), "b"), "EXI-009")
    assert world.chain.execute(lend("set_emode", "", "1"), "c").changes["wallet"] == {"USDT": Decimal("-2.10544")}
    assert rejected(world.chain.execute(lend("borrow", "USDT", "1"), "d"), "EXI-009")
    assert world.chain.execute(lend("borrow", "WETH", "11"), "e").outcome is Outcome.DONE
    refused = world.chain.execute(lend("set_emode", "", "0"), "f")
    assert "liquidation threshold" in refused.reason


def test_emode_cannot_be_entered_with_a_debt_outside_it():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    world.chain.execute(lend("borrow", "USDT", "100"), "b")
    assert "owes USDT" in world.chain.execute(lend("set_emode", "", "1"), "c").reason


def test_a_condition_on_the_health_factor_holds_without_debt_and_reverts_below_its_bound():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    at_least_two = (PostCondition("health_factor", Decimal(2)),)
    assert world.chain.execute(lend("supply", "WETH", "10", post_conditions=at_least_two), "a").outcome is Outcome.DONE
    refused = world.chain.execute(lend("borrow", "USDT", "8301", post_conditions=at_least_two), "b")
    assert rejected(refused, "EXI-009")
    assert world.chain.execute(lend("borrow", "USDT", "8300", post_conditions=at_least_two), "c").filled == 8_300


def test_ether_is_wrapped_and_unwrapped_one_to_one():
    world = ChainWorld({"ETH": "2", "USDT": "1000"})
    wrapped = world.chain.execute(SmartContractAction(protocol="wallet", action="wrap", amount="all"), "a")
    assert wrapped.to_dict() == {"wallet": {"ETH": Decimal(-2), "WETH": Decimal(2), "USDT": -wrapped.costs[0].amount}}
    world.chain.execute(SmartContractAction(protocol="wallet", action="unwrap", amount=Decimal("0.5")), "b")
    assert world.at("wallet").items() >= {"ETH": Decimal("0.5"), "WETH": Decimal("1.5")}.items()


def test_flows_enter_and_leave_the_wallet():
    world = ChainWorld({"USDT": "1000"})
    world.chain.credit("wallet", "USDT", Decimal(-400))
    assert world.at("wallet") == {"USDT": Decimal(600)}
    with pytest.raises(ComponentError) as too_much:
        world.chain.credit("wallet", "USDT", Decimal(-601))
    assert too_much.value.error_code == "EXI-006"
    with pytest.raises(ComponentError) as elsewhere:
        world.chain.credit("aave", "USDT", Decimal(1))
    assert elsewhere.value.error_code == "EXI-005"


def test_observing_an_unknown_location_is_refused():
    with pytest.raises(ComponentError) as unknown:
        ChainWorld({}).chain.observe("morpho")
    assert unknown.value.error_code == "EXI-005"


def test_a_market_without_the_index_or_price_of_a_token_cannot_lend_it():
    world = ChainWorld({"WETH": "10", "wstETH": "10", "USDT": "1000"})
    del world.market.indices["supply.aave.USDT"]
    assert rejected(world.chain.execute(lend("supply", "USDT", "1"), "a"), "EXI-013")
    del world.market.other["oracle.aave_v3.wstETH"]
    world.chain.execute(lend("supply", "wstETH", "1"), "b")
    assert rejected(world.chain.execute(lend("borrow", "USDT", "1"), "c"), "EXI-013")


def test_without_an_oracle_stablecoins_are_worth_one_and_weth_the_spot():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    for token in ("WETH", "USDT"):
        del world.market.other[f"oracle.aave_v3.{token}"]
    world.chain.execute(lend("supply", "WETH", "10"), "a")
    world.chain.execute(lend("borrow", "USDT", "8300"), "b")
    assert world.chain.account().health_factor == 2 * 10**18


def test_a_transfer_to_an_exchange_is_on_its_way_for_fifteen_minutes():
    world = ChainWorld({"USDT": "1000"})
    request = TransferRequest(
        client_transfer_id="t", from_location="wallet", to_location="binance", token="USDT", amount=Decimal(400)
    )
    report = world.chain.transfer(request)
    assert (report.sent, report.fee, report.received) == (Decimal(400), Decimal("1.3"), Decimal("398.7"))
    assert (report.fee_asset, report.fee_bucket) == ("", "gas")
    assert report.arrives_at == 15 * MINUTE
    assert world.at("wallet") == {"USDT": Decimal(600)}
    assert world.network.due("binance", report.arrives_at)[0].amount == Decimal("398.7")
    assert world.chain.transfer(request) is report


def test_a_transfer_of_another_token_pays_gas_on_top():
    world = ChainWorld({"USDT": "1000", "ETH": "3"})
    report = world.chain.transfer(
        TransferRequest(
            client_transfer_id="t", from_location="wallet", to_location="binance", token="ETH", amount=Decimal(1)
        )
    )
    assert (report.received, report.fee, report.fee_asset) == (Decimal(1), Decimal("0.42"), "USDT")
    assert world.at("wallet") == {"USDT": Decimal("999.58"), "ETH": Decimal(2)}


@pytest.mark.parametrize(
    ("amount", "receiver", "code"), [("1001", "binance", "EXI-006"), ("1", "binance", "EXI-006"), ("9", "x", "EIM-012")]
)
def test_a_transfer_that_cannot_be_sent_changes_nothing(amount, receiver, code):
    world = ChainWorld({"USDT": "1000"})
    report = world.chain.transfer(
        TransferRequest(
            client_transfer_id="t", from_location="wallet", to_location=receiver, token="USDT", amount=Decimal(amount)
        )
    )
    assert rejected(report, code)
    assert world.at("wallet") == {"USDT": Decimal(1000)}
    assert world.network.in_flight() == ()


def test_what_an_exchange_sends_arrives_in_the_wallet_once():
    world = ChainWorld({})
    world.network.send("t", "USDT", Decimal(250), "binance", "wallet", 0)
    assert world.chain.poll_events() == ()
    world.move_to(1)
    (arrival,) = world.chain.poll_events()
    assert (arrival.client_transfer_id, arrival.location, arrival.amount) == ("t", "wallet", Decimal(250))
    assert world.at("wallet") == {"USDT": Decimal(250)}
    assert world.chain.poll_events() == ()
