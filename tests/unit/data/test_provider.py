from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, VenueSpec
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import load_market
from basis_strategy_v1.data.needs import MarketNeeds
from basis_strategy_v1.data.provider import HistoricalDataProvider

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000


@pytest.fixture
def provider(
    dataset: Callable[..., Path], columns: Callable[[int], dict[str, np.ndarray]], needs: MarketNeeds
) -> HistoricalDataProvider:
    data = columns(24) | {
        "supply_apr.aave_v3.USDT": np.full(24, 0.05),
        "borrow_apr.aave_v3.USDT": np.full(24, 0.07),
        "oracle.aave_v3.USDT": np.full(24, 0.9995),
        "spot.binance.ETHUSDT": np.full(24, 2_000.0),
        "gas.ethereum.total_gwei": np.full(24, 10.0),
    }
    data["funding.binance.BTCUSDT"][:8] = np.nan
    wider = MarketNeeds(
        instruments=needs.instruments, reference=needs.reference, rates=("aave_v3.USDT",), gas=True, ether=True
    )
    fees = FeeSchedule(
        spot_maker=Decimal("0.001"), spot_taker=Decimal("0.001"), perp_maker=Decimal("0.0002"), perp_taker=Decimal(0)
    )
    venue = VenueSpec(venue="binance", family="CEX", description="", capabilities=frozenset(), fees=fees)
    return HistoricalDataProvider(load_market(open_dataset(dataset(data)), wider, None, None).market, (venue,))


def test_prices_come_by_token_and_by_instrument(provider: HistoricalDataProvider) -> None:
    prices = provider.get_data(START + 5 * HOUR)["market_data"]["prices"]
    assert prices["BTC"] == prices["binance:BTCUSDT"] == 40_005.0
    assert prices["binance:BTCUSDT-PERP"] == 40_014.0
    assert (prices["ETH"], prices["USDT"]) == (2_000.0, 1.0)
    assert set(prices) >= {"BTC", "ETH", "USDT", "binance:BTCUSDT", "binance:BTCUSDT-PERP"}


def test_between_rows_the_last_row_holds(provider: HistoricalDataProvider) -> None:
    assert provider.get_data(START + 6 * HOUR - 1)["market_data"]["prices"]["BTC"] == 40_005.0


def test_funding_is_the_last_settled_rate_and_absent_before_the_first(provider: HistoricalDataProvider) -> None:
    before = provider.get_data(START + 7 * HOUR)["market_data"]["rates"]["funding"]
    assert "binance:BTCUSDT" not in before and len(before) == 0
    after = provider.get_data(START + 15 * HOUR)["market_data"]["rates"]["funding"]
    assert dict(after) == {"binance:BTCUSDT": 0.0001}


def test_protocol_data_has_indices_rates_and_oracle(provider: HistoricalDataProvider) -> None:
    data = provider.get_data(START + HOUR)["protocol_data"]
    assert data["indices"]["supply.aave.USDT"] == pytest.approx(1 + 0.05 / 8_760, rel=1e-12)
    assert dict(data["rates"]) == {"supply.aave.USDT": 0.05, "borrow.aave.USDT": 0.07}
    assert data["oracle"]["USDT"] == 0.9995


def test_execution_data_has_fees_and_gas(provider: HistoricalDataProvider) -> None:
    data = provider.get_data(START)["execution_data"]
    assert data["execution_costs"]["binance"]["spot_taker"] == 0.001
    assert data["gas_costs"]["gas_price_gwei"] == 10.0
    assert data["gas_costs"]["usd_per_gas_unit"] == pytest.approx(2e-5)


@pytest.mark.parametrize(
    "moment",
    [
        "2024-01-01T05:00:00Z",
        "2024-01-01T05:00:00",
        datetime(2024, 1, 1, 5, tzinfo=UTC),
        pd.Timestamp("2024-01-01 05:00", tz="UTC"),
        pd.Timestamp("2024-01-01 07:00", tz="Europe/Athens"),
    ],
)
def test_any_form_of_time_is_accepted(provider: HistoricalDataProvider, moment: object) -> None:
    assert provider.get_data(moment)["market_data"]["prices"]["BTC"] == 40_005.0


def test_the_same_time_gives_the_same_view_and_another_time_another(provider: HistoricalDataProvider) -> None:
    first = provider.get_data(START)
    assert provider.get_data(START) is first
    second = provider.get_data(START + HOUR)
    assert second is not first
    assert (first["market_data"]["prices"]["BTC"], second["market_data"]["prices"]["BTC"]) == (40_000.0, 40_001.0)


def test_before_the_data_there_is_nothing(provider: HistoricalDataProvider) -> None:
    with pytest.raises(ComponentError, match="begins at 2024-01-01T00:00:00Z") as caught:
        provider.get_data(START - 1)
    assert caught.value.error_code == "DAT-001"


def test_unknown_names_are_missing_keys(provider: HistoricalDataProvider) -> None:
    data = provider.get_data(START)
    with pytest.raises(KeyError):
        data["weather"]
    with pytest.raises(KeyError):
        data["market_data"]["prices"]["okx:BTCUSDT"]
    assert list(data) == ["market_data", "protocol_data", "execution_data"]
    assert len(data) == 3
