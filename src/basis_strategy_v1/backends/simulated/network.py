"""Transfers on their way between venues and wallets of a simulation.

All simulated backends of a run share one network. A location's owner is the part before its first dot:
``binance.derivatives`` belongs to ``binance``.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Literal

import msgspec

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

OwnerKind = Literal["cex", "chain"]


class TransferDelays(msgspec.Struct, frozen=True, kw_only=True):
    """How long a transfer takes, in ns, by the kinds of its two ends."""

    cex_to_cex: int = 30 * NANOSECONDS_PER_MINUTE
    cex_to_chain: int = 15 * NANOSECONDS_PER_MINUTE
    chain_to_cex: int = 15 * NANOSECONDS_PER_MINUTE
    chain_to_chain: int = 0

    def between(self, sender: OwnerKind, receiver: OwnerKind) -> int:
        """The delay from a ``sender`` to a ``receiver``."""
        if sender == "cex":
            return self.cex_to_cex if receiver == "cex" else self.cex_to_chain
        return self.chain_to_cex if receiver == "cex" else self.chain_to_chain


class TransferInFlight(msgspec.Struct, frozen=True, kw_only=True):
    """``amount`` of ``token`` that has left ``from_location`` and may be credited from ``arrives_at`` (ns) on."""

    client_transfer_id: str
    token: str
    amount: Decimal
    from_location: str
    to_location: str
    sent_at: int
    arrives_at: int


def owner_of(location: str) -> str:
    """The venue or wallet that a location belongs to."""
    return location.partition(".")[0]


class SimulatedNetwork:
    """Holds what is in flight until its receiver fetches it.

    Args:
        delays: by the kinds of both ends.
        by_sender: ``{owner: {'to_cex': ns, 'to_chain': ns}}`` where a sender has delays of its own.
    """

    def __init__(
        self, delays: TransferDelays | None = None, by_sender: Mapping[str, Mapping[str, int]] | None = None
    ) -> None:
        self._delays = delays or TransferDelays()
        self._by_sender = by_sender or {}
        self._kinds: dict[str, OwnerKind] = {}
        self._in_flight: dict[str, list[TransferInFlight]] = {}
        self._earliest: dict[str, int] = {}

    def register(self, owner: str, kind: OwnerKind) -> None:
        """Make ``owner`` reachable. Every simulated backend calls it when it is made."""
        self._kinds[owner] = kind

    def send(
        self, client_transfer_id: str, token: str, amount: Decimal, from_location: str, to_location: str, sent_at: int
    ) -> int:
        """Put ``amount`` (what will be received) on its way; the time of arrival in ns.

        Raises:
            ComponentError: EIM-012 when either end is unknown.
        """
        receiver = owner_of(to_location)
        delay = self._delay(owner_of(from_location), receiver)
        transfer = TransferInFlight(
            client_transfer_id=client_transfer_id,
            token=token,
            amount=amount,
            from_location=from_location,
            to_location=to_location,
            sent_at=sent_at,
            arrives_at=sent_at + delay,
        )
        self._in_flight.setdefault(receiver, []).append(transfer)
        self._earliest[receiver] = min(self._earliest.get(receiver, transfer.arrives_at), transfer.arrives_at)
        return transfer.arrives_at

    def _delay(self, sender: str, receiver: str) -> int:
        kind = self._kind(receiver)
        default = self._delays.between(self._kind(sender), kind)
        return self._by_sender.get(sender, {}).get(f"to_{kind}", default)

    def due(self, owner: str, now: int) -> list[TransferInFlight]:
        """Take out what ``owner`` receives by ``now``, by time of arrival and then in the order sent."""
        if self._earliest.get(owner, now + 1) > now:
            return []
        waiting = self._in_flight[owner]
        arrived = sorted((item for item in waiting if item.arrives_at <= now), key=lambda item: item.arrives_at)
        left = [item for item in waiting if item.arrives_at > now]
        self._in_flight[owner] = left
        if left:
            self._earliest[owner] = min(item.arrives_at for item in left)
        else:
            del self._earliest[owner]
        return arrived

    def next_arrival(self, owner: str | None = None) -> int | None:
        """When the next transfer (to ``owner``, or to anybody) arrives, in ns; None when nothing is on its way."""
        if owner is not None:
            return self._earliest.get(owner)
        return min(self._earliest.values(), default=None)

    def in_flight(self) -> tuple[TransferInFlight, ...]:
        """Everything on its way."""
        return tuple(item for waiting in self._in_flight.values() for item in waiting)

    def _kind(self, owner: str) -> OwnerKind:
        kind = self._kinds.get(owner)
        if kind is None:
            known = ", ".join(sorted(self._kinds)) or "none"
            raise ComponentError(
                "EIM-012", f"no transfer route to or from {owner!r}; this run knows: {known}", "SimulatedNetwork"
            )
        return kind
