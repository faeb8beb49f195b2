"""Which market data a run needs, and loading them."""

from __future__ import annotations

from pathlib import Path

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.data.dataset import open_dataset
from basis_strategy_v1.data.loader import LoadedMarket, load_market
from basis_strategy_v1.data.needs import MARK_EXTREMES, MarketNeeds

CASH = "USDT"
LENDING_COLUMN_VENUE = "aave_v3"
SHORT_EXTREMES = ("mark_high",)
"""What liquidates a short: all that a mode needs, since every mode hedges by selling perpetuals."""


def market_needs(
    settings: RunSettings, specs: tuple[VenueSpec, ...], extremes: tuple[str, ...] = MARK_EXTREMES
) -> MarketNeeds:
    """The columns for ``settings``: spot at the first exchange and wherever spot can be held, perpetuals of the hedge,
    lending rates and gas where a protocol is used. ``extremes`` of the mark are read where the data has them.
    """
    exchanges = [spec for spec in specs if spec.family == "CEX"]
    instruments: list[Instrument] = []
    for position, spec in enumerate(exchanges):
        wanted = ("spot", "perp") if position == 0 else ("perp",)
        instruments += [found for found in spec.instruments if _is_wanted(found, settings.asset, wanted)]
    symbol = next((found.symbol for found in instruments), f"{settings.asset}{CASH}")
    lends = any(spec.venue == "aave" for spec in specs)
    return MarketNeeds(
        instruments=tuple(instruments),
        reference=(exchanges[0].venue, symbol) if exchanges else None,
        rates=(f"{LENDING_COLUMN_VENUE}.{settings.currency}",) if lends else (),
        gas=lends,
        ether=lends,
        aliases=settings.data_aliases,
        liquidation_extremes=extremes,
        oracle_funding_venues=tuple(spec.venue for spec in exchanges if spec.funding_price == "oracle"),
        max_staleness_prices=settings.max_staleness_prices,
        max_staleness_daily=settings.max_staleness_daily,
    )


def _is_wanted(instrument: Instrument, asset: str, trade_types: tuple[str, ...]) -> bool:
    """Symbols are the venue's own (``BTCUSDT``, or plainly ``BTC``), so an instrument is found by what it trades."""
    return instrument.base == asset and instrument.trade_type in trade_types


def check_currencies(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> None:
    """Refuse exchanges whose margin the run's capital cannot become: no trade between stablecoins is made.

    Raises:
        ComponentError: EIF-007 for the first such exchange.
    """
    cash = cash_currency(specs)
    for spec in specs:
        if spec.margin is not None and spec.margin_currency != cash:
            others = ", ".join(other.venue for other in specs if other.margin_currency == cash and other.margin)
            raise ComponentError(
                "EIF-007",
                f"{spec.venue} takes margin in {spec.margin_currency} only, but {others} in {cash}, "
                "and no stablecoin is changed into another",
                remedy=f"Keep {spec.venue} or the others in hedge_allocation, initial_location and flows, not both.",
            )


def cash_currency(specs: tuple[VenueSpec, ...]) -> str:
    """The stablecoin of a run's capital: the margin currency of its first exchange."""
    return next((spec.margin_currency for spec in specs if spec.margin is not None), CASH)


def load(
    settings: RunSettings,
    specs: tuple[VenueSpec, ...],
    directory: Path | None,
    start: int | None,
    end: int | None,
    extremes: tuple[str, ...] = MARK_EXTREMES,
) -> LoadedMarket:
    """Load the market of a run.

    Raises:
        ComponentError: CFG-005 when the start lies after the end; EIF-007 for an exchange that cannot be given
            margin; CFG-003 for a flow where none can be, CFG-005 for one before the first row;
            DAT-* as the data package raises them.
    """
    if start is not None and end is not None and start > end:
        raise ComponentError("CFG-005", "the start of the run lies after its end")
    check_currencies(settings, specs)
    check_flow_locations(settings, specs)
    dataset = open_dataset(directory if directory is not None else Path(settings.data_dir))
    loaded = load_market(dataset, market_needs(settings, specs, extremes), start, end)
    check_flows(settings, loaded)
    if start is not None and _starts_late(loaded, start):
        first = to_iso(loaded.market.time(0))
        loaded.assumptions.append(f"The run was to start at {to_iso(start)}; the data has no row before {first}.")
    return loaded


def _starts_late(loaded: LoadedMarket, start: int) -> bool:
    """Whether the first row comes later than the next row after ``start`` would."""
    market = loaded.market
    return len(market) > 1 and market.time(0) - start >= market.time(1) - market.time(0)


def check_flow_locations(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> None:
    """Refuse flows at a protocol: money comes from outside and leaves at an exchange or a wallet only.

    Raises:
        ComponentError: CFG-003 for the first such flow.
    """
    open_to_all = [place for spec in specs if spec.family in ("CEX", "Transfer") for place in spec.locations]
    for position, flow in enumerate(settings.flows):
        if flow.location not in open_to_all:
            raise ComponentError(
                "CFG-003",
                f"flows[{position}].venue is {flow.location!r}, which takes no money from outside and pays none out",
                remedy=f"In this run, use one of {', '.join(open_to_all)}.",
            )


def check_flows(settings: RunSettings, loaded: LoadedMarket) -> None:
    """Refuse flows before the first row; say which come after the last one and are not booked.

    Raises:
        ComponentError: CFG-005.
    """
    first, last = loaded.market.time(0), loaded.market.time(len(loaded.market) - 1)
    for position, flow in enumerate(settings.flows):
        if flow.timestamp < first:
            raise ComponentError(
                "CFG-005",
                f"flows[{position}].ts is {to_iso(flow.timestamp)}, before the first row at {to_iso(first)}",
                remedy="Leave the flow out, or start the run earlier.",
            )
        if flow.timestamp > last:
            loaded.assumptions.append(
                f"The flow of {to_iso(flow.timestamp)} lies after the last row and is not booked."
            )
