from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.describe import describe_dataset

HOUR = 3_600_000_000_000
WriteDataset = Callable[..., Path]


def test_a_dataset_is_described_by_span_columns_and_what_is_ignored(
    dataset: WriteDataset, columns: Callable[[int], dict[str, np.ndarray]]
) -> None:
    data = columns(24) | {"close": np.ones(24)}
    data["spot.binance.BTCUSDT"][[3, 4, 9]] = np.nan
    lines = describe_dataset(dataset(data)).lines
    assert "name: test" in lines
    assert "span: 2024-01-01T00:00:00Z to 2024-01-01T23:00:00Z" in lines
    assert "rows: 24" in lines
    assert "  spot.binance.BTCUSDT: 3 nulls (longest run 2), first 40000 at 2024-01-01T00:00:00Z" in lines
    assert "  funding.binance.BTCUSDT: 3 settlements, first 0.0001 at 2024-01-01T00:00:00Z" in lines
    assert "  market.parquet: close" in lines


def test_problems_are_listed_not_raised(
    dataset: WriteDataset, columns: Callable[[int], dict[str, np.ndarray]], times: Callable[[int], np.ndarray]
) -> None:
    data = columns(24)
    data["mark.binance.BTCUSDT"][2] = 0.0
    data["perp.binance.BTCUSDT"][:] = np.nan
    stamps = times(24)
    stamps[20:] += 30 * HOUR
    text = "\n".join(describe_dataset(dataset(data, stamps)).lines)
    assert "DAT-005: column mark.binance.BTCUSDT at 2024-01-01T02:00:00Z is 0.0" in text
    assert "no rows between 2024-01-01T19:00:00Z and 2024-01-03T02:00:00Z" in text
    assert "perp.binance.BTCUSDT: empty" in text


def test_times_out_of_order_are_a_problem(
    dataset: WriteDataset, columns: Callable[[int], dict[str, np.ndarray]], times: Callable[[int], np.ndarray]
) -> None:
    lines = describe_dataset(dataset(columns(24), times(24)[::-1].copy())).lines
    assert lines[-2] == "problems:"
    assert lines[-1].startswith("  DAT-003")


def test_a_folder_without_data_cannot_be_described(tmp_path: Path) -> None:
    with pytest.raises(ComponentError) as caught:
        describe_dataset(tmp_path)
    assert caught.value.error_code == "DAT-001"


def test_implausible_values_are_notes_and_no_problems(
    dataset: WriteDataset, columns: Callable[[int], dict[str, np.ndarray]]
) -> None:
    data = columns(24)
    data["perp.binance.BTCUSDT"][2:4] = 90_000.0
    data["funding.binance.BTCUSDT"][8] = -0.06
    description = describe_dataset(dataset(data))
    text = "\n".join(description.lines)
    assert "perp.binance.BTCUSDT: 2 rows more than 50 % away from spot.binance.BTCUSDT, first at 2024-01-01T02" in text
    assert "funding.binance.BTCUSDT: 1 rows beyond 5 % a settlement" in text
    assert description.problems == []
