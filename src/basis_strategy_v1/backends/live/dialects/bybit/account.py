"""Bybit v5: balances, positions, leverage and rights of a unified account; prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from basis_strategy_v1.backends.live.dialects.bybit.orders import category
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
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

REGULAR_MARGIN = "REGULAR_MARGIN"
ONE_WAY = "0"


class BybitAccount:
    """What sits in the unified account."""

    def __init__(self, gateway: Gateway, spec: VenueSpec) -> None:
        self._gateway = gateway
        self._spec = spec

    @asks
    def observe(self) -> Sequence[LocationReport]:
        """See ``AccountView``."""
        exchange = self._gateway.exchange
        accounts = self._gateway.ask(exchange.privateGetV5AccountWalletBalance, {"accountType": "UNIFIED"})
        fields = {"category": "linear", "settleCoin": self._spec.margin_currency, "limit": 200}
        listed = self._gateway.ask(exchange.privateGetV5PositionList, fields)["result"]["list"]
        coins = [coin for account in accounts["result"]["list"] for coin in account["coin"]]
        balances = {coin["coin"]: amount for coin in coins if (amount := decimal(coin["walletBalance"]))}
        return (LocationReport(self._spec.margin_location, balances, _positions(listed)),)

    @tells
    def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """See ``AccountView``."""
        fields = {
            "category": "linear",
            "symbol": instrument.symbol,
            "buyLeverage": str(leverage),
            "sellLeverage": str(leverage),
        }
        self._gateway.tell(self._gateway.exchange.privatePostV5PositionSetLeverage, fields)

    @asks
    def margin_settings(self, perpetuals: Sequence[Instrument]) -> Sequence[MarginSetting]:
        """See ``AccountView``. The margin mode is the account's; a symbol in hedge mode has a position per side."""
        exchange = self._gateway.exchange
        told = str(self._gateway.ask(exchange.privateGetV5AccountInfo)["result"]["marginMode"])
        mode = CROSS if told == REGULAR_MARGIN else told.removesuffix("_MARGIN").lower()
        return tuple(self._setting(item, mode) for item in perpetuals)

    def _setting(self, perpetual: Instrument, mode: str) -> MarginSetting:
        fields = {"category": "linear", "symbol": perpetual.symbol}
        listed = self._gateway.ask(self._gateway.exchange.privateGetV5PositionList, fields)["result"]["list"]
        return MarginSetting(
            symbol=perpetual.symbol,
            mode=mode,
            leverage=positive(listed[0]["leverage"]),
            one_way=all(str(item["positionIdx"]) == ONE_WAY for item in listed),
        )

    @tells
    def set_cross_margin(self, perpetual: Instrument) -> None:
        """See ``AccountView``: of the whole account."""
        fields = {"setMarginMode": REGULAR_MARGIN}
        self._gateway.tell(self._gateway.exchange.privatePostV5AccountSetMarginMode, fields)

    @asks
    def permissions(self) -> Permissions:
        """See ``AccountView``. A sub-account has an id of its own beside that of its parent, and money of its own."""
        rights = self._gateway.ask(self._gateway.exchange.privateGetV5UserQueryApi)["result"]
        granted = rights.get("permissions") or {}
        trade = str(rights.get("readOnly")) == "0" and bool(granted.get("ContractTrade"))
        withdraw = "Withdraw" in (granted.get("Wallet") or ())
        return Permissions(trade=trade, withdraw=withdraw, account=str(rights.get("userID") or ""))


class BybitQuotes:
    """Quotes of both product types."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    @asks
    def quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote]:
        """See ``QuoteFeed``."""
        return tuple(self._quote(item) for item in instruments)

    @asks
    def offers(self, instrument: Instrument, side: Side) -> Iterator[Level]:
        """See ``QuoteFeed``."""
        fields = {"category": category(instrument), "symbol": instrument.symbol, "limit": BOOK_LEVELS}
        book = self._gateway.ask(self._gateway.exchange.publicGetV5MarketOrderbook, fields)["result"]
        return ((decimal(price), decimal(size)) for price, size in book["a" if side == "buy" else "b"])

    def _quote(self, instrument: Instrument) -> Quote:
        fields = {"category": category(instrument), "symbol": instrument.symbol}
        answer = self._gateway.ask(self._gateway.exchange.publicGetV5MarketTickers, fields)
        ticker = answer["result"]["list"][0]
        perp = instrument.trade_type == "perp"
        return Quote(
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            bid=decimal(ticker["bid1Price"]),
            ask=decimal(ticker["ask1Price"]),
            last=decimal(ticker["lastPrice"]),
            bid_size=decimal(ticker["bid1Size"]),
            ask_size=decimal(ticker["ask1Size"]),
            observed_at=nanoseconds(answer["time"]),
            mark=decimal(ticker["markPrice"]) if perp else None,
            funding_rate=decimal(ticker["fundingRate"]) if perp else None,
            next_funding_at=nanoseconds(ticker["nextFundingTime"]) if perp else 0,
        )


def _positions(listed: Sequence[Mapping[str, Any]]) -> dict[str, PerpPosition]:
    """Signed size, and its value at the mark less its unrealised profit: what it cost."""
    positions: dict[str, PerpPosition] = {}
    for item in listed:
        if decimal(item["size"]):
            size = decimal(item["size"]) if item["side"] == "Buy" else -decimal(item["size"])
            cost = size * decimal(item["markPrice"]) - decimal(item["unrealisedPnl"])
            add_position(positions, item["symbol"], size, cost)
    return positions
