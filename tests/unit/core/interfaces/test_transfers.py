"""Transfers: debited at once, credited on arrival, their fee a cost."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferArrival
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.execution_interface_factory import ExecutionInterfaceFactory
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight, TransfersInFlight
from execution_fakes import (
    NOW,
    FakeChain,
    FakeData,
    FakeSink,
    action,
    failure,
    make_exchange,
    make_wallet,
    trade,
    transfer,
)

D = Decimal
LATER = NOW + 900 * 10**9


def test_a_transfer_between_wallets_of_one_venue_is_credited_at_once() -> None:
    interface = make_exchange()
    deltas = interface.execute_transfer(NOW, transfer(to_venue="exchange.derivatives"))
    assert deltas.to_dict() == {"exchange": {"USDT": D(-100)}, "exchange.derivatives": {"USDT": D(100)}}
    assert (deltas.costs, deltas.order_status) == ((), "arrived")
    assert interface.next_arrival() is None
    assert interface.event_logger.types() == ["TRANSFER_SENT"]


def test_a_withdrawal_is_in_transit_until_it_arrives_and_its_fee_is_a_cost() -> None:
    interface = make_exchange()
    interface.backend.transfer_answer = {"fee": D(1), "arrives_at": LATER}
    deltas = interface.execute_instruction(NOW, transfer(network="erc20", address="0xabc", tag="7"))
    assert deltas.to_dict() == {"exchange": {"USDT": D(-100)}, "in_transit": {"USDT": D(99)}}
    assert [(cost.bucket, cost.asset, cost.amount) for cost in deltas.costs] == [("transfer", "USDT", D(1))]
    assert unexplained_assets(deltas) == {}
    request = interface.backend.transfers[0]
    assert (request.network, request.address, request.tag) == ("erc20", "0xabc", "7")
    assert interface.next_arrival() == LATER
    assert interface.transfers_in_flight["transfer-1"].to_location == "wallet"


def test_an_arrival_moves_what_was_in_transit_once() -> None:
    shared = TransfersInFlight()
    chain = FakeChain()
    sender, receiver = make_exchange(transfers=shared), make_wallet(chain, transfers=shared)
    sender.backend.transfer_answer = {"fee": D(1), "arrives_at": LATER}
    sender.execute_instruction(NOW, transfer())
    arrival = TransferArrival(LATER, "transfer-1", "wallet", "USDT", D(99))
    chain.events = [arrival, arrival]
    (deltas,) = receiver.update_state(LATER, "engine")
    assert deltas.to_dict() == {"in_transit": {"USDT": D(-99)}, "wallet": {"USDT": D(99)}}
    assert (deltas.venue, deltas.instruction_id) == ("wallet", "transfer-1.arrival")
    assert sender.next_arrival() is None
    assert receiver.event_logger.types() == ["TRANSFER_ARRIVED", "TRANSFER_ARRIVED"]


def test_what_is_missing_on_arrival_is_a_cost() -> None:
    interface = make_exchange()
    interface.backend.transfer_answer = {"arrives_at": LATER}
    interface.execute_instruction(NOW, transfer())
    interface.backend.events = [TransferArrival(LATER, "transfer-1", "wallet", "USDT", D(95))]
    (deltas,) = interface.update_state(LATER, "engine")
    assert [(cost.bucket, cost.amount) for cost in deltas.costs] == [("transfer", D(5))]
    assert unexplained_assets(deltas) == {}


def test_gas_in_another_token_is_paid_beside_the_amount() -> None:
    chain = FakeChain()
    chain.transfer_answer = {"fee": D("0.01"), "fee_asset": "ETH", "fee_bucket": "gas", "arrives_at": LATER}
    deltas = make_wallet(chain).execute_transfer(NOW, transfer(from_venue="wallet", to_venue="exchange"))
    assert deltas.to_dict() == {"wallet": {"USDT": D(-100), "ETH": D("-0.01")}, "in_transit": {"USDT": D(100)}}
    assert [(cost.bucket, cost.asset) for cost in deltas.costs] == [("gas", "ETH")]
    assert unexplained_assets(deltas) == {}


def test_the_next_arrival_is_the_earliest() -> None:
    shared = TransfersInFlight()
    for number, arrives_at in enumerate((30, 10, 20)):
        shared.put(
            TransferInFlight(
                client_transfer_id=str(number),
                token="USDT",
                amount=D(1),
                from_location="a",
                to_location="b",
                arrives_at=arrives_at,
            )
        )
    assert shared.next_arrival() == 10
    shared.take("1")
    assert shared.next_arrival() == 20


@pytest.mark.parametrize(("outcome", "code"), [(Outcome.REJECTED, "EXI-006"), (Outcome.UNKNOWN, "EXI-007")])
def test_a_transfer_that_is_not_done_moves_nothing(outcome: Outcome, code: str) -> None:
    interface = make_exchange()
    interface.backend.transfer_answer = {"outcome": outcome, "error_code": code, "reason": "why"}
    if outcome is Outcome.REJECTED:
        with pytest.raises(ComponentError) as raised:
            interface.execute_instruction(NOW, transfer())
        assert raised.value.error_code == code
    else:
        assert interface.execute_instruction(NOW, transfer()).changes == {}
        assert "transfer-1" in interface.unresolved_instructions
        assert interface.update_state(NOW, "engine") == ()
    assert interface.next_arrival() is None


def test_a_transfer_that_could_not_be_sent_is_counted() -> None:
    interface = make_exchange()
    interface.backend.failures = [failure("EXI-003")]
    with pytest.raises(ComponentError):
        interface.execute_instruction(NOW, transfer())
    assert interface.orders_failed == 1


@pytest.mark.parametrize("instruction", [transfer(), trade(), action()])
def test_the_wallet_sends_only_what_is_its_own(instruction: Any) -> None:
    wallet = make_wallet(FakeChain())
    with pytest.raises(ComponentError) as raised:
        wallet.execute_instruction(NOW, instruction)
    assert raised.value.error_code == "EXI-005"
    with pytest.raises(ComponentError):
        wallet.execute_transfer(NOW, instruction)


def test_the_wallet_wraps_its_own_ether() -> None:
    chain = FakeChain()
    wallet = make_wallet(chain)
    assert wallet.validate_instruction(action(protocol="wallet", action="wrap", token="ETH"))
    wallet.execute_instruction(NOW, action(protocol="wallet", action="wrap", token="ETH"))
    assert chain.actions[0][0].action == "wrap"


def test_setting_dependencies_joins_what_each_interface_knew_to_be_on_its_way() -> None:
    sender, receiver = make_exchange(), make_wallet(FakeChain())
    sender.backend.transfer_answer = {"arrives_at": LATER}
    sender.execute_instruction(NOW, transfer())
    sink, data = FakeSink(), FakeData()
    interfaces = {"exchange": sender, "wallet": receiver}
    ExecutionInterfaceFactory.set_interface_dependencies(interfaces, object(), sink, data)
    assert receiver.next_arrival() == LATER
    assert receiver.event_logger is sink
    assert receiver.data_provider is data
