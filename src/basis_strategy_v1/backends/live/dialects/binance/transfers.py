"""Binance: moves between the wallets, and withdrawals.

A move between wallets carries no id of ours: it is recognised by what it moved and when.
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
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

TRANSFER_STATES = {"CONFIRMED": "done", "FAILED": "failed"}
WEEK_MS = 7 * 86_400_000 - 1
WITHDRAWAL_STATES = {1: "failed", 3: "failed", 5: "failed", 6: "done"}


class BinanceTransfers:
    """Transfers through the wallet API, which the spot credentials open."""

    def __init__(self, spot: Gateway, spec: VenueSpec) -> None:
        self._gateway = spot
        self._spec = spec

    @tells
    def transfer_inside(self, request: TransferRequest, wire_id: str) -> VenueTransfer:
        """See ``TransferDesk``."""
        fields = {"type": self._direction(request), "asset": request.token, "amount": f"{request.amount:f}"}
        answer = self._gateway.tell(self._gateway.exchange.sapiPostAssetTransfer, fields)
        return VenueTransfer(venue_transfer_id=_id_of(answer, "tranId"), token=request.token, amount=request.amount)

    @tells
    def withdraw(self, request: TransferRequest, wire_id: str, fee: Decimal) -> VenueTransfer:
        """See ``TransferDesk``. The venue takes its fee out of the amount."""
        fields = {
            "coin": request.token,
            "withdrawOrderId": wire_id,
            "address": request.address,
            "amount": f"{request.amount:f}",
        }
        if request.network:
            fields["network"] = request.network
        if request.tag:
            fields["addressTag"] = request.tag
        answer = self._gateway.tell(self._gateway.exchange.sapiPostCapitalWithdrawApply, fields)
        return VenueTransfer(
            venue_transfer_id=_id_of(answer, "id"), token=request.token, amount=request.amount, fee=fee, state="pending"
        )

    @asks
    def networks(self, token: str) -> Sequence[TokenNetwork]:
        """See ``TransferDesk``."""
        coins = self._gateway.ask(self._gateway.exchange.sapiGetCapitalConfigGetall, {})
        listed = next((coin["networkList"] for coin in coins if coin["coin"] == token), ())
        return tuple(
            TokenNetwork(
                name=str(item["network"]),
                can_deposit=bool(item["depositEnable"]),
                can_withdraw=bool(item["withdrawEnable"]),
                needs_tag=bool(item.get("withdrawTag")),
            )
            for item in listed
        )

    @asks
    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        """See ``TransferDesk``."""
        if request.to_location in self._spec.locations:
            return self._find_inside(request, since)
        # By an id of ours the venue looks at a week: the last one, unless another is named.
        fields = {"withdrawOrderId": wire_id, "coin": request.token, "startTime": since, "endTime": since + WEEK_MS}
        listed = self._gateway.ask(self._gateway.exchange.sapiGetCapitalWithdrawHistory, fields)
        return [_withdrawal(item) for item in listed if item.get("withdrawOrderId") == wire_id]

    def _find_inside(self, request: TransferRequest, since: int) -> Sequence[VenueTransfer]:
        fields = {"type": self._direction(request), "startTime": since, "size": 100}
        answer = self._gateway.ask(self._gateway.exchange.sapiGetAssetTransfer, fields)
        rows = sorted(answer.get("rows") or (), key=lambda item: int(item["timestamp"]))
        same = [item for item in rows if item["asset"] == request.token and decimal(item["amount"]) == request.amount]
        return [
            VenueTransfer(
                venue_transfer_id=str(item["tranId"]),
                token=request.token,
                amount=request.amount,
                state=TRANSFER_STATES.get(str(item.get("status")), "pending"),
            )
            for item in same
            if int(item["timestamp"]) >= since
        ]

    def _direction(self, request: TransferRequest) -> str:
        return "MAIN_UMFUTURE" if request.from_location == self._spec.spot_location else "UMFUTURE_MAIN"


def _withdrawal(item: Mapping[str, Any]) -> VenueTransfer:
    fee = decimal(item.get("transactionFee"))
    return VenueTransfer(
        venue_transfer_id=str(item["id"]),
        token=str(item["coin"]),
        amount=decimal(item["amount"]) + fee,
        fee=fee or ZERO,
        state=WITHDRAWAL_STATES.get(int(item["status"]), "pending"),
        transaction_id=str(item.get("txId") or ""),
    )


def _id_of(answer: Any, name: str) -> str:
    if not isinstance(answer, dict) or not answer.get(name):
        raise VenueError("unknown", "EXI-012", f"binance: the acknowledgement has no {name}")
    return str(answer[name])
