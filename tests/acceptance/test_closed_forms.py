"""Whole runs whose result can be written down beforehand."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.domain.pnl import BUCKETS
from engine_runs import START, Run, Scene, constant_scene, run, settings_of

PRICE = Decimal(50_000)
SPLIT = "{binance: 0.4, bybit: 0.3, okx: 0.3}"
AT_ONCE = (
    f"initial_location={SPLIT}",
    "strategy.margin_transfers=false",
    "execution_settings.slippage_model=none",
    "strategy.position_deviation_threshold=0.2",
)
VENUES = ("binance", "bybit", "okx")
RAY = 10**27
SECONDS_PER_YEAR = 31_536_000


def buckets(done: Run) -> dict[str, Decimal]:
    """The buckets that are not zero."""
    return {name: done.pnl.buckets[name] for name in BUCKETS if done.pnl.buckets[name]}


def short_at(done: Run, venue: str) -> Decimal:
    location = "binance.derivatives" if venue == "binance" else venue
    return -done.positions[location]["BTCUSDT-PERP"]


def expected_fees(done: Run) -> Decimal:
    """Taker fees of the entry: spot in the asset bought, valued at the price; perpetuals in quote."""
    fees = Decimal(0)
    for record in done.trades:
        rates = done.settings.venue_settings[record.venue]["fees"]
        rate = rates[f"{record.trade_type}_taker"]  # type: ignore[index]
        assert record.price is not None
        fees += record.filled * record.price * rate
    return fees


@pytest.mark.parametrize("rate", ["0.0001", "-0.00025", "0.00000001"])
@pytest.mark.parametrize("settlements", [1, 3, 12])
def test_funding_is_exactly_quantity_times_price_times_rate_times_settlements(rate: str, settlements: int) -> None:
    chosen = settings_of("btc_basis", *AT_ONCE)
    done = run(chosen, constant_scene(VENUES, settlements * 8 + 1, float(PRICE), rate))
    assert {done.row_of(record) for record in done.records} == {0}
    short = sum(short_at(done, venue) for venue in VENUES)
    assert done.pnl.buckets["funding"] == short * PRICE * Decimal(rate) * settlements
    assert set(buckets(done)) == {"funding", "fees"}
    assert done.pnl.buckets["fees"] == -expected_fees(done)
    assert done.pnl.unexplained == 0
    assert done.pnl.nav == done.pnl.initial_nav + done.pnl.buckets["funding"] + done.pnl.buckets["fees"]


def test_a_settlement_at_the_first_row_pays_nobody() -> None:
    scene = constant_scene(VENUES, 8, float(PRICE))
    for series in scene.perps.values():
        series.rates = {0: "0.0001"}
    done = run(settings_of("btc_basis", *AT_ONCE), scene)
    assert done.pnl.buckets["funding"] == 0
    assert sum(short_at(done, venue) for venue in VENUES) > 0


def test_a_position_opened_at_a_settlement_earns_from_the_next_one_on() -> None:
    scene = constant_scene(VENUES, 6, float(PRICE))
    for series in scene.perps.values():
        series.rates = {1: "0.001", 3: "0.0001"}
    # The other venues' margin arrives at row 1, when their settlement has passed.
    done = run(settings_of("btc_basis", "execution_settings.slippage_model=none"), scene)
    first = next(record for record in done.trades if record.trade_type == "perp")
    assert (first.venue, done.row_of(first)) == ("binance", 0)
    held = sum(short_at(done, venue) for venue in VENUES)
    assert done.pnl.buckets["funding"] == first.filled * PRICE * Decimal("0.001") + held * PRICE * Decimal("0.0001")


def test_without_funding_a_hedged_position_earns_only_what_is_left_unhedged() -> None:
    rows = 50
    prices = np.linspace(50_000.0, 50_500.0, rows)
    scene = constant_scene(VENUES, rows, float(PRICE))
    scene.spot = prices
    for series in scene.perps.values():
        series.price = series.mark = prices.copy()
    done = run(settings_of("btc_basis", *AT_ONCE), scene)
    assert {done.row_of(record) for record in done.records} == {0}
    held = done.positions["binance"]["BTC"]
    net = held - sum(short_at(done, venue) for venue in VENUES)
    assert 0 <= net < Decimal("0.002")
    # The reference moves by whole ticks of the spot, the marks by whole ticks of the perpetuals.
    reference = done.market.reference
    assert reference is not None
    moved = reference.decimal(rows - 1) - reference.decimal(0)
    marks = {venue: done.market.perp[venue, "BTCUSDT"].mark for venue in VENUES}
    gained = held * moved - sum(short_at(done, v) * (m.decimal(rows - 1) - m.decimal(0)) for v, m in marks.items())
    change = done.pnl.nav - done.pnl.initial_nav
    assert change == gained - expected_fees(done)
    assert done.pnl.buckets["delta"] == net * moved


def test_half_a_hedge_leaves_half_the_exposure() -> None:
    rows = 10
    scene = constant_scene(VENUES, rows, float(PRICE))
    for values in [scene.spot, *[s for p in scene.perps.values() for s in (p.price, p.mark)]]:
        values[1:] = 50_100.0
    done = run(settings_of("btc_basis", *AT_ONCE, "strategy.hedge_ratio=0.5"), scene)
    held = done.positions["binance"]["BTC"]
    net = held - sum(short_at(done, venue) for venue in VENUES)
    assert abs(net - held / 2) < Decimal("0.003")
    assert done.pnl.buckets["delta"] == net * 100


def test_fixed_slippage_costs_its_basis_points_of_every_trade() -> None:
    overrides = (*AT_ONCE[:2], "execution_settings.slippage_model=fixed_bps", "execution_settings.slippage_bps=10")
    done = run(settings_of("btc_basis", *overrides), constant_scene(VENUES, 5, float(PRICE)))
    assert {record.price for record in done.trades} == {Decimal(50_050), Decimal(49_950)}
    traded = sum(record.filled for record in done.trades)
    assert done.pnl.buckets["slippage"] == -traded * 50
    assert done.pnl.unexplained == 0


def test_capital_sent_to_other_exchanges_costs_their_withdrawal_fees_and_stays_in_nav() -> None:
    chosen = settings_of("btc_basis", "execution_settings.slippage_model=none")
    done = run(chosen, constant_scene(VENUES, 5, float(PRICE)))
    fee = chosen.venue_settings["binance"]["withdrawal_fees"]["USDT"]  # type: ignore[index]
    sent = [record for record in done.records if record.status == "in_transit"]
    assert len(sent) == 2
    assert done.pnl.buckets["transfer"] == -2 * fee
    # At row 0 both transfers are under way: NAV has them, the venues have not.
    fees_of_first_row = sum(
        (r.fee * (PRICE if r.fee_asset == "BTC" else 1) for r in done.records if done.row_of(r) == 0), Decimal(0)
    )
    assert done.equity["nav"][0] == pytest.approx(float(100_000 - fees_of_first_row), rel=1e-15)


def lending_scene(rows: int, apr: float, gwei: float) -> Scene:
    return Scene(spot=np.full(rows, 2_000.0), supply_apr=np.full(rows, apr), gas_gwei=np.full(rows, gwei))


@pytest.mark.parametrize("apr", ["0.04", "0.0428", "0"])
def test_lending_at_a_constant_rate_grows_in_exact_ray_arithmetic(apr: str) -> None:
    rows = 100
    done = run(settings_of("pure_lending"), lending_scene(rows, float(apr), 10.0))
    (supply,) = done.records
    units = done.positions["aave"]["aUSDT"]
    assert units == supply.filled
    index = RAY
    factor = RAY + int(Decimal(apr) * RAY) * 3600 // SECONDS_PER_YEAR
    for _ in range(rows - 1):
        index = (index * factor + RAY // 2) // RAY
    assert done.pnl.buckets["lending"] == units * Decimal(index - RAY).scaleb(-27)
    assert done.pnl.nav == 100_000 + done.pnl.buckets["lending"] + done.pnl.buckets["gas"]


def test_gas_is_gas_units_times_price_times_ether() -> None:
    done = run(settings_of("pure_lending"), lending_scene(3, 0.04, 12.5))
    (supply,) = done.records
    paid = Decimal("12.5").scaleb(-9) * (216_203 + 46_000) * 2_000
    assert -done.pnl.buckets["gas"] == paid == supply.fee
    assert supply.filled == 100_000 - paid


@pytest.mark.parametrize(("strategy", "factor"), [("slow", "0.9"), ("standard", "1"), ("fast", "1.25")])
def test_the_gas_strategy_scales_the_gas_price(strategy: str, factor: str) -> None:
    chosen = settings_of("pure_lending", f"execution_settings.gas_price_strategy={strategy}")
    done = run(chosen, lending_scene(3, 0.04, 10.0))
    assert -done.pnl.buckets["gas"] == Decimal(10).scaleb(-9) * Decimal(factor) * 262_203 * 2_000


def test_an_ether_share_class_that_hedges_nothing_earns_nothing_but_its_fees_in_ether() -> None:
    rows = 20
    scene = constant_scene(("binance",), rows, 2_000.0)
    scene.spot[5:] = 3_000.0
    for values in (scene.perps["binance"].price, scene.perps["binance"].mark):
        values[5:] = 3_000.0
    chosen = settings_of(
        "eth_basis",
        "share_class=eth_directional",
        "strategy.hedge_allocation={binance: 1.0}",
        "strategy.hedge_ratio=0",
        "strategy.spot_allocation=0.5",
        "execution_settings.slippage_model=none",
    )
    done = run(chosen, scene)
    assert done.positions["binance"]["ETH"] == 50
    # 50 ETH were sold for 100,000 USDT less 0.1 %: at 3,000 they are worth a third less in ETH.
    cash = Decimal(50 * 2_000) * Decimal("0.999")
    assert done.equity["nav"][-1] == pytest.approx(float(50 + cash / 3_000), rel=1e-12)
    assert done.equity["fees"][-1] == pytest.approx(-100 / 2_000, rel=1e-12)
    assert done.equity["delta"][-1] == pytest.approx(float(cash / 3_000 - cash / 2_000), rel=1e-12)
    assert done.market.time(0) == START
