"""OKX's trading account: settings, balances, fees, leverage. Margin is counted as in multi-currency mode, cross."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import MarginRules
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.account_modes import SPOT_ONLY
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.okx.errors import WireError, bad_parameter, refusal
from basis_strategy_v1.sandbox.okx.instruments import InstrumentNames
from basis_strategy_v1.sandbox.okx.numbers import money, number, quotient
from basis_strategy_v1.sandbox.okx.parameters import Parameters
from basis_strategy_v1.sandbox.records import BalanceView, MarginView

Entries = list[dict[str, Any]]
UID = "44705892343619584"
_ONE_WAY, _HEDGED = "net_mode", "long_short_mode"


_UNBORROWED: dict[str, Any] = {
    "accAvgPx": "",
    "borrowFroz": "0",
    "clSpotInUseAmt": "",
    "collateralEnabled": True,
    "crossLiab": "0",
    "fixedBal": "0",
    "interest": "0",
    "isoEq": "0",
    "isoLiab": "0",
    "isoUpl": "0",
    "liab": "0",
    "maxLoan": "0",
    "maxSpotInUse": "",
    "mgnRatio": "",
    "notionalLever": "0",
    "openAvgPx": "",
    "rewardBal": "0",
    "smtSyncEq": "0",
    "spotBal": "",
    "spotInUseAmt": "",
    "spotIsoBal": "0",
    "spotUpl": "",
    "spotUplRatio": "",
    "stgyEq": "0",
    "totalPnl": "",
    "totalPnlRatio": "",
    "twap": "0",
    "uplLiab": "0",
}
"""What a balance without loans, isolated positions or bots always says."""


class AccountEndpoints:
    """``account/``."""

    def __init__(self, account: SandboxAccount, clock: VenueClock, names: InstrumentNames) -> None:
        self._account = account
        self._clock = clock
        self._names = names

    def configuration(self, _: Parameters) -> Entries:
        """``account/config``."""
        return [
            {
                "acctLv": self._account.modes.level,
                "acctStpMode": "cancel_maker",
                "autoLoan": False,
                "ctIsoMode": "automatic",
                "enableSpotBorrow": False,
                "feeType": "0",
                "greeksType": "PA",
                "ip": "",
                "kycLv": "3",
                "label": "sandbox",
                "level": "Lv1",
                "levelTmp": "",
                "liquidationGear": "-1",
                "mainUid": UID,
                "mgnIsoMode": "automatic",
                "opAuth": "0",
                "perm": "read_only,withdraw,trade",
                "posMode": _HEDGED if self._account.modes.is_hedged else _ONE_WAY,
                "roleType": "0",
                "settleCcy": "USDT",
                "settleCcyList": ["USDT"],
                "spotBorrowAutoRepay": False,
                "spotOffsetType": "",
                "spotRoleType": "0",
                "spotTraderInsts": [],
                "stgyType": "0",
                "traderInsts": [],
                "type": "0",
                "uid": UID,
            }
        ]

    def balance(self, parameters: Parameters) -> Entries:
        """``account/balance``."""
        margin = self._account.margin()
        held = self._account.balances(self._account.spec.margin_location)
        wanted = [name for name in parameters.text("ccy").split(",") if name]
        now = str(self._clock.now_ms())
        details = [self._detail(item, margin, now) for name, item in held.items() if not wanted or name in wanted]
        total = sum((self._value(item) for item in held.values()), ZERO) + margin.unrealised
        return [
            {
                "adjEq": money(margin.balance),
                "availEq": money(margin.available),
                "borrowFroz": "0",
                "details": details,
                "imr": money(margin.initial),
                "isoEq": "0",
                "mgnRatio": quotient(margin.balance, margin.maintenance),
                "mmr": money(margin.maintenance),
                "notionalUsd": money(sum((abs(view.notional) for view in self._account.positions()), ZERO)),
                "notionalUsdForBorrow": "0",
                "notionalUsdForFutures": "0",
                "notionalUsdForOption": "0",
                "notionalUsdForSwap": money(sum((abs(view.notional) for view in self._account.positions()), ZERO)),
                "ordFroz": money(margin.order_margin),
                "totalEq": money(total),
                "uTime": now,
                "upl": money(margin.unrealised),
            }
        ]

    def trade_fee(self, parameters: Parameters) -> Entries:
        """``account/trade-fee``: what is paid is below zero."""
        wanted_type = parameters.required("instType")
        trade_type = {"SPOT": "spot", "SWAP": "perp"}.get(wanted_type)
        if trade_type is None:
            raise bad_parameter("instType")
        symbol = self._fee_symbol(parameters, trade_type)
        maker, taker = self._account.fee_rates(symbol, trade_type)
        rates = {"maker": number(-maker), "makerU": number(-maker), "makerUSDC": number(-maker)}
        rates |= {"taker": number(-taker), "takerU": number(-taker), "takerUSDC": number(-taker)}
        return [
            {
                "category": "1",
                "delivery": "",
                "exercise": "",
                "feeGroup": [{"groupId": "1", "maker": number(-maker), "taker": number(-taker)}],
                "fiat": [],
                "instType": wanted_type,
                "level": "Lv1",
                "ruleType": "normal",
                "settle": "",
                "ts": str(self._clock.now_ms()),
                **rates,
            }
        ]

    def leverage(self, parameters: Parameters) -> Entries:
        """``account/leverage-info``."""
        mode = parameters.required("mgnMode")
        if mode not in ("cross", "isolated"):
            raise bad_parameter("mgnMode")
        if self._account.modes.level == SPOT_ONLY:
            raise WireError("51010", "You can't complete this request under your current account mode.")
        names = [name for name in parameters.required("instId").split(",") if name]
        return [self._leverage_entry(self._swap(name), name, mode) for name in names]

    def set_leverage(self, parameters: Parameters) -> Entries:
        """``account/set-leverage``: cross margin is what there is."""
        name, mode = parameters.required("instId"), parameters.required("mgnMode")
        if mode != "cross":
            raise bad_parameter("mgnMode")
        instrument = self._swap(name)
        lever = parameters.decimal("lever")
        if lever is None or lever % 1:
            raise bad_parameter("lever")
        tiers = (self._account.spec.margin or MarginRules()).tiers.get(instrument.symbol)
        if not 1 <= lever <= (tiers[0].max_leverage if tiers else 10):
            raise WireError("59102", "Leverage exceeds the maximum limit. Please lower the leverage.")
        refused = self._account.set_leverage(instrument.symbol, int(lever))
        if refused is not None:
            words = "Your account leverage is too low and has insufficient margins. Please increase the leverage."
            raise WireError("59108", words)
        return [self._leverage_entry(instrument, name, mode)]

    def set_position_mode(self, parameters: Parameters) -> Entries:
        """``account/set-position-mode``: while nothing is held or open."""
        wanted, modes = parameters.required("posMode"), self._account.modes
        if wanted not in (_ONE_WAY, _HEDGED):
            raise bad_parameter("posMode")
        if (wanted == _HEDGED) != modes.is_hedged:
            if self._account.positions() or self._account.resting_orders(trade_type="perp"):
                words = "Settings failed. Close any open positions or orders before modifying settings."
                raise WireError("59000", words)
            modes.is_hedged = wanted == _HEDGED
        return [{"posMode": wanted}]

    def _leverage_entry(self, instrument: Instrument, name: str, mode: str) -> dict[str, Any]:
        lever = str(self._account.leverage_of(instrument.symbol))
        return {"instId": name, "lever": lever, "mgnMode": mode, "posSide": "net", "ccy": ""}

    def _swap(self, name: str) -> Instrument:
        found = self._names.find(name)
        if found is None or found.trade_type != "perp":
            raise refusal("unknown_symbol", name)
        return found

    def _fee_symbol(self, parameters: Parameters, trade_type: str) -> str:
        name = parameters.text("instId")
        family = parameters.text("uly") or parameters.text("instFamily")
        if not name and family:
            name = family + ("-SWAP" if trade_type == "perp" else "")
        found = self._names.find(name) if name else self._names.first(trade_type)
        if found is None or found.trade_type != trade_type:
            raise refusal("unknown_symbol", name)
        return found.symbol

    def _value(self, balance: BalanceView) -> Decimal:
        """What a balance is worth in the margin currency."""
        if balance.asset == self._account.spec.margin_currency:
            return balance.total
        return balance.total * self._account.collateral_price(balance.asset)

    def _detail(self, balance: BalanceView, margin: MarginView, now: str) -> dict[str, Any]:
        settles = balance.asset == margin.currency
        unrealised = margin.unrealised if settles else ZERO
        initial = margin.initial if settles else ZERO
        equity = balance.total + unrealised
        free = equity - initial - balance.locked
        return _UNBORROWED | {
            "availBal": money(max(balance.free - initial, ZERO)),
            "availEq": money(max(free, ZERO)),
            "cashBal": number(balance.total),
            "ccy": balance.asset,
            "disEq": money(self._value(balance) + unrealised),
            "eq": money(equity),
            "eqUsd": money(self._value(balance) + unrealised),
            "frozenBal": money(initial + balance.locked),
            "imr": money(initial),
            "mmr": money(margin.maintenance) if settles else "0",
            "ordFrozen": money(balance.locked + (margin.order_margin if settles else ZERO)),
            "uTime": now,
            "upl": money(unrealised),
        }
