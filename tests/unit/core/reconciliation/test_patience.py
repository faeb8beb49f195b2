"""How long a live run looks at a venue that differs from the books, or is silent, before it stops."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Tolerances
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent, VenueAccount
from tight_loop import SPOT, TightLoop, spot_fill

DOWN = ComponentError("EXI-003", "no answer")


def refused(act: Callable[[], object]) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        act()
    return caught.value


def booked(loop: TightLoop) -> ExecutionDeltas:
    """A spot purchase that both sides have booked, not yet reconciled."""
    deltas = spot_fill("one", "0.1", "50000")
    loop.ledger.apply("one", deltas.changes)
    loop.venue.book(deltas.changes)
    return deltas


class Seconds:
    """A venue's clock that moves when somebody waits."""

    def __init__(self) -> None:
        self.milliseconds = 0.0

    def elapsed_ms(self) -> float:
        return self.milliseconds

    def wait(self, observations: int) -> None:
        self.milliseconds += 1_000.0


def patient(loop: TightLoop, seconds: int) -> tuple[ReconciliationComponent, Seconds]:
    clock = Seconds()
    settings = ReconciliationSettings(timeout=Decimal(seconds), max_observations=2)
    component = ReconciliationComponent(
        settings,
        loop.positions,
        Tolerances(Decimal(1), {}),
        loop.sink,
        clock=clock,
        wait=clock.wait,
        until_timeout=True,
    )
    component.set_accounts({"alpha": VenueAccount(loop.venue, "USDT")})
    return component, clock


def test_a_venue_that_lags_is_looked_at_until_the_timeout() -> None:
    loop = TightLoop()
    component, _ = patient(loop, 10)
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1

    def catch_up() -> None:
        if loop.venue.observations == 7:
            loop.venue.books[SPOT]["USDT"] += 1

    loop.venue.on_observe = catch_up
    assert component.reconcile_position(5, deltas).status == "success"
    assert loop.venue.observations in (7, 8)


@pytest.mark.parametrize(("answers", "code"), [(True, "REC-001"), (False, "REC-006")])
def test_what_still_differs_or_is_silent_at_the_timeout_stops_the_block(answers: bool, code: str) -> None:
    loop = TightLoop()
    component, clock = patient(loop, 10)
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1
    if not answers:
        loop.venue.failures = [DOWN] * 100
    assert refused(lambda: component.reconcile_position(5, deltas)).error_code == code
    assert 10_000 < clock.milliseconds <= 12_000


def test_a_comparison_without_an_instruction_does_not_wait_for_the_timeout() -> None:
    loop = TightLoop()
    component, _ = patient(loop, 10)
    booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1
    assert component.reconcile_account(6, "alpha").error_code == "REC-010"
    assert loop.venue.observations == 2


def test_what_happened_meanwhile_is_booked_before_the_third_look() -> None:
    loop = TightLoop()
    component, _ = patient(loop, 10)
    deltas = booked(loop)
    loop.venue.books[SPOT]["USDT"] -= 1

    def book() -> None:
        loop.venue.books[SPOT]["USDT"] += 1

    result = component.reconcile_position(5, deltas, book)
    assert (result.status, result.observations) == ("success", 3)
