"""Asks a venue again and again, until it agrees with the ledger or may not be asked any more."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from basis_strategy_v1.core.domain.conversions import float_from_decimal
from basis_strategy_v1.core.domain.ledger import Holding
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.domain.record import Record
from basis_strategy_v1.core.domain.settings import ReconciliationSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.catalog import venue_of
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.reconciliation.aside_book import AsideBook
from basis_strategy_v1.core.reconciliation.compare import (
    Difference,
    LedgerSide,
    Tolerances,
    actual_balances,
    differences,
    expected_balances,
)

MILLISECONDS_PER_SECOND = 1_000


class ElapsedClock(Protocol):
    """The part of a clock that deadlines need."""

    def elapsed_ms(self) -> float:
        """Milliseconds on a clock that only moves forward."""


class StandingClock:
    """A clock on which no time passes: nothing is ever too late."""

    def elapsed_ms(self) -> float:
        return 0.0


class ObservableInterface(Protocol):
    """The part of an execution interface that reconciliation needs."""

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations."""


class VenueAccount(Record, frozen=True):
    """A venue to reconcile with: where to ask, and in which currency its perpetuals settle."""

    interface: ObservableInterface
    quote: str


class Observation(Record, frozen=True):
    """What came of asking one venue.

    Attributes:
        count: how often it was asked.
        differences: those of its last answer; empty when it agrees, None when it never answered.
        is_late: whether asking ended because time ran out.
        failure: why it did not answer, the last time it did not.
    """

    count: int
    differences: tuple[Difference, ...] | None = ()
    is_late: bool = False
    failure: ComponentError | None = None


_AGREED = Observation(1)

Meanwhile = Callable[[], object]
"""Books what a venue has done by itself since it was last asked: funding, say, that its wallet shows already."""


class Observer:
    """Observes venues for the reconciliation component.

    Args:
        settings: how often, or for how long, a venue is asked.
        position_monitor: has the ledger, and is told what venues say.
        tolerances: how much each asset may differ.
        note: is told ``(timestamp, code, message)`` of what does not end the reconciliation: REC-002 an observation
            that failed, REC-009 a report that is stale.
        clock: measures the deadline.
        stale_after: age in ns from which on a report with a time of its own is stale.
        wait: called before each further observation, with the number of those made.
        until_timeout: whether a venue is asked until ``timeout`` where the books must agree before work goes on,
            however often that is; else at most ``max_observations`` times.
    """

    def __init__(
        self,
        settings: ReconciliationSettings,
        position_monitor: PositionMonitor,
        tolerances: Tolerances,
        note: Callable[[int, str, str], None],
        clock: ElapsedClock,
        stale_after: int,
        wait: Callable[[int], None],
        until_timeout: bool = False,
    ) -> None:
        self._most = settings.max_observations
        self._timeout_ms = float_from_decimal(settings.timeout) * MILLISECONDS_PER_SECOND
        self._position_monitor = position_monitor
        self._ledger = position_monitor.ledger
        self._tolerances = tolerances
        self._note = note
        self._clock = clock
        self._stale_after = stale_after
        self._wait = wait
        self._until_timeout = until_timeout
        self._holdings_seen = 0
        self._sides: dict[str, dict[str, LedgerSide]] = {}
        self._aside = AsideBook(tolerances)

    @property
    def aside(self) -> AsideBook:
        """What venues hold that is known not to be the run's: it is waited for no longer."""
        return self._aside

    def observe(
        self,
        timestamp: int,
        venue: str,
        account: VenueAccount,
        meanwhile: Meanwhile | None = None,
        *,
        brief: bool = False,
    ) -> Observation:
        """Ask ``venue`` until it agrees with the ledger, at most as often or as long as the settings permit.

        An answer that cannot come, such as for want of a valid credential (a CRITICAL error), is not asked for again.

        Args:
            meanwhile: called where a second look differs too, to book what the venue has done by itself.
            brief: ask ``max_observations`` times at most in any case, for what is set aside as well.
        """
        most = 0 if self._until_timeout and not brief else self._most
        started = self._clock.elapsed_ms()
        found: list[Difference] | None = None
        failure: ComponentError | None = None
        count = 0
        while True:
            count += 1
            try:
                reports = account.interface.observe()
            except ComponentError as error:
                failure = error
                self._note(timestamp, "REC-002", f"{venue} could not be asked: {error}")
                if error.severity == "CRITICAL":
                    break
            else:
                found = self._compare(timestamp, venue, account.quote, reports)
                if not found:
                    return _AGREED if count == 1 else Observation(count)
                if not brief and self._aside and not self._aside.beyond(venue, found):
                    return Observation(count, tuple(found))
            if most and count >= most:
                break
            if self._clock.elapsed_ms() - started > self._timeout_ms:
                # Asked for as long as was meant is not late.
                return Observation(count, None if found is None else tuple(found), bool(most), failure)
            self._wait(count)
            if found and meanwhile is not None and count > 1:
                meanwhile()
        return Observation(count, None if found is None else tuple(found), False, failure)

    def _compare(self, timestamp: int, venue: str, quote: str, reports: Sequence[LocationReport]) -> list[Difference]:
        self._position_monitor.update_state(timestamp, "reconciliation", reports)
        ledger = self._ledger
        if len(ledger.holdings) != self._holdings_seen:
            self._holdings_seen = len(ledger.holdings)
            self._sides.clear()
        sides = self._sides.get(venue)
        if sides is None:
            sides = self._sort(venue, quote)
        answered = 0
        found: list[Difference] = []
        for report in reports:
            if report.observed_at:
                self._check_age(timestamp, report)
            side = sides.get(report.location)
            if side is None:
                found += self._differences(report.location, ledger.at(report.location), report, quote)
                continue
            answered += 1
            if not side.agrees(report):
                found += self._differences(report.location, side.holdings, report, quote)
        if answered < len(sides):
            for location in sorted(sides.keys() - {report.location for report in reports}):
                found += self._differences(location, sides[location].holdings, LocationReport(location, {}), quote)
        return found

    def _differences(
        self, location: str, holdings: Mapping[str, Holding], report: LocationReport, quote: str
    ) -> list[Difference]:
        expected = expected_balances(holdings, quote)
        return differences(location, expected, actual_balances(report, quote), self._tolerances)

    def _sort(self, venue: str, quote: str) -> dict[str, LedgerSide]:
        """The venue's locations; one that its answer leaves out is compared with nothing."""
        ledger = self._ledger
        sides = self._sides[venue] = {
            location: LedgerSide(ledger.at(location), quote)
            for location in ledger.locations()
            if venue_of(location) == venue
        }
        return sides

    def _check_age(self, timestamp: int, report: LocationReport) -> None:
        age = timestamp - report.observed_at
        if age > self._stale_after:
            self._note(timestamp, "REC-009", f"{report.location}: the venue's report is {age} ns old")
