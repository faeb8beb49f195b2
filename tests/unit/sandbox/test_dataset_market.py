"""What the local venues trade on, from a dataset."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.dataset_market import load_sandbox_market
from small_dataset import basis_columns, write_basis


def test_every_instrument_with_columns_is_loaded(tmp_path: Path) -> None:
    loaded = load_sandbox_market(write_basis(tmp_path / "data"), ["binance"])
    assert set(loaded.market.spot) == {("binance", "BTCUSDT")}
    assert set(loaded.market.perp) == {("binance", "BTCUSDT")}
    assert loaded.name == "small"
    assert loaded.notes == []


def test_a_venue_without_data_moves_like_one_that_has_some(tmp_path: Path) -> None:
    loaded = load_sandbox_market(write_basis(tmp_path / "data"), ["binance", "hyperliquid"])
    theirs, borrowed = loaded.market.perp["binance", "BTCUSDT"], loaded.market.perp["hyperliquid", "BTC"]
    assert borrowed.instrument.quote == "USDC"
    assert borrowed.price.values.tolist() == theirs.price.values.tolist()
    assert borrowed.funding is not None
    assert theirs.funding is not None
    assert borrowed.funding.unit_rate == Decimal("1e-10")
    rate = int(borrowed.funding.rate_units[0]) * borrowed.funding.unit_rate
    assert rate == int(theirs.funding.rate_units[0]) * theirs.funding.unit_rate
    assert any(note.startswith("hyperliquid:BTC-PERP moves like binance:BTCUSDT-PERP") for note in loaded.notes)


def test_borrowed_prices_stand_on_the_borrowers_own_tick(tmp_path: Path) -> None:
    columns = basis_columns()
    for name in ("spot.binance.BTCUSDT", "perp.binance.BTCUSDT", "mark.binance.BTCUSDT"):
        columns[name] = columns[name] + 0.26
    loaded = load_sandbox_market(write_basis(tmp_path / "data", columns), ["binance", "hyperliquid"])
    assert loaded.market.perp["hyperliquid", "BTC"].price[0] == 40_010
    assert loaded.market.perp["binance", "BTCUSDT"].price[0] == 40_010.3


def test_a_perpetual_without_a_mark_is_marked_at_its_price(tmp_path: Path) -> None:
    columns = {name: values for name, values in basis_columns().items() if not name.startswith("mark.")}
    loaded = load_sandbox_market(write_basis(tmp_path / "data", columns), ["binance"])
    perp = loaded.market.perp["binance", "BTCUSDT"]
    assert perp.mark.values.tolist() == perp.price.values.tolist()


def test_a_long_gap_is_carried_as_a_venue_would(tmp_path: Path) -> None:
    columns = basis_columns()
    columns["perp.binance.BTCUSDT"][5:40] = np.nan
    loaded = load_sandbox_market(write_basis(tmp_path / "data", columns), ["binance"])
    perp = loaded.market.perp["binance", "BTCUSDT"]
    assert not perp.is_tradable(20)
    assert perp.price[20] == perp.price[4]


def test_data_without_any_tradable_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="DAT-002"):
        load_sandbox_market(write_basis(tmp_path / "data", {"oracle.aave_v3.USDT": np.ones(3)}), ["binance"])
    with pytest.raises(ComponentError, match="DAT-001"):
        load_sandbox_market(tmp_path / "nowhere", ["binance"])


def test_a_venue_without_columns_is_refused_with_one_whose_prices_it_can_take(tmp_path: Path) -> None:
    data = write_basis(tmp_path / "data", basis_columns())
    with pytest.raises(ComponentError) as refused:
        load_sandbox_market(data, ["hyperliquid"])
    assert refused.value.error_code == "DAT-002"
    venues = refused.value.remedy.rpartition(" ")[2].split(",")
    assert ("hyperliquid", "BTC") in load_sandbox_market(data, venues).market.perp
