"""Which columns of a dataset serve which need. Nothing is read here."""

from __future__ import annotations

import msgspec

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.data.dataset import Dataset
from basis_strategy_v1.data.errors import missing_column
from basis_strategy_v1.data.needs import AliasBook, ColumnName, MarketNeeds, parse_column_name

BASE_FEE = "gas.ethereum.base_fee_gwei"
PRIORITY_FEE = "gas.ethereum.priority_fee_gwei"
TOTAL_GAS = "gas.ethereum.total_gwei"
DAY_AVERAGE_GAS = "gas.ethereum.day_average_gwei"
GAS_COLUMNS = (BASE_FEE, PRIORITY_FEE, TOTAL_GAS, DAY_AVERAGE_GAS)
ETHER_SYMBOL = "ETHUSDT"


class InstrumentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of one instrument. ``funding_price`` is the oracle's column where the venue charges on it."""

    instrument: Instrument
    price: str
    mark: str
    mark_high: str | None = None
    mark_low: str | None = None
    funding: str | None = None
    funding_price: str | None = None
    volume: str | None = None


class RatePlan(msgspec.Struct, frozen=True):
    """The columns of one lending market, such as ``aave_v3.USDT``."""

    market: str
    supply: str
    borrow: str
    oracle: str | None


class MarketPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Every column a run reads; ``aliased`` maps the column asked for to the one read instead."""

    instruments: tuple[InstrumentPlan, ...]
    reference: str | None
    rates: tuple[RatePlan, ...]
    gas: tuple[str, ...]
    ether: str | None
    aliased: dict[str, str]

    def columns(self) -> set[str]:
        """The names of all columns."""
        names: set[str | None] = {self.reference, self.ether, *self.gas}
        for plan in self.instruments:
            names |= {plan.price, plan.mark, plan.mark_high, plan.mark_low, plan.funding}
            names |= {plan.funding_price, plan.volume}
        for rate in self.rates:
            names |= {rate.supply, rate.borrow, rate.oracle}
        return {name for name in names if name is not None}


class Planner:
    """Finds the columns for ``needs`` in ``dataset``."""

    def __init__(self, dataset: Dataset, needs: MarketNeeds) -> None:
        self._columns = dataset.columns
        self._needs = needs
        self._aliases = AliasBook(needs.aliases)
        self._aliased: dict[str, str] = {}
        self._missing: list[str] | None = None

    def plan(self) -> MarketPlan:
        """All columns. Raises ComponentError DAT-002 for the first one that is needed and missing."""
        needs = self._needs
        instruments = tuple(self._instrument(instrument) for instrument in needs.instruments)
        reference = self._reference()
        rates = tuple(self._rate(market) for market in needs.rates)
        gas = self._gas() if needs.gas else ()
        ether = self._ether() if needs.ether else None
        return MarketPlan(
            instruments=instruments,
            reference=reference,
            rates=rates,
            gas=gas,
            ether=ether,
            aliased=self._aliased,
        )

    def missing(self) -> list[str]:
        """Every column that is needed and missing, where ``plan`` stops at the first."""
        self._missing = []
        self.plan()
        return list(dict.fromkeys(self._missing))

    def _absent(self, column: str, use: str, remedy: str) -> str:
        if self._missing is None:
            raise missing_column(column, use, remedy)
        self._missing.append(column)
        return column

    def _instrument(self, instrument: Instrument) -> InstrumentPlan:
        volume = self._volume(instrument)
        if instrument.trade_type == "spot":
            price = self._required("spot", instrument, "spot trading")
            return InstrumentPlan(instrument=instrument, price=price, mark=price, volume=volume)
        charged_on_oracle = instrument.venue in self._needs.oracle_funding_venues
        return InstrumentPlan(
            instrument=instrument,
            price=self._required("perp", instrument, "perpetual trading"),
            mark=self._required("mark", instrument, "valuation of the perpetual"),
            mark_high=self._extreme("mark_high", instrument),
            mark_low=self._extreme("mark_low", instrument),
            funding=self._required("funding", instrument, "funding of the perpetual"),
            funding_price=self._optional("oracle", instrument) if charged_on_oracle else None,
            volume=volume,
        )

    def _extreme(self, kind: str, instrument: Instrument) -> str | None:
        return self._optional(kind, instrument) if kind in self._needs.liquidation_extremes else None

    def _reference(self) -> str | None:
        if self._needs.reference is None:
            return None
        venue, symbol = self._needs.reference
        for instrument in self._needs.instruments:
            if (instrument.venue, instrument.symbol) == (venue, symbol):
                return self._required("spot", instrument, "the reference spot")
        return self._required_name(ColumnName("spot", venue, symbol), "the reference spot")

    def _rate(self, market: str) -> RatePlan:
        venue, _, token = market.partition(".")
        use = f"lending on {market}"
        supply = self._required_name(ColumnName("supply_apr", venue, token), use)
        borrow = self._required_name(ColumnName("borrow_apr", venue, token), use)
        return RatePlan(market, supply, borrow, self._find(ColumnName("oracle", venue, token)))

    def _gas(self) -> tuple[str, ...]:
        found = tuple(name for name in GAS_COLUMNS if name in self._columns)
        has_price = TOTAL_GAS in found or DAY_AVERAGE_GAS in found or (BASE_FEE in found and PRIORITY_FEE in found)
        if not has_price:
            remedy = f"Add {BASE_FEE} and {PRIORITY_FEE}, or {TOTAL_GAS}, or {DAY_AVERAGE_GAS}"
            self._absent(BASE_FEE, "the price of gas", remedy)
        return found

    def _ether(self) -> str:
        """The reference venue's ETH spot, else that of a traded venue, else the first by name."""
        preferred = [self._needs.reference[0]] if self._needs.reference else []
        preferred += [instrument.venue for instrument in self._needs.instruments]
        for venue in preferred:
            column = self._find(ColumnName("spot", venue, ETHER_SYMBOL))
            if column is not None:
                return column
        for column in sorted(self._columns):
            name = parse_column_name(column)
            if name is not None and name.kind == "spot" and name.symbol == ETHER_SYMBOL:
                return column
        wanted = f"spot.{preferred[0] if preferred else 'binance'}.{ETHER_SYMBOL}"
        return self._absent(wanted, "the cost of gas in USD", "Add the spot price of ETH on any venue")

    def _volume(self, instrument: Instrument) -> str | None:
        """``volume.<venue>_spot.<symbol>`` or ``volume.<venue>_perp.<symbol>``; an alias names the plain venue."""
        source = self._aliases.resolve("volume", instrument.venue, instrument.symbol)
        wanted = ColumnName("volume", f"{instrument.venue}_{instrument.trade_type}", instrument.symbol)
        found = ColumnName(source.kind, f"{source.venue}_{instrument.trade_type}", instrument.symbol)
        return self._note_alias(wanted, found) if str(found) in self._columns else None

    def _required(self, kind: str, instrument: Instrument, use: str) -> str:
        found = self._optional(kind, instrument)
        if found is not None:
            return found
        wanted = ColumnName(kind, instrument.venue, instrument.symbol)
        return self._required_name(wanted, f"{use} on {instrument.venue}")

    def _optional(self, kind: str, instrument: Instrument) -> str | None:
        """The column, also under the plain base symbol (``BTC``) that some venues use."""
        return self._find(ColumnName(kind, instrument.venue, instrument.symbol)) or self._find(
            ColumnName(kind, instrument.venue, instrument.base)
        )

    def _required_name(self, wanted: ColumnName, use: str) -> str:
        column = self._find(wanted)
        if column is None:
            remedy = (
                f"Add the column, leave {wanted.venue} out of the configuration, or alias it: "
                f"--set 'data.data_aliases={{{_alias_example(wanted)}}}'"
            )
            missing = self._aliases.resolve(wanted.kind, wanted.venue, wanted.symbol)
            return self._absent(str(missing), use, remedy)
        return column

    def _find(self, wanted: ColumnName) -> str | None:
        """The column that serves ``wanted``, aliases applied, or None where the data has none."""
        found = self._aliases.resolve(wanted.kind, wanted.venue, wanted.symbol)
        return self._note_alias(wanted, found) if str(found) in self._columns else None

    def _note_alias(self, wanted: ColumnName, found: ColumnName) -> str:
        if found != wanted:
            self._aliased[str(wanted)] = str(found)
        return str(found)


def _alias_example(name: ColumnName) -> str:
    if name.kind == "mark":
        return f"mark.{name.venue}: perp.{name.venue}"
    return f"{name.kind}.{name.venue}: OTHER_VENUE"
