"""Interest from yearly rates against the index that stood on chain. Needs real series, no part of the project."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.protocols.aave_v3 import SECONDS_PER_YEAR, next_borrow_index, next_supply_index
from basis_strategy_v1.protocols.wad_ray import RAY

TOLERANCE_A_YEAR = 0.0002
"""0.02 percentage points a year."""


@pytest.fixture
def series(real_dataset: Callable[[str], Path]) -> Path:
    return real_dataset("carry_2024-05_2025-09") / "hourly.parquet"


def ray_of(value: float) -> int:
    return int(Decimal(repr(value)).scaleb(27))


def yearly_growth_by_rate_and_on_chain(series: Path, side: str, token: str, grow) -> tuple[float, float]:
    """Growth a year of the accrued and of the sampled index, between the first and the last 00:00 of the series."""
    from pyarrow.parquet import read_table

    names = ["ts", f"{side}_apr.aave_v3.{token}", f"{side}_index.aave_v3.{token}"]
    rows = [
        (int(time.value // 10**9), rate, sampled)
        for time, rate, sampled in zip(
            *(column.to_pylist() for column in read_table(series, columns=names)), strict=True
        )
    ]
    midnights = [number for number, row in enumerate(rows) if datetime.fromtimestamp(row[0], UTC).hour == 0]
    first, last = midnights[0], midnights[-1]
    index = RAY
    for (time, rate, _), (then, _, _) in zip(rows[first:last], rows[first + 1 : last + 1], strict=True):
        index = grow(index, ray_of(rate), then - time)
    years = (rows[last][0] - rows[first][0]) / SECONDS_PER_YEAR
    return (index / RAY) ** (1 / years) - 1, (rows[last][2] / rows[first][2]) ** (1 / years) - 1


def test_usdt_supplied_by_its_rate_grows_as_the_index_on_chain(series):
    accrued, on_chain = yearly_growth_by_rate_and_on_chain(series, "supply", "USDT", next_supply_index)
    assert 0.02 < on_chain < 0.10
    assert abs(accrued - on_chain) < TOLERANCE_A_YEAR


def test_usdt_borrowed_by_its_rate_grows_as_the_index_on_chain(series):
    accrued, on_chain = yearly_growth_by_rate_and_on_chain(series, "borrow", "USDT", next_borrow_index)
    assert 0.03 < on_chain < 0.15
    assert abs(accrued - on_chain) < 0.0005
