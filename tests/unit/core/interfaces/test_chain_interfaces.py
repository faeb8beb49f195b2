"""OnChain and DEX interfaces over a chain."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction
from basis_strategy_v1.core.domain.orders import FundingPayment
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.instruction_rejected import InstructionRejectedError
from basis_strategy_v1.core.interfaces.swap_quote import SwapQuote
from execution_fakes import (
    NOW,
    FakeChain,
    action,
    failure,
    make_lending,
    make_swaps,
    rejected_deltas,
    trade,
    transfer,
)

D = Decimal


class QuotingChain(FakeChain):
    def __init__(self, price_impact: str = "0.001") -> None:
        super().__init__()
        self.price_impact = D(price_impact)

    def quote_swap(self, action: SmartContractAction) -> SwapQuote:
        return SwapQuote(
            token_in=action.token_in,
            token_out=action.token_out,
            amount_in=D(100),
            amount_out=D(50),
            price_impact=self.price_impact,
        )


def swap(**changes: Any) -> SmartContractAction:
    values: dict[str, Any] = {"protocol": "uniswap", "action": "swap", "token_in": "USDT", "token_out": "WETH"}
    return action(**{**values, "token": "", **changes})


def unknown(action_id: str) -> ExecutionDeltas:
    return ExecutionDeltas(instruction_id=action_id, venue="aave", outcome=Outcome.UNKNOWN, reason="no receipt")


def test_supplying_moves_tokens_from_the_wallet_to_the_protocol() -> None:
    interface = make_lending(FakeChain())
    deltas = interface.execute_supply(NOW, action())
    assert deltas.to_dict() == {"wallet": {"USDT": D(-10)}, "aave": {"aUSDT": D(10)}}
    (event,) = interface.event_logger.data_of("CONTRACT_ACTION_EXECUTED")
    assert (event.action, event.instruction_id) == ("supply", "action-1")
    assert interface.orders_executed == 1


@pytest.mark.parametrize(
    ("method", "name"),
    [
        ("execute_withdraw", "withdraw"),
        ("execute_borrow", "borrow"),
        ("execute_repay", "repay"),
        ("execute_stake", "stake"),
        ("execute_unstake", "request_withdrawal"),
    ],
)
def test_each_named_method_executes_its_own_action_only(method: str, name: str) -> None:
    chain = FakeChain()
    interface = make_lending(chain)
    getattr(interface, method)(NOW, action(action=name))
    assert chain.actions[0][0].action == name
    with pytest.raises(ComponentError, match=name) as raised:
        getattr(interface, method)(NOW, action(action="supply"))
    assert raised.value.error_code == "EXI-005"


def test_an_atomic_block_is_one_transaction() -> None:
    chain = FakeChain()
    interface = make_lending(chain)
    block = AtomicBlock(steps=(action(), action(action="borrow")), instruction_id="block-1")
    deltas = interface.execute_atomic(NOW, block)
    assert chain.actions == [(block, "block-1")]
    assert deltas.instruction_id == "block-1"
    assert interface.event_logger.data_of("CONTRACT_ACTION_EXECUTED")[0].action == "atomic"
    with pytest.raises(ComponentError):
        interface.execute_atomic(NOW, action())


@pytest.mark.parametrize(
    "instruction",
    [
        action(protocol="morpho"),
        action(action="fly"),
        trade(),
        transfer(),
        AtomicBlock(steps=(action(protocol="morpho"),)),
    ],
)
def test_what_a_protocol_does_not_offer_is_not_sent(instruction: Any) -> None:
    chain = FakeChain()
    interface = make_lending(chain)
    with pytest.raises(ComponentError) as raised:
        interface.execute_instruction(NOW, instruction)
    assert raised.value.error_code == "EXI-005"
    with pytest.raises(ComponentError):
        interface.validate_instruction(instruction)
    assert chain.actions == []
    assert interface.orders_failed == 1


def test_a_valid_action_is_validated_without_being_sent() -> None:
    chain = FakeChain()
    assert make_lending(chain).validate_instruction(action())
    assert chain.actions == []


def test_a_revert_is_raised_and_carries_the_gas_it_cost() -> None:
    chain = FakeChain()
    gas = {"changes": {"wallet": {"ETH": D("-0.001")}}, "costs": (Cost("gas", "ETH", D("0.001")),)}
    chain.answers = [rejected_deltas("EXI-009", "health factor", **gas)]
    with pytest.raises(InstructionRejectedError, match="health factor") as raised:
        make_lending(chain).execute_instruction(NOW, action())
    assert raised.value.error_code == "EXI-009"
    assert raised.value.deltas is not None
    assert raised.value.deltas.to_dict() == {"wallet": {"ETH": D("-0.001")}}


def test_a_refusal_before_sending_costs_nothing() -> None:
    chain = FakeChain()
    chain.answers = [rejected_deltas("EXI-010", "gas at 200 gwei")]
    with pytest.raises(InstructionRejectedError) as raised:
        make_lending(chain).execute_instruction(NOW, action())
    assert (raised.value.error_code, raised.value.deltas) == ("EXI-010", None)


def test_a_chain_that_cannot_be_reached_is_counted_as_a_failure() -> None:
    chain = FakeChain()
    chain.failures = [failure("EXI-003")]
    interface = make_lending(chain)
    with pytest.raises(ComponentError):
        interface.execute_instruction(NOW, action())
    assert interface.orders_failed == 1


def test_an_unknown_action_is_booked_when_the_chain_tells() -> None:
    chain = FakeChain()
    chain.answers = [unknown]
    interface = make_lending(chain)
    assert interface.execute_instruction(NOW, action()).outcome is Outcome.UNKNOWN
    assert interface.update_state(NOW, "engine") == ()
    chain.known["action-1"] = unknown("action-1")
    assert interface.update_state(NOW, "engine") == ()
    mined = ExecutionDeltas(instruction_id="action-1", venue="aave", changes={"aave": {"aUSDT": D(1)}})
    chain.known["action-1"] = mined
    assert interface.update_state(NOW, "engine") == (mined,)
    assert interface.update_state(NOW, "engine") == ()


def test_an_unknown_action_that_was_never_mined_ends_without_deltas() -> None:
    chain = FakeChain()
    chain.answers = [unknown]
    interface = make_lending(chain)
    interface.execute_instruction(NOW, action())
    chain.known["action-1"] = rejected_deltas("EXI-009")("action-1")
    assert interface.update_state(NOW, "engine") == ()
    assert interface.unresolved_instructions == {}


def test_an_observation_covers_wallet_and_protocol() -> None:
    interface = make_lending(FakeChain())
    assert [report.location for report in interface.observe()] == ["wallet", "aave"]
    assert interface.get_position("USDT") == 14
    assert interface.get_position("USDT", "aave") == 7


def test_a_sent_action_can_be_looked_up_but_not_cancelled() -> None:
    chain = FakeChain()
    interface = make_lending(chain)
    chain.known["action-1"] = unknown("action-1")
    assert interface.get_order_status("action-1").venue == "aave"
    with pytest.raises(ComponentError) as raised:
        interface.get_order_status("other")
    assert raised.value.error_code == "EXI-011"
    with pytest.raises(ComponentError) as raised:
        interface.cancel_order("action-1")
    assert raised.value.error_code == "EXI-005"
    assert interface.cancel_all_orders() == ()
    assert interface.resting_orders() == ()


def test_an_event_that_no_chain_has_is_not_understood() -> None:
    chain = FakeChain()
    chain.events = [FundingPayment(NOW, "aave", "BTCUSDT", 0.0, 1.0, D(1), D(0))]
    with pytest.raises(ComponentError) as raised:
        make_lending(chain).update_state(NOW, "engine")
    assert raised.value.error_code == "EXI-012"


def test_a_bounded_swap_is_sent_as_it_is() -> None:
    chain = FakeChain()
    interface = make_swaps(chain)
    interface.execute_swap(NOW, swap(min_amount_out=D("0.003")))
    assert chain.actions[0][0].min_amount_out == D("0.003")
    assert interface.event_logger.types() == ["DEX_SWAP_EXECUTED"]


def test_an_unbounded_swap_gets_its_bound_from_the_quote() -> None:
    chain = QuotingChain()
    interface = make_swaps(chain)
    interface.execute_swap(NOW, swap())
    interface.execute_swap(NOW, swap(exact="out", instruction_id="action-2"))
    assert chain.actions[0][0].min_amount_out == D("49.75")
    assert chain.actions[1][0].max_amount_in == D("100.5")
    assert interface.quote_swap(NOW, swap()).amount_out == 50


def test_a_swap_whose_price_impact_is_beyond_the_slippage_bound_is_not_sent() -> None:
    chain = QuotingChain(price_impact="0.02")
    with pytest.raises(ComponentError) as raised:
        make_swaps(chain).execute_swap(NOW, swap())
    assert raised.value.error_code == "EXI-008"
    assert chain.actions == []


def test_without_quotes_a_swap_needs_its_own_bound() -> None:
    with pytest.raises(ComponentError, match="min_amount_out") as raised:
        make_swaps(FakeChain()).execute_swap(NOW, swap())
    assert raised.value.error_code == "EXI-005"


def test_liquidity_is_added_and_removed() -> None:
    chain = FakeChain()
    interface = make_swaps(chain)
    interface.add_liquidity(NOW, swap(action="add_liquidity"))
    interface.remove_liquidity(NOW, swap(action="remove_liquidity", instruction_id="action-2"))
    assert [sent.action for sent, _ in chain.actions] == ["add_liquidity", "remove_liquidity"]
    assert interface.event_logger.types() == ["CONTRACT_ACTION_EXECUTED", "CONTRACT_ACTION_EXECUTED"]
    with pytest.raises(ComponentError):
        interface.execute_swap(NOW, swap(action="add_liquidity"))
