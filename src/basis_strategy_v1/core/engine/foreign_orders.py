"""Orders that rest at a venue and that a run did not place: somebody has the same account open."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from basis_strategy_v1.core.domain.orders import OrderReport
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

FOREIGN_ORDERS = "REC-012"
LISTED = 3

ForeignOrderSource = Callable[[str], Sequence[OrderReport]]
"""The open orders of a venue that are not the run's; fails where the venue cannot be asked."""


def no_orders(venue: str) -> Sequence[OrderReport]:
    """On paper nobody else trades."""
    return ()


class ForeignOrders:
    """Asks each venue every ``seconds``, and one where some rest at every call, so that their end is noticed soon.

    If they fill, so is what they make: nothing is decided while they rest, as nothing is when such a position is there.

    Args:
        found: told of orders that were not there at the last look.
        silent: told of a venue that does not answer.
    """

    def __init__(
        self,
        ask: ForeignOrderSource,
        seconds: float,
        found: Callable[[str], None],
        silent: Callable[[str, ComponentError], None],
    ) -> None:
        self._ask = ask
        self._found = found
        self._span = int(seconds * NANOSECONDS_PER_SECOND)
        self._silent = silent
        self._asked_at: dict[str, int] = {}
        self._resting: dict[str, str] = {}

    def look(self, venue: str, now: int) -> str:
        """What rests at a venue at ``now`` (ns UTC) and is not the run's, in words; empty where nothing does.

        A venue that is silent is asked at the next call again; until then what it said last counts.

        Raises:
            ComponentError: of severity CRITICAL, as the venue was asked in vain.
        """
        if self._is_due(venue, now):
            try:
                self._asked(venue, now, self._ask(venue))
            except ComponentError as error:
                if error.severity == "CRITICAL":
                    raise
                self._silent(venue, error)
        words = self._resting.get(venue, "")
        return f"{FOREIGN_ORDERS}: {words}" if words else ""

    def _is_due(self, venue: str, now: int) -> bool:
        last = self._asked_at.get(venue)
        return last is None or now - last >= self._span or venue in self._resting

    def _asked(self, venue: str, now: int, orders: Sequence[OrderReport]) -> None:
        self._asked_at[venue] = now
        known = self._resting.pop(venue, "")
        if orders:
            words = self._resting[venue] = described(venue, orders)
            if words != known:
                self._found(words)


def described(venue: str, orders: Sequence[OrderReport]) -> str:
    """Foreign orders in a line."""
    listed = ", ".join(f"{order.side} {order.quantity} {order.symbol}" for order in orders[:LISTED])
    return f"{venue} has {len(orders)} open orders that this run did not place: {listed}"
