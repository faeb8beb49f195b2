"""``POST /info`` on one account."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.quantities import ZERO, divide_nearest
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.hyperliquid.assets import Assets, token_name
from basis_strategy_v1.sandbox.hyperliquid.formats import (
    PRICE_STEP,
    fill_entry,
    funding_entry,
    number_text,
    open_order,
    order_body,
    order_status,
)
from basis_strategy_v1.sandbox.hyperliquid.info_market import MarketInfo
from basis_strategy_v1.sandbox.hyperliquid.orders import OrderDesk
from basis_strategy_v1.sandbox.records import MarginView, PositionView, TradeRecord

DAY_MS = 86_400_000
MOST_FILLS = 2000
MOST_ORDERS = 2000
MOST_FUNDINGS = 500
APPROVED_UNTIL_MS = 4_102_358_400_000

FEE_TIERS: dict[str, Any] = {
    "tiers": {
        "vip": [
            {"ntlCutoff": "5000000.0", "cross": "0.0004", "add": "0.00012", "spotCross": "0.0006", "spotAdd": "0.0003"}
        ],
        "mm": [{"makerFractionCutoff": "0.005", "add": "-0.00001"}],
    },
    "referralDiscount": "0.04",
    "stakingDiscountTiers": [{"bpsOfMaxSupply": "0.0", "discount": "0.0"}],
}
"""What the venue publishes beyond the rates of its lowest tier."""


class AccountInfo:
    """Answers what one account holds and has done."""

    def __init__(
        self, account: SandboxAccount, orders: OrderDesk, market: MarketInfo, assets: Assets, user: str, agent: str
    ) -> None:
        self._account = account
        self._orders = orders
        self._market = market
        self._assets = assets
        self._user = user
        self._agent = agent

    def agents(self) -> list[dict[str, Any]]:
        """``extraAgents``: the one that the wallet has approved."""
        return [{"name": "sandbox", "address": self._agent.lower(), "validUntil": APPROVED_UNTIL_MS}]

    def abstraction(self) -> str:
        """``userAbstraction``: what kind of account it is."""
        return self._account.modes.abstraction

    def perpetuals(self, now_ms: int) -> dict[str, Any]:
        """``clearinghouseState``; ``totalRawUsd`` is the cash and the quote side of all positions."""
        margin, positions = self._account.margin(), self._account.positions()
        summary = _margin_summary(margin, positions)
        return {
            "marginSummary": summary,
            "crossMarginSummary": summary,
            "crossMaintenanceMarginUsed": number_text(margin.maintenance),
            "withdrawable": number_text(margin.withdrawable),
            "assetPositions": [{"type": "oneWay", "position": self._position(position)} for position in positions],
            "time": now_ms,
        }

    def active_asset(self, coin: str) -> dict[str, Any] | None:
        """``activeAssetData``: leverage and margin mode of a perpetual, and what could be traded with what is free."""
        mark = self._market.mark(coin)
        if mark is None:
            return None
        free, leverage = max(self._account.margin().available, ZERO), self._leverage(coin)
        room = divide_nearest(free * leverage["value"], mark, PRICE_STEP)
        return {
            "user": self._user,
            "coin": coin,
            "leverage": leverage,
            "maxTradeSzs": [number_text(room), number_text(room)],
            "availableToTrade": [number_text(free), number_text(free)],
            "markPx": number_text(mark),
        }

    def spot(self) -> dict[str, Any]:
        """``spotClearinghouseState``."""
        held = self._account.balances(self._account.spec.spot_location)
        balances = [
            {
                "coin": token_name(asset),
                "token": self._token_index(asset),
                "total": number_text(balance.total),
                "hold": number_text(balance.locked),
                "entryNtl": "0.0",
            }
            for asset, balance in held.items()
        ]
        return {"balances": balances}

    def open_orders(self) -> list[dict[str, Any]]:
        """``openOrders``."""
        return [open_order(order, self._assets) for order in self._account.open_orders()]

    def frontend_open_orders(self) -> list[dict[str, Any]]:
        """``frontendOpenOrders``."""
        return [order_body(order, self._assets) for order in self._account.open_orders()]

    def order(self, oid: int | str) -> dict[str, Any]:
        """``orderStatus`` by order id or client id."""
        found = self._orders.lookup(oid)
        if found is None:
            return {"status": "unknownOid"}
        record, refusal = found
        return {"status": "order", "order": order_status(record, self._assets, refusal)}

    def orders(self) -> list[dict[str, Any]]:
        """``historicalOrders``: the latest 2000, refused ones too, newest first."""
        known = {order.order_id: order for order in (*self._account.orders(), *self._orders.refused())}
        latest = sorted(known, reverse=True)[:MOST_ORDERS]
        return [order_status(known[oid], self._assets, self._orders.refusal_word(known[oid])) for oid in latest]

    def fills(self) -> list[dict[str, Any]]:
        """``userFills``: the latest 2000, newest first."""
        return self._fills(self._account.trades()[-MOST_FILLS:][::-1])

    def fills_between(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """``userFillsByTime``: the first 2000 in ``[start_ms, end_ms]``, oldest first."""
        wanted = [trade for trade in self._account.trades() if start_ms <= trade.time_ms <= end_ms]
        return self._fills(wanted[:MOST_FILLS])

    def funding(self, start_ms: int, end_ms: int) -> list[dict[str, Any]]:
        """``userFunding``: the first 500 in ``[start_ms, end_ms]``, oldest first."""
        payments = [payment for payment in self._account.funding() if start_ms <= payment.time_ms <= end_ms]
        return [funding_entry(payment, self._assets) for payment in payments[:MOST_FUNDINGS]]

    def fees(self, now_ms: int) -> dict[str, Any]:
        """``userFees``; the account stays in the lowest tier."""
        day = datetime.fromtimestamp(now_ms / 1000, UTC).strftime("%Y-%m-%d")
        perp = self._account.fee_rates(self._assets.perps[0].symbol, "perp") if self._assets.perps else (ZERO, ZERO)
        spot = self._account.fee_rates(self._assets.spots[0].symbol, "spot") if self._assets.spots else (ZERO, ZERO)
        rates = [number_text(rate) for rate in (*perp, *spot)]
        schedule = {"add": rates[0], "cross": rates[1], "spotAdd": rates[2], "spotCross": rates[3]}
        return {
            "dailyUserVlm": [{"date": day, **self._volume_of_day(now_ms), "exchange": "0.0"}],
            "feeSchedule": {**schedule, **FEE_TIERS},
            "userAddRate": rates[0],
            "userCrossRate": rates[1],
            "userSpotAddRate": rates[2],
            "userSpotCrossRate": rates[3],
            "activeReferralDiscount": "0.0",
            "trial": None,
            "feeTrialEscrow": "0.0",
            "nextTrialAvailableTimestamp": None,
            "stakingLink": None,
            "activeStakingDiscount": {"bpsOfMaxSupply": "0.0", "discount": "0.0"},
        }

    def _fills(self, trades: list[TradeRecord]) -> list[dict[str, Any]]:
        liquidations = {order.order_id for event in self._account.liquidations() for order in event.orders}
        return [
            fill_entry(trade, self._assets, self._user, is_liquidation=trade.order_id in liquidations)
            for trade in trades
        ]

    def traded(self) -> Decimal:
        """The value of all trades, in USDC."""
        return sum((trade.quote_quantity for trade in self._account.trades()), ZERO)

    def _volume_of_day(self, now_ms: int) -> dict[str, str]:
        first = now_ms // DAY_MS * DAY_MS
        today = [trade for trade in self._account.trades() if trade.time_ms >= first]
        taken = sum((trade.quote_quantity for trade in today if not trade.is_maker), ZERO)
        added = sum((trade.quote_quantity for trade in today if trade.is_maker), ZERO)
        return {"userCross": number_text(taken), "userAdd": number_text(added)}

    def _token_index(self, asset: str) -> int:
        return self._assets.token_index(asset) if token_name(asset) in self._assets.tokens else -1

    def _leverage(self, symbol: str) -> dict[str, Any]:
        kind = "isolated" if symbol in self._account.modes.isolated else "cross"
        return {"type": kind, "value": self._account.leverage_of(symbol)}

    def _position(self, position: PositionView) -> dict[str, Any]:
        result = self._account.results.of(position.symbol)
        return {
            "coin": position.symbol,
            "szi": number_text(position.quantity),
            "leverage": self._leverage(position.symbol),
            "entryPx": number_text(position.entry_price),
            "positionValue": number_text(abs(position.notional)),
            "unrealizedPnl": number_text(position.unrealised),
            "returnOnEquity": number_text(divide_nearest(position.unrealised, position.initial_margin, PRICE_STEP)),
            "liquidationPx": number_text(position.liquidation_price) if position.liquidation_price else None,
            "marginUsed": number_text(position.initial_margin),
            "maxLeverage": self._market.max_leverage(position.symbol),
            "cumFunding": {
                "allTime": number_text(-result.funding_ever),
                "sinceOpen": number_text(-result.funding),
                "sinceChange": number_text(-result.funding_since_trade),
            },
        }


def _margin_summary(margin: MarginView, positions: list[PositionView]) -> dict[str, str]:
    notional = sum((position.notional for position in positions), ZERO)
    return {
        "accountValue": number_text(margin.balance),
        "totalNtlPos": number_text(sum((abs(position.notional) for position in positions), ZERO)),
        "totalRawUsd": number_text(margin.balance - notional),
        "totalMarginUsed": number_text(sum((position.initial_margin for position in positions), ZERO)),
    }
