"""A tight loop around a venue that keeps its own books and can be made to err."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Fill
from basis_strategy_v1.core.domain.events import Timed
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.market import (
    PERP_SUFFIX,
    QUOTE_SUFFIX,
    Column,
    IndexColumn,
    InstrumentColumns,
    MarketColumns,
    perp_asset,
    quote_asset,
)
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.domain.settings import ReconciliationSettings, RiskSettings
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.compare import Tolerances
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent, VenueAccount
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler
from simulated_market import CLASSIC, HOUR, perp_columns

SPOT = "alpha"
MARGIN = "alpha.derivatives"
RAY = 10**27
DEFAULT_MARKS = (50_000.0, 51_000.0, 49_500.0, 52_000.0)


def supply_index(rays: Sequence[int]) -> IndexColumn:
    """An index column from integers in ray."""
    high = np.array([ray >> IndexColumn.LOW_BITS for ray in rays], dtype=np.int64)
    low = np.array([ray & ((1 << IndexColumn.LOW_BITS) - 1) for ray in rays], dtype=np.int64)
    return IndexColumn("supply.aave.USDT", Column("index", np.array([ray / RAY for ray in rays])), high, low)


def market_columns(
    marks: Sequence[float] = DEFAULT_MARKS,
    spot: Sequence[float] | None = None,
    rays: Sequence[int] | None = None,
    **series: Any,
) -> MarketColumns:
    """Hourly columns of one venue: BTC spot (the reference) and perpetual, and a supply index if given."""
    prices = Column("spot", np.array(marks if spot is None else spot, dtype=np.float64))
    of = CLASSIC.instrument("BTCUSDT", "spot")
    assert of is not None
    return MarketColumns(
        timestamps=np.arange(len(prices), dtype=np.int64) * HOUR,
        reference=prices,
        spot={("alpha", "BTCUSDT"): InstrumentColumns(of, prices)},
        perp={("alpha", "BTCUSDT"): perp_columns(CLASSIC, "BTCUSDT", marks, **series)},
        indices={"supply.aave.USDT": supply_index(rays)} if rays else {},
    )


class FakeVenue:
    """Keeps its own books; ``failures`` are raised by the next observations, one each."""

    def __init__(self) -> None:
        self.books: dict[str, dict[str, Decimal]] = {}
        self.failures: list[Exception] = []
        self.observed_at = 0
        self.observations = 0
        self.left_out: set[str] = set()
        self.on_observe: Callable[[], None] = lambda: None

    def book(self, changes: Changes) -> None:
        for location, assets in changes.items():
            books = self.books.setdefault(location, {})
            for asset, amount in assets.items():
                books[asset] = books.get(asset, Decimal(0)) + amount

    def observe(self) -> Sequence[LocationReport]:
        self.observations += 1
        self.on_observe()
        if self.failures:
            raise self.failures.pop(0)
        return [self._report(location) for location in self.books if location not in self.left_out]

    def _report(self, location: str) -> LocationReport:
        books = self.books[location]
        balances = {a: x for a, x in books.items() if not a.endswith((PERP_SUFFIX, QUOTE_SUFFIX))}
        positions = {
            asset.removesuffix(PERP_SUFFIX): PerpPosition(amount, -books.get(asset + QUOTE_SUFFIX, Decimal(0)))
            for asset, amount in books.items()
            if asset.endswith(PERP_SUFFIX)
        }
        return LocationReport(location, balances, positions, self.observed_at)


class RecordingSink:
    """Remembers events."""

    def __init__(self) -> None:
        self.events: list[tuple[int, str, str, Any]] = []

    def log_event(self, timestamp: int, event_type: str, component: str, data: Any) -> None:
        self.events.append((timestamp, event_type, component, data))

    def log_events(self, event_type: str, component: str, items: Sequence[Timed]) -> None:
        self.events += [(item.timestamp, event_type, component, item) for item in items]

    def types(self) -> list[str]:
        return [event_type for _, event_type, _, _ in self.events]

    def error_codes(self) -> list[str]:
        """The codes of the ``error`` events, in order."""
        data = [data for _, event_type, _, data in self.events if event_type == "error"]
        return [item["error_code"] if isinstance(item, Mapping) else item.error_code for item in data]


class TickingClock(SimulationClock):
    """A simulation clock whose milliseconds a test moves."""

    def __init__(self) -> None:
        super().__init__()
        self.milliseconds = 0.0

    def elapsed_ms(self) -> float:
        return self.milliseconds


class TightLoop:
    """One venue ``alpha`` with 10,000 USDT of spot and 10,000 USDT of margin, and everything around its ledger."""

    def __init__(
        self,
        market: MarketColumns | None = None,
        *,
        reconciliation: ReconciliationSettings | None = None,
        risk: RiskSettings | None = None,
        spec: VenueSpec = CLASSIC,
        opening: Changes | None = None,
        **options: Any,
    ) -> None:
        use_ledger_context()
        self.market = market or market_columns()
        self.clock = TickingClock()
        self.sink = RecordingSink()
        self.venue = FakeVenue()
        self.ledger = Ledger(HoldingCatalog(self.market, "BTC", self.clock))
        self.positions = PositionMonitor(self.ledger)
        self.exposure = ExposureMonitor(self.ledger)
        self.risk = RiskMonitor(self.ledger, (spec,), risk or RiskSettings())
        self.pnl = PnLMonitor(self.ledger, self.market, 0)
        self.reconciliation = ReconciliationComponent(
            reconciliation or ReconciliationSettings(),
            self.positions,
            Tolerances(Decimal(1), {"BTCUSDT-PERP": Decimal("0.001")}),
            self.sink,
            clock=self.clock,
            **options,
        )
        self.reconciliation.set_accounts({"alpha": VenueAccount(self.venue, "USDT")})
        self.handler = PositionUpdateHandler(
            self.positions, self.reconciliation, self.exposure, self.risk, self.pnl, self.sink, self.clock
        )
        if opening is None:
            opening = {SPOT: {"USDT": Decimal(10_000)}, MARGIN: {"USDT": Decimal(10_000)}}
        self.venue.book(opening)
        self.handler.open_books(0, opening)

    def at_row(self, row: int) -> int:
        """Stand at ``row``; its time."""
        now = self.market.time(row)
        self.clock.move_to(row, now)
        return now

    def deliver(self, deltas: ExecutionDeltas) -> Any:
        """The venue executes, then the handler is told."""
        self.venue.book(deltas.changes)
        return self.handler.handle_position_update(self.clock.now, deltas)

    def amounts(self) -> dict[str, dict[str, Decimal]]:
        return self.ledger.to_dict()


def perp_fill(
    instruction_id: str, quantity: str | Decimal, price: str | Decimal, fee: str | Decimal = "0"
) -> ExecutionDeltas:
    """A perpetual fill at ``alpha``; the fee in USDT."""
    amount, at, paid = Decimal(quantity), Decimal(price), Decimal(fee)
    changes = {MARGIN: {perp_asset("BTCUSDT"): amount, quote_asset("BTCUSDT"): -(amount * at), "USDT": -paid}}
    fill = Fill(instruction_id, "alpha", "BTCUSDT", "perp", amount, at, paid, "USDT")
    return ExecutionDeltas(instruction_id=instruction_id, venue="alpha", changes=changes, fills=(fill,))


def spot_fill(
    instruction_id: str, quantity: str | Decimal, price: str | Decimal, fee: str | Decimal = "0"
) -> ExecutionDeltas:
    """A spot fill at ``alpha``; the fee in BTC."""
    amount, at, paid = Decimal(quantity), Decimal(price), Decimal(fee)
    changes = {SPOT: {"BTC": amount - paid, "USDT": -(amount * at)}}
    fill = Fill(instruction_id, "alpha", "BTCUSDT", "spot", amount, at, paid, "BTC")
    return ExecutionDeltas(instruction_id=instruction_id, venue="alpha", changes=changes, fills=(fill,))


def renamed(deltas: ExecutionDeltas, **fields: Any) -> ExecutionDeltas:
    """``deltas`` with some fields changed."""
    return msgspec.structs.replace(deltas, **fields)
