"""ExecutionInterfaceManager: where instructions go, in which order, and what happens when one fails."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, Sequence
from basis_strategy_v1.core.domain.settings import ExecutionSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.health.unified_health_manager import HealthStatus, UnifiedHealthManager
from execution_fakes import (
    NOW,
    PRICE,
    FakeChain,
    FakeData,
    FakeSink,
    action,
    failure,
    make_exchange,
    make_lending,
    make_swaps,
    make_wallet,
    rejected_deltas,
    rejected_order,
    trade,
    transfer,
    unknown_order,
)

D = Decimal


class FakeTightLoop:
    def __init__(self) -> None:
        self.booked: list[ExecutionDeltas] = []
        self.failures: list[Exception] = []

    def handle_position_update(self, timestamp: int, execution_deltas: ExecutionDeltas) -> None:
        self.booked.append(execution_deltas)
        if self.failures:
            raise self.failures.pop(0)


class World:
    """A manager over two exchanges, a lender, a pool and a wallet on one chain."""

    def __init__(self, **changes: Any) -> None:
        self.chain = FakeChain()
        self.sink = FakeSink()
        self.loop = FakeTightLoop()
        self.clock = SimulationClock()
        self.told: list[tuple[Any, Any, Any]] = []
        self.interfaces = {
            "exchange": make_exchange(),
            "second": make_exchange("second"),
            "aave": make_lending(self.chain),
            "uniswap": make_swaps(self.chain),
            "wallet": make_wallet(self.chain),
            **changes.pop("interfaces", {}),
        }
        values: dict[str, Any] = {
            "interfaces": self.interfaces,
            "clock": self.clock,
            "run_id": "run",
            "event_logger": self.sink,
            "position_update_handler": self.loop,
            "on_instruction": lambda _, *end: self.told.append(end),
        }
        self.manager = ExecutionInterfaceManager({}, FakeData(), "backtest", **{**values, **changes})

    @property
    def exchange(self) -> Any:
        return self.interfaces["exchange"].backend

    def route(self, block: Any) -> ExecutionDeltas:
        return self.manager.route_instruction(NOW, block)

    def refused(self, block: Any) -> ComponentError:
        with pytest.raises(ComponentError) as raised:
            self.route(block)
        return raised.value


def test_a_trade_goes_to_its_exchange_and_its_outcome_to_the_tight_loop() -> None:
    world = World()
    deltas = world.route(trade(venue="second"))
    assert world.exchange.requests == []
    assert deltas.to_dict() == {"second": {"BTC": D(1), "USDT": -PRICE}}
    assert world.loop.booked == [deltas]
    assert world.told == [(trade(venue="second"), deltas, None)]
    assert (world.manager.instructions_routed, world.manager.instructions_failed) == (1, 0)
    (event,) = world.sink.data_of("instruction_routed")
    assert (event.instruction_id, event.instruction_type, event.venue) == ("order-1", "cex_trade", "second")


def test_families_are_kept_apart_and_the_wallet_is_with_the_protocols() -> None:
    manager = World().manager
    assert list(manager.cex_execution_interfaces) == ["exchange", "second"]
    assert list(manager.dex_execution_interfaces) == ["uniswap"]
    assert list(manager.onchain_execution_interfaces) == ["aave", "wallet"]
    assert list(manager.venue_interfaces) == ["exchange", "second", "aave", "uniswap", "wallet"]


@pytest.mark.parametrize("protocol", ["aave", "uniswap", "wallet"])
def test_an_action_goes_to_its_protocol(protocol: str) -> None:
    world = World()
    name = {"aave": "supply", "uniswap": "swap", "wallet": "wrap"}[protocol]
    world.route(action(protocol=protocol, action=name))
    assert world.sink.data_of("instruction_routed")[0].venue == protocol


def test_a_transfer_goes_to_the_interface_of_its_source() -> None:
    world = World()
    world.route(transfer(from_venue="exchange", to_venue="wallet"))
    world.route(transfer(from_venue="wallet", to_venue="exchange"))
    world.route(transfer(from_venue="exchange.derivatives", to_venue="second"))
    assert [event.venue for event in world.sink.data_of("instruction_routed")] == ["exchange", "wallet", "exchange"]


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("mars", "wallet"),
        ("wallet", "mars"),
        ("aave", "wallet"),
        ("wallet", "aave"),
        ("exchange.attic", "wallet"),
        ("wallet", "exchange.attic"),
        ("wallet", "wallet"),
    ],
)
def test_a_transfer_without_a_route_is_eim_012(source: str, target: str) -> None:
    world = World()
    error = world.refused(transfer(from_venue=source, to_venue=target))
    assert error.error_code == "EIM-012"
    assert world.manager.instructions_failed == 1


@pytest.mark.parametrize(
    "instruction", [trade(venue="mars"), trade(venue="aave"), action(protocol="mars"), action(protocol="exchange")]
)
def test_an_instruction_for_a_venue_without_an_interface_is_eim_003(instruction: Any) -> None:
    error = World().refused(instruction)
    assert error.error_code == "EIM-003"
    assert "this run has" in error.message


def test_mappings_are_read_once_at_the_boundary() -> None:
    world = World()
    block = [{"type": "cex_trade", "venue": "exchange", "trade_type": "perp", "symbol": "BTCUSDT", "side": "sell",
              "amount": "0.5"}]  # fmt: skip
    assert world.route(block).to_dict()["exchange.derivatives"]["BTCUSDT-PERP"] == D("-0.5")


@pytest.mark.parametrize(
    ("block", "code"),
    [
        ([], "EIM-001"),
        ("buy", "EIM-001"),
        ({"instruction_type": "prayer"}, "EIM-002"),
        ({"instruction_type": "cex_trade", "venue": "exchange"}, "EIM-004"),
        ({"atomic": True, "steps": [{"type": "wallet_transfer"}]}, "EIM-008"),
    ],
)
def test_a_block_that_cannot_be_read_routes_nothing(block: Any, code: str) -> None:
    world = World()
    assert world.refused(block).error_code == code
    assert [data.error_code for data in world.sink.data_of("error")] == [code]
    assert world.told == []


def test_instructions_without_an_id_are_named_by_run_step_and_sequence() -> None:
    world, again = World(), World()
    block = Sequence(instructions=(trade(instruction_id=""), trade(instruction_id="")))
    for each in (world, again):
        each.clock.move_to(5, NOW)
        each.route(block)
    ids = [deltas.instruction_id for deltas in world.loop.booked]
    assert ids == [deltas.instruction_id for deltas in again.loop.booked]
    assert len(set(ids)) == 2
    assert [request.client_order_id for request in world.exchange.requests] == ids


def test_each_outcome_is_booked_before_the_next_instruction_starts() -> None:
    world = World()
    seen: list[tuple[str, int]] = []
    world.manager.on_instruction = lambda _, instruction, *end: seen.append((instruction.side, len(world.loop.booked)))
    net = world.route([trade(), trade(side="sell", amount=D("0.4"), instruction_id="order-2")])
    assert seen == [("buy", 0), ("sell", 1)]
    assert net.to_dict() == {"exchange": {"BTC": D("0.6"), "USDT": -PRICE * D("0.6")}}
    assert (net.venue, net.instruction_id, len(net.fills)) == ("exchange", "order-1", 2)


def test_the_net_outcome_over_several_venues_names_none() -> None:
    net = World().route([trade(), action()])
    assert net.venue == ""
    assert net.to_dict()["wallet"] == {"USDT": D(-10)}
    assert [cost.bucket for cost in net.costs] == ["gas"]


def test_a_failure_ends_its_sequence_and_what_was_done_is_known() -> None:
    world = World()
    world.exchange.answers = [rejected_order("EXI-006", "poor")]
    error = world.refused([trade(venue="second"), trade(), trade(instruction_id="order-3")])
    assert error.error_code == "EXI-006"
    assert [deltas.venue for deltas in world.manager.block_outcomes] == ["second"]
    assert len(world.exchange.requests) == 1
    assert world.told[-1][1:] == (None, error)
    record = world.manager.routing_history[-1]
    assert (record.success, record.error_code, record.venue) == (False, "EXI-006", "exchange")
    assert world.manager.routing_history[0].success


def test_an_unknown_outcome_ends_its_sequence() -> None:
    world = World()
    world.exchange.answers = [unknown_order]
    net = world.route([trade(), trade(instruction_id="order-2")])
    assert net.outcome is Outcome.UNKNOWN
    assert len(world.exchange.requests) == 1
    assert [deltas.outcome for deltas in world.loop.booked] == [Outcome.UNKNOWN]


def test_an_unknown_outcome_after_others_makes_the_block_unknown() -> None:
    world = World()
    world.exchange.answers = [unknown_order]
    net = world.route([trade(venue="second"), trade(instruction_id="order-2")])
    assert (net.outcome, net.error_code, net.reason) == (Outcome.UNKNOWN, "EXI-007", "timeout")


@pytest.mark.parametrize("amount", [D("NaN"), D("sNaN"), None, "1"])
def test_outcomes_that_cannot_be_added_are_eim_010(amount: Any) -> None:
    world = World()
    world.chain.answers = [
        lambda key: ExecutionDeltas(instruction_id=key, venue="aave", changes={"aave": {"aUSDT": amount}})
    ]
    error = world.refused([trade(), action()])
    assert error.error_code == "EIM-010"
    assert "order-1, action-1" in error.message


def test_an_atomic_block_goes_as_one_to_the_interface_of_its_first_step() -> None:
    world = World()
    block = AtomicBlock(steps=(action(), action(protocol="uniswap", action="swap")))
    deltas = world.route(block)
    ((sent, action_id),) = world.chain.actions
    assert (sent.steps, action_id) == (block.steps, deltas.instruction_id)
    assert world.sink.data_of("instruction_routed")[0].instruction_type == "atomic"
    assert len(world.loop.booked) == 1


def test_atomic_chaining_can_be_switched_off() -> None:
    world = World(settings=ExecutionSettings(enable_atomic_chaining=False))
    assert world.refused(AtomicBlock(steps=(action(),))).error_code == "EIM-007"
    assert world.chain.actions == []


def test_an_atomic_block_cannot_span_two_chains() -> None:
    world = World(interfaces={"uniswap": make_swaps(FakeChain())})
    error = world.refused(AtomicBlock(steps=(action(), action(protocol="uniswap", action="swap"))))
    assert error.error_code == "EIM-008"
    assert "step 1 (uniswap)" in error.message


@pytest.mark.parametrize("code", ["EXI-009", "EIM-009"])
def test_a_reverted_chain_applies_nothing_but_its_gas(code: str) -> None:
    world = World()
    gas = {"changes": {"wallet": {"ETH": D("-0.01")}}, "costs": (Cost("gas", "ETH", D("0.01")),)}
    world.chain.answers = [rejected_deltas(code, "step 1 failed", **gas)]
    error = world.refused(AtomicBlock(steps=(action(),)))
    assert error.error_code == "EIM-009"
    assert "step 1 failed" in error.message
    assert [deltas.to_dict() for deltas in world.loop.booked] == [{"wallet": {"ETH": D("-0.01")}}]


def test_a_revert_of_a_single_action_keeps_its_own_code() -> None:
    world = World()
    world.chain.answers = [rejected_deltas("EXI-009")]
    assert world.refused(action()).error_code == "EXI-009"
    assert world.loop.booked == []


def test_a_credential_that_an_interface_refuses_is_eim_005() -> None:
    world = World()
    world.exchange.failures = [failure("EXI-004", "key refused")]
    error = world.refused(trade())
    assert (error.error_code, error.severity) == ("EIM-005", "CRITICAL")
    assert isinstance(error.original_exception, ComponentError)


def test_an_unforeseen_failure_is_eim_006_with_its_cause() -> None:
    world = World()
    world.exchange.failures = [ZeroDivisionError("oops")]
    error = world.refused(trade())
    assert error.error_code == "EIM-006"
    assert isinstance(error.original_exception, ZeroDivisionError)
    assert "oops" in world.sink.data_of("error")[0].cause


def test_a_halted_manager_refuses_everything_until_resumed() -> None:
    world = World()
    world.manager.halt("position mismatch")
    for block in (trade(), [trade()]):
        error = world.refused(block)
        assert (error.error_code, error.severity) == ("EIM-013", "CRITICAL")
        assert "position mismatch" in error.message
    assert world.manager.get_routing_status()["status"] == "halted"
    assert world.exchange.requests == []
    world.manager.resume()
    assert world.route(trade()).filled == 1


def test_what_the_tight_loop_finds_stops_the_block_unless_it_is_medium() -> None:
    world = World()
    world.loop.failures = [failure("PUH-012")]
    world.route([trade(), trade(instruction_id="order-2")])
    assert len(world.loop.booked) == 2
    assert [data.error_code for data in world.sink.data_of("error")] == ["PUH-012"]
    world.loop.failures = [failure("REC-001")]
    error = world.refused([trade(instruction_id="order-3"), trade(instruction_id="order-4")])
    assert error.error_code == "REC-001"
    assert len(world.loop.booked) == 3
    assert [deltas.instruction_id for deltas in world.manager.block_outcomes] == ["order-3"]


def test_the_manager_works_without_a_tight_loop_and_without_anyone_to_tell() -> None:
    world = World(position_update_handler=None, on_instruction=None)
    assert world.route(trade()).filled == 1
    world.exchange.answers = [rejected_order("EXI-001")]
    assert world.refused(trade(instruction_id="order-2")).error_code == "EXI-001"


def test_an_update_that_a_person_asks_for_is_written_down() -> None:
    world = World()
    world.manager.update_state(NOW, "execution_manager", trade())
    world.manager.update_state(NOW, "manual")
    (told,) = world.sink.data_of("state_update")
    assert (told.trigger_source, told.instructions_routed, told.instructions_failed) == ("manual", 1, 0)


def test_a_trigger_is_one_of_three_and_without_a_block_nothing_happens() -> None:
    world = World()
    assert world.manager.update_state(NOW, "manual") is None
    done = world.manager.update_state("2024-05-12T00:00:00Z", "execution_manager", trade())
    assert done is not None
    assert world.manager.routing_history[0].timestamp == NOW
    with pytest.raises(ComponentError, match="moon") as raised:
        world.manager.update_state(NOW, "moon", trade())
    assert raised.value.error_code == "EIM-004"


def test_the_status_shows_counters_and_venues() -> None:
    health = UnifiedHealthManager()
    world = World(health_manager=health)
    world.route(trade())
    status = world.manager.get_routing_status()
    assert (status["status"], status["instructions_routed"]) == ("healthy", 1)
    assert status["available_venues"] == {
        "cex": ["exchange", "second"],
        "dex": ["uniswap"],
        "onchain": ["aave", "wallet"],
    }
    assert status["current_instruction"] == trade()
    assert health.check_component("ExecutionInterfaceManager").status is HealthStatus.HEALTHY
    world.exchange.answers = [rejected_order("EXI-001")]
    world.refused(trade())
    assert health.check_component("ExecutionInterfaceManager").status is HealthStatus.DEGRADED
