"""CEXExecutionInterface: instructions in, deltas and events out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, ClassVar

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock
from basis_strategy_v1.core.domain.orders import OrderStatus, PerpPosition
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from execution_fakes import (
    NOW,
    PRICE,
    FakeData,
    FakeExchange,
    action,
    exchange_spec,
    failure,
    make_exchange,
    make_fill,
    rejected_order,
    report_of,
    trade,
    transfer,
    unknown_order,
)

D = Decimal


class PlainSecret:
    def __init__(self, value: str) -> None:
        self._value = value

    def get_secret_value(self) -> str:
        return self._value


def code_of(raised: Any) -> str:
    return raised.value.error_code


def test_a_spot_buy_pays_its_fee_in_the_asset_received() -> None:
    interface = make_exchange()
    interface.backend.fee = ("0.001", "BTC")
    deltas = interface.execute_instruction(NOW, trade())
    assert deltas.to_dict() == {"exchange": {"BTC": D("0.999"), "USDT": -PRICE}}
    assert (deltas.outcome, deltas.requested, deltas.filled) == (Outcome.DONE, D(1), D(1))


def test_a_perp_sale_is_booked_at_the_margin_location_against_its_quote_leg() -> None:
    interface = make_exchange()
    interface.backend.fee = ("30", "USDT")
    deltas = interface.execute_instruction(NOW, trade(trade_type="perp", side="sell", amount=D("0.5")))
    assert deltas.to_dict() == {
        "exchange.derivatives": {"BTCUSDT-PERP": D("-0.5"), "BTCUSDT-PERP.quote": D("30000.05"), "USDT": D(-30)}
    }


def test_several_fills_of_one_order_add_up() -> None:
    interface = make_exchange()

    def two_fills(request: Any) -> Any:
        fills = [make_fill(request, D("0.4"), "a", "0.01", "BNB"), make_fill(request, D("0.6"), "b", "0.02", "BNB")]
        return report_of(request, OrderStatus.FILLED, fills)

    interface.backend.answers = [two_fills]
    deltas = interface.execute_instruction(NOW, trade())
    assert deltas.to_dict() == {"exchange": {"BTC": D("1.0"), "USDT": -PRICE, "BNB": D("-0.03")}}
    (event,) = interface.event_logger.data_of("CEX_TRADE_EXECUTED")
    assert (event.price, event.fee, event.fee_asset) == (PRICE, D("0.03"), "BNB")


def test_a_partial_fill_is_done_with_less_filled_than_requested() -> None:
    interface = make_exchange()
    interface.backend.answers = [
        lambda request: report_of(request, OrderStatus.EXPIRED, [make_fill(request, D("0.25"), "a")])
    ]
    deltas = interface.execute_instruction(NOW, trade())
    assert (deltas.outcome, deltas.requested, deltas.filled) == (Outcome.DONE, D(1), D("0.25"))
    assert deltas.order_status == "expired"


def test_an_order_that_fills_nothing_changes_nothing() -> None:
    interface = make_exchange()
    interface.backend.answers = [lambda request: report_of(request, OrderStatus.EXPIRED)]
    deltas = interface.execute_instruction(NOW, trade())
    assert deltas.to_dict() == {}
    (event,) = interface.event_logger.data_of("CEX_TRADE_EXECUTED")
    assert event.price is None


def test_an_instruction_may_be_a_mapping_and_a_time_any_spelling() -> None:
    interface = make_exchange()
    mapping = {
        "instruction_type": "cex_trade",
        "venue": "exchange",
        "trade_type": "spot",
        "symbol": "BTCUSDT",
        "side": "sell",
        "amount": "0.5",
    }
    deltas = interface.execute_trade(datetime(2024, 5, 12, tzinfo=UTC), mapping)
    assert deltas.to_dict() == {"exchange": {"BTC": D("-0.5"), "USDT": D("30000.05")}}
    assert interface.last_execution_timestamp == NOW
    assert len(deltas.instruction_id) == 32


def test_two_direct_instructions_of_one_moment_get_different_ids() -> None:
    interface = make_exchange()
    first = interface.execute_order(NOW, trade(instruction_id=""))
    second = interface.execute_action(NOW, trade(instruction_id=""))
    assert first.instruction_id != second.instruction_id


def test_a_market_order_carries_the_general_slippage_bound_and_a_limit_order_none() -> None:
    interface = make_exchange()
    interface.execute_instruction(NOW, trade())
    interface.execute_instruction(NOW, trade(max_slippage=D("0.01"), instruction_id="order-2"))
    interface.execute_instruction(NOW, trade(order_type="limit", price=PRICE, instruction_id="order-3"))
    bounds = [request.max_slippage for request in interface.backend.requests]
    assert bounds == [D("0.005"), D("0.01"), None]


@pytest.mark.parametrize("code", ["EXI-001", "EXI-006", "EXI-008"])
def test_a_rejection_is_raised_with_the_venues_code_and_reason(code: str) -> None:
    interface = make_exchange()
    interface.backend.answers = [rejected_order(code, "LOT_SIZE")]
    with pytest.raises(ComponentError, match="LOT_SIZE") as raised:
        interface.execute_instruction(NOW, trade())
    assert code_of(raised) == code
    assert (interface.orders_executed, interface.orders_failed) == (0, 1)
    assert interface.event_logger.types() == ["instruction_rejected", "order_execution_failed"]
    assert interface.execution_history[-1].error_code == code
    assert not interface.execution_history[-1].success


def test_a_rejection_without_a_code_is_exi_001() -> None:
    interface = make_exchange()
    interface.backend.answers = [rejected_order("", "")]
    with pytest.raises(ComponentError, match="refused without a reason") as raised:
        interface.execute_instruction(NOW, trade())
    assert code_of(raised) == "EXI-001"


@pytest.mark.parametrize(("code", "event"), [("EXI-002", "rate_limit_exceeded"), ("EXI-003", "venue_unavailable")])
def test_what_keeps_a_venue_from_answering_is_an_event_of_its_own(code: str, event: str) -> None:
    interface = make_exchange()
    interface.backend.failures = [failure(code)]
    with pytest.raises(ComponentError) as raised:
        interface.execute_instruction(NOW, trade())
    assert code_of(raised) == code
    assert interface.event_logger.types() == ["instruction_rejected", "order_execution_failed", event]


@pytest.mark.parametrize("code", ["EXI-007", "EXI-012"])
def test_an_unknown_outcome_changes_nothing_and_is_kept(code: str) -> None:
    interface = make_exchange()

    def lost(request: Any) -> Any:
        return report_of(request, OrderStatus.NEW, outcome=Outcome.UNKNOWN, error_code=code, reason="garbled")

    interface.backend.answers = [lost]
    deltas = interface.execute_instruction(NOW, trade())
    assert (deltas.outcome, deltas.changes, deltas.error_code) == (Outcome.UNKNOWN, {}, code)
    assert list(interface.unresolved_instructions) == ["order-1"]
    assert interface.event_logger.types() == ["instruction_unknown"]
    assert interface.orders_failed == 0


def test_an_unknown_order_is_booked_under_its_own_id_once_the_venue_tells() -> None:
    interface = make_exchange()
    interface.backend.answers = [unknown_order]
    interface.execute_instruction(NOW, trade())
    assert interface.update_state(NOW, "engine") == ()
    request = interface.backend.requests[0]
    interface.backend.reports["order-1"] = report_of(request, OrderStatus.FILLED, [make_fill(request, D(1), "t")])
    (deltas,) = interface.update_state(NOW, "engine")
    assert deltas.instruction_id == "order-1"
    assert deltas.to_dict() == {"exchange": {"BTC": D(1), "USDT": -PRICE}}
    assert interface.update_state(NOW, "engine") == ()
    assert interface.unresolved_instructions == {}


def test_an_unknown_order_that_the_venue_never_took_ends_without_deltas() -> None:
    interface = make_exchange()
    interface.backend.answers = [unknown_order]
    interface.execute_instruction(NOW, trade())
    interface.backend.reports["order-1"] = rejected_order("EXI-001")(interface.backend.requests[0])
    assert interface.update_state(NOW, "engine") == ()
    assert interface.unresolved_instructions == {}


def test_an_order_that_stays_unknown_stays_unresolved() -> None:
    interface = make_exchange()
    interface.backend.answers = [unknown_order]
    interface.execute_instruction(NOW, trade())
    interface.backend.reports["order-1"] = unknown_order(interface.backend.requests[0])
    assert interface.update_state(NOW, "engine") == ()
    assert "order-1" in interface.unresolved_instructions


@pytest.mark.parametrize("prices", [{"other": 1.0}, {"exchange:BTCUSDT": float("nan")}, {"exchange:BTCUSDT": 0.0}])
def test_without_a_price_nothing_is_sent(prices: dict[str, float]) -> None:
    interface = make_exchange(data=FakeData(**prices))
    with pytest.raises(ComponentError, match="exchange:BTCUSDT at 2024-05-12") as raised:
        interface.execute_instruction(NOW, trade())
    assert code_of(raised) == "EXI-013"
    assert interface.backend.requests == []
    assert interface.orders_failed == 1


@pytest.mark.parametrize(
    "instruction",
    [
        trade(symbol="DOGEUSDT"),
        trade(order_type="limit", price=PRICE, time_in_force="fok"),
        action(),
        AtomicBlock(steps=(action(),)),
    ],
)
def test_what_the_venue_does_not_offer_is_exi_005_and_not_sent(instruction: Any) -> None:
    interface = make_exchange()
    with pytest.raises(ComponentError) as raised:
        interface.execute_instruction(NOW, instruction)
    assert code_of(raised) == "EXI-005"
    with pytest.raises(ComponentError) as raised:
        interface.validate_instruction(instruction)
    assert code_of(raised) == "EXI-005"
    assert interface.backend.requests == []


def test_missing_order_flags_are_named() -> None:
    interface = make_exchange(spec=exchange_spec(capabilities=frozenset({"limit"})))
    order = trade(trade_type="perp", order_type="limit", price=PRICE, reduce_only=True, post_only=True)
    with pytest.raises(ComponentError, match="post_only, reduce_only"):
        interface.validate_instruction(order)


def test_a_valid_instruction_is_validated_without_being_sent() -> None:
    interface = make_exchange()
    assert interface.validate_instruction(trade())
    assert interface.validate_instruction(transfer())
    assert interface.backend.requests == []


def test_a_list_is_not_one_instruction() -> None:
    with pytest.raises(ComponentError) as raised:
        make_exchange().execute_instruction(NOW, [trade(), trade()])
    assert code_of(raised) == "EIM-001"


def test_the_named_methods_take_their_own_kind_only() -> None:
    interface = make_exchange()
    assert interface.execute_spot_trade(NOW, trade()).filled == 1
    assert interface.execute_perp_trade(NOW, trade(trade_type="perp", instruction_id="order-2")).filled == 1
    for method, wrong in [
        (interface.execute_spot_trade, trade(trade_type="perp")),
        (interface.execute_perp_trade, trade()),
        (interface.execute_perp_trade, transfer()),
    ]:
        with pytest.raises(ComponentError) as raised:
            method(NOW, wrong)
        assert code_of(raised) == "EXI-005"


def test_a_shortfall_beyond_the_slippage_bound_is_reported_with_what_happened() -> None:
    interface = make_exchange()
    estimate = {"exchange": {"BTC": D(1), "USDT": D(-59000)}}
    deltas = interface.execute_instruction(NOW, trade(estimated_deltas=estimate))
    assert (deltas.error_code, deltas.outcome) == ("EXI-008", Outcome.DONE)
    assert deltas.to_dict()["exchange"]["USDT"] == -PRICE
    assert "USDT at exchange" in deltas.reason
    assert "BTC" not in deltas.reason
    assert [data.error_code for data in interface.event_logger.data_of("error")] == ["EXI-008"]


def test_an_outcome_within_its_estimate_is_plainly_done() -> None:
    interface = make_exchange()
    estimate = {"exchange": {"BTC": D("1.004"), "USDT": D(-70000)}}
    assert interface.execute_instruction(NOW, trade(estimated_deltas=estimate)).error_code == ""
    tight = trade(estimated_deltas=estimate, max_slippage=D("0.001"), instruction_id="order-2")
    assert interface.execute_instruction(NOW, tight).error_code == "EXI-008"


def test_balances_and_positions_are_what_the_venue_says() -> None:
    interface = make_exchange()
    assert interface.get_balances()["exchange"] == {"BTC": D(2), "USDT": D(100)}
    assert interface.get_balance("USDT") == 150
    assert interface.get_balance("USDT", "exchange.derivatives") == 50
    assert interface.get_position("BTCUSDT").quantity == -1
    assert interface.get_position("ETHUSDT") == PerpPosition(D(0), D(0))
    assert interface.backend.observations == 1


def test_an_execution_or_an_update_makes_the_next_question_a_new_one() -> None:
    interface = make_exchange()
    interface.get_balances()
    interface.execute_instruction(NOW, trade())
    interface.get_balances()
    interface.update_state(NOW, "engine")
    interface.get_balances()
    assert interface.backend.observations == 3
    assert len(interface.observe()) == 2


def test_history_counters_and_snapshots_show_what_was_done() -> None:
    health = UnifiedHealthManager()
    interface = make_exchange(health_manager=health)
    done = interface.execute_instruction(NOW, trade())
    assert interface.get_execution_deltas() is done
    assert interface.get_execution_deltas("order-1") is done
    assert interface.get_execution_deltas("other") is None
    assert interface.execution_history[0].success
    status = interface.get_execution_status()
    assert (status["orders_executed"], status["orders_failed"], status["execution_mode"]) == (1, 0, "backtest")
    assert interface.get_state_snapshot()["current_orders"] == {}
    report = health.check_component("ExecutionInterfaces.exchange")
    assert (report.orders_executed, report.venue_availability) == (1, {"exchange": True})


def test_health_shows_a_venue_that_cannot_be_reached() -> None:
    health = UnifiedHealthManager()
    interface = make_exchange(health_manager=health)
    interface.backend.failures = [failure("EXI-003")]
    with pytest.raises(ComponentError):
        interface.execute_instruction(NOW, trade())
    assert health.check_component("ExecutionInterfaces.exchange").venue_availability == {"exchange": False}


@pytest.mark.parametrize("value", ["", "  ", "0x...", "your_api_key", "YOUR_KEY"])
def test_a_placeholder_for_a_credential_is_refused(value: str) -> None:
    with pytest.raises(ComponentError, match="api_key") as raised:
        make_exchange(credentials={"api_key": PlainSecret(value)})
    assert code_of(raised) == "EXI-004"
    assert value.strip() == "" or value not in str(raised.value)


def test_a_missing_credential_is_refused_and_a_real_one_taken() -> None:
    with pytest.raises(ComponentError, match="missing") as raised:
        make_exchange(credentials={})
    assert code_of(raised) == "EXI-004"
    assert make_exchange(credentials={"api_key": PlainSecret("abc")}).venue == "exchange"


def test_nothing_is_lost_without_an_event_logger() -> None:
    interface = make_exchange(event_logger=None)
    assert interface.execute_instruction(NOW, trade()).filled == 1
    interface.set_leverage("BTCUSDT", 5)
    assert interface.backend.leverage == {"BTCUSDT": 5}


def test_a_venues_own_class_brings_its_spec() -> None:
    class ExchangeExecutionInterface(CEXExecutionInterface):
        spec: ClassVar[VenueSpec] = exchange_spec()

    interface = ExchangeExecutionInterface("exchange", {}, FakeData(), "backtest", backend=FakeExchange())
    assert interface.execute_instruction(NOW, trade()).filled == 1
