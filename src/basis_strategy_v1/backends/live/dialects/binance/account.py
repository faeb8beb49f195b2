"""Binance: balances, positions, leverage and rights of a classic account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import (
    CROSS,
    MarginSetting,
    Permissions,
    add_position,
    decimal,
)
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

CROSSED = "CROSSED"


class BinanceAccount:
    """What sits in the spot wallet and in the futures wallet."""

    def __init__(self, spot: Gateway, futures: Gateway, spec: VenueSpec) -> None:
        self._spot = spot
        self._futures = futures
        self._spec = spec

    @asks
    def observe(self) -> Sequence[LocationReport]:
        """See ``AccountView``. A position's entry cost is its notional less its unrealised profit."""
        spot = self._spot.ask(self._spot.exchange.privateGetAccount, {"omitZeroBalances": "true"})
        futures = self._futures.ask(self._futures.exchange.fapiPrivateV3GetAccount)
        wallet = {asset["asset"]: held for asset in futures["assets"] if (held := decimal(asset["walletBalance"]))}
        return (
            LocationReport(self._spec.spot_location, _spot_totals(spot)),
            LocationReport(self._spec.margin_location, wallet, _positions(futures["positions"])),
        )

    @tells
    def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """See ``AccountView``."""
        fields = {"symbol": instrument.symbol, "leverage": leverage}
        self._futures.tell(self._futures.exchange.fapiPrivatePostLeverage, fields)

    @asks
    def margin_settings(self, perpetuals: Sequence[Instrument]) -> Sequence[MarginSetting]:
        """See ``AccountView``. Hedge and multi-assets mode are the account's, the others are the instrument's."""
        exchange = self._futures.exchange
        mode = self._futures.ask(exchange.fapiPrivateGetPositionSideDual)
        one_way = str(mode["dualSidePosition"]).lower() == "false"
        assets = self._futures.ask(exchange.fapiPrivateGetMultiAssetsMargin)
        single_asset = str(assets["multiAssetsMargin"]).lower() == "false"
        listed = [
            entry
            for item in perpetuals
            for entry in self._futures.ask(exchange.fapiPrivateGetSymbolConfig, {"symbol": item.symbol})
            if entry["symbol"] == item.symbol
        ]
        return tuple(
            MarginSetting(
                symbol=entry["symbol"],
                mode=CROSS if entry["marginType"] == CROSSED else str(entry["marginType"]).lower(),
                leverage=decimal(entry["leverage"]),
                one_way=one_way,
                single_asset=single_asset,
            )
            for entry in listed
        )

    @tells
    def set_cross_margin(self, perpetual: Instrument) -> None:
        """See ``AccountView``."""
        fields = {"symbol": perpetual.symbol, "marginType": CROSSED}
        self._futures.tell(self._futures.exchange.fapiPrivatePostMarginType, fields)

    @asks
    def permissions(self) -> Permissions:
        """See ``AccountView``. The key's rights where the venue tells them, else the account's; the spot key's id."""
        account = self._spot.ask(self._spot.exchange.privateGetAccount, {"omitZeroBalances": "true"})
        number = str(account.get("uid") or "")
        try:
            rights = self._spot.ask(self._spot.exchange.sapiGetAccountApiRestrictions)
        except ComponentError:
            return Permissions(trade=bool(account.get("canTrade")), account=number)
        trade = bool(rights.get("enableSpotAndMarginTrading")) and bool(account.get("canTrade"))
        return Permissions(trade=trade, withdraw=bool(rights.get("enableWithdrawals")), account=number)


def _spot_totals(account: Mapping[str, Any]) -> dict[str, Decimal]:
    return {
        held["asset"]: total
        for held in account["balances"]
        if (total := decimal(held["free"]) + decimal(held["locked"]))
    }


def _positions(listed: Sequence[Mapping[str, Any]]) -> dict[str, PerpPosition]:
    positions: dict[str, PerpPosition] = {}
    for position in listed:
        quantity = decimal(position["positionAmt"])
        if quantity:
            cost = decimal(position["notional"]) - decimal(position["unrealizedProfit"])
            add_position(positions, position["symbol"], quantity, cost)
    return positions


def server_time(answer: Mapping[str, Any]) -> int:
    """The venue's time in ms."""
    return int(answer["serverTime"])
