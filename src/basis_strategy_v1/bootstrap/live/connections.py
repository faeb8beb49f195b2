"""The venues of a live run: a connection to each, behind which every instruction has one effect."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.connect import connect
from basis_strategy_v1.backends.live.dialects.dialect import TransferDesk
from basis_strategy_v1.backends.live.dialects.venue_records import Quote
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.backends.live.options import LiveVenueOptions, WithdrawalTarget
from basis_strategy_v1.core.domain.conversions import float_from_decimal
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine.live_parts import LiveTime
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.ports import EventSink
from basis_strategy_v1.core.interfaces.silent_sink import SilentSink
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

COMPONENT = "EventDrivenStrategyEngine"
USUAL_TRANSFER_SECONDS = 1_800.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How venues are reached.

    Attributes:
        host: address of local venues, None for the venues themselves.
        targets: where withdrawals may go.
        adapter: a ``requests`` transport adapter in the place of sockets.
    """

    environment: str
    time: LiveTime
    host: str | None = None
    targets: tuple[WithdrawalTarget, ...] = ()
    markets_directory: Path | None = None
    adapter: Any = None


class Connections:
    """One exchange per venue; also the source of quotes.

    Attributes:
        exchanges: by venue.
        events: where a venue that does not answer is told; may be set later.
        arrivals: transfers on their way between them.
    """

    def __init__(
        self,
        exchanges: Mapping[str, CcxtExchange],
        instruments: Sequence[Instrument],
        arrivals: ExpectedArrivals | None = None,
    ) -> None:
        self.exchanges = dict(exchanges)
        self.arrivals = arrivals or ExpectedArrivals()
        self._wanted = {venue: tuple(item for item in instruments if item.venue == venue) for venue in self.exchanges}
        self.events: EventSink = SilentSink()
        self._heard: set[str] = set()

    def read(self, now: int) -> Sequence[InstrumentQuote]:
        """See ``QuoteSource``; raises what a venue fails with that has never answered yet."""
        quotes: list[InstrumentQuote] = []
        for venue, exchange in self.exchanges.items():
            if not self._wanted[venue]:
                continue
            try:
                quotes += [_quote(venue, quote, now) for quote in exchange.quotes(self._wanted[venue])]
            except ComponentError as error:
                if error.severity == "CRITICAL" or venue not in self._heard:
                    raise
                data = {"venue": venue, "error_code": error.error_code, "message": error.message}
                self.events.log_event(now, "venue_unavailable", COMPONENT, data)
            else:
                self._heard.add(venue)
        return quotes

    def instruments_of(self, venue: str) -> tuple[Instrument, ...]:
        """What the run trades at ``venue``."""
        return self._wanted[venue]

    def mean_price(self, instrument: Instrument, side: Side, quantity: Decimal) -> Decimal | None:
        """See ``BookSource``."""
        return self.exchanges[instrument.venue].mean_price(instrument, side, quantity)


def open_connections(
    settings: RunSettings,
    specs: Sequence[VenueSpec],
    instruments: Sequence[Instrument],
    credentials: Callable[[VenueSpec], Mapping[str, Secret]],
    reach: Reach,
) -> Connections:
    """Connect every exchange of ``specs`` for the instruments of the run; nothing is sent yet.

    Raises:
        ComponentError: EIF-*, EXI-004 as ``connect`` raises them.
    """
    arrivals = ExpectedArrivals()
    receivers: dict[str, TransferDesk] = {}
    exchanges = {}
    for spec in specs:
        traded = tuple(item for item in instruments if item.venue == spec.venue)
        options = _options(settings, spec.venue, reach, arrivals, receivers)
        fees = settings.venue_settings.get(spec.venue, {}).get("withdrawal_fees", spec.withdrawal_fees)
        used = msgspec.structs.replace(spec, instruments=traded, withdrawal_fees=fees)
        exchanges[spec.venue] = connect(used, credentials(spec), options)
    return Connections(exchanges, instruments, arrivals)


def _options(
    settings: RunSettings,
    venue: str,
    reach: Reach,
    arrivals: ExpectedArrivals,
    receivers: dict[str, TransferDesk],
) -> LiveVenueOptions:
    values: Mapping[str, Any] = settings.venue_settings.get(venue, {})
    limits = values.get("rate_limits") or {}
    delays = values.get("transfer_delays") or {}
    return LiveVenueOptions(
        now_ns=reach.time.now,
        wait=reach.time.wait,
        environment=reach.environment,
        testnet=bool(values.get("testnet", False)),
        host=reach.host,
        timeout=float_from_decimal(values.get("timeout") or settings.execution.venue_timeout),
        requests_per_minute=None if reach.host is not None else limits.get("requests_per_minute"),
        markets_directory=reach.markets_directory,
        withdrawal_targets=reach.targets,
        transfer_seconds=int(delays.get("to_cex", 0)) / 1e9 or USUAL_TRANSFER_SECONDS,
        arrivals=arrivals,
        receivers=receivers,
        adapter=reach.adapter,
    )


def _quote(venue: str, quote: Quote, now: int) -> InstrumentQuote:
    return InstrumentQuote(
        venue=venue,
        symbol=quote.symbol,
        trade_type="spot" if quote.trade_type == "spot" else "perp",
        price=float_from_decimal(quote.last),
        mark=None if quote.mark is None else float_from_decimal(quote.mark),
        bid=float_from_decimal(quote.bid),
        ask=float_from_decimal(quote.ask),
        bid_size=float_from_decimal(quote.bid_size),
        ask_size=float_from_decimal(quote.ask_size),
        funding_rate=None if quote.funding_rate is None else float_from_decimal(quote.funding_rate),
        next_funding_at=quote.next_funding_at,
        observed_at=quote.observed_at or now,
    )
