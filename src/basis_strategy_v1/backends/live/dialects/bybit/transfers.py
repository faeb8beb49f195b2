"""Bybit v5: withdrawals. A unified account is one location, so nothing moves inside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import VenueTransfer, decimal
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.networks import TokenNetwork
from basis_strategy_v1.core.domain.orders import TransferRequest

STATES = {
    "success": "done",
    "BlockchainConfirmed": "done",
    "CancelByUser": "failed",
    "Reject": "failed",
    "Fail": "failed",
}
FEE_OUT_OF_AMOUNT = 1
OPEN = "1"


class BybitTransfers:
    """Withdrawals from the unified account.

    Args:
        now_ms: the venue's time, which a withdrawal must name.
    """

    def __init__(self, gateway: Gateway, now_ms: Callable[[], int]) -> None:
        self._gateway = gateway
        self._now_ms = now_ms

    @tells
    def transfer_inside(self, request: TransferRequest, wire_id: str) -> VenueTransfer:
        """See ``TransferDesk``: there is no second location."""
        where = f"bybit has one location; nothing moves from {request.from_location} to {request.to_location}"
        raise VenueError("rejected", "EIM-012", where)

    @tells
    def withdraw(self, request: TransferRequest, wire_id: str, fee: Decimal) -> VenueTransfer:
        """See ``TransferDesk``. The venue takes its fee out of the amount; a second request of this id is refused."""
        fields: dict[str, Any] = {
            "coin": request.token,
            "chain": request.network,
            "address": request.address,
            "amount": f"{request.amount:f}",
            "timestamp": self._now_ms(),
            "accountType": "UTA",
            "feeType": FEE_OUT_OF_AMOUNT,
            "requestId": wire_id,
        }
        if request.tag:
            fields["tag"] = request.tag
        answer = self._gateway.tell(self._gateway.exchange.privatePostV5AssetWithdrawCreate, fields)
        number = str((answer.get("result") or {}).get("id") or "")
        if not number:
            raise VenueError("unknown", "EXI-012", "bybit: the acknowledgement has no id")
        return VenueTransfer(
            venue_transfer_id=number, token=request.token, amount=request.amount, fee=fee, state="pending"
        )

    @asks
    def networks(self, token: str) -> Sequence[TokenNetwork]:
        """See ``TransferDesk``. Which of them need a tag is not told."""
        answer = self._gateway.ask(self._gateway.exchange.privateGetV5AssetCoinQueryInfo, {"coin": token})
        return tuple(
            TokenNetwork(
                name=str(item["chain"]),
                can_deposit=str(item["chainDeposit"]) == OPEN,
                can_withdraw=str(item["chainWithdraw"]) == OPEN,
            )
            for coin in answer["result"]["rows"]
            if coin["coin"] == token
            for item in coin["chains"]
        )

    @asks
    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        """See ``TransferDesk``. Records carry no id of ours: token, address, amount and time tell them apart."""
        fields = {"coin": request.token, "startTime": since, "limit": 50}
        call = self._gateway.exchange.privateGetV5AssetWithdrawQueryRecord
        listed = reversed(self._gateway.ask(call, fields)["result"]["rows"] or [])
        return [_read(item, request) for item in listed if _is_it(item, request, since)]


def _is_it(item: Mapping[str, Any], request: TransferRequest, since: int) -> bool:
    amount, fee = decimal(item["amount"]), decimal(item.get("withdrawFee"))
    same = request.address.lower() in ("", str(item["toAddress"]).lower()) and int(item["createTime"]) >= since
    return same and request.amount in (amount, amount + fee)


def _read(item: Mapping[str, Any], request: TransferRequest) -> VenueTransfer:
    return VenueTransfer(
        venue_transfer_id=str(item["withdrawId"]),
        token=request.token,
        amount=request.amount,
        fee=decimal(item.get("withdrawFee")),
        state=STATES.get(str(item["status"]), "pending"),
        transaction_id=str(item.get("txID") or ""),
    )
