"""A small market and a simulated exchange on it, with round numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from math import nan
from typing import Any

import msgspec
import numpy as np

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.fills import FillModel, fill_model
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.market import (
    Column,
    FundingColumn,
    Instrument,
    InstrumentColumns,
    MarketColumns,
)
from basis_strategy_v1.core.domain.orders import LocationReport, OrderReport, OrderRequest, TransferRequest
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.core.interfaces.venue_spec import FeeSchedule, MarginRules, VenueSpec
from basis_strategy_v1.venues.instruments import CEX_CAPABILITIES, amounts, instrument, maintenance_tiers

HOUR = 3_600_000_000_000
UNIT_RATE = Decimal("1e-8")
NO_FEES = FeeSchedule(spot_maker=Decimal(0), spot_taker=Decimal(0), perp_maker=Decimal(0), perp_taker=Decimal(0))
FEES = FeeSchedule(
    spot_maker=Decimal("0.0008"),
    spot_taker=Decimal("0.001"),
    perp_maker=Decimal("0.0002"),
    perp_taker=Decimal("0.0005"),
)
TIERS = maintenance_tiers((0, "0.01", 50), (1_000_000, "0.05", 10))

CLASSIC = VenueSpec(
    venue="alpha",
    family="CEX",
    description="two wallets, spot is no collateral",
    capabilities=CEX_CAPABILITIES,
    spot_location="alpha",
    margin_location="alpha.derivatives",
    deposit_location="alpha",
    locations=("alpha", "alpha.derivatives"),
    instruments=(
        instrument("alpha", "spot", "BTCUSDT", "BTC/USDT", tick="0.01", step="0.00001", min_notional="5"),
        instrument("alpha", "perp", "BTCUSDT", "BTC/USDT", tick="0.1", step="0.001", min_notional="100"),
        instrument("alpha", "perp", "ETHUSDT", "ETH/USDT", tick="0.01", step="0.001", min_notional="20"),
    ),
    fees=FEES,
    margin=MarginRules(tiers={"BTCUSDT": TIERS, "ETHUSDT": TIERS}, default_leverage=10),
    withdrawal_fees=amounts(USDT="1"),
)
UNIFIED = msgspec.structs.replace(
    CLASSIC,
    description="one wallet, coins count as margin",
    spot_location="alpha",
    margin_location="alpha",
    deposit_location="alpha.funding",
    locations=("alpha", "alpha.funding"),
    margin=MarginRules(
        tiers={"BTCUSDT": TIERS, "ETHUSDT": TIERS}, default_leverage=10, collateral_weights=amounts(BTC="0.9")
    ),
)


def column(name: str, values: Sequence[float | None]) -> Column:
    """A column in which None is a null, carried forward."""
    floats = np.array([nan if value is None else value for value in values], dtype=np.float64)
    missing = np.isnan(floats)
    for row in range(1, len(floats)):
        if missing[row]:
            floats[row] = floats[row - 1]
    return Column(name, floats, missing if missing.any() else None)


def funding(rates: Mapping[int, str], marks: Column, instrument_of: Instrument) -> FundingColumn:
    """Settlements ``{row: rate}``."""
    rows = np.array(sorted(rates), dtype=np.int64)
    units = np.array([int(Decimal(rates[int(row)]) / UNIT_RATE) for row in rows], dtype=np.int64)
    ticks = np.array([int(marks.decimal(int(row)) / instrument_of.tick) for row in rows], dtype=np.int64)
    steps = np.zeros(len(marks))
    steps[rows] = units * ticks
    return FundingColumn(rows, units, ticks, Column("cumulative", np.cumsum(steps)), instrument_of.tick, UNIT_RATE)


def perp_columns(spec: VenueSpec, symbol: str, marks: Sequence[float], **series: Any) -> InstrumentColumns:
    """A perpetual's columns: ``price``, ``high``, ``low``, ``volume`` as lists and ``rates`` as ``{row: rate}``."""
    of = spec.instrument(symbol, "perp")
    assert of is not None
    mark = column("mark", marks)
    return InstrumentColumns(
        of,
        column("price", series.get("price", marks)),
        mark,
        column("high", series["high"]) if "high" in series else None,
        column("low", series["low"]) if "low" in series else None,
        funding(series.get("rates", {}), mark, of),
        column("volume", series["volume"]) if "volume" in series else None,
    )


class Venue:
    """A simulated exchange, its clock and its network."""

    def __init__(
        self,
        perps: Mapping[str, InstrumentColumns] | None = None,
        spot_prices: Sequence[float | None] | None = None,
        *,
        spec: VenueSpec = CLASSIC,
        balances: Mapping[str, Mapping[str, str | int]] | None = None,
        fees: FeeSchedule | None = NO_FEES,
        model: FillModel | None = None,
        volume: Sequence[float | None] | None = None,
        **options: Any,
    ) -> None:
        use_ledger_context()
        spot = {}
        if spot_prices is not None:
            of = spec.instrument("BTCUSDT", "spot")
            assert of is not None
            traded = column("volume", volume) if volume is not None else None
            spot["alpha", "BTCUSDT"] = InstrumentColumns(of, column("spot", spot_prices), volume=traded)
        perp = {("alpha", symbol): columns for symbol, columns in (perps or {}).items()}
        rows = len(next(iter([*spot.values(), *perp.values()])).price)
        market = MarketColumns(np.arange(rows, dtype=np.int64) * HOUR, None, spot, perp)
        self._open(market, spec, balances, fees, model, options)

    @classmethod
    def on(
        cls,
        market: MarketColumns,
        spec: VenueSpec = CLASSIC,
        balances: Mapping[str, Mapping[str, str | int]] | None = None,
        *,
        fees: FeeSchedule | None = NO_FEES,
        **options: Any,
    ) -> Venue:
        """A venue on a market that exists already."""
        use_ledger_context()
        venue = cls.__new__(cls)
        venue._open(market, spec, balances, fees, None, options)
        return venue

    def _open(
        self,
        market: MarketColumns,
        spec: VenueSpec,
        balances: Mapping[str, Mapping[str, str | int]] | None,
        fees: FeeSchedule | None,
        model: FillModel | None,
        options: dict[str, Any],
    ) -> None:
        self.market = market
        self.clock = SimulationClock()
        self.network = SimulatedNetwork()
        self.network.register("wallet", "chain")
        opening = balances or {"alpha": {"USDT": 100_000}, "alpha.derivatives": {"USDT": 100_000}}
        self.exchange = SimulatedExchange(
            spec,
            self.market,
            self.clock,
            model or fill_model("none"),
            self.network,
            {place: {asset: Decimal(amount) for asset, amount in held.items()} for place, held in opening.items()},
            fees,
            **options,
        )
        self.sent = 0

    def at(self, row: int) -> Venue:
        """Move the clock to ``row``."""
        self.clock.move_to(row, self.market.time(row))
        return self

    def order(self, side: str, quantity: str, trade_type: str = "perp", **fields: Any) -> OrderReport:
        """Place an order; a price makes it a limit order."""
        self.sent += 1
        fields.setdefault("client_order_id", f"order{self.sent}")
        fields.setdefault("symbol", "BTCUSDT")
        if "price" in fields:
            fields["price"] = Decimal(fields["price"])
            fields.setdefault("order_type", "limit")
        request = OrderRequest(side=side, quantity=Decimal(quantity), trade_type=trade_type, **fields)
        return self.exchange.place_order(request)

    def send(self, source: str, target: str, amount: str, token: str = "USDT", transfer_id: str = "") -> Any:
        """Ask for a transfer."""
        self.sent += 1
        return self.exchange.transfer(
            TransferRequest(
                client_transfer_id=transfer_id or f"transfer{self.sent}",
                from_location=source,
                to_location=target,
                token=token,
                amount=Decimal(amount),
            )
        )

    def report(self, location: str) -> LocationReport:
        """What the venue says sits at ``location``."""
        return next(report for report in self.exchange.observe() if report.location == location)

    def balance(self, location: str, asset: str = "USDT") -> Decimal:
        """One balance."""
        return self.report(location).balances.get(asset, Decimal(0))

    def net_cash(self) -> Decimal:
        """Wallet less entry costs of the derivatives account."""
        report = self.report(self.exchange.spec.margin_location)
        costs = [position.entry_cost for position in report.positions.values()]
        return report.balances.get("USDT", Decimal(0)) - sum(costs, Decimal(0))


def perp_venue(marks: Sequence[float], **options: Any) -> Venue:
    """A venue with the BTCUSDT perpetual alone; series and options as ``perp_columns`` and ``Venue`` take them."""
    series = {name: options.pop(name) for name in ("price", "high", "low", "rates", "volume") if name in options}
    spec = options.get("spec", CLASSIC)
    return Venue({"BTCUSDT": perp_columns(spec, "BTCUSDT", marks, **series)}, **options)
