"""Hyperliquid: USDC between its wallets and out over the bridge.

No transfer carries an id of ours: it is recognised in the ledger by what it moved and when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueTransfer, decimal
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.networks import TokenNetwork
from basis_strategy_v1.core.domain.orders import TransferRequest
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class HyperliquidTransfers:
    """Transfers of one account."""

    def __init__(self, gateway: Gateway, spec: VenueSpec, user: str) -> None:
        self._gateway = gateway
        self._spec = spec
        self._user = user

    @tells
    def transfer_inside(self, request: TransferRequest, wire_id: str) -> VenueTransfer:
        """See ``TransferDesk``."""
        self._check_token(request)
        ends = ("swap", "spot") if request.from_location == self._spec.margin_location else ("spot", "swap")
        _check(self._gateway.tell(self._gateway.exchange.transfer, request.token, f"{request.amount:f}", *ends))
        return VenueTransfer(venue_transfer_id="", token=request.token, amount=request.amount)

    @tells
    def withdraw(self, request: TransferRequest, wire_id: str, fee: Decimal) -> VenueTransfer:
        """See ``TransferDesk``. The bridge takes its fee out of the amount."""
        self._check_token(request)
        if request.from_location != self._spec.margin_location:
            raise VenueError("rejected", "EIM-012", f"hyperliquid withdraws from {self._spec.margin_location} only")
        _check(
            self._gateway.tell(self._gateway.exchange.withdraw, request.token, f"{request.amount:f}", request.address)
        )
        return VenueTransfer(venue_transfer_id="", token=request.token, amount=request.amount, fee=fee, state="pending")

    def networks(self, token: str) -> Sequence[TokenNetwork]:
        """See ``TransferDesk``: there is one bridge, and nothing to choose."""
        return ()

    @asks
    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        """See ``TransferDesk``."""
        question = {"type": "userNonFundingLedgerUpdates", "user": self._user, "startTime": since}
        updates = self._gateway.ask(self._gateway.exchange.publicPostInfo, question)
        read = self._inside if request.to_location in self._spec.locations else _withdrawal
        return [found for update in updates if (found := read(request, update)) is not None]

    def _inside(self, request: TransferRequest, update: Mapping[str, Any]) -> VenueTransfer | None:
        delta = update["delta"]
        if delta["type"] != "accountClassTransfer" or decimal(delta["usdc"]) != request.amount:
            return None
        if bool(delta["toPerp"]) != (request.to_location == self._spec.margin_location):
            return None
        return VenueTransfer(venue_transfer_id=str(update["hash"]), token=request.token, amount=request.amount)

    def _check_token(self, request: TransferRequest) -> None:
        if request.token != self._spec.margin_currency:
            raise VenueError("rejected", "EIM-012", f"hyperliquid moves {self._spec.margin_currency} only")


def _check(answer: Mapping[str, Any]) -> None:
    if answer["info"]["status"] != "ok":
        raise VenueError("unknown", "EXI-012", "hyperliquid: the acknowledgement does not say that it is one")


def _withdrawal(request: TransferRequest, update: Mapping[str, Any]) -> VenueTransfer | None:
    """A bridged withdrawal; the ledger lists it once it is final."""
    delta = update["delta"]
    if delta["type"] != "withdraw":
        return None
    amount, fee = decimal(delta["usdc"]), decimal(delta["fee"])
    destination = str(delta.get("destination") or request.address).lower()
    if request.amount not in (amount, amount + fee) or request.address.lower() not in ("", destination):
        return None
    # Its hash is one of Hyperliquid's own chain: the transaction that pays out has another.
    return VenueTransfer(venue_transfer_id=str(update["hash"]), token=request.token, amount=request.amount, fee=fee)
