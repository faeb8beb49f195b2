"""OKX v5: balances, positions, leverage and rights; prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts, instrument_id
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import (
    BOOK_LEVELS,
    CROSS,
    Level,
    MarginSetting,
    Permissions,
    Quote,
    add_position,
    decimal,
    nanoseconds,
    positive,
)
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

LEVELS = {"1": "spot-only", "2": "single-currency", "3": CROSS, "4": "portfolio"}
"""Kinds of account by number; the books count as in multi-currency margin."""


class OkxAccount:
    """What sits in the trading account and in the funding account."""

    def __init__(self, gateway: Gateway, contracts: Contracts, spec: VenueSpec) -> None:
        self._gateway = gateway
        self._contracts = contracts
        self._spec = spec

    @asks
    def observe(self) -> Sequence[LocationReport]:
        """See ``AccountView``."""
        exchange = self._gateway.exchange
        trading = self._data(exchange.privateGetAccountBalance)[0]["details"]
        funding = self._data(exchange.privateGetAssetBalances)
        listed = self._data(exchange.privateGetAccountPositions, instType="SWAP")
        return (
            LocationReport(self._spec.margin_location, _amounts(trading, "cashBal"), self._positions(listed)),
            LocationReport(self._spec.deposit_location, _amounts(funding, "bal")),
        )

    @tells
    def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """See ``AccountView``: cross margin."""
        fields = {"instId": instrument_id(instrument), "lever": str(leverage), "mgnMode": "cross"}
        self._gateway.tell(self._gateway.exchange.privatePostAccountSetLeverage, fields)

    @asks
    def margin_settings(self, perpetuals: Sequence[Instrument]) -> Sequence[MarginSetting]:
        """See ``AccountView``. Each order names its margin mode, and ours say cross; positions may have another."""
        configuration = self._data(self._gateway.exchange.privateGetAccountConfig)[0]
        level = LEVELS.get(str(configuration["acctLv"]), f"account level {configuration['acctLv']}")
        one_way = configuration["posMode"] == "net_mode"
        if level != CROSS:
            return tuple(_setting(item, level, None, one_way) for item in perpetuals)
        listed = self._data(self._gateway.exchange.privateGetAccountPositions, instType="SWAP")
        others = {item["instId"]: str(item["mgnMode"]) for item in listed if item["mgnMode"] != CROSS}
        leverages = self._leverages(perpetuals)
        names = [(item, instrument_id(item)) for item in perpetuals]
        return tuple(_setting(item, others.get(name, CROSS), leverages.get(name), one_way) for item, name in names)

    def _leverages(self, perpetuals: Sequence[Instrument]) -> dict[str, Decimal | None]:
        names = ",".join(instrument_id(item) for item in perpetuals)
        entries = self._data(self._gateway.exchange.privateGetAccountLeverageInfo, instId=names, mgnMode=CROSS)
        return {item["instId"]: positive(item["lever"]) for item in entries}

    def set_cross_margin(self, perpetual: Instrument) -> None:
        """See ``AccountView``: only a person changes the account's level, or closes what is on isolated margin."""
        raise VenueError("not_sent", "EIF-008", "it is changed on the venue's own pages only")

    @asks
    def permissions(self) -> Permissions:
        """See ``AccountView``. A sub-account has an id of its own beside that of its main account."""
        configuration = self._data(self._gateway.exchange.privateGetAccountConfig)[0]
        rights = str(configuration.get("perm", "")).split(",")
        account = str(configuration.get("uid") or "")
        return Permissions(trade="trade" in rights, withdraw="withdraw" in rights, account=account)

    def _data(self, call: Any, **fields: Any) -> list[Mapping[str, Any]]:
        data: list[Mapping[str, Any]] = self._gateway.ask(call, fields)["data"]
        return data

    def _positions(self, listed: Sequence[Mapping[str, Any]]) -> dict[str, PerpPosition]:
        """Signed size, and its value at the mark less its unrealised profit: what it cost."""
        positions: dict[str, PerpPosition] = {}
        for item in listed:
            contracts = decimal(item["pos"]) * (-1 if item["posSide"] == "short" else 1)
            instrument = self._contracts.find(item["instId"])
            if instrument is not None and contracts:
                size = self._contracts.quantity(instrument, contracts)
                add_position(positions, instrument.symbol, size, size * decimal(item["markPx"]) - decimal(item["upl"]))
            elif contracts:
                # None of ours, but it must not go unseen; its size is in contracts.
                add_position(positions, item["instId"], contracts, decimal(item.get("notionalUsd")))
        return positions


class OkxQuotes:
    """Quotes of spot and swaps."""

    def __init__(self, gateway: Gateway, contracts: Contracts) -> None:
        self._gateway = gateway
        self._contracts = contracts

    @asks
    def quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote]:
        """See ``QuoteFeed``."""
        return tuple(self._quote(item) for item in instruments)

    @asks
    def offers(self, instrument: Instrument, side: Side) -> Iterator[Level]:
        """See ``QuoteFeed``. A level also has its number of orders, and a field without a meaning."""
        fields = {"instId": instrument_id(instrument), "sz": BOOK_LEVELS}
        book = self._first(self._gateway.exchange.publicGetMarketBooks, **fields)
        size = self._contracts.quantity
        return ((decimal(level[0]), size(instrument, level[1])) for level in book["asks" if side == "buy" else "bids"])

    def _quote(self, instrument: Instrument) -> Quote:
        exchange = self._gateway.exchange
        name = instrument_id(instrument)
        ticker = self._first(exchange.publicGetMarketTicker, instId=name)
        perp = instrument.trade_type == "perp"
        mark = self._first(exchange.publicGetPublicMarkPrice, instType="SWAP", instId=name) if perp else {}
        funding = self._first(exchange.publicGetPublicFundingRate, instId=name) if perp else {}
        return Quote(
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            bid=decimal(ticker["bidPx"]),
            ask=decimal(ticker["askPx"]),
            last=decimal(ticker["last"]),
            bid_size=self._contracts.quantity(instrument, ticker["bidSz"]),
            ask_size=self._contracts.quantity(instrument, ticker["askSz"]),
            observed_at=nanoseconds(ticker["ts"]),
            mark=decimal(mark["markPx"]) if perp else None,
            funding_rate=decimal(funding["fundingRate"]) if perp else None,
            next_funding_at=nanoseconds(funding["fundingTime"]) if perp else 0,
        )

    def _first(self, call: Any, **fields: Any) -> Mapping[str, Any]:
        first: Mapping[str, Any] = self._gateway.ask(call, fields)["data"][0]
        return first


def _setting(perpetual: Instrument, mode: str, leverage: Decimal | None, one_way: bool) -> MarginSetting:
    return MarginSetting(symbol=perpetual.symbol, mode=mode, leverage=leverage, one_way=one_way)


def _amounts(listed: Sequence[Mapping[str, Any]], name: str) -> dict[str, Any]:
    return {item["ccy"]: amount for item in listed if (amount := decimal(item[name]))}
