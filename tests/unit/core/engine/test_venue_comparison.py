"""What holds a live run's decisions while a venue does not answer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from basis_strategy_v1.core.engine.unshown_flows import UnshownFlows
from basis_strategy_v1.core.engine.venue_comparison import VenueComparison
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.records import ReconciliationResult

NOW = 5


class Venue:
    """Agrees with the books, unless it is silent."""

    venues = ("alpha",)

    def __init__(self) -> None:
        self.is_silent = True

    def reconcile_account(self, now: int, venue: str) -> ReconciliationResult:
        if self.is_silent:
            raise ComponentError("REC-006", f"{venue} did not say what it holds")
        return ReconciliationResult(now, "", venue, "success", 1)

    def unresolved_instructions(self, venue: str) -> frozenset[str]:
        return frozenset()

    def resume(self) -> None: ...


def comparison(venue: Venue, suspended: list[str]) -> tuple[VenueComparison, Any]:
    def nothing(*_: object) -> str:
        return ""

    monitor = SimpleNamespace(update_state=nothing)
    parts: Any = SimpleNamespace(
        reconciliation=venue,
        interfaces={"alpha": SimpleNamespace(unresolved_instructions={})},
        specs=(SimpleNamespace(venue="alpha", locations=("alpha",)),),
        event_logger=SimpleNamespace(log_event=nothing),
        exposure_monitor=monitor,
        risk_monitor=monitor,
    )
    rows: Any = SimpleNamespace(unshown=UnshownFlows(), held="", closing="")
    live: Any = SimpleNamespace(market=SimpleNamespace(suspend=suspended.append), differs=nothing)
    orders: Any = SimpleNamespace(look=nothing)
    return VenueComparison(parts, rows, live, orders), rows


def test_a_silent_venue_trades_nothing_and_holds_nobody() -> None:
    suspended: list[str] = []
    compared, rows = comparison(Venue(), suspended)
    compared.all(NOW)
    assert (rows.held, suspended, compared.silent) == ("", ["alpha"], {"alpha"})


def test_a_venue_that_goes_silent_after_an_event_of_its_own_that_differed_holds_until_it_agrees() -> None:
    venue = Venue()
    compared, rows = comparison(venue, [])
    compared.flows_booked((), NOW)
    assert rows.held == "alpha does not answer"
    compared.all(NOW + 1)
    assert rows.held == "alpha does not answer"
    venue.is_silent = False
    compared.all(NOW + 2)
    assert (rows.held, compared.silent) == ("", set())
    venue.is_silent = True
    compared.all(NOW + 3)
    assert rows.held == ""
