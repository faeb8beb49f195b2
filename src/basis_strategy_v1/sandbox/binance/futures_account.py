"""The futures account: balances, positions, margin, leverage and income."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.formats import plain
from basis_strategy_v1.sandbox.binance.futures_margin import account_v2, account_v3, balances, position_risk
from basis_strategy_v1.sandbox.binance.history import WEEK_MS
from basis_strategy_v1.sandbox.binance.income import income_entries
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names
from basis_strategy_v1.venues.registry import spec_for

HIGHEST_LEVERAGE = 125
SUCCESS = {"code": 200, "msg": "success"}


class FuturesAccount:
    """Answers requests about the futures account."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._account = context.account

    def routes(self) -> Routes:
        """The endpoints."""
        symbol, risk = names("symbol"), self.position_risk
        income = names("symbol incomeType startTime endTime page limit")
        return {
            "GET /fapi/v2/account": Route(lambda parameters: account_v2(self._context), "signed", weight=5),
            "GET /fapi/v3/account": Route(lambda parameters: account_v3(self._context), "signed", weight=5),
            "GET /fapi/v2/balance": Route(lambda parameters: balances(self._context), "signed", weight=5),
            "GET /fapi/v3/balance": Route(lambda parameters: balances(self._context), "signed", weight=5),
            "GET /fapi/v2/positionRisk": Route(lambda parameters: risk(parameters, version=2), "signed", symbol, 5),
            "GET /fapi/v3/positionRisk": Route(lambda parameters: risk(parameters, version=3), "signed", symbol, 5),
            "GET /fapi/v1/accountConfig": Route(self.account_config, "signed", weight=5),
            "GET /fapi/v1/symbolConfig": Route(self.symbol_config, "signed", symbol, 5),
            "GET /fapi/v1/leverageBracket": Route(self.leverage_bracket, "signed", symbol),
            "GET /fapi/v1/commissionRate": Route(self.commission_rate, "signed", symbol, 20),
            "GET /fapi/v1/positionSide/dual": Route(self.position_mode, "signed", weight=30),
            "POST /fapi/v1/positionSide/dual": Route(self.set_position_mode, "signed", names("dualSidePosition")),
            "GET /fapi/v1/multiAssetsMargin": Route(self.multi_assets_mode, "signed", weight=30),
            "POST /fapi/v1/leverage": Route(self.set_leverage, "signed", names("symbol leverage")),
            "POST /fapi/v1/marginType": Route(self.set_margin_type, "signed", names("symbol marginType")),
            "GET /fapi/v1/income": Route(self.income, "signed", income, 30),
        }

    def position_risk(self, parameters: Parameters, *, version: int) -> Any:
        """Positions with their margin: version 2 shows every instrument, version 3 those with a position or orders."""
        return position_risk(self._context, self._context.instruments(parameters, "perp"), version=version)

    def account_config(self, parameters: Parameters) -> Any:
        """What the account may do."""
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": self._account.modes.is_hedged,
            "updateTime": 0,
            "multiAssetsMargin": self._account.modes.is_multi_asset,
            "tradeGroupId": -1,
        }

    def symbol_config(self, parameters: Parameters) -> Any:
        """Margin mode and leverage by instrument."""
        return [
            {
                "symbol": instrument.symbol,
                "marginType": "ISOLATED" if instrument.symbol in self._account.modes.isolated else "CROSSED",
                "isAutoAddMargin": False,
                "leverage": self._account.leverage_of(instrument.symbol),
                "maxNotionalValue": _largest_notional(instrument, self._account.leverage_of(instrument.symbol)),
            }
            for instrument in self._context.instruments(parameters, "perp")
        ]

    def leverage_bracket(self, parameters: Parameters) -> Any:
        """Margin tiers by instrument."""
        found = [
            {"symbol": instrument.symbol, "brackets": _brackets(instrument)}
            for instrument in self._context.instruments(parameters, "perp")
        ]
        return found[0] if parameters.text("symbol") is not None else found

    def commission_rate(self, parameters: Parameters) -> Any:
        """Maker and taker commission of an instrument."""
        instrument = self._context.perpetual(parameters)
        maker, taker = self._account.fee_rates(instrument.symbol, "perp")
        return {
            "symbol": instrument.symbol,
            "makerCommissionRate": plain(maker),
            "takerCommissionRate": plain(taker),
            "rpiCommissionRate": plain(maker),
        }

    def position_mode(self, parameters: Parameters) -> Any:
        """One-way, or hedged."""
        return {"dualSidePosition": self._account.modes.is_hedged}

    def set_position_mode(self, parameters: Parameters) -> Any:
        """Switch between one-way and hedge mode, while nothing is held or open."""
        parameters.need("dualSidePosition")
        wanted, modes = parameters.flag("dualSidePosition"), self._account.modes
        if wanted == modes.is_hedged:
            raise BinanceError(-4059, "No need to change position side.")
        if self._account.resting_orders(trade_type="perp"):
            raise BinanceError(-4067, "Position side cannot be changed if there exists open orders.")
        if self._account.positions():
            raise BinanceError(-4068, "Position side cannot be changed if there exists position.")
        modes.is_hedged = wanted
        return SUCCESS

    def multi_assets_mode(self, parameters: Parameters) -> Any:
        """Whether every asset is margin, or that of the instrument alone."""
        return {"multiAssetsMargin": self._account.modes.is_multi_asset}

    def set_leverage(self, parameters: Parameters) -> Any:
        """Set the leverage of an instrument."""
        instrument = self._context.perpetual(parameters)
        parameters.need("leverage")
        leverage = parameters.integer("leverage") or 0
        highest = _tiers(instrument)[0].max_leverage
        if not 1 <= leverage <= highest:
            raise BinanceError(-4028, f"Leverage {leverage} is not valid")
        if self._account.set_leverage(instrument.symbol, leverage) is not None:
            raise BinanceError(-2027, "Exceeded the maximum allowable position at current leverage.")
        return {
            "leverage": leverage,
            "maxNotionalValue": _largest_notional(instrument, leverage),
            "symbol": instrument.symbol,
        }

    def set_margin_type(self, parameters: Parameters) -> Any:
        """Switch an instrument between cross and isolated margin, while nothing of it is held or open."""
        symbol = self._context.perpetual(parameters).symbol
        kind = parameters.need("marginType")
        if kind not in ("CROSSED", "ISOLATED"):
            raise BinanceError(-1130, "Data sent for parameter 'marginType' is not valid.")
        isolated = self._account.modes.isolated
        if (kind == "ISOLATED") == (symbol in isolated):
            raise BinanceError(-4046, "No need to change margin type.")
        if self._account.resting_orders(symbol, "perp"):
            raise BinanceError(-4047, "Margin type cannot be changed if there exists open orders.")
        if any(position.symbol == symbol for position in self._account.positions()):
            raise BinanceError(-4048, "Margin type cannot be changed if there exists position.")
        isolated.symmetric_difference_update({symbol})
        return SUCCESS

    def income(self, parameters: Parameters) -> Any:
        """What moved the wallet, oldest first; without times that of the last week."""
        symbol = None if parameters.text("symbol") is None else self._context.perpetual(parameters).symbol
        entries = income_entries(self._account, symbol, parameters.text("incomeType"))
        start, end = parameters.integer("startTime"), parameters.integer("endTime")
        if start is None and end is None:
            start = self._context.clock.now_ms() - WEEK_MS
        found = [
            entry
            for entry in entries
            if (start is None or entry["time"] >= start) and (end is None or entry["time"] <= end)
        ]
        limit = parameters.limit(100, 1000)
        page = parameters.integer("page")
        if page is not None:
            return found[(page - 1) * limit : page * limit]
        return found[:limit] if parameters.text("startTime") is not None else found[-limit:]


def _tiers(instrument: Instrument) -> Any:
    margin = spec_for(instrument.venue).margin
    assert margin is not None
    return margin.tiers[instrument.symbol]


def _brackets(instrument: Instrument) -> list[dict[str, Any]]:
    tiers = _tiers(instrument)
    caps = [int(tier.floor) for tier in tiers[1:]] + [9_223_372_036_854_775_807]
    return [
        {
            "bracket": number,
            "initialLeverage": tier.max_leverage,
            "notionalCap": cap,
            "notionalFloor": int(tier.floor),
            "maintMarginRatio": float(tier.rate),
            "cum": _number(tier.deduction),
        }
        for number, (tier, cap) in enumerate(zip(tiers, caps, strict=True), start=1)
    ]


def _number(value: Decimal) -> int | float:
    """As the venue prints it: whole where it is whole."""
    return int(value) if value == int(value) else float(value)


def _largest_notional(instrument: Instrument, leverage: int) -> str:
    """Up to which notional the leverage is allowed."""
    tiers = _tiers(instrument)
    for tier, following in pairwise(tiers):
        if tier.max_leverage >= leverage > following.max_leverage:
            return plain(following.floor)
    return "9223372036854775807"
