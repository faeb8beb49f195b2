"""Local venues on a small market with round numbers, and unmodified ccxt clients that reach nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.market import Column, FundingColumn, Instrument, InstrumentColumns, MarketColumns
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.world import SandboxWorld, build_world
from basis_strategy_v1.venues.registry import spec_for

HOUR_NS = 3_600_000_000_000
START_NS = 1_704_067_200_000_000_000
"""2024-01-01T00:00Z."""

FIRST_PRICES = {"BTC": 100_000.0, "ETH": 4_000.0}
RATE = Decimal("0.0001")


def small_market(
    venues: Sequence[str], rows: int = 48, prices: Mapping[str, Sequence[float]] | None = None
) -> MarketColumns:
    """Spot and perpetuals of ``venues``, hourly: spot rises by a thousandth an hour, perp and mark stand above it.

    ``prices`` gives a base's spot series instead; perp is 1.0005 and mark 1.0004 times spot, funding is 0.0001 at each
    multiple of the venue's interval.
    """
    times = START_NS + HOUR_NS * np.arange(rows, dtype=np.int64)
    spot: dict[tuple[str, str], InstrumentColumns] = {}
    perp: dict[tuple[str, str], InstrumentColumns] = {}
    for venue in venues:
        spec = spec_for(venue)
        for instrument in spec.instruments:
            given = (prices or {}).get(instrument.base)
            path = FIRST_PRICES[instrument.base] * (1 + 0.001 * np.arange(rows)) if given is None else np.array(given)
            key = (venue, instrument.symbol)
            if instrument.trade_type == "spot":
                spot[key] = InstrumentColumns(instrument, _column("spot", path, instrument))
            else:
                perp[key] = _perpetual(instrument, path, spec.funding_interval_hours)
    return MarketColumns(times, next(iter(spot.values())).price, spot, perp)


def local_application(
    venues: Sequence[str] = ("binance",),
    *,
    rows: int = 48,
    prices: Mapping[str, Sequence[float]] | None = None,
    balances: Mapping[str, Mapping[str, str | int]] | None = None,
    slippage: str = "none",
    **options: Any,
) -> SandboxApplication:
    """An application over ``small_market`` under a clock moved by hand."""
    given = {
        place: {asset: Decimal(amount) for asset, amount in held.items()} for place, held in (balances or {}).items()
    }
    world: SandboxWorld = build_world(
        small_market(venues, rows, prices),
        venues,
        given or None,
        model=fill_model(slippage),  # type: ignore[arg-type]
        **options,
    )
    return SandboxApplication(world)


def ccxt_client(application: SandboxApplication, name: str, key: str = "", **options: Any) -> Any:
    """An unmodified ccxt exchange (``binance``, ``binanceusdm``, ``bybit``, ...) whose transport is the application.

    ``key`` names one of the venue's API keys; the first when omitted.
    """
    import ccxt

    venue = "binance" if name.startswith("binance") else name
    credentials = CREDENTIALS[venue]
    settings: dict[str, Any] = {"enableRateLimit": False, "options": options}
    if credentials.keys:
        chosen = next((found for found in credentials.keys if found.name == key), credentials.keys[0])
        settings |= {"apiKey": chosen.key, "secret": chosen.secret, "password": chosen.passphrase}
    else:
        settings |= {"privateKey": credentials.private_key, "walletAddress": credentials.wallet_address}
    exchange = getattr(ccxt, name)(settings)
    mount(exchange.session, application)
    return exchange


def _column(name: str, values: Any, instrument: Instrument) -> Column:
    tick = float(1 / instrument.tick)
    return Column(name, np.rint(values * tick) / tick)


def _perpetual(instrument: Instrument, path: Any, interval_hours: int) -> InstrumentColumns:
    mark = _column("mark", path * 1.0004, instrument)
    settled = np.arange(0, len(path), interval_hours, dtype=np.int64)
    units = np.full(len(settled), int(RATE / instrument.funding_unit), dtype=np.int64)
    ticks = np.array([int(mark.decimal(int(row)) / instrument.tick) for row in settled], dtype=np.int64)
    steps = np.zeros(len(path))
    steps[settled] = units * ticks
    cumulative = Column("cumulative", np.cumsum(steps))
    funding = FundingColumn(settled, units, ticks, cumulative, instrument.tick, instrument.funding_unit)
    return InstrumentColumns(instrument, _column("perp", path * 1.0005, instrument), mark, funding=funding)
