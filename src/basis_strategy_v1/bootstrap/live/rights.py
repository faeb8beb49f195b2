"""Whose account a run's credentials open and what they may do, asked in every start before anything is sent.

So is the time: events that are dated by a wrong clock would be looked for at another time, and never be found.
"""

from __future__ import annotations

from basis_strategy_v1.backends.live.account_check import WRONG_CLOCK
from basis_strategy_v1.bootstrap.live.account_locks import AccountLocks
from basis_strategy_v1.bootstrap.live.accounts import patiently
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.core.engine.live_parts import LiveTime
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "ExecutionInterfaceFactory"


def check_rights(connections: Connections, locks: AccountLocks, time: LiveTime) -> None:
    """Hold each account by the id that its venue tells, and refuse credentials that may not trade.

    Raises:
        ComponentError: RES-001 for an account that another run trades on with other keys. EXI-004 without the right to
            trade, which ends a start for good: a run that was ended by an order refused for want of that right must
            not be started again and again. DAT-005 where this machine's clock is an hour or more from a venue's.
            EXI-* where a venue cannot be asked.
    """
    for venue, exchange in connections.exchanges.items():
        problem = patiently(exchange.clock_problem, time)
        if problem:
            raise ComponentError(WRONG_CLOCK, problem, COMPONENT, remedy="Set the clock, then start again.")
        rights = patiently(exchange.permissions, time)
        locks.hold_account(venue, rights.account)
        if rights.trade is False:
            raise ComponentError("EXI-004", f"{venue}: the credentials may not trade", COMPONENT)
