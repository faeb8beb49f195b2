"""Funding settlements of one perpetual as a cumulative index of whole numbers."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.conversions import tick_counts
from basis_strategy_v1.core.domain.market import Column, FloatArray, FundingColumn, IntArray
from basis_strategy_v1.data.carry import check_funding
from basis_strategy_v1.data.errors import invalid_value

EXACT_FLOAT_LIMIT = 2**53


def funding_column(
    name: str, rates: FloatArray, mark: Column, timestamps: IntArray, tick: Decimal, unit_rate: Decimal
) -> FundingColumn:
    """The settlements in ``rates`` (NaN: none at that row), priced at ``mark`` of the settlement's row.

    ``rates`` is overwritten with the cumulative column.

    Raises:
        ComponentError: DAT-005 for a rate beyond +-10, or when the cumulative sum leaves the whole numbers that a
            float64 holds exactly (2**53).
    """
    check_funding(name, rates, timestamps)
    rows = np.flatnonzero(~np.isnan(rates)).astype(np.int64)
    rate_units = tick_counts(rates[rows], unit_rate)
    mark_ticks = tick_counts(mark.values[rows], tick)
    _check_range(name, rate_units, mark_ticks, rows, timestamps)
    rates[:] = 0.0
    rates[rows] = rate_units * mark_ticks
    # Sums of whole numbers below 2**53 are exact, so running sums and differences agree to the last bit.
    np.cumsum(rates, out=rates)
    return FundingColumn(rows, rate_units, mark_ticks, Column(f"cumulative.{name}", rates), tick, unit_rate)


def _check_range(name: str, rate_units: IntArray, mark_ticks: IntArray, rows: IntArray, timestamps: IntArray) -> None:
    running = np.cumsum(rate_units.astype(np.float64) * mark_ticks.astype(np.float64))
    beyond = np.abs(running) >= EXACT_FLOAT_LIMIT
    if beyond.any():
        settlement = int(np.argmax(beyond))
        time = int(timestamps[rows[settlement]])
        problem = "cumulative funding leaves the range that is kept exactly; is the rate a fraction, not per cent?"
        raise invalid_value(name, time, int(rate_units[settlement]), problem)
