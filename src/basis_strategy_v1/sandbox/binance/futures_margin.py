"""Balances, positions and margin of the futures account as Binance's JSON has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.sandbox.binance.formats import eight, like
from basis_strategy_v1.sandbox.binance.routes import Context
from basis_strategy_v1.sandbox.records import MarginView, PositionView

ALIAS = "SgsR"


def balances(context: Context) -> list[dict[str, Any]]:
    """The wallet, one entry per asset."""
    margin = context.account.margin()
    return [
        {
            "accountAlias": ALIAS,
            "asset": margin.currency,
            "balance": eight(margin.wallet),
            "crossWalletBalance": eight(margin.wallet),
            "crossUnPnl": eight(margin.unrealised),
            "availableBalance": eight(margin.available),
            "maxWithdrawAmount": eight(margin.withdrawable),
            "marginAvailable": True,
            "updateTime": context.clock.now_ms(),
        }
    ]


def account_v3(context: Context) -> dict[str, Any]:
    """``GET /fapi/v3/account``: totals, assets, and the positions that are open."""
    margin = context.account.margin()
    return {
        **_totals(margin),
        "assets": [_asset(margin, context.clock.now_ms())],
        "positions": [_account_position(context, position) for position in context.account.positions()],
    }


def account_v2(context: Context) -> dict[str, Any]:
    """``GET /fapi/v2/account``: the same with rights, and every instrument as a position."""
    margin = context.account.margin()
    held = {position.symbol: position for position in context.account.positions()}
    return {
        "feeTier": 0,
        "feeBurn": False,
        "canTrade": True,
        "canDeposit": True,
        "canWithdraw": True,
        "updateTime": 0,
        "multiAssetsMargin": context.account.modes.is_multi_asset,
        "tradeGroupId": -1,
        **_totals(margin),
        "assets": [{**_asset(margin, context.clock.now_ms()), "marginAvailable": True}],
        "positions": [
            _account_position_v2(context, instrument, held.get(instrument.symbol))
            for instrument in context.market_view.instruments("perp")
        ],
    }


def position_risk(context: Context, instruments: Sequence[Instrument], *, version: int) -> list[dict[str, Any]]:
    """``positionRisk``: in version 3 only instruments with a position or an open order."""
    held = {position.symbol: position for position in context.account.positions()}
    with_orders = {order.symbol for order in context.account.open_orders(trade_type="perp")}
    entries = []
    for instrument in instruments:
        position = held.get(instrument.symbol)
        if version == 2:
            entries.append(_risk(context, instrument, position) | _risk_v2(context, instrument))
        elif position is not None or instrument.symbol in with_orders:
            entries.append(_risk(context, instrument, position) | _risk_v3(context, instrument, position))
    return entries


def _totals(margin: MarginView) -> dict[str, Any]:
    return {
        "totalInitialMargin": eight(margin.initial),
        "totalMaintMargin": eight(margin.maintenance),
        "totalWalletBalance": eight(margin.wallet),
        "totalUnrealizedProfit": eight(margin.unrealised),
        "totalMarginBalance": eight(margin.balance),
        "totalPositionInitialMargin": eight(margin.initial - margin.order_margin),
        "totalOpenOrderInitialMargin": eight(margin.order_margin),
        "totalCrossWalletBalance": eight(margin.wallet),
        "totalCrossUnPnl": eight(margin.unrealised),
        "availableBalance": eight(margin.available),
        "maxWithdrawAmount": eight(margin.withdrawable),
    }


def _asset(margin: MarginView, now_ms: int) -> dict[str, Any]:
    return {
        "asset": margin.currency,
        "walletBalance": eight(margin.wallet),
        "unrealizedProfit": eight(margin.unrealised),
        "marginBalance": eight(margin.balance),
        "maintMargin": eight(margin.maintenance),
        "initialMargin": eight(margin.initial),
        "positionInitialMargin": eight(margin.initial - margin.order_margin),
        "openOrderInitialMargin": eight(margin.order_margin),
        "crossWalletBalance": eight(margin.wallet),
        "crossUnPnl": eight(margin.unrealised),
        "availableBalance": eight(margin.available),
        "maxWithdrawAmount": eight(margin.withdrawable),
        "updateTime": now_ms,
    }


def _account_position(context: Context, position: PositionView) -> dict[str, Any]:
    return {
        "symbol": position.symbol,
        "positionSide": "BOTH",
        "positionAmt": _amount(context, position.symbol, position),
        "unrealizedProfit": eight(position.unrealised),
        "isolatedMargin": eight(ZERO),
        "notional": eight(position.notional),
        "isolatedWallet": eight(ZERO),
        "initialMargin": eight(position.initial_margin),
        "maintMargin": eight(position.maintenance_margin),
        "updateTime": position.updated_ms,
    }


def _account_position_v2(context: Context, instrument: Instrument, position: PositionView | None) -> dict[str, Any]:
    return {
        "symbol": instrument.symbol,
        "initialMargin": eight(position.initial_margin if position else ZERO),
        "maintMargin": eight(position.maintenance_margin if position else ZERO),
        "unrealizedProfit": eight(position.unrealised if position else ZERO),
        "positionInitialMargin": eight(position.initial_margin if position else ZERO),
        "openOrderInitialMargin": eight(ZERO),
        "leverage": str(context.account.leverage_of(instrument.symbol)),
        "isolated": instrument.symbol in context.account.modes.isolated,
        "entryPrice": eight(position.entry_price if position else ZERO),
        "breakEvenPrice": eight(position.entry_price if position else ZERO),
        "maxNotional": "9223372036854775807",
        "bidNotional": "0",
        "askNotional": "0",
        "positionSide": "BOTH",
        "positionAmt": _amount(context, instrument.symbol, position),
        "notional": eight(position.notional if position else ZERO),
        "isolatedWallet": "0",
        "updateTime": position.updated_ms if position else 0,
    }


def _risk(context: Context, instrument: Instrument, position: PositionView | None) -> dict[str, Any]:
    mark = context.market_view.quote(instrument.symbol, "perp").mark
    return {
        "symbol": instrument.symbol,
        "positionSide": "BOTH",
        "positionAmt": _amount(context, instrument.symbol, position),
        "entryPrice": eight(position.entry_price if position else ZERO),
        "breakEvenPrice": eight(position.entry_price if position else ZERO),
        "markPrice": eight(mark),
        "unRealizedProfit": eight(position.unrealised if position else ZERO),
        "liquidationPrice": eight(position.liquidation_price if position else ZERO),
        "isolatedMargin": "0",
        "notional": eight(position.notional if position else ZERO),
        "isolatedWallet": "0",
        "updateTime": position.updated_ms if position else 0,
    }


def _risk_v2(context: Context, instrument: Instrument) -> dict[str, Any]:
    return {
        "leverage": str(context.account.leverage_of(instrument.symbol)),
        "marginType": "isolated" if instrument.symbol in context.account.modes.isolated else "cross",
        "isAutoAddMargin": "false",
        "maxNotionalValue": "9223372036854775807",
    }


def _risk_v3(context: Context, instrument: Instrument, position: PositionView | None) -> dict[str, Any]:
    return {
        "marginAsset": context.account.spec.margin_currency,
        "initialMargin": eight(position.initial_margin if position else ZERO),
        "maintMargin": eight(position.maintenance_margin if position else ZERO),
        "positionInitialMargin": eight(position.initial_margin if position else ZERO),
        "openOrderInitialMargin": "0",
        "adl": 2,
        "bidNotional": "0",
        "askNotional": "0",
    }


def _amount(context: Context, symbol: str, position: PositionView | None) -> str:
    instrument = context.market_view.instrument(symbol, "perp")
    assert instrument is not None
    return like(position.quantity if position else ZERO, instrument.step)
