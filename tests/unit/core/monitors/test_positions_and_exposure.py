"""Where everything is, how long or short it makes the portfolio, and what prices it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.ledger import HoldingKind
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog, venue_of
from tight_loop import MARGIN, RAY, SPOT, TightLoop, market_columns, perp_fill, spot_fill


def test_exposure_is_what_is_held_and_what_is_hedged() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.1", "50000", "0.0001"))
    loop.deliver(perp_fill("two", "-0.08", "50000"))
    assert (loop.exposure.spot, loop.exposure.perpetual) == (Decimal("0.0999"), Decimal("-0.08"))
    assert loop.exposure.net == Decimal("0.0199")
    assert loop.exposure.get_state_snapshot() == {
        "last_update": 0,
        "spot": Decimal("0.0999"),
        "perpetual": Decimal("-0.08"),
        "net_delta": Decimal("0.0199"),
    }


def test_coins_on_their_way_are_exposure_too() -> None:
    loop = TightLoop(opening={SPOT: {"BTC": Decimal(1)}, "in_transit": {"BTC": Decimal(2)}})
    loop.exposure.update_state(7, "test")
    assert (loop.exposure.net, loop.exposure.last_update) == (3, 7)


def test_positions_are_told_by_location_and_asset() -> None:
    loop = TightLoop()
    loop.deliver(spot_fill("one", "0.2", "50000"))
    expected = {SPOT: {"BTC": Decimal("0.2")}, MARGIN: {"USDT": Decimal(10_000)}}
    assert loop.positions.get_positions() == expected
    assert loop.positions.get_state_snapshot() == {"last_update": 0, "positions": expected}


def test_the_wallet_balance_leaves_unrealised_profit_out() -> None:
    loop = TightLoop()
    assert loop.positions.observed(MARGIN) is None
    assert loop.positions.wallet_balance(MARGIN, "USDT") == 10_000
    loop.deliver(perp_fill("one", "-0.1", "50000", "2"))
    loop.pnl.mark_to(1)
    assert loop.positions.wallet_balance(MARGIN, "USDT") == 9_998
    assert loop.positions.entry_cost(MARGIN, "BTCUSDT") == -5_000


def test_the_wallet_balance_has_the_profit_that_was_realised() -> None:
    loop = TightLoop()
    loop.deliver(perp_fill("one", "-0.1", "50000", "2"))
    loop.positions.update_state(3, "test", [LocationReport(MARGIN, {"USDT": Decimal(10_098)})])
    loop.ledger.apply("two", perp_fill("two", "0.1", "49000").changes)
    assert loop.positions.wallet_balance(MARGIN, "USDT") == 10_098
    assert loop.positions.entry_cost(MARGIN, "BTCUSDT") == 0


def test_a_venue_that_never_spoke_has_no_entry_cost() -> None:
    assert TightLoop().positions.entry_cost(MARGIN, "BTCUSDT") == 0


def catalog(row: int = 0) -> HoldingCatalog:
    clock = SimulationClock()
    clock.move_to(row, 0)
    return HoldingCatalog(market_columns(rays=[RAY, 2 * RAY, 3 * RAY, 4 * RAY]), "BTC", clock)


@pytest.mark.parametrize(
    ("location", "asset", "kind", "price"),
    [
        (SPOT, "USDT", HoldingKind.CASH, 1),
        ("wallet", "USDC", HoldingKind.CASH, 1),
        (MARGIN, "BTCUSDT-PERP.quote", HoldingKind.QUOTE, 1),
        (MARGIN, "BTCUSDT-PERP", HoldingKind.PERP, 51_000),
        ("wallet", "BTC", HoldingKind.BASE, 51_000),
        ("aave", "aUSDT", HoldingKind.SUPPLY, 2),
    ],
)
def test_an_asset_is_priced_by_its_kind_at_the_clocks_row(
    location: str, asset: str, kind: HoldingKind, price: int
) -> None:
    holding = catalog(row=1)(location, asset)
    assert (holding.kind, holding.price, holding.amount) == (kind, price, 0)
    assert repr(holding) == f"Holding({location} {asset} 0)"


def test_an_index_prices_to_its_last_digit() -> None:
    clock = SimulationClock()
    holding = HoldingCatalog(market_columns(rays=[RAY + 1] * 4), "BTC", clock)("aave", "aUSDT")
    assert holding.price == Decimal("1.000000000000000000000000001")


@pytest.mark.parametrize(
    ("location", "asset"),
    [(SPOT, "DOGE"), ("beta.derivatives", "BTCUSDT-PERP"), (MARGIN, "ETHUSDT-PERP"), ("aave", "aWETH"), (SPOT, "ETH")],
)
def test_an_asset_without_a_price_in_this_run_is_rec_004(location: str, asset: str) -> None:
    with pytest.raises(ComponentError) as caught:
        catalog()(location, asset)
    assert caught.value.error_code == "REC-004"
    assert asset in caught.value.message


def test_without_a_reference_price_there_is_no_base_asset() -> None:
    market = market_columns()
    bare = MarketColumns(market.timestamps, None, market.spot, market.perp)
    with pytest.raises(ComponentError) as caught:
        HoldingCatalog(bare, "BTC", SimulationClock())(SPOT, "BTC")
    assert caught.value.error_code == "REC-004"


def test_a_location_belongs_to_the_venue_it_begins_with() -> None:
    assert [venue_of(location) for location in ("binance", "okx.funding", "in_transit")] == [
        "binance",
        "okx",
        "in_transit",
    ]
