"""The tight loop: six steps in order, one writer, each instruction once, every failure with a code."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes, Cost, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from source_tree import package_modules
from tight_loop import MARGIN, SPOT, TightLoop, perp_fill, renamed, spot_fill


def refused(act: Callable[[], object]) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        act()
    return caught.value


def break_down(*_: object, **__: object) -> Any:
    raise ZeroDivisionError("no divisor")


def test_an_update_tells_what_changed_and_what_it_is_worth() -> None:
    loop = TightLoop()
    update = loop.deliver(spot_fill("one", "0.1", "50000", "0.0001"))
    assert update.instruction_id == "one"
    assert loop.amounts()[SPOT] == {"BTC": Decimal("0.0999"), "USDT": Decimal(5000)}
    assert update.net_delta == Decimal("0.0999")
    assert update.nav == Decimal(20_000) - Decimal("0.0001") * 50_000
    assert update.risk_level is RiskLevel.NORMAL
    assert list(loop.handler.update_history) == [update]
    assert loop.handler.get_state_snapshot() == {"update_successes": 1, "update_failures": 0, "last_update": 0}


@pytest.mark.replaces_parts
def test_the_six_steps_run_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = TightLoop()
    steps: list[str] = []
    loop.venue.on_observe = lambda: steps.append("observe")
    watched = [
        (loop.ledger, "apply"),
        (loop.reconciliation, "reconcile_position"),
        (loop.exposure, "update_state"),
        (loop.risk, "update_state"),
        (loop.pnl, "update_state"),
    ]
    for target, name in watched:
        method = getattr(target, name)
        label = f"{type(target).__name__}.{name}"

        def tell(*args: Any, method: Any = method, label: str = label) -> Any:
            steps.append(label)
            return method(*args)

        monkeypatch.setattr(target, name, tell)
    loop.deliver(spot_fill("one", "0.1", "50000"))
    assert steps == [
        "Ledger.apply",
        "ReconciliationComponent.reconcile_position",
        "observe",
        "ExposureMonitor.update_state",
        "RiskMonitor.update_state",
        "PnLMonitor.update_state",
    ]


def test_the_events_of_an_update_are_reconciled_before_updated() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000"))
    assert loop.sink.types() == ["reconciliation_succeeded", "position_updated"]


def test_the_time_may_be_given_as_text_or_datetime() -> None:
    loop = TightLoop()
    deltas = spot_fill("one", "0.1", "50000")
    loop.venue.book(deltas.changes)
    assert loop.handler.handle_position_update("1970-01-01T00:00:01", deltas).timestamp == 1_000_000_000
    late = renamed(deltas, instruction_id="two")
    loop.venue.book(late.changes)
    assert loop.handler.handle_position_update(datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC), late) is not None


@pytest.mark.replaces_parts
@pytest.mark.parametrize("step", ["mark_to", "apply"])
def test_a_position_that_cannot_be_updated_is_puh_001_with_its_cause(
    step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = TightLoop()
    before = loop.amounts()
    monkeypatch.setattr(loop.pnl if step == "mark_to" else loop.ledger, step, break_down)
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert (error.error_code, error.message) == ("PUH-001", "ZeroDivisionError: no divisor")
    assert isinstance(error.original_exception, ZeroDivisionError)
    assert loop.amounts() == before


def test_more_digits_than_the_ledger_holds_are_puh_001_and_leave_it_unchanged() -> None:
    loop = TightLoop()
    deltas = perp_fill("one", "1e-70", "50000")
    loop.deliver(perp_fill("zero", "1", "50000"))
    before = loop.amounts()
    error = refused(lambda: loop.handler.handle_position_update(0, deltas))
    assert error.error_code == "PUH-001"
    assert loop.amounts() == before


@pytest.mark.replaces_parts
@pytest.mark.parametrize(
    "name",
    ["position_monitor", "reconciliation_component", "exposure_monitor", "risk_monitor", "pnl_monitor", "event_logger"],
)
def test_a_missing_component_is_puh_002(name: str) -> None:
    loop = TightLoop()
    references: dict[str, Any] = {
        "position_monitor": loop.positions,
        "reconciliation_component": loop.reconciliation,
        "exposure_monitor": loop.exposure,
        "risk_monitor": loop.risk,
        "pnl_monitor": loop.pnl,
        "event_logger": loop.sink,
        name: None,
    }
    error = refused(lambda: PositionUpdateHandler(**references, clock=SimulationClock()))
    assert (error.error_code, error.message) == ("PUH-002", f"missing {name}")


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity"])
def test_deltas_that_are_no_number_are_puh_003(amount: str) -> None:
    loop = TightLoop()
    deltas = ExecutionDeltas(instruction_id="one", venue="alpha", changes={SPOT: {"USDT": Decimal(amount)}})
    assert refused(lambda: loop.handler.handle_position_update(0, deltas)).error_code == "PUH-003"


def test_deltas_without_an_instruction_are_puh_003() -> None:
    loop = TightLoop()
    assert refused(lambda: loop.deliver(spot_fill("", "0.1", "50000"))).error_code == "PUH-003"


def test_a_second_delivery_changes_nothing_and_is_noted_as_puh_004() -> None:
    loop = TightLoop()
    deltas = spot_fill("one", "0.1", "50000")
    loop.deliver(deltas)
    before = loop.amounts(), dict(loop.pnl.buckets)
    assert loop.handler.handle_position_update(0, deltas) is None
    assert (loop.amounts(), dict(loop.pnl.buckets)) == before
    assert loop.sink.error_codes() == ["PUH-004"]
    assert (loop.handler.update_successes, loop.handler.update_failures) == (1, 0)


def test_a_reconciliation_that_breaks_down_is_puh_005() -> None:
    loop = TightLoop()
    loop.venue.failures = [ValueError("garbled")]
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert (error.error_code, error.message) == ("PUH-005", "ValueError: garbled")


def test_a_mismatch_keeps_its_own_code() -> None:
    loop = TightLoop()
    loop.venue.books[SPOT]["USDT"] -= 1
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert error.error_code == "REC-001"
    assert loop.ledger.amount(SPOT, "USDT") == 5_000
    assert loop.handler.update_failures == 1
    assert loop.sink.types() == ["reconciliation_failed"]


@pytest.mark.replaces_parts
@pytest.mark.parametrize(
    ("component", "method", "code"),
    [
        ("exposure", "update_state", "PUH-006"),
        ("risk", "update_state", "PUH-007"),
        ("pnl", "update_state", "PUH-008"),
        ("pnl", "record", "PUH-008"),
    ],
)
def test_a_monitor_that_breaks_down_gives_its_own_code(
    component: str, method: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = TightLoop()
    monkeypatch.setattr(getattr(loop, component), method, break_down)
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert (error.error_code, error.severity) == (code, "HIGH")
    assert isinstance(error.original_exception, ZeroDivisionError)


def test_a_cost_in_an_asset_without_a_price_is_puh_008() -> None:
    loop = TightLoop()
    deltas = ExecutionDeltas(
        instruction_id="one",
        venue="alpha",
        changes={},
        costs=(Cost("gas", "ETH", Decimal(1)), Cost("gas", "ETH", Decimal(-1))),
    )
    assert refused(lambda: loop.deliver(deltas)).error_code == "PUH-008"


def test_a_loop_that_takes_too_long_is_puh_009() -> None:
    loop = TightLoop()

    def take_six_seconds() -> None:
        loop.clock.milliseconds += 6_000

    loop.venue.on_observe = take_six_seconds
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert (error.error_code, error.message) == ("PUH-009", "took 6000 ms of 5000 allowed")
    assert loop.ledger.has_applied("one")
    assert loop.handler.health.avg_processing_time_ms == 6_000


def test_a_time_before_the_last_one_is_puh_010() -> None:
    loop = TightLoop()
    loop.handler.accrue(10, "accrual", {}, Decimal(0))
    error = refused(lambda: loop.handler.handle_position_update(9, spot_fill("one", "0.1", "50000")))
    assert error.error_code == "PUH-010"
    assert loop.handler.update_failures == 1


@pytest.mark.parametrize("inner", ["handle", "accrue", "flow"])
def test_a_loop_inside_the_loop_is_puh_010(inner: str) -> None:
    loop = TightLoop()
    acts: dict[str, Callable[[], object]] = {
        "handle": lambda: loop.handler.handle_position_update(0, spot_fill("two", "0.1", "50000")),
        "accrue": lambda: loop.handler.accrue(0, "accrual", {SPOT: {"USDT": Decimal(1)}}, Decimal(1)),
        "flow": lambda: loop.handler.book_flow(0, "flow", SPOT, "USDT", Decimal(1)),
    }
    errors: list[ComponentError] = []
    loop.venue.on_observe = lambda: errors.append(refused(acts[inner]))
    assert loop.deliver(spot_fill("one", "0.1", "50000")) is not None
    assert [error.error_code for error in errors] == ["PUH-010"]
    assert loop.ledger.amount(SPOT, "USDT") == 5_000


def test_an_update_that_failed_does_not_block_the_next_one() -> None:
    loop = TightLoop()
    refused(lambda: loop.deliver(spot_fill("", "0.1", "50000")))
    loop.venue.book({SPOT: {"BTC": Decimal("-0.1"), "USDT": Decimal(5000)}})
    assert loop.deliver(spot_fill("one", "0.1", "50000")) is not None


def test_a_hard_limit_is_puh_011_after_every_step_is_done() -> None:
    loop = TightLoop(risk=RiskSettings(margin_ratio_hard=Decimal("0.05"), margin_ratio_soft=Decimal("0.01")))
    error = refused(lambda: loop.deliver(perp_fill("one", "-2", "50000")))
    assert (error.error_code, error.severity) == ("PUH-011", "CRITICAL")
    assert error.message == "alpha: margin ratio 0.100000000 is beyond the hard limit"
    (update,) = loop.handler.update_history
    assert (update.risk_level, update.nav) == (RiskLevel.HARD, Decimal(20_000))


def test_an_unknown_outcome_is_held_as_puh_012_and_nothing_is_booked() -> None:
    loop = TightLoop()
    before = loop.amounts()
    unknown = renamed(perp_fill("lost", "0.1", "50000"), outcome=Outcome.UNKNOWN, changes={}, fills=())
    assert loop.handler.handle_position_update(0, unknown) is None
    assert loop.amounts() == before
    assert not loop.ledger.has_applied("lost")
    assert loop.venue.observations == 0
    assert loop.sink.error_codes() == ["PUH-012"]
    assert loop.reconciliation.unresolved_instructions("alpha") == {"lost"}


def test_while_an_outcome_is_unknown_a_mismatch_stops_the_block_but_halts_nothing() -> None:
    loop = TightLoop()
    lost = perp_fill("lost", "0.1", "50000")
    loop.handler.handle_position_update(0, renamed(lost, outcome=Outcome.UNKNOWN, changes={}, fills=()))
    loop.venue.book(lost.changes)
    error = refused(lambda: loop.deliver(spot_fill("one", "0.1", "50000")))
    assert error.error_code == "PUH-005"
    assert "REC-011" in error.message
    assert not loop.reconciliation.halted
    assert [update.instruction_id for update in loop.handler.update_history] == ["one"]
    assert loop.handler.handle_position_update(0, lost) is not None
    assert loop.reconciliation.unresolved_instructions("alpha") == frozenset()
    assert loop.deliver(spot_fill("two", "0.1", "50000")) is not None


def test_a_doubt_that_comes_after_the_certain_outcome_is_dropped() -> None:
    loop = TightLoop()
    deltas = spot_fill("one", "0.1", "50000")
    loop.deliver(deltas)
    assert loop.handler.handle_position_update(0, renamed(deltas, outcome=Outcome.UNKNOWN, changes={})) is None
    assert loop.sink.error_codes() == ["PUH-004"]
    assert loop.reconciliation.unresolved_instructions("alpha") == frozenset()


def test_money_made_from_nothing_is_puh_013() -> None:
    loop = TightLoop()
    before = loop.amounts()
    honest = spot_fill("one", "0.1", "50000")
    forged = renamed(honest, changes={SPOT: {"BTC": Decimal("0.1"), "USDT": Decimal(-4999)}})
    error = refused(lambda: loop.handler.handle_position_update(0, forged))
    assert (error.error_code, error.severity) == ("PUH-013", "CRITICAL")
    assert "USDT +1" in error.message
    assert loop.amounts() == before


def test_an_asset_that_the_run_does_not_know_is_refused_and_the_ledger_unchanged() -> None:
    loop = TightLoop()
    before = loop.amounts()
    swap = ExecutionDeltas(
        instruction_id="one", venue="alpha", changes={SPOT: {"USDT": Decimal(-5), "DOGE": Decimal(50)}}
    )
    assert refused(lambda: loop.handler.handle_position_update(0, swap)).error_code == "REC-004"
    assert loop.amounts() == before
    assert not loop.ledger.has_applied("one")


def test_funding_is_booked_at_the_clocks_row() -> None:
    loop = TightLoop()
    now = loop.at_row(1)
    loop.handler.accrue(now, "accrual-1", {MARGIN: {"USDT": Decimal("1.25")}}, Decimal("1.25"))
    assert loop.ledger.amount(MARGIN, "USDT") == Decimal("10001.25")
    assert loop.pnl.buckets["funding"] == Decimal("1.25")
    assert loop.pnl.row == 1


def test_an_accrual_of_nothing_marks_and_books_nothing() -> None:
    loop = TightLoop()
    loop.handler.accrue(loop.at_row(1), "accrual-1", {}, Decimal(0))
    assert loop.pnl.row == 1
    assert not loop.ledger.has_applied("accrual-1")


def test_a_flow_changes_net_asset_value_without_profit_and_only_once() -> None:
    loop = TightLoop()
    for _ in range(2):
        loop.handler.book_flow(0, "flow-1", SPOT, "USDT", Decimal(500))
    assert loop.ledger.amount(SPOT, "USDT") == 10_500
    assert loop.pnl.flows == 500
    assert loop.pnl.update_state(0, "test") == 20_500
    assert not any(loop.pnl.buckets.values())
    assert loop.sink.error_codes() == ["PUH-004"]


def test_the_history_is_bounded() -> None:
    loop = TightLoop()
    bound = loop.handler.update_history.maxlen
    assert bound is not None
    for number in range(bound + 3):
        loop.deliver(perp_fill(f"id-{number}", "0.001" if number % 2 else "-0.001", "50000"))
    assert len(loop.handler.update_history) == bound
    assert loop.handler.update_history[0].instruction_id == "id-3"
    assert loop.handler.update_successes == bound + 3


def test_only_the_handler_writes_to_the_ledger() -> None:
    """Found in the source: whoever else calls ``ledger.apply`` would be a second writer."""
    writers = [module.name for module in package_modules() if ".apply(" in module.text and "ledger" in module.text]
    writers = [name for name in writers if "protocols" not in name and "backends" not in name]
    assert writers
    assert all(name.endswith("components/position_update_handler.py") for name in writers), writers


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_the_order_of_independent_reports_does_not_matter(order: tuple[int, ...]) -> None:
    reports = [
        spot_fill("one", "0.1", "50000"),
        perp_fill("two", "-0.1", "50010", "2"),
        spot_fill("three", "0.02", "49990", "0.00002"),
    ]
    loop = TightLoop()
    for index in order:
        loop.deliver(reports[index])
    assert loop.pnl.nav == 20_000 - 2 + Decimal("0.02") * 10 - Decimal("0.00002") * 50_000 + Decimal("-0.1") * -10
    assert loop.exposure.net == Decimal("0.01998")


def test_events_told_together_are_booked_one_by_one_and_reconciled_with_the_last() -> None:
    loop = TightLoop()
    first, last = spot_fill("one", "0.1", "50000"), perp_fill("two", "-0.1", "50000", "2")
    loop.venue.book(first.changes)
    loop.venue.book(last.changes)
    assert loop.handler.handle_position_update(0, first, more_follow=True) is None
    assert loop.venue.observations == 0
    assert loop.handler.handle_position_update(0, first, more_follow=True) is None
    assert loop.sink.error_codes() == ["PUH-004"]
    assert loop.handler.handle_position_update(0, last).nav == 19_998
    assert loop.pnl.verify() == 19_998


@pytest.mark.parametrize(
    ("changes", "code"), [({SPOT: {"BTC": Decimal(1)}}, "PUH-013"), ({SPOT: {"DOGE": Decimal(0)}}, "REC-004")]
)
def test_an_event_that_others_follow_is_checked_like_any_other(changes: Changes, code: str) -> None:
    loop = TightLoop()
    deltas = ExecutionDeltas(instruction_id="one", venue="alpha", changes=changes)
    error = refused(lambda: loop.handler.handle_position_update(0, deltas, more_follow=True))
    assert error.error_code == code
