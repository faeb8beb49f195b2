"""A day of live ticks on local venues, with mishaps, restarts and money that comes and goes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from pathlib import Path

import numpy as np

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.records import Refusal
from engine_runs import PerpSeries, Scene
from local_live import LocalTime, LocalVenues
from soak_faults import Death, MortalAdapter, Mortality, RandomFaults, mortal_journal
from soak_person import Person

MINUTE = 60_000_000_000
MINUTE_SECONDS = 60.0
QUIET_ROWS = 45
"""At the end nothing strikes for so long: what was held back by a mishap must settle by itself."""
UNDECLARED = "REC-010"
LONGEST_MAINTENANCE = 12
OFTEN = "strategy.position_deviation_threshold=0.002"
NARROW_BAND = (
    "strategy.spot_allocation=0.48",
    "strategy.margin_ratio_max=0.0048",
    "strategy.margin_ratio_min=0.0036",
)
"""So narrow that margin moves between venues every few hours."""


def minute_scene(venues: Sequence[str], rows: int, seed: int) -> Scene:
    """A lively day in minutes: venues' premiums wander by some tenths of a percent; funding every eight hours."""
    draw = np.random.default_rng(seed)
    spot = 50_000 * np.exp(np.cumsum(draw.normal(0, 0.0015, rows)))
    perps = {}
    for venue in venues:
        premium = np.zeros(rows)
        for row in range(1, rows):
            premium[row] = 0.995 * premium[row - 1] + draw.normal(0, 0.0006)
        price = spot * (1 + premium)
        rates = {row: "0.0001" if row % 960 else "-0.00005" for row in range(480, rows, 480)}
        perps[venue] = PerpSeries(price=price, mark=price, rates=rates)
    return Scene(spot=spot, perps=perps, row_length=MINUTE)


@dataclass
class SoakCounts:
    """What happened on the way.

    Attributes:
        lives: how processes ended.
        refused: starts that were refused, by error code.
        failures: ticks that ended a process, by error code.
        flows: declared.
    """

    lives: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    messages: list[str] = field(default_factory=list)
    flows: int = 0
    flowed: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class SoakPlan:
    """How much goes wrong: chances per request and per write, and rows between restarts, maintenance and flows.

    Where withdrawals go astray, a person looks after them between two processes.
    """

    venues: tuple[str, ...] = ("binance", "bybit", "okx")
    rows: int = 1_441
    seed: int = 1
    of_effects: float = 0.25
    of_questions: float = 0.004
    of_withdrawals: float = 0.0
    of_request: float = 0.0004
    of_write: float = 0.002
    restart_rows: int = 90
    liquidation_row: int = 0
    maintenance_rows: int = 200
    flow_rows: int = 180


QUIET = {
    "of_effects": 0.0,
    "of_questions": 0.0,
    "of_withdrawals": 0.0,
    "of_request": 0.0,
    "of_write": 0.0,
    "restart_rows": 0,
}


class Soak:
    """One such day. ``watch`` is called at each tick's end with its row.

    Attributes:
        venues: the local venues.
        faults, mortality: what struck.
        person: who ends transfers that went astray.
        counts: what it led to.
    """

    def __init__(self, plan: SoakPlan, directory: Path, watch: Callable[[int], None] = lambda row: None) -> None:
        self.plan = plan
        self.directory = directory
        self.venues = LocalVenues(
            plan.venues,
            minute_scene(plan.venues, plan.rows, plan.seed),
            OFTEN,
            *(NARROW_BAND if len(plan.venues) > 1 else ()),
        )
        chance = random.Random(plan.seed)
        self.faults = RandomFaults(
            random.Random(chance.random()), plan.of_effects, plan.of_questions, plan.of_withdrawals
        )
        self.mortality = Mortality(random.Random(chance.random()), plan.of_request, plan.of_write)
        self.counts = SoakCounts()
        self._restarts = random.Random(chance.random())
        self._maintenance = random.Random(chance.random())
        self._flows = random.Random(chance.random())
        self._time = _WatchedTime(self.venues.world.clock, self.venues.happenings, watch)
        self.venues.world.faults = self.faults
        self.person = Person(self.venues, directory)
        self._schedule()

    def run(self) -> None:
        """Live through the day, starting again whatever ends a process."""
        clock = self.venues.world.clock
        with mortal_journal(self.mortality):
            while clock.row < clock.last_row:
                self._live(self._next_stop(clock.row))
                self._look_after(at_the_end=clock.row >= clock.last_row)
                if self._is_over():
                    return
                if clock.row < clock.last_row:
                    self._time.wait(self._restarts.uniform(1, 90))

    def _look_after(self, *, at_the_end: bool) -> None:
        if self.plan.of_withdrawals:
            mishaps, self.faults.enabled, self.mortality.enabled = self.faults.enabled, False, False
            if self.person.look_after(at_the_end=at_the_end, at_once=self.counts.refused[UNDECLARED] > 0):
                # That start was refused for what has been looked after now.
                self.counts.refused.pop(UNDECLARED, None)
            self.faults.enabled = self.mortality.enabled = mishaps

    def start_again(self) -> LiveOutcome:
        """One more life without mishaps: its start compares every venue with the books."""
        self.faults.enabled = self.mortality.enabled = False
        return self._run_live(self.venues.world.clock.last_row)

    def ticks(self) -> int:
        """Ticks that were seen to their end, by all processes together."""
        lines = (self.directory / "equity.csv").read_text(encoding="utf-8").count("\n")
        return max(lines - 1, 0)

    def problems(self) -> list[str]:
        """What should not have happened on the way, a line each."""
        found = [f"{count} starts refused: {code}" for code, count in self.counts.refused.items() if _is_final(code)]
        found += self.venues.application.failures
        clock = self.venues.world.clock
        if clock.row < clock.last_row:
            found.append(f"over at row {clock.row}: {self.counts.messages[-1:]}")
        return found

    def _is_over(self) -> bool:
        """Whether no further start would trade."""
        return bool(self.counts.lives["halted"]) or any(map(_is_final, self.counts.refused))

    def _is_quiet_day(self) -> bool:
        return not self.plan.restart_rows

    def _live(self, stop_row: int) -> None:
        counts = self.counts
        try:
            outcome = self._run_live(stop_row)
        except Death:
            counts.lives["died"] += 1
            return
        except ComponentError as error:
            counts.refused[error.error_code] += 1
            counts.messages.append(f"start refused: {error.line}")
            return
        counts.lives[outcome.ending.value] += 1
        if outcome.error is not None:
            counts.failures[outcome.error.error_code] += 1
            counts.messages.append(f"row {self.venues.world.clock.row}, ended: {outcome.error.line}")

    def _run_live(self, stop_row: int) -> LiveOutcome:
        venues = self.venues
        options = venues.options(
            self.directory, stop_row, tick_seconds=MINUTE_SECONDS, reconcile_seconds=5 * MINUTE_SECONDS
        )
        return run_live(options, venues.environment(), self._world())

    def _world(self) -> LiveWorld:
        adapter = MortalAdapter(self.venues.application, self.mortality)
        return LiveWorld(time=self._time, adapter=adapter)

    def _next_stop(self, row: int) -> int:
        last = self.venues.world.clock.last_row
        if self._is_quiet_day() or row >= last - QUIET_ROWS:
            return last
        return min(row + 1 + int(self._restarts.expovariate(1 / self.plan.restart_rows)), last)

    def _schedule(self) -> None:
        """Settle when venues go down, money comes and goes, and mishaps end."""
        rows, happenings = self.plan.rows, self.venues.happenings
        quiet = rows - 1 - QUIET_ROWS
        if not self._is_quiet_day():
            for row in _moments(self._maintenance, self.plan.maintenance_rows, quiet):
                venue = self._maintenance.choice(self.plan.venues)
                happenings[row] = partial(self.faults.down.add, venue)
                happenings[row + self._maintenance.randint(1, LONGEST_MAINTENANCE)] = self.faults.down.clear
        for row in _moments(self._flows, self.plan.flow_rows, quiet):
            happenings[row + 1] = self._flow
        if self.plan.liquidation_row:
            venue = self._maintenance.choice(self.plan.venues)
            happenings[self.plan.liquidation_row] = self.venues.world.venues[venue].account.liquidate
        happenings[quiet] = self._end_mishaps

    def _end_mishaps(self) -> None:
        self.faults.enabled = self.mortality.enabled = False
        for venue in self.venues.world.venues.values():
            venue.account.money.release()

    def _flow(self) -> None:
        """Money comes to a venue, or goes, and is declared at once."""
        venue = self._flows.choice(self.plan.venues)
        amount = Decimal(self._flows.choice((3_000, 8_000, -500)))
        account = self.venues.world.venues[venue].account
        location, currency = account.spec.deposit_location, account.spec.margin_currency
        if isinstance(account.deposit(location, currency, amount, ""), Refusal):
            return
        mishaps, self.faults.enabled, self.mortality.enabled = self.faults.enabled, False, False
        options = self.venues.options(self.directory)
        environment, world = self.venues.environment(), self.venues.live_world()
        # A person who has brought it knows that it is no transfer, of whatever amount those are.
        care.declare_flow(options, environment, amount, currency, location, world, force=True)
        self.faults.enabled = self.mortality.enabled = mishaps
        self.counts.flows += 1
        self.counts.flowed += amount


class _WatchedTime(LocalTime):
    """Tells of each wait that passes a row."""

    def __init__(
        self, clock: object, happenings: dict[int, Callable[[], object]], watch: Callable[[int], None]
    ) -> None:
        super().__init__(clock, happenings)  # type: ignore[arg-type]
        self._watch = watch

    def wait(self, seconds: float) -> None:
        row = self._clock.row
        super().wait(seconds)
        if self._clock.row > row:
            self._watch(self._clock.row)


def _moments(chance: random.Random, apart: int, end: int) -> list[int]:
    """Rows about ``apart`` from one to the next, before ``end``."""
    found, row = [], 0.0
    while apart:
        row += max(chance.expovariate(1 / apart), LONGEST_MAINTENANCE + 2)
        if row >= end - LONGEST_MAINTENANCE:
            break
        found.append(int(row))
    return found


def _is_final(error_code: str) -> bool:
    """Whether a start that was refused for it would be refused again."""
    return error_code.startswith(("CFG-", "REC-", "EIM-", "RES-"))
