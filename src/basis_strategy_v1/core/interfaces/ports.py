"""Ports: what the core needs from the outside. Simulated and live backends satisfy the same ones.

Half of a backend *tells* (place, cancel, send), half *observes* (look up by id, balances, positions). A tell returns a
report with an outcome; it raises ``ComponentError`` only where nothing can have been sent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.events import Timed
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction
from basis_strategy_v1.core.domain.orders import (
    AccountEvent,
    LocationReport,
    OrderReport,
    OrderRequest,
    TransferReport,
    TransferRequest,
)


class BaseDataProvider(ABC):
    """Market data as of a time: only what was known at or before it."""

    @abstractmethod
    def get_data(self, timestamp: Any) -> Mapping[str, Any]:
        """The nested, lazy mapping ``market_data``, ``protocol_data``, ``execution_data`` as of ``timestamp``.

        Raises:
            ComponentError: DAT-001 when there is nothing at or before ``timestamp``.
        """

    def price_at(self, timestamp: Any, key: str) -> float:
        """``get_data(timestamp)["market_data"]["prices"][key]``, 0 where nothing prices it: asked for every trade.

        Raises:
            ComponentError: as ``get_data``.
        """
        prices: Mapping[str, float] = self.get_data(timestamp)["market_data"]["prices"]
        return prices.get(key, 0.0)


class CEXBackend(Protocol):
    """A centralised exchange account."""

    def place_order(self, request: OrderRequest) -> OrderReport:
        """Send an order."""

    def cancel_order(self, client_order_id: str) -> OrderReport:
        """Cancel one order; the report of its final state."""

    def amend_order(self, client_order_id: str, quantity: Decimal | None, price: Decimal | None) -> OrderReport:
        """Change quantity or price of an open order."""

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Move between two locations of this venue, or withdraw to elsewhere."""

    def set_leverage(self, symbol: str, leverage: int) -> None:
        """Set the leverage of a perpetual."""

    def lookup_order(self, client_order_id: str) -> OrderReport | None:
        """The order with this id, or None where the venue knows none."""

    def open_orders(self) -> Sequence[OrderReport]:
        """All open orders."""

    def observe(self) -> Sequence[LocationReport]:
        """What the venue says sits at each of its locations, now."""

    def poll_events(self) -> Sequence[AccountEvent]:
        """What happened to the account by itself since the last call: funding, liquidation, arrivals, resting fills."""


class LiveCEXBackend(CEXBackend, Protocol):
    """A real exchange account, whose answers can be lost.

    A tell answers REJECTED only where the venue said definitely that nothing comes of this client id; a refused
    *duplicate* is UNKNOWN. It raises ``NotSentError`` where provably nothing left; whatever else it raises, the request
    may have been executed. ``lookup_order`` answers None only where the venue said that it knows no such order, and
    raises where it could not be asked.
    """

    def lookup_transfer(self, request: TransferRequest, sent_at: int) -> TransferReport | None:
        """What became of ``request``, sent at ``sent_at`` (ns UTC) or later; None where the venue knows none.

        Not every venue takes an id for a transfer: it is found by what it moved and when.
        """

    def claim_transfer(self, report: TransferReport) -> None:
        """Tell of a transfer that was sent before this process: one that looks the same is another."""

    def remember_order(self, client_order_id: str, symbol: str, trade_type: str) -> None:
        """Tell what an order trades that was sent before this process."""

    def forget_order(self, client_order_id: str) -> None:
        """Tell that an order never arrived: the same id may be placed again."""


@runtime_checkable
class TransferLookup(Protocol):
    """A backend that can say what became of a transfer."""

    def lookup_transfer(self, client_transfer_id: str) -> TransferReport | None:
        """What became of it, UNKNOWN while that is open; None where nothing of it is known."""


class ChainBackend(Protocol):
    """A chain: wallet, lending, staking, swaps."""

    def execute(self, action: SmartContractAction, action_id: str) -> ExecutionDeltas:
        """Run one action as a transaction of its own."""

    def execute_atomic(self, block: AtomicBlock, action_id: str) -> ExecutionDeltas:
        """Run several actions in one transaction: all or none."""

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Send a token from the wallet."""

    def lookup(self, action_id: str) -> ExecutionDeltas | None:
        """What became of an action, or None where the chain knows none."""

    def observe(self, location: str) -> Sequence[LocationReport]:
        """What sits at ``location`` (``wallet``, ``aave``, ...), in constant units (scaled balances, shares)."""

    def poll_events(self) -> Sequence[AccountEvent]:
        """What happened by itself since the last call: arrivals, rewards."""


class EventSink(Protocol):
    """Where components write events."""

    def log_event(self, timestamp: int, event_type: str, component: str, data: Any) -> None:
        """Write one event."""

    def log_events(self, event_type: str, component: str, items: Sequence[Timed]) -> None:
        """Write several events of one kind, in order; each item is one's data and carries its time."""
