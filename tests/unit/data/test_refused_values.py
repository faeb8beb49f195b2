from __future__ import annotations

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import load_market


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("spot.binance.BTCUSDT", 1e300),
        ("spot.binance.BTCUSDT", 1e-13),
        ("mark.binance.BTCUSDT", 2e12),
        ("mark_high.binance.BTCUSDT", 1e300),
        ("funding.binance.BTCUSDT", -10.5),
        ("volume.binance_perp.BTCUSDT", 1e300),
    ],
)
def test_a_value_beyond_any_market_is_refused_with_its_place(dataset, columns, needs, column, value):
    data = columns(24)
    data[column][8] = value
    with pytest.raises(ComponentError) as caught:
        load_market(open_dataset(dataset(data)), needs, None, None)
    assert caught.value.error_code == "DAT-005"
    assert f"column {column} at 2024-01-01T08:00:00Z is {value}" in caught.value.message


def test_a_value_that_two_files_hold_names_both_and_how_to_part_them(dataset, columns, needs):
    folder = dataset(columns(24))
    (folder / "more.csv").write_text("ts,spot.binance.BTCUSDT\n2024-01-01T03:00:00Z,40000\n", encoding="utf-8")
    with pytest.raises(ComponentError) as caught:
        load_market(open_dataset(folder), needs, None, None)
    assert caught.value.error_code == "DAT-003"
    assert "more.csv" in caught.value.line
    assert "market.parquet" in caught.value.line
    assert "drop the column from one of them" in caught.value.line
