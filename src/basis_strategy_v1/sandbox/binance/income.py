"""The futures wallet's income: funding, realised profit, commission and transfers."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.binance.formats import eight
from basis_strategy_v1.sandbox.records import FundingRecord, LiquidationRecord, TradeRecord, TransferRecord


def income_entries(account: SandboxAccount, symbol: str | None, kind: str | None) -> list[dict[str, Any]]:
    """All entries of a symbol and a kind (None: any), oldest first."""
    entries: list[dict[str, Any]] = []
    if kind in (None, "FUNDING_FEE"):
        entries += [_of_funding(record) for record in account.funding()]
    if kind in (None, "COMMISSION", "REALIZED_PNL"):
        trades = account.trades(trade_type="perp") if symbol is None else account.trades(symbol, "perp")
        for trade in trades:
            entries += _of_trade(trade, kind)
    if kind in (None, "TRANSFER"):
        entries += [_of_transfer(transfer, account.spec.margin_location) for transfer in account.transfers()]
    if kind in (None, "INSURANCE_CLEAR"):
        entries += [_of_liquidation(liquidation) for liquidation in account.liquidations()]
    found = [entry for entry in entries if symbol in (None, entry["symbol"])]
    return sorted(found, key=lambda entry: int(entry["time"]))


def _of_funding(record: FundingRecord) -> dict[str, Any]:
    kind = "FUNDING_FEE"
    return _entry(record.symbol, kind, record.amount, record.asset, record.time_ms, record.funding_id, kind)


def _of_liquidation(record: LiquidationRecord) -> dict[str, Any]:
    return _entry("", "INSURANCE_CLEAR", -record.to_insurance, record.asset, record.time_ms, record.time_ms, "")


def _of_trade(trade: TradeRecord, wanted: str | None) -> list[dict[str, Any]]:
    number = str(trade.trade_id)
    kinds = (("COMMISSION", -trade.fee), ("REALIZED_PNL", trade.realised_pnl))
    return [
        _entry(trade.symbol, kind, amount, trade.fee_asset, trade.time_ms, trade.trade_id, number, number)
        for kind, amount in kinds
        if wanted in (None, kind) and (amount or kind == "COMMISSION")
    ]


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
