"""Two days of round hourly prices on every centralised venue, for the local venues."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.market import (
    Column,
    FundingColumn,
    Instrument,
    InstrumentColumns,
    MarketColumns,
)
from basis_strategy_v1.venues.registry import spec_for
from simulated_market import HOUR, column

START = 1_704_067_200_000_000_000
"""2024-01-01T00:00Z."""

CEX = ("binance", "bybit", "okx", "hyperliquid")
PRICES = {"BTC": 60_000.0, "ETH": 3_000.0}
RATE = Decimal("0.0001")


def venue_market(
    venues: Sequence[str] = CEX, rows: int = 48, moves: dict[str, Sequence[float]] | None = None
) -> MarketColumns:
    """Constant prices (or ``moves``: prices by base asset), funding at 0.01 % whenever a venue settles."""
    spot: dict[tuple[str, str], InstrumentColumns] = {}
    perp: dict[tuple[str, str], InstrumentColumns] = {}
    for venue in venues:
        spec = spec_for(venue)
        for instrument in spec.instruments:
            prices = (moves or {}).get(instrument.base) or [PRICES.get(instrument.base, 100.0)] * rows
            price = column("price", prices)
            key = (venue, instrument.symbol)
            if instrument.trade_type == "spot":
                spot[key] = InstrumentColumns(instrument, price)
            else:
                settled = _funding(price, instrument, spec.funding_interval_hours)
                perp[key] = InstrumentColumns(instrument, price, price, funding=settled)
    times = np.arange(rows, dtype=np.int64) * HOUR + START
    return MarketColumns(times, None, spot, perp)


def _funding(marks: Column, instrument: Instrument, interval_hours: int) -> FundingColumn:
    rows = np.arange(interval_hours, len(marks), interval_hours, dtype=np.int64)
    units = np.full(len(rows), int(RATE / instrument.funding_unit), dtype=np.int64)
    ticks = np.array([int(marks.decimal(int(row)) / instrument.tick) for row in rows], dtype=np.int64)
    steps = np.zeros(len(marks))
    steps[rows] = units * ticks
    cumulative = Column("cumulative", np.cumsum(steps))
    return FundingColumn(rows, units, ticks, cumulative, instrument.tick, instrument.funding_unit)
