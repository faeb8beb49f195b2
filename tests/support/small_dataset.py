"""Datasets on disk for tests of whole runs: one exchange, hourly from 2024, every column of a basis run."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from basis_strategy_v1.data.writing import write_dataset

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000
"""2024-01-01T00:00Z."""

ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"


def basis_columns(rows: int = 48) -> dict[str, np.ndarray[Any, Any]]:
    """Spot and perpetual on binance at a rising price, funding every eight hours."""
    price = 40_000.0 + np.arange(rows)
    funding = np.full(rows, np.nan)
    funding[::8] = 0.0001
    return {
        "spot.binance.BTCUSDT": price,
        "perp.binance.BTCUSDT": price + 10,
        "mark.binance.BTCUSDT": price + 9,
        "funding.binance.BTCUSDT": funding,
    }


def write_basis(
    folder: Path, columns: Mapping[str, Any] | None = None, timestamps: np.ndarray[Any, Any] | None = None
) -> Path:
    """The dataset's folder."""
    chosen = dict(basis_columns() if columns is None else columns)
    rows = len(next(iter(chosen.values())))
    times = START + HOUR * np.arange(rows, dtype=np.int64) if timestamps is None else timestamps
    return Path(write_dataset(folder, times, chosen, synthetic=True, name="small", frequency="1h"))


def write_csv(folder: Path, lines: list[str]) -> Path:
    """A dataset of one CSV file, exactly as given."""
    folder.mkdir(parents=True)
    (folder / "data.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def csv_lines(rows: int = 24) -> list[str]:
    """A basis dataset as lines of CSV, to be spoiled by a test."""
    lines = ["ts,spot.binance.BTCUSDT,perp.binance.BTCUSDT,mark.binance.BTCUSDT,funding.binance.BTCUSDT"]
    for row in range(rows):
        rate = "0.0001" if row % 8 == 0 else ""
        lines.append(
            f"2024-01-{1 + row // 24:02d}T{row % 24:02d}:00:00Z,{40000 + row},{40010 + row},{40009 + row},{rate}"
        )
    return lines
