"""Brings a simulated exchange up to the clock's row: all that happens to an account between two calls.

At each row, in order: liquidation against the extremes stored at the row before, funding on the position held since,
liquidation against the mark, arrivals, resting orders, expiry. Rows at which nothing but funding can happen are passed
in one go; that shortcut is taken only when a bound over all of them proves that no liquidation can be due.
"""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.backends.simulated.books import change_balance
from basis_strategy_v1.backends.simulated.funding_schedule import FundingSchedule, Settled, all_payments
from basis_strategy_v1.backends.simulated.liquidation import Liquidator
from basis_strategy_v1.backends.simulated.margin_bound import ROWS_PER_BLOCK, MarginBound
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.backends.simulated.orders import OrderBook
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import AccountEvent, LiquidationReport, TransferArrival
from basis_strategy_v1.core.domain.quantities import ZERO


class Timeline:
    """Where an account stands in time, and what has happened to it since it was last asked.

    Settlements are booked at once, each by its own rate and mark, and told of one by one when somebody asks.
    """

    __slots__ = (
        "_account",
        "_books",
        "_bounds",
        "_funding",
        "_liquidator",
        "_market",
        "_network",
        "_noted",
        "_orders",
        "_venue",
        "row",
    )

    def __init__(self, account: Account, orders: OrderBook, market: MarketColumns, network: SimulatedNetwork) -> None:
        self._account = account
        self._books = account.books
        self._venue = account.spec.venue
        self._orders = orders
        self._market = market
        self._network = network
        self._liquidator = Liquidator(account)
        self._funding: dict[str, FundingSchedule | None] = {}
        self._bounds: dict[str, MarginBound] = {}
        self._noted: list[AccountEvent | list[Settled]] = []
        self.row = -1

    def note(self, event: AccountEvent) -> None:
        """Tell of something that did not come with time."""
        self._noted.append(event)

    def take_events(self) -> Sequence[AccountEvent]:
        """What has happened since the last call, in order."""
        noted = self._noted
        if not noted:
            return ()
        self._noted = []
        events: list[AccountEvent] = []
        for item in noted:
            if isinstance(item, list):
                events += all_payments(item)
            else:
                events.append(item)
        return events

    def advance(self, row: int, now: int) -> None:
        """Live through all rows up to ``row``, whose time is ``now``."""
        arrival = self._network.next_arrival(self._venue)
        if self._is_eventless(row, arrival):
            settled = self._settled(row)
            if not self._books.positions or self._clears_maintenance(row, settled):
                if settled:
                    self._book_funding(settled)
                self.row = row
                if arrival is not None:
                    self._receive(now)
                return
        if row - self.row > ROWS_PER_BLOCK:
            # The bound is tighter over fewer rows: most of a long span may still be passed in one go.
            middle = (self.row + row) // 2
            self.advance(middle, self._market.time(middle))
            self.advance(row, now)
        else:
            for next_row in range(self.row + 1, row + 1):
                self._step(next_row)

    def _step(self, row: int) -> None:
        now = self._market.time(row)
        if self.row >= 0:
            self._note_liquidation(self._liquidator.check_extremes(self.row, now))
        settled = self._settled(row)
        if settled:
            self._book_funding(settled)
        self._note_liquidation(self._liquidator.check_marks(row, now))
        self.row = row
        self._receive(now)
        self._noted += self._orders.match(row)
        self._noted += self._orders.expire(now)

    def _is_eventless(self, row: int, arrival: int | None) -> bool:
        """Whether up to ``row`` nothing can happen but funding and liquidation, and arrivals at ``row`` itself."""
        if self._account.open_orders:
            return False
        return arrival is None or row <= self.row + 1 or arrival > self._market.time(row - 1)

    def _settled(self, row: int) -> list[Settled]:
        """What open positions settle up to ``row``, in the order in which they were opened."""
        found = []
        for symbol, position in self._books.positions.items():
            schedule = self._funding[symbol] if symbol in self._funding else self._new_schedule(symbol)
            settled = None if schedule is None else schedule.due(self.row, row, position.quantity)
            if settled is not None:
                found.append(settled)
        return found

    def _new_schedule(self, symbol: str) -> FundingSchedule | None:
        column = self._account.perp_desks[symbol].columns.funding
        schedule = None if column is None else FundingSchedule(column, self._market, self._venue, symbol)
        self._funding[symbol] = schedule
        return schedule

    def _book_funding(self, settled: list[Settled]) -> None:
        books = self._books
        for one in settled:
            change_balance(books.wallet, books.margin_currency, one.total)
        self._noted.append(settled)

    def _clears_maintenance(self, row: int, settled: list[Settled]) -> bool:
        """Whether a lower bound of margin balance stays above an upper bound of maintenance margin up to ``row``.

        Collateral other than the margin currency only helps and is left out.
        """
        books = self._books
        cash = books.wallet.get(books.margin_currency, ZERO)
        for one in settled:
            cash += one.lowest
        since = max(self.row, 0)
        worst = 0.0
        for symbol, position in books.positions.items():
            cash -= position.entry_cost
            bound = self._bounds.get(symbol) or self._new_bound(symbol)
            worst += bound.worst_value_less_maintenance(position.quantity, since, row)
        return float(cash) + worst > 0

    def _new_bound(self, symbol: str) -> MarginBound:
        account = self._account
        bound = self._bounds[symbol] = MarginBound(account.perp_desks[symbol].columns, account.tiers(symbol))
        return bound

    def _receive(self, now: int) -> None:
        spec = self._account.spec
        for transfer in self._network.due(self._venue, now):
            location = transfer.to_location if transfer.to_location != self._venue else spec.deposit_location
            self._books.add(location, transfer.token, transfer.amount)
            self._noted.append(
                TransferArrival(now, transfer.client_transfer_id, location, transfer.token, transfer.amount)
            )

    def _note_liquidation(self, report: LiquidationReport | None) -> None:
        if report is not None:
            self._noted += self._orders.cancel_all()
            self._noted.append(report)
