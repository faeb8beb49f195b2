"""The seeded market of W1: a geometric random walk, a perpetual that follows it, and funding every eight hours."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

NANOSECONDS_PER_MINUTE = 60 * 10**9
MINUTES_PER_YEAR = 365 * 24 * 60
FUNDING_INTERVAL_MINUTES = 480
START = 1_609_459_200 * 10**9  # 2021-01-01T00:00Z
START_PRICE = 30_000.0
YEARLY_VOLATILITY = 0.6
TICK_DIGITS = 100  # ticks per unit of price
RATE_DIGITS = 10**8


class Market(NamedTuple):
    """Columns of one length: ``ts`` in ns; prices in USDT; ``funding`` is 0 where nothing settles."""

    ts: np.ndarray
    spot: np.ndarray
    mark: np.ndarray
    funding: np.ndarray


class Size(NamedTuple):
    """A dataset: its name, rows, minutes between rows, and the seed that gives the intended number of trades."""

    name: str
    rows: int
    minutes: int
    seed: int


# W1 trades 953 times on the first and 226 times on the second.
SIZES = {size.name: size for size in (Size("1h-5y", 43_800, 60, seed=122), Size("1min-1y", 525_600, 1, seed=20))}


def make_market(size: Size) -> Market:
    """Draw the market of ``size``: a basis that reverts within a day, and funding that follows it."""
    generator = np.random.default_rng(size.seed)
    deviation = YEARLY_VOLATILITY * math.sqrt(size.minutes / MINUTES_PER_YEAR)
    steps = generator.normal(-0.5 * deviation * deviation, deviation, size.rows)
    steps[0] = 0.0
    spot = _on_tick(START_PRICE * np.exp(np.cumsum(steps)))
    basis = _reverting_noise(generator, size)
    mark = _on_tick(spot * (1.0 + basis))
    ts = START + np.arange(size.rows, dtype=np.int64) * (size.minutes * NANOSECONDS_PER_MINUTE)
    due = np.arange(size.rows) % (FUNDING_INTERVAL_MINUTES // size.minutes) == 0
    rates = np.rint((1e-4 + 0.2 * basis) * RATE_DIGITS) / RATE_DIGITS
    return Market(ts, spot, mark, np.where(due, rates, 0.0))


def _reverting_noise(generator: np.random.Generator, size: Size) -> np.ndarray:
    """A basis of about 2 bps standard deviation: noise averaged over a day."""
    window = 1_440 // size.minutes
    noise = np.cumsum(generator.normal(0.0, 1.0, size.rows + window))
    averaged: np.ndarray = (noise[window:] - noise[:-window]) / math.sqrt(window)
    return 2e-4 * averaged


def _on_tick(prices: np.ndarray) -> np.ndarray:
    return np.asarray(np.rint(prices * TICK_DIGITS) / TICK_DIGITS)


def save_columns(market: Market, folder: Path) -> None:
    """Write the bare columns: what the loops that need no dataset read."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, values in market._asdict().items():
        np.save(folder / f"{name}.npy", values)


def load_columns(folder: Path) -> Market:
    """Read what ``save_columns`` wrote."""
    return Market(*(np.load(folder / f"{name}.npy") for name in Market._fields))


def save_dataset(market: Market, folder: Path, name: str) -> None:
    """Write the market as a dataset that ``basis`` reads, in nulls where no funding settles."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    columns = {
        "ts": pa.array(market.ts).cast(pa.timestamp("ns", tz="UTC")),
        "spot.bybit.BTCUSDT": pa.array(market.spot),
        "perp.bybit.BTCUSDT": pa.array(market.mark),
        "mark.bybit.BTCUSDT": pa.array(market.mark),
        "funding.bybit.BTCUSDT": pa.array(market.funding, mask=market.funding == 0.0),
    }
    pq.write_table(pa.table(columns), folder / "market.parquet")
    frequency, _ = name.split("-")
    text = f"name: {name}\nfrequency: {frequency}\nprovenance: benchmarks/w1/market.py\nsynthetic: true\n"
    (folder / "dataset.yaml").write_text(text, encoding="utf-8")
