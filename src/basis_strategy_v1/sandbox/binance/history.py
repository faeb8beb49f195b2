"""What lists of past trades begin with."""

from __future__ import annotations

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.records import TradeRecord


def trades_of(account: SandboxAccount, instrument: Instrument, order_id: int | None) -> list[TradeRecord]:
    """The trades of an instrument, or of one of its orders, oldest first."""
    if order_id is None:
        return account.trades(instrument.symbol, instrument.trade_type)
    mine = (instrument.symbol, instrument.trade_type)
    return [trade for trade in account.trades_of(order_id) if (trade.symbol, trade.trade_type) == mine]
