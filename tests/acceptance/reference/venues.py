"""The venues' filters and taker fees, written down a second time, and the two datasets' runs."""

from __future__ import annotations

from decimal import Decimal

from tests.acceptance.reference.lending import LendingRun
from tests.acceptance.reference.parameters import BasisRun, HedgeVenue, Market

SPOT_STEP = {"BTC": Decimal("0.00001"), "ETH": Decimal("0.0001")}
PERPETUAL_TICK = {"BTC": Decimal("0.1"), "ETH": Decimal("0.01")}
BINANCE_MIN_NOTIONAL = {"BTC": Decimal(100), "ETH": Decimal(20)}
OKX_STEP = {"BTC": Decimal("0.0001"), "ETH": Decimal("0.001")}
BYBIT_STEP = {"BTC": Decimal("0.001"), "ETH": Decimal("0.01")}
CENT = Decimal("0.01")
LOT = Decimal("0.001")


def binance_spot(asset: str) -> Market:
    """Spot of BTC or ETH at Binance."""
    price, volume, step = f"spot.binance.{asset}USDT", f"volume.binance_spot.{asset}USDT", SPOT_STEP[asset]
    return Market(price, volume, CENT, step, step, Decimal(5), taker_fee=Decimal("0.001"))


def binance(asset: str, weight: Decimal, initial_share: Decimal) -> HedgeVenue:
    """Binance: capital arrives in the spot wallet, beside the margin account."""
    price, volume, tick = f"perp.binance.{asset}USDT", f"volume.binance_perp.{asset}USDT", PERPETUAL_TICK[asset]
    return HedgeVenue(
        name="binance",
        weight=weight,
        perpetual=Market(price, volume, tick, LOT, LOT, BINANCE_MIN_NOTIONAL[asset], taker_fee=Decimal("0.0005")),
        mark=f"mark.binance.{asset}USDT",
        funding=f"funding.binance.{asset}USDT",
        maintenance_rate=Decimal("0.004"),
        initial_share=initial_share,
        holds_cash_beside=True,
    )


def bybit(asset: str, weight: Decimal, initial_share: Decimal) -> HedgeVenue:
    """Bybit: one account; the price of its perpetual stands in for the mark."""
    price, tick, step = f"perp.bybit.{asset}USDT", PERPETUAL_TICK[asset], BYBIT_STEP[asset]
    return HedgeVenue(
        name="bybit",
        weight=weight,
        perpetual=Market(price, None, tick, step, step, Decimal(5), taker_fee=Decimal("0.00055")),
        mark=price,
        funding=f"funding.bybit.{asset}USDT",
        maintenance_rate=Decimal("0.005"),
        initial_share=initial_share,
    )


def okx(asset: str, weight: Decimal, initial_share: Decimal) -> HedgeVenue:
    """OKX read from Binance's prices and funding: its own filters, no volume, capital arrives beside the margin."""
    price, tick, step = f"perp.binance.{asset}USDT", PERPETUAL_TICK[asset], OKX_STEP[asset]
    return HedgeVenue(
        name="okx",
        weight=weight,
        perpetual=Market(price, None, tick, step, step, Decimal(0), taker_fee=Decimal("0.0005")),
        mark=f"mark.binance.{asset}USDT",
        funding=f"funding.binance.{asset}USDT",
        maintenance_rate=Decimal("0.004"),
        initial_share=initial_share,
        holds_cash_beside=True,
    )


def one_venue(asset: str) -> BasisRun:
    """Everything at Binance."""
    return BasisRun(spot=binance_spot(asset), venues=(binance(asset, Decimal(1), Decimal(1)),))


def two_venues(asset: str) -> BasisRun:
    """0.6 of the hedge at Binance, 0.4 at Bybit, with half the capital as margin split likewise from the start."""
    home, other = binance(asset, Decimal("0.6"), Decimal("0.8")), bybit(asset, Decimal("0.4"), Decimal("0.2"))
    return BasisRun(spot=binance_spot(asset), venues=(home, other))


def three_venues(asset: str) -> BasisRun:
    """0.4 of the hedge at Binance, 0.3 at Bybit and 0.3 at OKX, margin split likewise from the start."""
    home = binance(asset, Decimal("0.4"), Decimal("0.7"))
    others = (bybit(asset, Decimal("0.3"), Decimal("0.15")), okx(asset, Decimal("0.3"), Decimal("0.15")))
    return BasisRun(spot=binance_spot(asset), venues=(home, *others))


def usdt_on_aave() -> LendingRun:
    """USDT on Aave v3, gas at the base and priority fee and Binance's price of ETH."""
    return LendingRun(
        rate="supply_apr.aave_v3.USDT",
        base_fee="gas.ethereum.base_fee_gwei",
        priority_fee="gas.ethereum.priority_fee_gwei",
        ether="spot.binance.ETHUSDT",
        ether_tick=CENT,
    )
