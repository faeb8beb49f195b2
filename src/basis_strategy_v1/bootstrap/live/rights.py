"""Credentials that cannot do what a run needs are refused at its start, before anything is sent."""

from __future__ import annotations

from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "ExecutionInterfaceFactory"


def refuse_without_rights(connections: Connections) -> None:
    """Refuse credentials that a venue says may not trade; one that cannot be asked is left to the calls that follow.

    Raises:
        ComponentError: EXI-004, which ends a start for good: a run that was ended by an order refused for want of the
            right to trade must not be started again and again.
    """
    for venue, exchange in connections.exchanges.items():
        if exchange.account_check().may_trade is False:
            raise ComponentError("EXI-004", f"{venue}: the credentials may not trade", COMPONENT)
