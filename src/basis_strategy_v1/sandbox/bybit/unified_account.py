"""Bybit's account: key, settings, wallet, fees, leverage. One unified account."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.account_modes import MarginMode
from basis_strategy_v1.sandbox.bybit.errors import WireError, bad_parameter, refusal
from basis_strategy_v1.sandbox.bybit.formats import liquidation_log, money, number, ratio
from basis_strategy_v1.sandbox.bybit.instruments import tiers_of
from basis_strategy_v1.sandbox.bybit.paging import DAY_MS, page, time_range
from basis_strategy_v1.sandbox.bybit.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.records import BalanceView, MarginView

_TRADE_TYPES = {"spot": "spot", "linear": "perp"}
_MARGIN_MODES: dict[MarginMode, str] = {
    "cross": "REGULAR_MARGIN",
    "isolated": "ISOLATED_MARGIN",
    "portfolio": "PORTFOLIO_MARGIN",
}


class AccountEndpoints:
    """``/v5/user/``, ``/v5/account/`` and the settings of ``/v5/position/``."""

    def __init__(self, account: SandboxAccount, market: MarketView, clock: VenueClock) -> None:
        self._clock = clock
        self._account = account
        self._market = market

    def key_information(self, parameters: Parameters) -> dict[str, Any]:
        """``user/query-api``."""
        return {
            "id": "13770661",
            "note": "sandbox",
            "apiKey": parameters.key,
            "readOnly": 0,
            "secret": "",
            "permissions": {
                "ContractTrade": ["Order", "Position"],
                "Spot": ["SpotTrade"],
                "Wallet": ["AccountTransfer", "Withdraw"],
                "Options": [],
                "Derivatives": ["DerivativesTrade"],
                "CopyTrading": [],
                "BlockTrade": [],
                "Exchange": [],
                "NFT": [],
                "Affiliate": [],
            },
            "ips": ["*"],
            "type": 1,
            "deadlineDay": 66,
            "expiredAt": "2099-12-31T00:00:00Z",
            "createdAt": "2022-10-16T02:24:40Z",
            "unified": 0,
            "uta": 1,
            "userID": 24617703,
            "inviterID": 0,
            "vipLevel": "No VIP",
            "mktMakerLevel": "0",
            "affiliateID": 0,
            "rsaPublicKey": "",
            "isMaster": True,
            "parentUid": "0",
            "kycLevel": "LEVEL_DEFAULT",
            "kycRegion": "",
        }

    def information(self, _: Parameters) -> dict[str, Any]:
        """``account/info``."""
        return {
            "unifiedMarginStatus": 6,
            "marginMode": _MARGIN_MODES[self._account.modes.margin],
            "isMasterTrader": False,
            "spotHedgingStatus": "OFF",
            "updatedTime": "1697078946000",
            "dcpStatus": "OFF",
            "timeWindow": 10,
            "smpGroup": 0,
        }

    def wallet(self, parameters: Parameters) -> dict[str, Any]:
        """``account/wallet-balance``."""
        if parameters.required("accountType") != "UNIFIED":
            raise bad_parameter("accountType only support UNIFIED.")
        margin = self._account.margin()
        held = self._account.balances(self._account.spec.spot_location)
        wanted = parameters.text("coin")
        coins = [asset for asset in wanted.split(",") if asset] or sorted(held)
        entries = [self._coin(held.get(asset, BalanceView(asset, ZERO, ZERO)), margin) for asset in coins]
        equity = sum((self._value(balance, margin) for balance in held.values()), ZERO)
        return {
            "list": [
                {
                    "totalEquity": money(equity),
                    "accountIMRate": ratio(margin.initial, margin.balance),
                    "totalMarginBalance": money(margin.balance),
                    "totalInitialMargin": money(margin.initial),
                    "accountType": "UNIFIED",
                    "totalAvailableBalance": money(margin.available),
                    "accountMMRate": ratio(margin.maintenance, margin.balance),
                    "totalPerpUPL": money(margin.unrealised),
                    "totalWalletBalance": money(equity - margin.unrealised),
                    "accountLTV": "0",
                    "totalMaintenanceMargin": money(margin.maintenance),
                    "coin": entries,
                }
            ]
        }

    def transaction_log(self, parameters: Parameters) -> dict[str, Any]:
        """``account/transaction-log`` of a day: what liquidations took beyond their executions, newest first."""
        start, end = time_range(parameters, self._clock.now_ms(), usual_ms=DAY_MS)
        taken = [record for record in reversed(self._account.liquidations()) if start <= record.time_ms <= end]
        wanted = parameters.text("type") in ("", "LIQUIDATION")
        chosen, cursor = page(taken if wanted else [], parameters, lambda record: str(record.time_ms), 20, 50)
        return {"list": [liquidation_log(record) for record in chosen], "nextPageCursor": cursor}

    def fee_rates(self, parameters: Parameters) -> dict[str, Any]:
        """``account/fee-rate``."""
        trade_type = _TRADE_TYPES.get(parameters.category(), "")
        symbol = parameters.text("symbol")
        if symbol and self._market.instrument(symbol, trade_type) is None:
            raise refusal("linear", "unknown_symbol", symbol)
        entries = []
        for instrument in self._market.instruments(trade_type):
            if symbol in ("", instrument.symbol):
                maker, taker = self._account.fee_rates(instrument.symbol, trade_type)
                rates = {"takerFeeRate": number(taker), "makerFeeRate": number(maker)}
                entries.append({"symbol": instrument.symbol, "baseCoin": "", **rates})
        return {"category": parameters.category(), "list": entries}

    def set_margin_mode(self, parameters: Parameters) -> dict[str, Any]:
        """``account/set-margin-mode``: of the whole account, while nothing is held or open."""
        wanted = parameters.required("setMarginMode")
        named = {name: mode for mode, name in _MARGIN_MODES.items()}
        if wanted not in named:
            raise bad_parameter("setMarginMode invalid")
        reasons = [] if named[wanted] == self._account.modes.margin else self._in_the_way()
        if reasons:
            raise WireError(3400045, "Set margin mode failed", result={"reasons": reasons})
        self._account.modes.margin = named[wanted]
        return {"reasons": []}

    def set_leverage(self, parameters: Parameters) -> dict[str, Any]:
        """``position/set-leverage``: refused when it changes nothing."""
        symbol = parameters.required("symbol")
        instrument = self._market.instrument(symbol, _TRADE_TYPES.get(parameters.category(), ""))
        if instrument is None or instrument.trade_type != "perp":
            raise refusal("linear", "unknown_symbol", symbol)
        buy, sell = parameters.decimal("buyLeverage"), parameters.decimal("sellLeverage")
        if buy is None or buy != sell or buy % 1:
            raise bad_parameter("buy leverage and sell leverage must be equal whole numbers")
        highest = tiers_of(instrument, self._account.spec)[0].max_leverage
        if not 1 <= buy <= highest:
            raise WireError(110013, f"cannot set leverage [{buy}] gt maxLeverage [{highest}] by risk limit")
        if buy == self._account.leverage_of(symbol):
            raise WireError(110043, "leverage not modified")
        refused = self._account.set_leverage(symbol, int(buy))
        if refused is not None:
            raise refusal("linear", refused.kind, refused.reason)
        return {}

    def switch_mode(self, parameters: Parameters) -> dict[str, Any]:
        """``position/switch-mode``: 0 is one-way, 3 hedged; while nothing is held or open."""
        parameters.category()
        mode = parameters.integer("mode", 0)
        if mode not in (0, 3):
            raise bad_parameter("mode invalid")
        if (mode == 3) == self._account.modes.is_hedged:
            raise WireError(110025, "Position mode is not modified")
        if self._account.positions():
            raise WireError(110024, "You have an existing position, so the position mode cannot be switched.")
        if self._account.resting_orders(trade_type="perp"):
            raise WireError(110028, "You have existing active orders, so the position mode cannot be switched.")
        self._account.modes.is_hedged = mode == 3
        return {}

    def _in_the_way(self) -> list[dict[str, str]]:
        """What keeps the margin mode from being changed."""
        found = []
        if self._account.resting_orders(trade_type="perp"):
            found.append({"reasonCode": "3400102", "reasonMsg": "Please ensure that there are no active orders"})
        if self._account.positions():
            found.append({"reasonCode": "3400101", "reasonMsg": "Please ensure that there are no positions"})
        return found

    def _coin(self, balance: BalanceView, margin: MarginView) -> dict[str, Any]:
        settles = balance.asset == margin.currency
        unrealised = margin.unrealised if settles else ZERO
        return {
            "availableToBorrow": "",
            "bonus": "0",
            "accruedInterest": "0",
            "availableToWithdraw": "",
            "totalOrderIM": money(margin.order_margin) if settles else "0",
            "equity": money(balance.total + unrealised),
            "totalPositionMM": money(margin.maintenance) if settles else "0",
            "usdValue": money(self._value(balance, margin)),
            "spotHedgingQty": "0",
            "unrealisedPnl": money(unrealised),
            "collateralSwitch": True,
            "borrowAmount": "0",
            "totalPositionIM": money(margin.initial - margin.order_margin) if settles else "0",
            "walletBalance": number(balance.total),
            "cumRealisedPnl": money(self._account.results.ever()) if settles else "0",
            "locked": number(balance.locked),
            "marginCollateral": True,
            "coin": balance.asset,
        }

    def _value(self, balance: BalanceView, margin: MarginView) -> Any:
        if balance.asset == margin.currency:
            return balance.total + margin.unrealised
        return balance.total * self._account.collateral_price(balance.asset)
