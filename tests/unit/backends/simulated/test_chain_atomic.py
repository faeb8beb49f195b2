from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.backends.simulated.chain_gas import GasSettings
from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, FromStep, PostCondition, SmartContractAction
from chain_world import ChainWorld, lend


def from_step(action: str, token: str, number: int) -> SmartContractAction:
    return SmartContractAction(protocol="aave", action=action, token=token, amount=FromStep(number))


LOOP = (
    lend("supply", "WETH", "10"),
    lend("set_emode", "", "1"),
    lend("borrow", "WETH", "9"),
    from_step("supply", "WETH", 2),
)


def test_all_steps_happen_in_one_transaction():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    outcome = world.chain.execute_atomic(AtomicBlock(steps=LOOP), "a")
    assert outcome.outcome is Outcome.DONE
    assert outcome.changes["aave"] == {"aWETH": Decimal(19), "variableDebtWETH": Decimal(9)}
    assert outcome.changes["wallet"] == {"WETH": Decimal(-10), "USDT": -outcome.costs[0].amount}
    assert outcome.filled == Decimal(9)
    assert unexplained_assets(outcome) == {}


def test_the_steps_share_the_base_cost_of_a_transaction_and_one_approval():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    outcome = world.chain.execute_atomic(AtomicBlock(steps=LOOP), "a")
    units = 2 * 216_203 + 105_272 + 256_889 + 46_000 - 3 * 21_000
    assert outcome.costs[0].amount == units * Decimal("0.00002")


@pytest.mark.parametrize(
    ("failing", "reason"),
    [
        (lend("borrow", "WETH", "100"), "step 2 (aave borrow) reverted: collateral cannot cover"),
        (lend("supply", "USDC", "1"), "step 2 (aave supply) supplying needs 1.000000 USDC"),
    ],
)
def test_a_failing_step_undoes_all_steps_and_only_gas_is_paid(failing, reason):
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    outcome = world.chain.execute_atomic(AtomicBlock(steps=(*LOOP[:2], failing)), "a")
    assert (outcome.outcome, outcome.error_code) == (Outcome.REJECTED, "EIM-009")
    assert outcome.reason.startswith(reason)
    assert outcome.to_dict() == {"wallet": {"USDT": -outcome.costs[0].amount}}
    assert world.at("aave") == {}
    assert world.at("wallet")["WETH"] == Decimal(10)
    assert world.chain.execute(lend("borrow", "USDT", "1"), "b").error_code == "EXI-009"


def test_a_condition_of_the_block_that_fails_undoes_it():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    block = AtomicBlock(steps=LOOP, post_conditions=(PostCondition("health_factor", Decimal("2.01")),))
    outcome = world.chain.execute_atomic(block, "a")
    assert outcome.error_code == "EIM-009"
    assert "health_factor is 2.005" in outcome.reason
    assert world.at("aave") == {}
    kept = AtomicBlock(steps=LOOP, post_conditions=(PostCondition("health_factor", Decimal("2.005")),))
    assert world.chain.execute_atomic(kept, "b").outcome is Outcome.DONE


def test_an_unknown_step_is_refused_before_anything_is_sent():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    swap = SmartContractAction(protocol="uniswap", action="swap", token_in="WETH", token_out="USDT", amount=Decimal(1))
    outcome = world.chain.execute_atomic(AtomicBlock(steps=(LOOP[0], swap)), "a")
    assert (outcome.error_code, outcome.changes) == ("EXI-005", {})


def test_an_amount_can_only_come_from_an_earlier_step():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    outcome = world.chain.execute_atomic(AtomicBlock(steps=(from_step("supply", "WETH", 0),)), "a")
    assert (outcome.error_code, outcome.changes) == ("EIM-008", {})


def test_a_wallet_without_gas_sends_nothing():
    world = ChainWorld({"WETH": "10"})
    assert world.chain.execute_atomic(AtomicBlock(steps=LOOP), "a").error_code == "EXI-006"
    assert world.at("wallet") == {"WETH": Decimal(10)}


def test_all_leaves_the_gas_of_the_whole_block_and_borrowed_gas_is_good_money():
    world = ChainWorld({"WETH": "10"}, gas=GasSettings(asset="USDT"))
    steps = (lend("supply", "WETH", "all"), lend("borrow", "USDT", "1000"), lend("supply", "USDT", "all"))
    outcome = world.chain.execute_atomic(AtomicBlock(steps=steps), "a")
    assert outcome.outcome is Outcome.DONE
    assert outcome.filled == 1000 - outcome.costs[0].amount
    assert world.at("wallet") == {}


def test_the_same_block_id_executes_once():
    world = ChainWorld({"WETH": "10", "USDT": "1000"})
    first = world.chain.execute_atomic(AtomicBlock(steps=LOOP), "a")
    assert world.chain.execute_atomic(AtomicBlock(steps=LOOP), "a") is first
    assert world.at("aave")["aWETH"] == Decimal(19)
