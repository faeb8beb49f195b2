"""Key figures of a run, each with its convention.

All of them are computed on the unit value (``unit_value``), so deposits and withdrawals are no return.
"""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray, IntArray
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR
from basis_strategy_v1.core.engine.run_result import BUCKETS
from basis_strategy_v1.results.equity_file import TIME
from basis_strategy_v1.results.reader import Columns, equity_blocks, read_summary
from basis_strategy_v1.results.unit_value import UnitValue

DAYS_PER_YEAR = 365
NANOSECONDS_PER_DAY = 24 * NANOSECONDS_PER_HOUR
MINIMUM_DAYS = 30
"""Fewer daily returns than this give no volatility and no Sharpe ratio; a shorter run gives no annualised return."""

CONVENTIONS = {
    "total_return": "Time-weighted: deposits and withdrawals are no return",
    "annualised_return": "Compounded, 365 days a year",
    "max_drawdown": "Largest fall of the unit value from an earlier high, on every row",
    "volatility": "Standard deviation of daily UTC returns, annualised by the square root of 365",
    "sharpe_ratio_daily_utc_365_zero_risk_free": (
        "Mean over standard deviation of daily UTC returns, annualised by the square root of 365, risk-free rate zero"
    ),
}


class Metrics(msgspec.Struct, frozen=True, kw_only=True):
    """Key figures as fractions (0.05 = 5 %); None where the run is too short or NAV fell to zero.

    ``max_drawdown`` is <= 0, from ``drawdown_peak`` to ``drawdown_trough`` (ns UTC). ``volatility`` and the Sharpe
    ratio rest on ``daily_returns`` returns between the last rows of consecutive UTC days that have data, the first one
    from the initial NAV.
    """

    total_return: float
    annualised_return: float | None
    max_drawdown: float
    drawdown_peak: int
    drawdown_trough: int
    volatility: float | None
    sharpe_ratio_daily_utc_365_zero_risk_free: float | None
    daily_returns: int
    days: float


def metrics_of_run(run_dir: Path) -> Metrics:
    """The key figures of the run stored in ``run_dir``, read block by block.

    Raises:
        ComponentError: DAT-001 when ``run_dir`` is not a finished run.
    """
    collector = MetricsCollector(float(read_summary(run_dir)["initial_nav"]))
    for block in equity_blocks(run_dir, [TIME, "nav", *BUCKETS]):
        collector.add(block[TIME], block)
    return collector.metrics()


class MetricsCollector:
    """Takes blocks of equity in order, gives the key figures at the end."""

    def __init__(self, initial_nav: float) -> None:
        self._unit_value = UnitValue(initial_nav)
        self._first: int | None = None
        self._last = 0
        self._peak, self._peak_time = 1.0, 0
        self._drawdown, self._drawdown_times = 0.0, (0, 0)
        self._day = -1
        self._closes: list[float] = [1.0]

    def add(self, timestamps: IntArray, columns: Columns) -> tuple[FloatArray, FloatArray]:
        """Take the next block; its unit values and its drawdowns (<= 0), per row."""
        values = self._unit_value.of_block(columns)
        if self._first is None:
            self._first = self._peak_time = int(timestamps[0])
            self._drawdown_times = (self._peak_time, self._peak_time)
        self._last = int(timestamps[-1])
        self._add_closes(timestamps, values)
        return values, self._add_drawdowns(timestamps, values)

    def _add_closes(self, timestamps: IntArray, values: FloatArray) -> None:
        days = timestamps // NANOSECONDS_PER_DAY
        ends = np.append(np.flatnonzero(np.diff(days)), len(days) - 1)
        closes: list[float] = values[ends].tolist()
        if int(days[0]) == self._day:
            self._closes.pop()
        self._closes += closes
        self._day = int(days[-1])

    def _add_drawdowns(self, timestamps: IntArray, values: FloatArray) -> FloatArray:
        peaks = np.maximum.accumulate(np.append(self._peak, values))[1:]
        drawdowns: FloatArray = values / peaks - 1.0
        trough = int(np.argmin(drawdowns))
        if drawdowns[trough] < self._drawdown:
            self._drawdown = float(drawdowns[trough])
            peak_row = int(np.searchsorted(peaks, peaks[trough]))
            rose_here = peaks[trough] > self._peak
            self._drawdown_times = (
                int(timestamps[peak_row]) if rose_here else self._peak_time,
                int(timestamps[trough]),
            )
        if peaks[-1] > self._peak:
            self._peak = float(peaks[-1])
            self._peak_time = int(timestamps[int(np.searchsorted(peaks, self._peak))])
        return drawdowns

    def metrics(self) -> Metrics:
        """The key figures of all blocks taken."""
        days = (self._last - (self._first or 0)) / NANOSECONDS_PER_DAY
        growth = self._closes[-1]
        volatility, sharpe, count = _daily_figures(np.array(self._closes))
        return Metrics(
            total_return=growth - 1.0,
            annualised_return=_annualised(growth, days),
            max_drawdown=self._drawdown,
            drawdown_peak=self._drawdown_times[0],
            drawdown_trough=self._drawdown_times[1],
            volatility=volatility,
            sharpe_ratio_daily_utc_365_zero_risk_free=sharpe,
            daily_returns=count,
            days=days,
        )


def _annualised(growth: float, days: float) -> float | None:
    if days < MINIMUM_DAYS or growth <= 0:
        return None
    return float(growth ** (DAYS_PER_YEAR / days)) - 1.0


def _daily_figures(closes: FloatArray) -> tuple[float | None, float | None, int]:
    """Annualised volatility, Sharpe ratio, number of daily returns."""
    if not (closes > 0).all():
        return None, None, 0
    returns = closes[1:] / closes[:-1] - 1.0
    if len(returns) < MINIMUM_DAYS:
        return None, None, len(returns)
    deviation = float(returns.std(ddof=1))
    sharpe = float(returns.mean()) / deviation * sqrt(DAYS_PER_YEAR) if deviation > 0 else None
    return deviation * sqrt(DAYS_PER_YEAR), sharpe, len(returns)
