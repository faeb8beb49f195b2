"""Random markets and settings for property tests: jumps, nulls, thin volume, flows, exits, crashes."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
from hypothesis import strategies as st

from engine_runs import Floats, PerpSeries, Scene, time_of

VENUES = ("binance", "bybit", "okx")
DEAREST_MAINTENANCE_RATE = 0.005


class Market(msgspec.Struct, frozen=True, kw_only=True):
    """What a random market looks like; everything else follows from ``seed``."""

    seed: int
    rows: int
    volatility: float
    jumps: float
    nulls: float
    thin: bool
    extremes: float
    crash: float
    funding: float


def markets(*, crash: bool = False) -> st.SearchStrategy[Market]:
    """Markets of 20 to 300 rows; with ``crash``, one where the price multiplies up to five times at some row."""
    return st.builds(
        Market,
        seed=st.integers(0, 2**32 - 1),
        rows=st.integers(20, 300),
        volatility=st.sampled_from([0.0, 0.002, 0.01, 0.03]),
        jumps=st.sampled_from([0.0, 0.01, 0.05]),
        nulls=st.sampled_from([0.0, 0.0, 0.05]),
        thin=st.booleans(),
        extremes=st.sampled_from([0.0, 0.02, 0.2]),
        crash=st.sampled_from([1.5, 2.0, 3.0, 5.0]) if crash else st.just(1.0),
        funding=st.sampled_from([0.0, 0.0001, 0.003]),
    )


def scene_of(market: Market, start: float) -> Scene:
    """The market's arrays."""
    random = np.random.default_rng(market.seed)
    rows = market.rows
    steps = random.normal(0.0, 1.0, rows) * market.volatility
    steps += random.normal(0.0, 0.12, rows) * (random.random(rows) < market.jumps)
    spot = start * np.exp(np.cumsum(steps))
    if market.crash > 1.0:
        spot[int(random.integers(1, rows)) :] *= market.crash
    scene = Scene(spot=spot)
    if market.nulls:
        scene.spot_missing = _missing(random, rows, market.nulls)
        spot = carried(spot, scene.spot_missing)
        scene.spot = spot
    if market.thin:
        scene.spot_volume = _volume(random, rows, start)
    for venue in VENUES:
        scene.perps[venue] = _perp(random, market, spot, start)
    scene.supply_apr = np.abs(random.normal(0.05, 0.03, rows))
    scene.gas_gwei = np.rint(random.uniform(1.0, 200.0, rows) * 1e9) / 1e9
    return scene


def carried(values: Floats, missing: np.ndarray[Any, Any]) -> Floats:
    """``values`` with the last known one at each missing row."""
    known = np.maximum.accumulate(np.where(missing, 0, np.arange(len(values))))
    return values[known]


def _missing(random: np.random.Generator, rows: int, share: float) -> np.ndarray[Any, Any]:
    missing = random.random(rows) < share
    missing[0] = False
    return missing


def _volume(random: np.random.Generator, rows: int, start: float) -> Floats:
    return np.exp(random.normal(np.log(400_000.0 / start), 1.5, rows))


def _perp(random: np.random.Generator, market: Market, spot: Floats, start: float) -> PerpSeries:
    rows = market.rows
    price = spot * (1.0 + random.normal(0.0, 0.001, rows))
    mark = spot * (1.0 + random.normal(0.0, 0.0005, rows))
    every = int(random.choice([1, 4, 8]))
    rates = {row: f"{random.normal(market.funding, 0.0002):.8f}" for row in range(0, rows, every)}
    series = PerpSeries(price=price, mark=mark, rates=rates)
    if market.extremes:
        wick = market.extremes * random.exponential(1.0, rows) * (random.random(rows) < 0.05)
        series.high = mark * (1.0 + np.abs(random.normal(0.0, 0.002, rows)) + wick)
        series.low = mark * (1.0 - np.minimum(np.abs(random.normal(0.0, 0.002, rows)) + wick, 0.9))
    if market.thin:
        series.volume = _volume(random, rows, start)
    if market.nulls:
        series.missing = _missing(random, rows, market.nulls)
    return series


def _fraction(low: str, high: str) -> st.SearchStrategy[str]:
    return st.decimals(low, high, places=4).map(str)


@st.composite
def hedge_allocations(draw: st.DrawFn) -> str:
    """A split over one to three exchanges that sums to 1, as YAML."""
    venues = draw(st.lists(st.sampled_from(VENUES), min_size=1, max_size=3, unique=True))
    cuts = sorted(draw(st.lists(st.integers(1, 9), min_size=len(venues) - 1, max_size=len(venues) - 1, unique=True)))
    edges = [0, *cuts, 10]
    shares = (f"{venue}: 0.{high - low}" for venue, low, high in zip(venues, edges[:-1], edges[1:], strict=True))
    return "{" + ", ".join(shares).replace("0.10", "1.0") + "}"


def most_spot_allocation(ratio_max: float, hedge_ratio: float, threshold: float) -> float:
    """The largest ``spot_allocation`` that is not refused, at the dearest maintenance rate of the venues."""
    carried = ratio_max / (DEAREST_MAINTENANCE_RATE * (hedge_ratio or 1.0))
    move = min(threshold, 0.02)
    return carried / (1.0 + move + carried * (1.0 + hedge_ratio * move)) - 0.002


@st.composite
def basis_overrides(draw: st.DrawFn, rows: int, currency: str = "USDT") -> list[str]:
    """Settings of a basis mode that can be run."""
    allocation = draw(hedge_allocations())
    home = allocation.strip("{").partition(":")[0]
    ratio_max = draw(st.sampled_from(["0.008", "0.015", "0.04"]))
    hedge_ratio = draw(st.sampled_from(["1.0", "1.0", "0.5", "0"]))
    threshold = draw(_fraction("0.002", "0.2"))
    most_spot = min(0.9, most_spot_allocation(float(ratio_max), float(hedge_ratio), float(threshold)))
    overrides = [
        f"strategy.hedge_allocation={allocation}",
        f"strategy.spot_allocation={draw(_fraction('0.2', f'{most_spot:.4f}'))}",
        f"strategy.hedge_ratio={hedge_ratio}",
        f"strategy.position_deviation_threshold={threshold}",
        f"strategy.margin_ratio_max={ratio_max}",
        f"strategy.margin_ratio_min={draw(st.sampled_from(['0', '0.0015', '0.003']))}",
        f"strategy.margin_transfers={draw(st.sampled_from(['true', 'false']))}",
        f"execution_settings.slippage_model={draw(st.sampled_from(['none', 'fixed_bps', 'square_root']))}",
        f"initial_capital={draw(_capital(currency))}",
    ]
    if draw(st.integers(0, 3)) == 0:
        overrides.append(f"component_config.risk.max_notional={draw(st.sampled_from(['900', '15000', '80000']))}")
    if draw(st.booleans()):
        overrides.append(f"initial_location={allocation}")
    if draw(st.integers(0, 3)) == 0:
        overrides.append(f"strategy.exit_at={time_of(draw(st.integers(0, rows + 5)))}")
    flows = draw(st.lists(_flow(rows, home, currency), max_size=3))
    if flows:
        overrides.append(f"flows=[{', '.join(flows)}]")
    return overrides


def _capital(currency: str) -> st.SearchStrategy[str]:
    return st.sampled_from(["100", "10", "2500"] if currency == "ETH" else ["100000", "5000", "7000000"])


@st.composite
def _flow(draw: st.DrawFn, rows: int, location: str, currency: str) -> str:
    amount = draw(st.sampled_from(["0.5", "-0.7"] if currency == "ETH" else ["20000", "900.25", "-1500", "-40000"]))
    row = draw(st.integers(0, rows - 1))
    asset = draw(st.sampled_from([currency, "USDT"]))
    return f"{{ts: {time_of(row)}, amount: {amount}, asset: {asset}, venue: {location}}}"


@st.composite
def lending_overrides(draw: st.DrawFn, rows: int) -> list[str]:
    """Settings of ``pure_lending``."""
    overrides = [
        f"initial_capital={draw(st.sampled_from(['100000', '2000', '50']))}",
        f"execution_settings.gas_price_cap_gwei={draw(st.sampled_from(['150', '20', '1000']))}",
        f"execution_settings.gas_price_strategy={draw(st.sampled_from(['slow', 'standard', 'fast']))}",
    ]
    flows = draw(st.lists(_flow(rows, "wallet", "USDT"), max_size=4))
    if flows:
        overrides.append(f"flows=[{', '.join(flows)}]")
    if draw(st.integers(0, 3)) == 0:
        overrides.append(f"strategy.exit_at={time_of(draw(st.integers(0, rows + 5)))}")
    return overrides
