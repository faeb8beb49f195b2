"""The spot wallet: ``/api/v3/account``."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.binance.formats import eight
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.binance.routes import Context, Route, Routes, names

ACCOUNT_NUMBER = 354937868


class SpotAccount:
    """Answers requests about the spot wallet."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def routes(self) -> Routes:
        """The endpoints."""
        return {
            "GET /api/v3/account": Route(self.account, "signed", names("omitZeroBalances"), 20),
            "GET /api/v3/account/commission": Route(self.commission, "signed", names("symbol"), 20),
        }

    def account(self, parameters: Parameters) -> Any:
        """Balances and rights."""
        context = self._context
        balances = context.account.balances(context.account.spec.spot_location)
        maker, taker = self._rates()
        return {
            "makerCommission": int(maker * 10_000),
            "takerCommission": int(taker * 10_000),
            "buyerCommission": 0,
            "sellerCommission": 0,
            "commissionRates": {
                "maker": eight(maker),
                "taker": eight(taker),
                "buyer": eight(None),
                "seller": eight(None),
            },
            "canTrade": True,
            "canWithdraw": True,
            "canDeposit": True,
            "brokered": False,
            "requireSelfTradePrevention": False,
            "preventSor": False,
            "updateTime": context.clock.now_ms(),
            "accountType": "SPOT",
            "balances": [
                {"asset": view.asset, "free": eight(view.free), "locked": eight(view.locked)}
                for view in balances.values()
            ],
            "permissions": ["SPOT"],
            "uid": ACCOUNT_NUMBER,
        }

    def commission(self, parameters: Parameters) -> Any:
        """Commission rates of one instrument."""
        instrument = self._context.spot(parameters)
        maker, taker = self._context.account.fee_rates(instrument.symbol, "spot")
        rates = {"maker": eight(maker), "taker": eight(taker), "buyer": eight(None), "seller": eight(None)}
        none = dict.fromkeys(rates, eight(None))
        return {
            "symbol": instrument.symbol,
            "standardCommission": rates,
            "specialCommission": none,
            "taxCommission": none,
            "discount": {
                "enabledForAccount": False,
                "enabledForSymbol": False,
                "discountAsset": "BNB",
                "discount": "0.75000000",
            },
        }

    def _rates(self) -> tuple[Any, Any]:
        instruments = self._context.market_view.instruments("spot")
        if not instruments:
            return 0, 0
        return self._context.account.fee_rates(instruments[0].symbol, "spot")
