"""A live run in memory: quotes from a made-up market, a clock moved by hand, simulated venues."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.bootstrap.assembly import opening_balances
from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly, Surroundings, assemble_live
from basis_strategy_v1.bootstrap.live.keeper import DirectoryKeeper
from basis_strategy_v1.bootstrap.live.paper import PaperVenues
from basis_strategy_v1.core.domain.market import Instrument, MarketColumns
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.live_parts import Command, KillRequest, LiveEnd, LiveParts, StopRequest
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.strategy import TradingState
from basis_strategy_v1.venues.registry import spec_for
from engine_runs import HOUR, START, Scene, market_of, specs_of


class HandTime:
    """Time that passes only by waiting."""

    def __init__(self, now: int = START) -> None:
        self._now = now

    def now(self) -> int:
        return self._now

    def wait(self, seconds: float) -> None:
        self._now += round(seconds * 1_000_000_000)


class ReplayedQuotes:
    """The rows of market columns as a venue would quote them.

    ``silent`` holds ``{row: venues that do not answer}``; ``age`` is how old (ns) each quote is as its venue says.
    """

    def __init__(self, market: MarketColumns, silent: dict[int, set[str]] | None = None, age: int = 0) -> None:
        self._market = market
        self._silent = silent or {}
        self._age = age

    def read(self, now: int) -> Sequence[InstrumentQuote]:
        market = self._market
        row = market.row_at(now)
        silent = self._silent.get(row, set())
        seen = now - self._age
        quotes = [
            InstrumentQuote(venue=venue, symbol=symbol, trade_type="spot", price=columns.price[row], observed_at=seen)
            for (venue, symbol), columns in market.spot.items()
            if venue not in silent
        ]
        for (venue, symbol), columns in market.perp.items():
            if venue in silent:
                continue
            rate, settles = self._next_funding(venue, symbol, row)
            quotes.append(
                InstrumentQuote(
                    venue=venue,
                    symbol=symbol,
                    trade_type="perp",
                    price=columns.price[row],
                    mark=columns.mark[row],
                    funding_rate=rate,
                    next_funding_at=settles,
                    observed_at=seen,
                )
            )
        return quotes

    def _next_funding(self, venue: str, symbol: str, row: int) -> tuple[float | None, int]:
        funding = self._market.perp[venue, symbol].funding
        assert funding is not None
        for settlement, rate in zip(funding.rows.tolist(), funding.rate_units.tolist(), strict=True):
            if settlement > row:
                return float(Decimal(rate) * funding.unit_rate), self._market.time(settlement)
        return None, 0


class Orders:
    """What people ask of the process: ``{row: commands}``."""

    def __init__(self, time: HandTime, by_row: dict[int, list[Command]] | None = None) -> None:
        self._time = time
        self._by_row = by_row or {}

    def take(self) -> Sequence[Command]:
        return self._by_row.pop((self._time.now() - START) // HOUR, [])

    def pending(self) -> KillRequest | StopRequest | None:
        asked = self._by_row.get((self._time.now() - START) // HOUR, [])
        return next((command for command in asked if isinstance(command, KillRequest | StopRequest)), None)


class PaperRun:
    """A paper run over a scene, tick by tick.

    Attributes:
        end: how it ended.
        states: the trading states kept, in order.
    """

    def __init__(
        self,
        settings: RunSettings,
        scene: Scene,
        directory: Path,
        *,
        commands: dict[int, list[Command]] | None = None,
        silent: dict[int, set[str]] | None = None,
        age: int = 0,
    ) -> None:
        use_ledger_context()
        specs = tuple(spec for spec in specs_of(settings) if spec.family == "CEX")
        market = market_of(settings, specs, scene)
        time = HandTime()
        opening = opening_balances(settings, specs)
        venues = PaperVenues(settings, specs, ReplayedQuotes(market, silent, age), opening)
        surroundings = Surroundings(
            quotes=venues,
            time=time,
            make_backends=venues.make_backends,
            directory=directory,
            monotonic_ns=lambda: 0,
        )
        strategy = make_strategy(settings, spec_for)
        self.assembly: LiveAssembly = assemble_live(
            settings, specs, instruments_of(market), strategy, "run", surroundings
        )
        self.assembly.loop.handler.open_books(time.now(), opening)
        self.states: list[tuple[TradingState, str]] = []
        self.engine = self.assembly.engine()
        keeper = DirectoryKeeper(directory, lambda state, closing, _: self.states.append((state, closing)))
        self.end: LiveEnd = self.engine.run_live(
            LiveParts(
                market=self.assembly.market,
                quotes=venues,
                time=time,
                commands=Orders(time, commands),
                keeper=keeper,
                tick_seconds=3600,
                reconcile_seconds=3600,
                until=market.time(len(market) - 1),
            )
        )
        keeper.close()
        self.assembly.close()


def instruments_of(market: MarketColumns) -> tuple[Instrument, ...]:
    """Every instrument of the columns, spot first."""
    return tuple(columns.instrument for columns in [*market.spot.values(), *market.perp.values()])
