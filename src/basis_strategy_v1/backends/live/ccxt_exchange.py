"""A real exchange account through ccxt: it satisfies the ``CEXBackend`` port."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal

from basis_strategy_v1.backends.live.account_check import AccountCheck, check_account, perpetuals_of
from basis_strategy_v1.backends.live.clock_offset import LONGEST_DRIFT_MS
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import (
    MarginSetting,
    Permissions,
    Quote,
    VenueDeposit,
    VenueTrade,
)
from basis_strategy_v1.backends.live.event_cursor import NANOSECONDS_PER_MILLISECOND, EventCursor, decoded
from basis_strategy_v1.backends.live.event_watch import EventWatch
from basis_strategy_v1.backends.live.gateway import COMPONENT, VenueError
from basis_strategy_v1.backends.live.options import LiveVenueOptions
from basis_strategy_v1.backends.live.order_book import mean_price
from basis_strategy_v1.backends.live.order_keeper import OrderKeeper
from basis_strategy_v1.backends.live.transfer_keeper import TransferKeeper
from basis_strategy_v1.backends.live.transfer_watch import TransferWatch
from basis_strategy_v1.core.domain.durations import duration_text
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    LocationReport,
    OrderReport,
    OrderRequest,
    TransferReport,
    TransferRequest,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class CcxtExchange:
    """One account at one venue; made by ``connect``.

    Every answer says only what the venue has shown: DONE with evidence, REJECTED for a code that the venue's table
    calls definite, UNKNOWN otherwise. Nothing is sent twice. Calls may come from one thread at a time.

    Attributes:
        spec: the venue.
    """

    def __init__(self, spec: VenueSpec, dialect: Dialect, options: LiveVenueOptions) -> None:
        self.spec = spec
        self._dialect = dialect
        self._now_ns = options.now_ns
        # The time of local venues is asked of themselves.
        self._tells_time = options.host is not None
        # The keys of local venues are public and open nothing, so their rights are nobody's concern.
        self._withdrawals_needed = None if options.is_local else bool(options.withdrawal_targets)
        self._started = False
        self._orders = OrderKeeper(spec, dialect.orders, options.lookup_attempts, options.wait)
        self._transfers = TransferKeeper(
            spec,
            dialect.transfers,
            options.withdrawal_targets,
            options.transfer_seconds,
            options.now_ns,
            self._venue_ms,
            options.receivers,
        )
        options.receivers.update(dict.fromkeys(spec.locations, dialect.transfers))
        watch = TransferWatch(spec.locations, self._transfers, options.arrivals)
        self._events = EventWatch(dialect.events, self._orders, watch, EventCursor(origin_ms=0, polled_ms=0))

    def start(self) -> None:
        """Measure the venue's clock and load its markets; every other call does it first where it was not done.

        Events count from this moment on, unless a cursor is imported.

        Raises:
            ComponentError: EXI-003 when the venue cannot be reached, EXI-005 when it does not list an instrument.
        """
        if self._started:
            return
        for gateway in self._dialect.gateways:
            gateway.synchronise()
        missing = self._dialect.load_markets()
        if missing:
            names = ", ".join(f"{item.trade_type} {item.symbol}" for item in missing)
            raise ComponentError("EXI-005", f"{self.spec.venue} does not list {names}", COMPONENT)
        cursor = self._events.cursor
        if not cursor.origin_ms:
            cursor.origin_ms = cursor.polled_ms = self._venue_ms(self._now_ns())
        self._started = True

    def place_order(self, request: OrderRequest) -> OrderReport:
        """Send an order and follow it until it ends or rests.

        Raises:
            NotSentError: when nothing was sent (EXI-002, EXI-003, EIF-012).
        """
        self._start_before_sending()
        report = self._orders.place(request)
        self._events.placed(report)
        return report

    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Cancel one order; the report of its final state."""
        self.start()
        report = self._orders.cancel(client_order_id)
        self._events.placed(report)
        return report

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """Change total quantity or limit of an open order by the venue's own amend call."""
        self.start()
        report = self._orders.amend(client_order_id, quantity, price)
        if report.error_code != "EXI-001":
            self._events.placed(report)
        return report

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Move between two locations of this venue, or withdraw to an address on the list.

        Raises:
            NotSentError: when nothing was sent.
        """
        self._start_before_sending()
        sent_at = self._now_ns()
        report = self._transfers.send(request)
        self._events.sent(request, report, sent_at)
        return report

    def lookup_transfer(self, request: TransferRequest, sent_at: int) -> TransferReport | None:
        """What became of a transfer asked for at ``sent_at`` (ns UTC); None where the venue knows none.

        A venue without ids for moves between its locations is asked for one of that token and amount since then, so
        ``sent_at`` must be the time just before it was sent.
        """
        self.start()
        report = self._transfers.lookup(request, sent_at)
        if report is not None:
            self._events.sent(request, report, sent_at)
        return report

    def claim_transfer(self, report: TransferReport) -> None:
        """Tell of a transfer that an earlier process has sent: what looks the same in the venue's list is another."""
        self._transfers.claim(report)

    def remember_transfer(self, request: TransferRequest, report: TransferReport, sent_at: int) -> None:
        """Tell of a transfer that an earlier process has sent; ``report.received`` is not known to have arrived."""
        self._events.sent(request, report, sent_at)

    def keep_transfers(self, client_transfer_ids: Collection[str]) -> None:
        """Tell which of the transfers out of here have not ended: no deposit is another any more."""
        self._events.keep_transfers(client_transfer_ids)

    def remember_deposit(self, deposit_id: str, timestamp: int) -> None:
        """Tell of a deposit of that time (ns UTC) that is in the books."""
        self._events.remember_deposit(deposit_id, timestamp)

    def deposits_since(self, timestamp: int) -> Sequence[VenueDeposit]:
        """Credited deposits at or after a time (ns UTC), oldest first, whether told as events or not."""
        self.start()
        return self._dialect.events.deposits_since(self._venue_ms(timestamp))

    def trades_since(self, timestamp: int) -> Sequence[VenueTrade]:
        """Executions of the instruments of ``spec`` at or after a time (ns UTC), whoever ordered them."""
        self.start()
        since = self._venue_ms(timestamp)
        return [trade for item in self.spec.instruments for trade in self._dialect.events.trades_since(item, since)]

    def ordered_as(self, trade: VenueTrade) -> str:
        """The client id of the order behind an execution, ours or somebody else's; empty where it has none."""
        self.start()
        instrument = self._instrument(trade.fill.symbol, trade.fill.trade_type)
        return self._dialect.events.ordered_as(instrument, trade)

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual.

        Raises:
            ComponentError: EXI-005 for an unknown perpetual, or the code of the venue's refusal.
        """
        self.start()
        instrument = self._instrument(symbol, "perp")
        with self._told_in_our_codes():
            self._dialect.account.set_leverage(instrument, leverage)

    def permissions(self) -> Permissions:
        """What the credentials may do, and the venue's id of the account that they open."""
        self.start()
        return self._dialect.account.permissions()

    def clock_problem(self) -> str:
        """In words, where the run's clock is an hour or more from the venue's: no drift, which is corrected."""
        before = self._now_ns() // NANOSECONDS_PER_MILLISECOND
        theirs = self._dialect.gateways[0].venue_time()
        after = self._now_ns() // NANOSECONDS_PER_MILLISECOND
        ahead, behind = before - theirs, theirs - after
        if self._tells_time or max(ahead, behind) < LONGEST_DRIFT_MS:
            return ""
        span = duration_text(max(ahead, behind) * NANOSECONDS_PER_MILLISECOND)
        return f"this machine's clock is {span} {'ahead of' if ahead > 0 else 'behind'} that of {self.spec.venue}"

    def margin_settings(self) -> Sequence[MarginSetting]:
        """How the account margins the perpetuals of ``spec``; empty where it has none."""
        self.start()
        perpetuals = perpetuals_of(self.spec)
        return tuple(self._dialect.account.margin_settings(perpetuals)) if perpetuals else ()

    def set_cross_margin(self, symbol: str) -> None:
        """Put a perpetual on cross margin.

        Raises:
            ComponentError: EXI-005 for an unknown perpetual, or the code of the venue's refusal.
        """
        self.start()
        instrument = self._instrument(symbol, "perp")
        with self._told_in_our_codes():
            self._dialect.account.set_cross_margin(instrument)

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        """The order with this id, or None where the venue knows none."""
        self.start()
        report = self._orders.lookup(client_order_id)
        if report is not None:
            self._events.found(report)
        return report

    def remember_order(self, client_order_id: str, symbol: str, trade_type: str) -> None:
        """Tell what an order trades that was sent before this process: looking it up then asks for one instrument."""
        self._orders.remember(client_order_id, self._instrument(symbol, trade_type))

    def forget_order(self, client_order_id: str) -> None:
        """Tell that an order provably never arrived: the same id may be placed again."""
        self._orders.forget(client_order_id)

    def open_orders(self) -> Sequence[OrderReport]:
        """All open orders of the instruments of ``spec``, whoever placed them."""
        self.start()
        return self._orders.open_orders()

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations, now."""
        self.start()
        return tuple(self._dialect.account.observe())

    def poll_events(self) -> Sequence[AccountEvent]:
        """What happened to the account by itself since the last call (or since the cursor), each once."""
        self.start()
        return self._events.poll(self._venue_ms(self._now_ns()))

    def export_cursor(self) -> str:
        """How far events have been told, as text for ``import_cursor`` of a later process."""
        return self._events.cursor.encoded()

    def import_cursor(self, text: str) -> None:
        """Go on telling events from where another process stopped.

        Raises:
            ComponentError: EXI-012 when ``text`` is no cursor.
        """
        try:
            cursor = decoded(text)
        except ValueError as error:
            raise ComponentError("EXI-012", f"{self.spec.venue}: not an event cursor: {error}", COMPONENT) from error
        self._events.resume(cursor)
        for watched in cursor.watched.values():
            self.remember_order(watched.client_order_id, watched.symbol, watched.trade_type)

    def quotes(self, instruments: Sequence[Instrument] = ()) -> Sequence[Quote]:
        """What instruments of ``spec`` (all where none are named) cost now."""
        self.start()
        return self._dialect.market.quotes(instruments or self.spec.instruments)

    @asks
    def mean_price(self, instrument: Instrument, side: Side, quantity: Decimal) -> Decimal | None:
        """What taking ``quantity`` would cost per unit, from the order book; None when it does not hold as much."""
        self.start()
        return mean_price(self._dialect.market.offers(instrument, side), quantity)

    def account_check(self) -> AccountCheck:
        """What ``basis check`` prints; it never raises for what the venue answers."""
        return check_account(self.spec, self._dialect, self._withdrawals_needed, self.clock_problem)

    def request_count(self) -> int:
        """Requests sent so far."""
        return sum(gateway.transport.count for gateway in self._dialect.gateways)

    @contextmanager
    def _told_in_our_codes(self) -> Iterator[None]:
        """Of a setting: one that stands already is as good as done."""
        try:
            yield
        except VenueError as error:
            if error.verdict != "already_so":
                raise ComponentError(error.code, f"{self.spec.venue}: {error.reason}", COMPONENT) from error

    def _start_before_sending(self) -> None:
        try:
            self.start()
        except ComponentError as error:
            raise NotSentError(error.error_code, error.message, COMPONENT, original_exception=error) from error

    def _instrument(self, symbol: str, trade_type: str) -> Instrument:
        instrument = self.spec.instrument(symbol, trade_type)
        if instrument is None:
            raise ComponentError("EXI-005", f"{self.spec.venue} has no {trade_type} {symbol}", COMPONENT)
        return instrument

    def _venue_ms(self, now_ns: int) -> int:
        return now_ns // NANOSECONDS_PER_MILLISECOND + self._dialect.gateways[0].clock.drift_ms
