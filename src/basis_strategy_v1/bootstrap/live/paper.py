"""Paper trading: real prices, simulated fills, on the same simulated venues as a backtest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.backends.simulated.world import SimulatedWorld
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.live_market import LiveMarket
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.live_parts import QuoteSource
from basis_strategy_v1.core.interfaces.factory_context import BackendSource
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class PaperVenues:
    """Quotes from a real source, orders to simulated exchanges that trade at them.

    Funding is settled when a quote comes after the time that an earlier one announced: at the rate announced, and at
    the mark of the later quote.
    """

    def __init__(
        self, settings: RunSettings, specs: tuple[VenueSpec, ...], quotes: QuoteSource, opening: Changes
    ) -> None:
        self._settings = settings
        self._specs = specs
        self._quotes = quotes
        self._opening = opening
        self._world: SimulatedWorld | None = None
        self._announced: dict[tuple[str, str], InstrumentQuote] = {}

    def make_backends(self, market: LiveMarket, clock: Clock) -> BackendSource:
        """Simulated exchanges over ``market``."""
        self._world = SimulatedWorld(self._settings, self._specs, market.columns, clock, self._opening)
        return self._backend

    def _backend(self, venue: str) -> Any:
        assert self._world is not None
        return self._world.backend(venue)

    def read(self, now: int) -> Sequence[InstrumentQuote]:
        """See ``QuoteSource``."""
        quotes = self._quotes.read(now)
        for quote in quotes:
            if quote.trade_type == "perp":
                self._settle(quote, now)
        return quotes

    def _settle(self, quote: InstrumentQuote, now: int) -> None:
        key = (quote.venue, quote.symbol)
        announced = self._announced.get(key)
        is_due = announced is not None and 0 < announced.next_funding_at <= now
        if is_due and self._world is not None and announced is not None and announced.funding_rate is not None:
            mark = quote.mark if quote.mark is not None else quote.price
            exchange = self._world.exchanges[quote.venue]
            exchange.settle_funding(quote.symbol, announced.funding_rate, mark, announced.next_funding_at)
        self._announced[key] = quote
