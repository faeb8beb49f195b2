"""Building the objects of one live run and wiring them together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.bootstrap.announcement import ComponentStarted, announce, register_health
from basis_strategy_v1.bootstrap.assembly import (
    FACTORY,
    Foundation,
    make_execution,
    make_interfaces,
    make_parts,
    make_portfolio,
)
from basis_strategy_v1.bootstrap.live.clock import LiveClock, StepClock, VenuePace
from basis_strategy_v1.bootstrap.live.keeper import INSTRUCTIONS, InstructionFile
from basis_strategy_v1.bootstrap.tight_loop import TightLoop, tight_loop
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.live_market import LiveMarket
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE, NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.engine.event_driven_strategy_engine import EventDrivenStrategyEngine
from basis_strategy_v1.core.engine.live_parts import LiveTime, QuoteSource
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.execution.journal import Journal
from basis_strategy_v1.core.execution.order_state import Submission
from basis_strategy_v1.core.execution.pre_trade import BookSource, PreTradeChecks, PreTradeLimits
from basis_strategy_v1.core.execution.retry import RetryPolicy
from basis_strategy_v1.core.execution.uncertain_book import UncertainBook
from basis_strategy_v1.core.health.unified_health_manager import UnifiedHealthManager
from basis_strategy_v1.core.interfaces.base_execution_interface import BaseExecutionInterface
from basis_strategy_v1.core.interfaces.cex_execution_interface import CEXExecutionInterface
from basis_strategy_v1.core.interfaces.factory_context import BackendSource, CredentialSource
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight, TransfersInFlight
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import Strategy
from basis_strategy_v1.data.provider import HistoricalDataProvider

BackendMaker = Callable[[LiveMarket, Clock], BackendSource]
OLDEST_AT_A_VENUE = NANOSECONDS_PER_MINUTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What differs between live, paper and a test.

    Attributes:
        books: order books, asked before a trade that opens something.
        make_backends: given market and clock, the source of backends by venue.
        submissions: orders and transfers of unknown outcome.
        first_step: the first step whose instruction ids are free.
        directory: where events and instructions are written.
    """

    quotes: QuoteSource
    time: LiveTime
    make_backends: BackendMaker
    directory: Path
    monotonic_ns: Callable[[], int]
    credentials: CredentialSource | None = None
    journal: Journal | None = None
    retry_policy: RetryPolicy | None = None
    books: BookSource | None = None
    submissions: Callable[[], Sequence[Submission]] = tuple
    first_step: int = 0


@dataclass(frozen=True, slots=True)
class LiveAssembly:
    """A live run before its start: books are empty, and the market has its first row."""

    base: Foundation
    market: LiveMarket
    loop: TightLoop
    interfaces: dict[str, BaseExecutionInterface]
    transfers: TransfersInFlight
    parts: EngineParts
    instructions: InstructionFile
    uncertain: UncertainBook
    surroundings: Surroundings = field(repr=False)

    def engine(self) -> EventDrivenStrategyEngine:
        """The engine, once the books are open."""
        engine = EventDrivenStrategyEngine(self.parts)
        base = self.base
        register_health(base.health, self.loop.handler.health, (self.loop.reconciliation.health, engine.rows.health))
        started = ComponentStarted(base.settings.execution_mode, base.run_id)
        announce(base.health, base.events, base.clock.now, started, FACTORY)
        return engine

    def close(self) -> None:
        """Close the files."""
        self.base.events.close()
        self.instructions.close()


class TransfersOnTheirWay:
    """The transfers of all interfaces, as a portfolio asks for them."""

    def __init__(self, transfers: TransfersInFlight) -> None:
        self._transfers = transfers

    def in_flight(self) -> tuple[TransferInFlight, ...]:
        """All of them."""
        return tuple(self._transfers.by_id.values())


def oldest_quote(settings: RunSettings) -> int:
    """The age (ns) up to which a quote can be traded on.

    What may be carried in a dataset, hours, is too old at a venue that goes on answering while its market stands still.
    In ``dev`` it is not: local venues replay datasets.
    """
    allowed = settings.max_staleness_prices
    return allowed if settings.environment == "dev" else min(allowed, OLDEST_AT_A_VENUE)


def assemble_live(
    settings: RunSettings,
    specs: tuple[VenueSpec, ...],
    instruments: tuple[Instrument, ...],
    strategy: Strategy,
    run_id: str,
    surroundings: Surroundings,
) -> LiveAssembly:
    """Build a live run; the first quotes are read here. The calling thread must use the ledger context.

    Raises:
        ComponentError: DAT-001 when a venue has no price yet; EIF-* and EXI-* as factory and backends raise them.
    """
    market = LiveMarket(instruments, oldest_quote(settings))
    clock = LiveClock(surroundings.monotonic_ns)
    now = surroundings.time.now()
    market.append(now, surroundings.quotes.read(now))
    clock.move_to(0, now)
    base = _foundation(settings, specs, market, run_id, clock, surroundings)
    loop = tight_loop(settings, specs, market.columns, clock, base.events, VenuePace(surroundings.time))
    provider = HistoricalDataProvider(market.columns, specs)
    transfers = TransfersInFlight()
    interfaces = _interfaces(base, loop, provider, transfers, market, surroundings)
    portfolio = make_portfolio(base, loop, TransfersOnTheirWay(transfers), market)
    slippage = settings.execution.max_slippage
    uncertain = UncertainBook(surroundings.submissions, specs, market.columns, portfolio, slippage)
    loop.risk.uncertain = uncertain
    execution = make_execution(
        base,
        loop,
        provider,
        interfaces,
        journal=surroundings.journal,
        retry_policy=surroundings.retry_policy,
        step_clock=StepClock(clock, surroundings.first_step),
        pre_trade=_checks(base, portfolio, strategy, surroundings, uncertain),
    )
    parts = make_parts(base, loop, strategy, interfaces, execution, portfolio, _moved_already, asks_each_row=True)
    parts = msgspec.structs.replace(parts, uncertain=uncertain)
    log = base.log
    assert isinstance(log, InstructionFile)
    return LiveAssembly(base, market, loop, interfaces, transfers, parts, log, uncertain, surroundings)


def _interfaces(
    base: Foundation,
    loop: TightLoop,
    provider: HistoricalDataProvider,
    transfers: TransfersInFlight,
    market: LiveMarket,
    surroundings: Surroundings,
) -> dict[str, BaseExecutionInterface]:
    options: dict[str, Any] = {"environment": base.settings.environment, "transfers": transfers}
    if surroundings.credentials is not None:
        options["credentials"] = surroundings.credentials
    backends = surroundings.make_backends(market, base.clock)
    interfaces = make_interfaces(base, loop, provider, backends=backends, **options)
    for interface in interfaces.values():
        if isinstance(interface, CEXExecutionInterface):
            interface.books_funding = True
    return interfaces


def _foundation(
    settings: RunSettings,
    specs: tuple[VenueSpec, ...],
    market: LiveMarket,
    run_id: str,
    clock: LiveClock,
    surroundings: Surroundings,
) -> Foundation:
    events = EventLogger.live(surroundings.directory / "logs" / "events", surroundings.time.now)
    log = InstructionFile(surroundings.directory / INSTRUCTIONS)
    return Foundation(settings, specs, market.columns, run_id, clock, events, UnifiedHealthManager(), log)


def _checks(
    base: Foundation, portfolio: Portfolio, strategy: Strategy, surroundings: Surroundings, uncertain: UncertainBook
) -> PreTradeChecks:
    settings = base.settings
    limits = PreTradeLimits(
        max_order_notional=settings.execution.max_order_notional,
        max_notional=settings.risk.max_notional,
        price_band=settings.execution.price_band,
        max_slippage=settings.execution.max_slippage,
        patience=int(settings.execution.order_timeout * NANOSECONDS_PER_SECOND),
    )
    return PreTradeChecks(
        base.specs,
        portfolio,
        limits,
        surroundings.books,
        lambda trade: strategy.following_trades(trade, portfolio),
        uncertain,
        surroundings.time.now,
    )


def _moved_already(location: str, asset: str, amount: Decimal) -> None:
    """A declared flow is money that a person has moved: there is nothing left to do but to book it."""
