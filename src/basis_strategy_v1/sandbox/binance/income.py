"""The futures wallet's income: funding, realised profit, commission and transfers."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.binance.formats import eight
from basis_strategy_v1.sandbox.records import TradeRecord, TransferRecord


def income_entries(account: SandboxAccount, symbol: str | None, kind: str | None) -> list[dict[str, Any]]:
    """All entries of a symbol and a kind (None: any), oldest first."""
    entries = [
        _entry(
            record.symbol, "FUNDING_FEE", record.amount, record.asset, record.time_ms, record.funding_id, "FUNDING_FEE"
        )
        for record in account.funding()
    ]
    for trade in account.trades(trade_type="perp"):
        entries += _of_trade(trade)
    margin = account.spec.margin_location
    for transfer in account.transfers():
        entries.append(_of_transfer(transfer, margin))
    for liquidation in account.liquidations():
        entries.append(
            _entry("", "INSURANCE_CLEAR", -liquidation.to_insurance, liquidation.asset, liquidation.time_ms, 0, "")
        )
    entries = [entry for entry in entries if symbol in (None, entry["symbol"]) and kind in (None, entry["incomeType"])]
    return sorted(entries, key=lambda entry: int(entry["time"]))


def _of_trade(trade: TradeRecord) -> list[dict[str, Any]]:
    number = str(trade.trade_id)
    entries = [
        _entry(trade.symbol, "COMMISSION", -trade.fee, trade.fee_asset, trade.time_ms, trade.trade_id, number, number)
    ]
    if trade.realised_pnl:
        entries.append(
            _entry(
                trade.symbol,
                "REALIZED_PNL",
                trade.realised_pnl,
                trade.fee_asset,
                trade.time_ms,
                trade.trade_id,
                number,
                number,
            )
        )
    return entries


def _of_transfer(transfer: TransferRecord, margin_location: str) -> dict[str, Any]:
    amount = transfer.amount if transfer.to_location == margin_location else -transfer.amount
    return _entry("", "TRANSFER", amount, transfer.asset, transfer.time_ms, transfer.transfer_id, "TRANSFER")


def _entry(
    symbol: str, kind: str, amount: Any, asset: str, time_ms: int, number: int, info: str, trade_id: str = ""
) -> dict[str, Any]:
    return {
        "symbol": symbol,
        "incomeType": kind,
        "income": eight(amount),
        "asset": asset,
        "time": time_ms,
        "info": info,
        "tranId": number,
        "tradeId": trade_id,
    }
