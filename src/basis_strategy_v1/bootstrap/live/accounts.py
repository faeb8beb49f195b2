"""What accounts must be like before a run opens its books on them."""

from __future__ import annotations

from collections.abc import Sequence

from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.core.engine.live_parts import LiveTime
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

COMPONENT = "ExecutionInterfaceFactory"
HEDGE_MODE = "EIF-008"
UNANSWERED = frozenset({"EXI-002", "EXI-003", "EXI-007", "EXI-012"})
ATTEMPTS = 4
PAUSE = 2.0
"""Seconds between two attempts."""


def prepare_accounts(connections: Connections, specs: Sequence[VenueSpec], time: LiveTime) -> None:
    """Refuse accounts that keep two positions per symbol, and set the leverage that margin is counted with.

    Raises:
        ComponentError: EIF-008 for hedge mode; EXI-* as a venue refuses a leverage or cannot be asked.
    """
    for spec in specs:
        exchange = connections.exchanges[spec.venue]
        for finding in exchange.account_check().findings:
            if finding.error_code == HEDGE_MODE:
                raise ComponentError(finding.error_code, finding.message, COMPONENT)
        if spec.margin is None:
            continue
        for instrument in connections.instruments_of(spec.venue):
            if instrument.trade_type == "perp":
                highest = spec.margin.tiers[instrument.symbol][0].max_leverage
                _set(exchange, instrument.symbol, min(spec.margin.default_leverage, highest), time)


def _set(exchange: CcxtExchange, symbol: str, leverage: int, time: LiveTime) -> None:
    """Set a leverage; doing it twice does no harm, so a lost answer is no reason to give up."""
    for attempt in range(ATTEMPTS):
        try:
            exchange.set_leverage(symbol, leverage)
            return
        except ComponentError as error:
            if error.error_code not in UNANSWERED or attempt == ATTEMPTS - 1:
                raise
            time.wait(PAUSE)
