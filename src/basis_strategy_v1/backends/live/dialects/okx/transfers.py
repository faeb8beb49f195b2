"""OKX v5: moves between the trading and the funding account, and withdrawals from the latter."""

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

FUNDING_ACCOUNT, TRADING_ACCOUNT = "6", "18"
ON_CHAIN = "4"
TRANSFER_STATES = {"success": "done", "failed": "failed"}
WITHDRAWAL_STATES = {"2": "done", "-1": "failed", "-2": "failed"}


class OkxTransfers:
    """Transfers of one account; each carries an id of ours."""

    def __init__(self, gateway: Gateway, spec: VenueSpec) -> None:
        self._gateway = gateway
        self._spec = spec

    @tells
    def transfer_inside(self, request: TransferRequest, wire_id: str) -> VenueTransfer:
        """See ``TransferDesk``."""
        fields = {
            "ccy": request.token,
            "amt": f"{request.amount:f}",
            "from": self._account(request.from_location),
            "to": self._account(request.to_location),
            "clientId": wire_id,
        }
        answer = self._gateway.tell(self._gateway.exchange.privatePostAssetTransfer, fields)
        return VenueTransfer(venue_transfer_id=_id_of(answer, "transId"), token=request.token, amount=request.amount)

    @tells
    def withdraw(self, request: TransferRequest, wire_id: str, fee: Decimal) -> VenueTransfer:
        """See ``TransferDesk``. The venue adds its fee to the amount it is told."""
        if request.from_location != self._spec.deposit_location:
            raise VenueError("rejected", "EIM-012", f"okx withdraws from {self._spec.deposit_location} only")
        fee = self._fee(request, fee)
        if request.amount <= fee:
            raise VenueError(
                "rejected", "EXI-001", f"{request.amount} {request.token} does not exceed the fee of {fee}"
            )
        fields = {
            "ccy": request.token,
            "amt": f"{request.amount - fee:f}",
            "dest": ON_CHAIN,
            "toAddr": f"{request.address}:{request.tag}" if request.tag else request.address,
            "clientId": wire_id,
        }
        if request.network:
            fields["chain"] = request.network
        answer = self._gateway.tell(self._gateway.exchange.privatePostAssetWithdrawal, fields)
        return VenueTransfer(
            venue_transfer_id=_id_of(answer, "wdId"),
            token=request.token,
            amount=request.amount,
            fee=fee,
            state="pending",
        )

    @asks
    def networks(self, token: str) -> Sequence[TokenNetwork]:
        """See ``TransferDesk``."""
        listed = self._gateway.ask(self._gateway.exchange.privateGetAssetCurrencies, {"ccy": token})["data"]
        return tuple(
            TokenNetwork(
                name=str(item["chain"]),
                can_deposit=bool(item["canDep"]),
                can_withdraw=bool(item["canWd"]),
                needs_tag=bool(item.get("needTag")),
            )
            for item in listed
            if item["ccy"] == token
        )

    @asks
    def find_transfers(self, request: TransferRequest, wire_id: str, since: int) -> Sequence[VenueTransfer]:
        """See ``TransferDesk``."""
        exchange = self._gateway.exchange
        if request.to_location in self._spec.locations:
            return self._found(exchange.privateGetAssetTransferState, {"clientId": wire_id}, "transId", TRANSFER_STATES)
        fields = {"clientId": wire_id, "ccy": request.token}
        return self._found(exchange.privateGetAssetWithdrawalHistory, fields, "wdId", WITHDRAWAL_STATES)

    def _fee(self, request: TransferRequest, otherwise: Decimal) -> Decimal:
        """What the venue takes now on the network that will be used; ``otherwise`` where it does not tell."""
        listed = self._gateway.ask(self._gateway.exchange.privateGetAssetCurrencies, {"ccy": request.token})["data"]
        for item in listed:
            if request.network in ("", item["chain"]):
                return decimal(item.get("fee") or item.get("minFee")) or otherwise
        return otherwise

    def _found(
        self, call: Any, fields: Mapping[str, Any], number: str, states: Mapping[str, str]
    ) -> Sequence[VenueTransfer]:
        answer = self._gateway.look_up(call, fields)
        listed = () if answer is None else answer["data"]
        return [_read(item, number, states) for item in listed if item["clientId"] == fields["clientId"]]

    def _account(self, location: str) -> str:
        return FUNDING_ACCOUNT if location == self._spec.deposit_location else TRADING_ACCOUNT


def _read(item: Mapping[str, Any], number: str, states: Mapping[str, str]) -> VenueTransfer:
    fee = decimal(item.get("fee"))
    return VenueTransfer(
        venue_transfer_id=str(item[number]),
        token=str(item["ccy"]),
        amount=decimal(item["amt"]) + fee,
        fee=fee,
        state=states.get(str(item["state"]), "pending"),
        transaction_id=str(item.get("txId") or ""),
    )


def _id_of(answer: Any, name: str) -> str:
    data = answer.get("data") if isinstance(answer, dict) else None
    if not data or not data[0].get(name):
        raise VenueError("unknown", "EXI-012", f"okx: the acknowledgement has no {name}")
    return str(data[0][name])
