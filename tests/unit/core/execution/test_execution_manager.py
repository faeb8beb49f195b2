"""ExecutionManager: blocks one at a time, in order."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.execution_interface_manager import ExecutionInterfaceManager
from basis_strategy_v1.core.execution.execution_manager import ExecutionManager
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from execution_fakes import NOW, FakeData, FakeSink, failure, make_exchange, rejected_order, trade, unknown_order


def managers(interface: Any, **options: Any) -> tuple[ExecutionInterfaceManager, ExecutionManager]:
    routing = ExecutionInterfaceManager(
        {}, FakeData(), "backtest", interfaces={"exchange": interface}, clock=SimulationClock(), run_id="run"
    )
    return routing, ExecutionManager(routing, **options)


def test_blocks_run_in_order_and_each_has_its_result() -> None:
    interface = make_exchange()
    _, manager = managers(interface)
    blocks = [trade(), [trade(instruction_id="order-2"), trade(instruction_id="order-3")]]
    results = manager.execute_blocks(NOW, blocks)
    assert [request.client_order_id for request in interface.backend.requests] == ["order-1", "order-2", "order-3"]
    assert [len(result.deltas) for result in results] == [1, 2]
    assert all(result.is_complete for result in results)
    assert manager.get_state_snapshot() == {"blocks_executed": 2, "blocks_failed": 0}


@pytest.mark.parametrize("code", ["EXI-001", "EXI-010"])
def test_a_block_that_fails_stops_and_the_next_one_runs(code: str) -> None:
    interface, sink = make_exchange(), FakeSink()
    _, manager = managers(interface, event_logger=sink)
    interface.backend.answers = [rejected_order(code)]
    blocks = [[trade(), trade(instruction_id="order-2")], trade(instruction_id="order-3")]
    failed, done = manager.execute_blocks("2024-05-12", blocks)
    assert failed.error is not None
    assert (failed.error.error_code, failed.deltas, failed.is_complete) == (code, (), False)
    assert done.is_complete
    (event,) = sink.data_of("error")
    assert (event.error_code, event.executed) == (code, 0)


def test_what_was_done_before_the_failure_is_in_the_result() -> None:
    interface = make_exchange()
    _, manager = managers(interface)
    block = [trade(), trade(instruction_id="order-2", symbol="DOGEUSDT")]
    result = manager.execute_block(NOW, block)
    assert [deltas.instruction_id for deltas in result.deltas] == ["order-1"]
    assert result.error is not None


def test_a_critical_error_stops_all_blocks() -> None:
    interface = make_exchange()
    _, manager = managers(interface)
    interface.backend.failures = [failure("EXI-004")]
    with pytest.raises(ComponentError) as raised:
        manager.execute_blocks(NOW, [trade(), trade(instruction_id="order-2")])
    assert raised.value.error_code == "EIM-005"
    assert len(interface.backend.requests) == 1


def test_one_block_tells_its_critical_error_in_the_result() -> None:
    interface = make_exchange()
    routing, manager = managers(interface)
    routing.halt("test")
    result = manager.execute_block(NOW, trade())
    assert result.error is not None
    assert result.error.error_code == "EIM-013"


def test_a_block_with_an_unknown_outcome_is_neither_complete_nor_failed() -> None:
    interface = make_exchange()
    _, manager = managers(interface)
    interface.backend.answers = [unknown_order]
    result = manager.execute_block(NOW, trade())
    assert (result.error, result.is_unknown, result.is_complete) == (None, True, False)


def test_a_block_cannot_start_while_another_runs() -> None:
    interface = make_exchange()
    routing, manager = managers(interface)
    errors: list[ComponentError] = []

    def start_another(*_: Any) -> None:
        with pytest.raises(ComponentError) as raised:
            manager.execute_block(NOW, trade(instruction_id="order-2"))
        errors.append(raised.value)

    routing.on_instruction = start_another
    assert manager.execute_block(NOW, trade()).is_complete
    assert [error.error_code for error in errors] == ["PUH-010"]
    routing.on_instruction = None
    assert manager.execute_block(NOW, trade(instruction_id="order-3")).is_complete


def test_the_manager_tells_its_health() -> None:
    health = UnifiedHealthManager()
    interface = make_exchange()
    _, manager = managers(interface, health_manager=health)
    interface.backend.answers = [rejected_order("EXI-001")]
    manager.execute_block(NOW, trade())
    assert [error.error_code for error in health.check_component("ExecutionManager").errors] == ["EXI-001"]
