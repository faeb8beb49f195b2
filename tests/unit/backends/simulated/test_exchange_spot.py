"""Spot trades: what is paid, what is received, and in which currency the fee."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.market import InstrumentColumns
from basis_strategy_v1.core.domain.orders import OrderStatus
from basis_strategy_v1.venues.instruments import instrument
from simulated_market import CLASSIC, FEES, UNIFIED, Venue, column, perp_columns


def test_buying_one_coin_leaves_the_fee_in_kind_with_the_venue() -> None:
    venue = Venue(spot_prices=[60_000.0], fees=FEES)
    fill = venue.order("buy", "1", "spot").fills[0]
    assert (fill.quantity, fill.fee, fill.fee_asset) == (Decimal(1), Decimal("0.001"), "BTC")
    assert venue.report("alpha").balances == {"USDT": Decimal(40_000), "BTC": Decimal("0.999")}


def test_selling_pays_the_fee_in_quote() -> None:
    venue = Venue(spot_prices=[60_000.0], fees=FEES, balances={"alpha": {"BTC": 1}})
    fill = venue.order("sell", "1", "spot").fills[0]
    assert (fill.quantity, fill.fee, fill.fee_asset) == (Decimal(-1), Decimal(60), "USDT")
    assert venue.report("alpha").balances == {"USDT": Decimal(59_940)}


def test_a_venue_that_charges_in_quote_gives_the_whole_coin() -> None:
    venue = Venue(spot_prices=[60_000.0], fees=FEES, fee_currency="quote")
    assert venue.order("buy", "1", "spot").fills[0].fee_asset == "USDT"
    assert venue.report("alpha").balances == {"USDT": Decimal(39_940), "BTC": Decimal(1)}


def test_a_fee_in_quote_counts_against_the_balance() -> None:
    balances = {"alpha": {"USDT": 60_000}}
    charged = Venue(spot_prices=[60_000.0], fees=FEES, fee_currency="quote", balances=balances)
    assert charged.order("buy", "1", "spot").error_code == "EXI-006"
    received = Venue(spot_prices=[60_000.0], fees=FEES, balances=balances)
    assert received.order("buy", "1", "spot").status is OrderStatus.FILLED
    assert received.report("alpha").balances == {"BTC": Decimal("0.999")}


def _with_native_coin(held: str) -> Venue:
    coin = instrument("alpha", "spot", "BNBUSDT", "BNB/USDT", tick="0.1", step="0.001", min_notional="5")
    spec = msgspec.structs.replace(CLASSIC, native_asset="BNB", instruments=(*CLASSIC.instruments, coin))
    balances = {"alpha": {"USDT": 100_000, "BNB": held}}
    market = Venue(spot_prices=[60_000.0]).market
    market.spot["alpha", "BNBUSDT"] = InstrumentColumns(coin, column("spot", [600.0]))
    return Venue.on(market, spec, balances, fees=FEES, fee_currency="native")


def test_a_fee_in_the_venue_coin_is_taken_from_its_balance() -> None:
    venue = _with_native_coin("1")
    fill = venue.order("buy", "1", "spot").fills[0]
    assert (fill.fee, fill.fee_asset) == (Decimal("0.1"), "BNB")
    assert venue.report("alpha").balances == {"USDT": Decimal(40_000), "BTC": Decimal(1), "BNB": Decimal("0.9")}


def test_without_enough_of_the_venue_coin_the_fee_is_taken_in_kind() -> None:
    assert _with_native_coin("0.09").order("buy", "1", "spot").fills[0].fee_asset == "BTC"


def test_where_the_venue_coin_has_no_price_the_fee_is_taken_in_kind() -> None:
    venue = Venue(spot_prices=[60_000.0], fees=FEES, fee_currency="native")
    assert venue.order("buy", "1", "spot").fills[0].fee_asset == "BTC"


def test_nobody_sells_what_is_not_there() -> None:
    venue = Venue(spot_prices=[60_000.0], balances={"alpha": {"BTC": "0.5"}})
    report = venue.order("sell", "0.50001", "spot")
    assert (report.error_code, report.filled) == ("EXI-006", 0)
    assert venue.report("alpha").balances == {"BTC": Decimal("0.5")}


def test_spot_funds_in_the_derivatives_wallet_buy_no_coin() -> None:
    venue = Venue(spot_prices=[60_000.0], balances={"alpha.derivatives": {"USDT": 100_000}})
    assert venue.order("buy", "1", "spot").error_code == "EXI-006"


def test_on_a_classic_venue_coins_are_no_margin() -> None:
    perp = {"BTCUSDT": perp_columns(CLASSIC, "BTCUSDT", [60_000.0])}
    venue = Venue(perp, [60_000.0], balances={"alpha": {"BTC": 1}})
    assert venue.order("sell", "0.01").error_code == "EXI-006"


def test_on_a_unified_venue_coins_count_as_margin_after_their_haircut() -> None:
    perp = {"BTCUSDT": perp_columns(UNIFIED, "BTCUSDT", [60_000.0])}
    venue = Venue(perp, [60_000.0], spec=UNIFIED, balances={"alpha": {"BTC": "0.1"}})
    assert venue.order("sell", "0.901").error_code == "EXI-006"
    assert venue.order("sell", "0.9").status is OrderStatus.FILLED
    assert venue.exchange.margin_state()[0] == Decimal(5_400)


def test_on_a_unified_venue_a_haircut_can_forbid_a_spot_trade() -> None:
    perp = {"BTCUSDT": perp_columns(UNIFIED, "BTCUSDT", [60_000.0])}
    venue = Venue(perp, [60_000.0], spec=UNIFIED, balances={"alpha": {"USDT": 10_000}})
    venue.order("sell", "1.6")
    assert venue.order("buy", "0.1", "spot").error_code == "EXI-006"
    assert venue.order("buy", "0.06", "spot").status is OrderStatus.FILLED


def test_an_instrument_without_series_is_unsupported() -> None:
    report = Venue(spot_prices=[60_000.0]).order("buy", "1", symbol="DOGEUSDT")
    assert report.error_code == "EXI-005"
    assert "alpha has no perp DOGEUSDT" in report.reason


def test_on_a_null_row_the_instrument_cannot_trade() -> None:
    venue = Venue(spot_prices=[60_000.0, None, 61_000.0])
    assert venue.at(1).order("buy", "1", "spot").error_code == "EXI-003"
    assert venue.at(2).order("buy", "1", "spot").fills[0].price == 61_000
