"""Transfers out of and inside a simulated exchange."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.account import Account
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.backends.simulated.rejections import Rejection
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferReport, TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class TransferDesk:
    """Moves tokens of one account: at once and free inside the venue, with a fee and a delay elsewhere."""

    __slots__ = ("_account", "_fees", "_known", "_network")

    def __init__(self, account: Account, network: SimulatedNetwork, withdrawal_fees: dict[str, Decimal]) -> None:
        self._account = account
        self._network = network
        self._fees = withdrawal_fees
        self._known: dict[str, tuple[TransferRequest, TransferReport]] = {}

    def transfer(self, request: TransferRequest, row: int, now: int) -> TransferReport:
        """Carry out ``request``; the same request again gets the same report and moves nothing more."""
        known = self._known.get(request.client_transfer_id)
        if known is not None and known[0] == request:
            return known[1]
        try:
            if known is not None:
                raise Rejection("EXI-001", f"duplicate transfer id {request.client_transfer_id} with another transfer")
            report = self._execute(request, row, now)
        except Rejection as rejection:
            return _refused(request, rejection.code, rejection.reason)
        except ComponentError as error:
            return _refused(request, error.error_code, error.message)
        self._known[request.client_transfer_id] = (request, report)
        return report

    def _execute(self, request: TransferRequest, row: int, now: int) -> TransferReport:
        account = self._account
        books = account.books
        source, target, token, amount = request.from_location, request.to_location, request.token, request.amount
        if source not in books.balances or source == target:
            known = ", ".join(books.balances)
            reason = f"{account.spec.venue} cannot move {token} from {source} to {target}; it has {known}"
            raise Rejection("EIM-012", reason)
        inside = target in books.balances
        fee = ZERO if inside else self._fees.get(token, ZERO)
        if amount <= fee:
            raise Rejection("EXI-001", f"a transfer of {amount} {token} does not exceed the withdrawal fee of {fee}")
        available = account.withdrawable(source, token, row)
        if amount > available:
            reason = f"insufficient balance at {source}: {amount} {token} asked, {available} may leave"
            raise Rejection("EXI-006", reason)
        arrives_at = 0
        if inside:
            books.add(target, token, amount)
        else:
            arrives_at = self._network.send(request.client_transfer_id, token, amount - fee, source, target, now)
        books.add(source, token, -amount)
        return TransferReport(
            client_transfer_id=request.client_transfer_id,
            token=token,
            sent=amount,
            fee=fee,
            received=amount - fee,
            arrives_at=arrives_at,
        )


def _refused(request: TransferRequest, code: str, reason: str) -> TransferReport:
    return TransferReport(
        client_transfer_id=request.client_transfer_id,
        token=request.token,
        sent=ZERO,
        fee=ZERO,
        received=ZERO,
        outcome=Outcome.REJECTED,
        error_code=code,
        reason=reason,
    )
