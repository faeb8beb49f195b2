"""Small datasets for the tests of this folder."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.writing import write_dataset

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z


def make_instrument(venue: str, trade_type: Any = "perp", tick: str = "0.1", **changes: Any) -> Instrument:
    values: dict[str, Any] = {
        "venue": venue,
        "symbol": "BTCUSDT",
        "trade_type": trade_type,
        "base": "BTC",
        "quote": "USDT",
        "tick": Decimal(tick),
        "step": Decimal("0.001"),
        "min_quantity": Decimal("0.001"),
        "min_notional": Decimal(5),
    }
    return Instrument(**{**values, **changes})


def make_columns(rows: int = 24) -> dict[str, np.ndarray]:
    """Spot and perpetual on binance over ``rows`` hours, funding every eight."""
    price = 40_000.0 + np.arange(rows)
    funding = np.full(rows, np.nan)
    funding[::8] = 0.0001
    return {
        "spot.binance.BTCUSDT": price,
        "perp.binance.BTCUSDT": price + 10,
        "mark.binance.BTCUSDT": price + 9,
        "mark_high.binance.BTCUSDT": price + 20,
        "mark_low.binance.BTCUSDT": price - 20,
        "funding.binance.BTCUSDT": funding,
        "volume.binance_spot.BTCUSDT": np.full(rows, 100.0),
        "volume.binance_perp.BTCUSDT": np.full(rows, 500.0),
    }


def make_times(rows: int) -> np.ndarray:
    return START + HOUR * np.arange(rows)


@pytest.fixture
def instrument() -> Callable[..., Instrument]:
    return make_instrument


@pytest.fixture
def columns() -> Callable[[int], dict[str, np.ndarray]]:
    return make_columns


@pytest.fixture
def times() -> Callable[[int], np.ndarray]:
    return make_times


@pytest.fixture
def dataset(tmp_path: Path) -> Callable[..., Path]:
    """Writes a dataset: hourly from 2024 unless times are given."""

    def write(columns: dict[str, np.ndarray], timestamps: np.ndarray | None = None, folder: str = "data") -> Path:
        rows = len(next(iter(columns.values())))
        chosen = make_times(rows) if timestamps is None else timestamps
        return write_dataset(tmp_path / folder, chosen, columns, synthetic=True, name="test", frequency="1h")

    return write


@pytest.fixture
def needs() -> MarketNeeds:
    """Spot and perpetual on binance."""
    return MarketNeeds(
        instruments=(make_instrument("binance", "spot", "0.01"), make_instrument("binance")),
        reference=("binance", "BTCUSDT"),
    )
