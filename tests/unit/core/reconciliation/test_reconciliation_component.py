"""After each instruction, the ledger and the venue agree, or everything stops and nothing is overwritten."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Tolerances
from basis_strategy_v1.core.reconciliation.reconciliation_component import (
    Handshake,
    ReconciliationComponent,
    VenueAccount,
)
from tight_loop import MARGIN, SPOT, TightLoop, perp_fill, renamed, spot_fill

DOWN = ComponentError("EXI-003", "no answer")


def refused(act: Callable[[], object]) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        act()
    return caught.value


def booked(loop: TightLoop, instruction_id: str = "one"):
    """A spot purchase that both sides have booked, not yet reconciled."""
    deltas = spot_fill(instruction_id, "0.1", "50000")
    loop.ledger.apply(instruction_id, deltas.changes)
    loop.venue.book(deltas.changes)
    return deltas


def test_both_sides_agree_after_one_observation() -> None:
    loop = TightLoop()
    result = loop.reconciliation.reconcile_position(5, booked(loop))
    assert (result.status, result.observations, result.differences) == ("success", 1, ())
    assert loop.reconciliation.handshake is Handshake.SUCCESS
    assert loop.reconciliation.reconciliation_successes == 1
    assert list(loop.reconciliation.reconciliation_history) == [result]
    assert loop.sink.types() == ["reconciliation_succeeded"]


def test_the_time_may_be_given_as_text_or_datetime() -> None:
    loop = TightLoop()
    assert loop.reconciliation.reconcile_position("1970-01-01T00:00:01", booked(loop)).timestamp == 1_000_000_000
    moment = datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)
    assert loop.reconciliation.reconcile_account(moment, "alpha").timestamp == 2_000_000_000


@pytest.mark.parametrize("stolen", ["0.00000001", "-0.00000001", "5"])
def test_tampering_with_the_venues_books_stops_with_rec_001_and_overwrites_nothing(stolen: str) -> None:
    loop = TightLoop()
    deltas = booked(loop)
    expected = loop.amounts()
    loop.venue.books[SPOT]["USDT"] -= Decimal(stolen)
    error = refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    assert error.error_code == "REC-001"
    assert "USDT at alpha" in error.message
    assert loop.amounts() == expected
    assert loop.venue.observations == 3
    assert loop.reconciliation.handshake is Handshake.FAILED
    assert loop.reconciliation.reconciliation_failures == 1
    (result,) = loop.reconciliation.reconciliation_history
    assert (result.status, result.error_code, len(result.differences)) == ("failed", "REC-001", 1)
    assert loop.sink.types() == ["reconciliation_failed"]


def test_less_than_the_tolerance_is_the_venues_rounding() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= Decimal("0.000000009")
    assert loop.reconciliation.reconcile_position(5, deltas).status == "success"


def test_a_mismatch_that_settles_at_the_second_look_is_a_success() -> None:
    waits: list[int] = []
    loop = TightLoop(wait=waits.append)
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1

    def settle() -> None:
        if loop.venue.observations == 2:
            loop.venue.books[SPOT]["USDT"] += 1

    loop.venue.on_observe = settle
    assert loop.reconciliation.reconcile_position(5, deltas).observations == 2
    assert waits == [1]


def test_a_location_that_the_venue_leaves_out_is_a_mismatch() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.left_out.add(MARGIN)
    error = refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    assert error.error_code == "REC-001"
    assert "USDT at alpha.derivatives: expected 10000, venue says 0" in error.message


def test_after_a_mismatch_trading_is_halted_until_a_person_resumes_it() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1
    refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    loop.venue.books[SPOT]["USDT"] += 1
    assert refused(lambda: loop.reconciliation.reconcile_position(6, deltas)).error_code == "REC-013"
    assert loop.reconciliation.reconcile_account(6, "alpha").status == "success"
    assert loop.reconciliation.halted
    loop.reconciliation.resume()
    assert loop.reconciliation.reconcile_position(7, deltas).status == "success"


def test_a_venue_that_fails_once_is_asked_again() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.failures = [DOWN]
    assert loop.reconciliation.reconcile_position(5, deltas).observations == 2
    assert loop.sink.error_codes() == ["REC-002"]
    assert not loop.reconciliation.halted


def test_a_venue_that_never_answers_exhausts_the_retries() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.failures = [DOWN] * 3
    error = refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    assert (error.error_code, error.severity, error.original_exception) == ("REC-006", "CRITICAL", DOWN)
    assert loop.sink.error_codes() == ["REC-002"] * 3
    assert loop.reconciliation.halted


def test_a_venue_that_cannot_be_asked_is_not_asked_again() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.failures = [ComponentError("EXI-004", "no credential")]
    error = refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    assert (error.error_code, loop.venue.observations) == ("REC-002", 1)
    assert loop.reconciliation.handshake is Handshake.FAILED


def test_a_mismatch_seen_before_the_venue_fell_silent_stays_a_mismatch() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1

    def fall_silent() -> None:
        if loop.venue.observations > 1:
            loop.venue.failures = [DOWN]

    loop.venue.on_observe = fall_silent
    assert refused(lambda: loop.reconciliation.reconcile_position(5, deltas)).error_code == "REC-001"


@pytest.mark.parametrize("answers", [True, False])
def test_a_mismatch_or_silence_that_outlives_the_timeout_is_rec_007(answers: bool) -> None:
    loop = TightLoop(reconciliation=ReconciliationSettings(timeout=Decimal(2), max_observations=100))
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1

    def take_a_second() -> None:
        loop.clock.milliseconds += 1_000
        if not answers:
            loop.venue.failures = [DOWN]

    loop.venue.on_observe = take_a_second
    assert refused(lambda: loop.reconciliation.reconcile_position(5, deltas)).error_code == "REC-007"
    assert loop.venue.observations == 3
    assert loop.reconciliation.halted


def test_a_venue_that_is_not_one_of_the_run_has_nothing_expected() -> None:
    loop = TightLoop()
    deltas = renamed(booked(loop), venue="beta")
    assert refused(lambda: loop.reconciliation.reconcile_position(5, deltas)).error_code == "REC-003"
    loop.reconciliation.resume()
    assert refused(lambda: loop.reconciliation.reconcile_account(6, "beta")).error_code == "REC-003"


def test_deltas_that_are_not_booked_have_nothing_expected() -> None:
    loop = TightLoop()
    error = refused(lambda: loop.reconciliation.reconcile_position(5, spot_fill("one", "0.1", "50000")))
    assert error.error_code == "REC-003"
    assert loop.venue.observations == 0


def test_an_asset_that_the_run_does_not_know_cannot_be_expected() -> None:
    loop = TightLoop()
    error = refused(lambda: loop.ledger.apply("one", {SPOT: {"DOGE": Decimal(1)}}))
    assert error.error_code == "REC-004"


def test_a_reconciliation_inside_another_is_out_of_order() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    inner: list[ComponentError] = []
    loop.venue.on_observe = lambda: inner.append(refused(lambda: loop.reconciliation.reconcile_account(5, "alpha")))
    assert loop.reconciliation.reconcile_position(5, deltas).status == "success"
    assert [error.error_code for error in inner] == ["REC-005"]


def test_an_unexpected_error_does_not_leave_the_handshake_pending() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.failures = [ValueError("not a number")]
    with pytest.raises(ValueError, match="not a number"):
        loop.reconciliation.reconcile_position(5, deltas)
    assert loop.reconciliation.handshake is Handshake.FAILED
    assert loop.reconciliation.reconcile_position(6, deltas).status == "success"


@pytest.mark.parametrize("steps", ["0", "-1", "NaN", "Infinity"])
def test_a_tolerance_that_is_no_positive_number_is_refused(steps: str) -> None:
    error = refused(lambda: TightLoop(reconciliation=ReconciliationSettings(tolerance_steps=Decimal(steps))))
    assert error.error_code == "REC-008"
    component = TightLoop().reconciliation
    assert refused(lambda: component.verify_position({}, {}, Decimal(steps))).error_code == "REC-008"


def test_a_stale_report_is_noted_and_does_not_fail() -> None:
    loop = TightLoop(stale_after=100)
    deltas = booked(loop)
    loop.venue.observed_at = 400
    assert loop.reconciliation.reconcile_position(500, deltas).status == "success"
    assert loop.sink.error_codes() == []
    assert loop.reconciliation.reconcile_position(501, deltas).status == "success"
    assert loop.sink.error_codes() == ["REC-009", "REC-009"]
    assert [error.severity for error in loop.reconciliation.health.check().errors] == ["MEDIUM"] * 2


def test_a_balance_that_changed_by_itself_is_reported_and_not_overwritten() -> None:
    loop = TightLoop()
    expected = loop.amounts()
    loop.venue.books[SPOT]["USDT"] += 7
    result = loop.reconciliation.reconcile_account(5, "alpha")
    assert (result.status, result.error_code) == ("failed", "REC-010")
    assert [(d.asset, d.expected, d.actual) for d in result.differences] == [("USDT", 10_000, 10_007)]
    assert loop.amounts() == expected
    assert loop.sink.error_codes() == ["REC-010"]
    assert not loop.reconciliation.halted


def test_a_position_that_only_the_venue_has_is_external() -> None:
    loop = TightLoop()
    loop.venue.book(perp_fill("other", "0.5", "50000").changes)
    result = loop.reconciliation.reconcile_account(5, "alpha")
    assert result.error_code == "REC-012"
    assert loop.sink.error_codes() == ["REC-012", "REC-012"]  # the position, and what it cost
    assert "BTCUSDT-PERP" not in loop.amounts()[MARGIN]


def test_a_balance_may_change_beside_an_external_position() -> None:
    loop = TightLoop()
    loop.venue.book(perp_fill("other", "0.5", "50000").changes)
    loop.venue.books[SPOT]["USDT"] += 7
    result = loop.reconciliation.reconcile_account(5, "alpha")
    assert result.error_code == "REC-012"
    assert sorted(loop.sink.error_codes()) == ["REC-010", "REC-012", "REC-012"]


def test_a_periodic_reconciliation_that_agrees_is_a_success() -> None:
    loop = TightLoop()
    result = loop.reconciliation.reconcile_account(5, "alpha")
    assert (result.status, result.instruction_id) == ("success", "")


def test_a_mismatch_is_held_while_an_outcome_at_the_venue_is_unknown() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.book(perp_fill("lost", "0.1", "50000").changes)
    loop.reconciliation.hold_instruction("alpha", "lost")
    assert loop.reconciliation.unresolved_instructions("alpha") == {"lost"}
    result = loop.reconciliation.reconcile_position(5, deltas)
    assert (result.status, result.error_code) == ("held", "REC-011")
    assert loop.sink.error_codes() == ["REC-011"]
    assert loop.reconciliation.handshake is Handshake.FAILED
    assert not loop.reconciliation.halted
    assert loop.reconciliation.reconciliation_failures == 0
    assert loop.reconciliation.reconcile_account(6, "alpha").status == "held"


def test_when_the_outcome_is_known_a_mismatch_is_a_failure_again() -> None:
    loop = TightLoop()
    loop.reconciliation.hold_instruction("alpha", "lost")
    loop.reconciliation.hold_instruction("alpha", "other")
    loop.reconciliation.resolve_instruction("alpha", "other")
    loop.reconciliation.resolve_instruction("beta", "lost")
    assert loop.reconciliation.get_state_snapshot()["unresolved"] == {"alpha": ["lost"]}
    deltas = renamed(booked(loop, "lost"), instruction_id="lost")
    loop.venue.books[SPOT]["USDT"] -= 1
    assert refused(lambda: loop.reconciliation.reconcile_position(5, deltas)).error_code == "REC-001"
    assert loop.reconciliation.unresolved_instructions("alpha") == frozenset()


def test_two_positions_are_verified_over_the_union_of_their_assets() -> None:
    component = TightLoop().reconciliation
    one = {"USDT": Decimal("1.5")}
    assert component.verify_position(one, one)
    assert not component.verify_position(one, {"USDT": Decimal("1.5"), "BTC": Decimal("0.1")})
    assert not component.verify_position({"USDT": Decimal("1.5"), "BTC": Decimal("0.1")}, one)
    assert component.verify_position(one, {"USDT": Decimal("1.6")}, Decimal("0.2"))
    assert not component.verify_position(one, {"USDT": Decimal("1.7")}, Decimal("0.2"))


def test_the_history_is_bounded() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    bound = loop.reconciliation.reconciliation_history.maxlen
    assert bound is not None
    for timestamp in range(bound + 5):
        loop.reconciliation.reconcile_position(timestamp, deltas)
    assert len(loop.reconciliation.reconciliation_history) == bound
    assert loop.reconciliation.reconciliation_history[0].timestamp == 5
    assert loop.reconciliation.reconciliation_successes == bound + 5


def test_the_snapshot_tells_handshake_and_counters() -> None:
    loop = TightLoop()
    assert loop.reconciliation.get_state_snapshot()["handshake"] is None
    loop.reconciliation.reconcile_account(5, "alpha")
    assert loop.reconciliation.get_state_snapshot() == {
        "handshake": "success",
        "halted": False,
        "unresolved": {},
        "reconciliation_successes": 1,
        "reconciliation_failures": 0,
    }


def test_a_location_that_only_the_venue_has_is_compared_too() -> None:
    loop = TightLoop()
    deltas = booked(loop)
    loop.venue.books["alpha.funding"] = {"USDT": Decimal(3)}
    error = refused(lambda: loop.reconciliation.reconcile_position(5, deltas))
    assert error.message == "USDT at alpha.funding: expected 0, venue says 3"


def test_without_a_clock_nothing_is_ever_too_late() -> None:
    loop = TightLoop()
    settings = ReconciliationSettings(timeout=Decimal("0.000001"), max_observations=5)
    component = ReconciliationComponent(settings, loop.positions, Tolerances(Decimal(1), {}), loop.sink)
    component.set_accounts({"alpha": VenueAccount(loop.venue, "USDT")})
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1
    assert refused(lambda: component.reconcile_position(5, deltas)).error_code == "REC-001"
    assert loop.venue.observations == 5
