"""What a provider tells at a time does not depend on anything later."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.carry import Staleness, carry_forward
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import load_market
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.provider import HistoricalDataProvider
from basis_strategy_v1.data.writing import write_dataset

ROWS = 40
HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000
TIMES = START + HOUR * np.arange(ROWS)

prices = st.lists(st.floats(1.0, 1e6) | st.none(), min_size=ROWS - 1, max_size=ROWS - 1)
rates = st.lists(st.floats(0.0, 0.5), min_size=ROWS, max_size=ROWS)
settlements = st.lists(st.floats(-0.003, 0.003) | st.none(), min_size=ROWS, max_size=ROWS)


def series(values: list[float | None]) -> np.ndarray:
    return np.array([np.nan if value is None else value for value in values])


def instrument(trade_type: Any) -> Instrument:
    tick = Decimal("0.01")
    return Instrument(
        venue="binance",
        symbol="BTCUSDT",
        trade_type=trade_type,
        base="BTC",
        quote="USDT",
        tick=tick,
        step=tick,
        min_quantity=tick,
        min_notional=tick,
    )


NEEDS = MarketNeeds(
    instruments=(instrument("spot"), instrument("perp")),
    reference=("binance", "BTCUSDT"),
    rates=("aave_v3.USDT",),
    max_staleness_prices=ROWS * HOUR,
)


def provider(columns: dict[str, np.ndarray], rows: int) -> HistoricalDataProvider:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "data"
        kept = {name: values[:rows] for name, values in columns.items()}
        write_dataset(path, TIMES[:rows], kept, synthetic=True, name="x", frequency="1h")
        return HistoricalDataProvider(load_market(open_dataset(path), NEEDS, None, None).market)


def flat(data: Mapping[str, Any]) -> dict[str, Any]:
    """The nested mapping as ``{path: value}``."""
    found: dict[str, Any] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            found.update({f"{key}/{inner}": leaf for inner, leaf in flat(value).items()})
        else:
            found[key] = value
    return found


@settings(max_examples=40, deadline=None)
@given(prices, prices, settlements, rates, st.integers(0, ROWS * HOUR - 1))
def test_nothing_after_the_timestamp_is_told(
    spot: list[float | None], mark: list[float | None], funding: list[float | None], apr: list[float], offset: int
) -> None:
    columns = {
        "spot.binance.BTCUSDT": series([100.0, *spot]),
        "perp.binance.BTCUSDT": series([100.0, *mark]),
        "mark.binance.BTCUSDT": series([100.0, *mark]),
        "funding.binance.BTCUSDT": series(funding),
        "volume.binance_spot.BTCUSDT": np.arange(ROWS, dtype=float),
        "supply_apr.aave_v3.USDT": np.array(apr),
        "borrow_apr.aave_v3.USDT": np.array(apr),
    }
    known_rows = offset // HOUR + 1
    told = flat(provider(columns, ROWS).get_data(START + offset))
    assert told == flat(provider(columns, known_rows).get_data(START + offset))


@given(st.lists(st.floats(1.0, 2.0) | st.none(), min_size=1, max_size=60), st.integers(0, 10))
def test_a_carried_value_is_the_last_one_known(values: list[float | None], limit: int) -> None:
    raw = series(values)
    if np.isnan(raw).all():
        return
    times = np.arange(len(raw)) * HOUR
    carried = carry_forward("x", raw.copy(), times, None)
    last = None
    longest = 0
    for row, value in enumerate(values):
        if value is not None:
            last = row
        if last is not None:
            assert carried.values[row] == values[last]
            longest = max(longest, row - last)
    refused = False
    try:
        carry_forward("x", raw.copy(), times, Staleness(limit * HOUR, "prices"))
    except ComponentError as error:
        refused = error.error_code == "DAT-004"
    assert refused == (longest > limit)
