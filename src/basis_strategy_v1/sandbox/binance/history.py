"""What lists of the past begin with: whose trades, and the span of time that one request may cover."""

from __future__ import annotations

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.binance.errors import BinanceError
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.records import TradeRecord

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
WEEK_MS = 7 * DAY_MS


def trades_of(account: SandboxAccount, instrument: Instrument, order_id: int | None) -> list[TradeRecord]:
    """The trades of an instrument, or of one of its orders, oldest first."""
    if order_id is None:
        return account.trades(instrument.symbol, instrument.trade_type)
    mine = (instrument.symbol, instrument.trade_type)
    return [trade for trade in account.trades_of(order_id) if (trade.symbol, trade.trade_type) == mine]


def times(parameters: Parameters, longest_ms: int) -> tuple[int | None, int | None]:
    """``startTime`` and ``endTime``, either of which may be absent.

    Raises:
        BinanceError: -1127 where both are there and too far apart.
    """
    start, end = parameters.integer("startTime"), parameters.integer("endTime")
    if start is not None and end is not None and end - start > longest_ms:
        raise BinanceError(-1127, f"More than {longest_ms // HOUR_MS} hours between startTime and endTime.")
    return start, end


def times_alone(parameters: Parameters, longest_ms: int, *others: str) -> tuple[int | None, int | None]:
    """The same for a list that takes times or ``others``.

    Raises:
        BinanceError: -1127, and -1128 where it was sent both.
    """
    start, end = times(parameters, longest_ms)
    if (start, end) != (None, None) and any(parameters.text(name) is not None for name in others):
        raise BinanceError(-1128, "Combination of optional parameters invalid.")
    return start, end


def span(start: int | None, end: int | None, longest_ms: int, now_ms: int) -> tuple[int, int]:
    """The whole span that is meant: from a start on, or up to an end (now without either), as long as it may be."""
    if start is not None:
        return start, start + longest_ms if end is None else end
    last = now_ms if end is None else end
    return last - longest_ms, last
