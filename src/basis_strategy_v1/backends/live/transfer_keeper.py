"""Transfers inside a venue, and withdrawals to addresses that are on the list."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.live.client_ids import wire_id
from basis_strategy_v1.backends.live.dialects.dialect import TransferDesk
from basis_strategy_v1.backends.live.dialects.venue_records import VenueTransfer
from basis_strategy_v1.backends.live.gateway import COMPONENT, VenueError
from basis_strategy_v1.backends.live.networks import TokenNetwork, routed
from basis_strategy_v1.backends.live.options import WithdrawalTarget
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferReport, TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import venue_of

REMEMBERED = 250
"""Transfers of which is known whose they are."""
CLOCK_TOLERANCE_MS = 2_000
"""How much earlier than our own note of it the venue may date a transfer."""


class TransferKeeper:
    """The transfers of one account.

    Args:
        spec: the venue.
        desk: how it is spoken to.
        targets: where withdrawals may go.
        transfer_seconds: how long a withdrawal usually takes.
        now_ns: our clock.
        venue_ms: the venue's time at one of ours (ns), in ms.
        receivers: who can be asked, by location, whether it takes deposits.
    """

    def __init__(
        self,
        spec: VenueSpec,
        desk: TransferDesk,
        targets: tuple[WithdrawalTarget, ...],
        transfer_seconds: float,
        now_ns: Callable[[], int],
        venue_ms: Callable[[int], int],
        receivers: Mapping[str, TransferDesk] | None = None,
    ) -> None:
        self._spec = spec
        self._desk = desk
        self._targets = targets
        self._transfer_ns = int(transfer_seconds * NANOSECONDS_PER_SECOND)
        self._now_ns = now_ns
        self._venue_ms = venue_ms
        self._receivers = {} if receivers is None else receivers
        self._told: dict[str, str] = {}

    def is_inside(self, request: TransferRequest) -> bool:
        """Whether both ends are this venue's."""
        return request.to_location in self._spec.locations

    def send(self, request: TransferRequest) -> TransferReport:
        """Carry out a transfer.

        Raises:
            NotSentError: when nothing was sent.
        """
        sent_at = self._now_ns()
        try:
            addressed = self._addressed(request)
            digits = wire_id(request.client_transfer_id)
            if self.is_inside(request):
                transfer = self._desk.transfer_inside(addressed, digits)
            else:
                transfer = self._desk.withdraw(self._routed(addressed), digits, self._fee(request))
        except VenueError as error:
            return self._not_acknowledged(request, error, sent_at)
        if not transfer.venue_transfer_id or transfer.state == "pending":
            transfer = self._listed(request, transfer, sent_at)
        return self._report(request, transfer, sent_at)

    def claim(self, report: TransferReport) -> None:
        """Note that a transfer of the venue's is known to be this one."""
        if report.venue_transfer_id:
            self._tell_apart(report.venue_transfer_id, report.client_transfer_id)

    def _tell_apart(self, number: str, client_transfer_id: str) -> None:
        """Note whose a transfer of the venue's is. What is doubted is looked for among those since it was sent only."""
        self._told[number] = wire_id(client_transfer_id)
        if len(self._told) > REMEMBERED:
            del self._told[next(iter(self._told))]

    def lookup(self, request: TransferRequest, sent_at: int) -> TransferReport | None:
        """What became of a transfer that was asked for at ``sent_at`` (ns), or None where the venue knows none."""
        transfer = self.find(request, sent_at)
        return None if transfer is None else self._report(request, transfer, sent_at)

    def find(self, request: TransferRequest, sent_at: int) -> VenueTransfer | None:
        """As the venue lists it: the oldest that fits and was not told of another request."""
        since = self._venue_ms(sent_at) - CLOCK_TOLERANCE_MS
        digits = wire_id(request.client_transfer_id)
        for transfer in self._desk.find_transfers(self.as_sent(request), digits, since):
            if self._told.get(transfer.venue_transfer_id, digits) == digits:
                return transfer
        return None

    def as_sent(self, request: TransferRequest) -> TransferRequest:
        """The request with its address, as far as the list has it still: what was sent is sent."""
        if request.address:
            return request
        try:
            return self._addressed(request)
        except VenueError:
            return request

    def _listed(self, request: TransferRequest, transfer: VenueTransfer, sent_at: int) -> VenueTransfer:
        """An acknowledged transfer as the venue lists it, where it does so already.

        The list tells the fee that was really taken, and the number by which one that moves the same is another.
        """
        try:
            return self.find(request, sent_at) or transfer
        except ComponentError:
            return transfer

    def _report(self, request: TransferRequest, transfer: VenueTransfer, sent_at: int) -> TransferReport:
        number = transfer.venue_transfer_id
        if number:
            self._tell_apart(number, request.client_transfer_id)
        if transfer.state == "failed":
            return _refused(request, "EXI-001", f"{self._spec.venue} refused transfer {number} after it had taken it")
        inside = self.is_inside(request)
        return TransferReport(
            client_transfer_id=request.client_transfer_id,
            token=request.token,
            sent=request.amount,
            fee=transfer.fee,
            received=request.amount - transfer.fee,
            arrives_at=0 if inside else sent_at + self._transfer_ns,
            venue_transfer_id=number,
        )

    def _not_acknowledged(self, request: TransferRequest, error: VenueError, sent_at: int) -> TransferReport:
        if error.verdict == "not_sent":
            raise NotSentError(error.code, f"{self._spec.venue}: {error.reason}", COMPONENT) from error
        if error.is_definite:
            return _refused(request, error.code, error.reason)
        report = self.lookup(request, sent_at) if error.verdict == "duplicate" else None
        return report or _unknown(request, error.reason)

    def _addressed(self, request: TransferRequest) -> TransferRequest:
        """The request with the address, network and tag of its place on the list.

        Raises:
            VenueError: EIM-012 for a route that the venue has not, or an address that is not on the list.
        """
        locations = self._spec.locations
        if request.from_location not in locations or request.from_location == request.to_location:
            raise _no_route(f"{self._spec.venue} cannot move {request.token} from {request.from_location}")
        if self.is_inside(request):
            return request
        for target in self._targets:
            same_place = (target.location, target.token) == (request.to_location, request.token)
            if same_place and request.address in ("", target.address):
                return msgspec.structs.replace(request, address=target.address, network=target.network, tag=target.tag)
        where = request.address or request.to_location
        raise _no_route(f"{where} is not on the list of addresses that {request.token} may be withdrawn to")

    def _routed(self, request: TransferRequest) -> TransferRequest:
        """The request with its network, once both sides have said that they take part in it now.

        Raises:
            VenueError: as ``routed``.
            NotSentError: when one of them cannot be asked.
        """
        receiver = venue_of(request.to_location)
        sends = self._networks(self._spec.venue, self._desk, request.token)
        desk = self._receivers.get(request.to_location)
        takes = self._networks(receiver, desk, request.token) if desk is not None else ()
        return routed(request, self._spec.venue, sends, receiver, takes)

    @staticmethod
    def _networks(venue: str, desk: TransferDesk, token: str) -> Sequence[TokenNetwork]:
        try:
            return desk.networks(token)
        except ComponentError as error:
            words = f"{venue} does not say over which networks {token} moves now: {error.message}"
            raise NotSentError(error.error_code, words, COMPONENT, original_exception=error) from error

    def _fee(self, request: TransferRequest) -> Decimal:
        return self._spec.withdrawal_fees.get(request.token, ZERO)


def _no_route(words: str) -> VenueError:
    return VenueError("rejected", "EIM-012", words)


def _refused(request: TransferRequest, code: str, reason: str) -> TransferReport:
    return _nothing(request, Outcome.REJECTED, code or "EXI-001", reason)


def _unknown(request: TransferRequest, reason: str) -> TransferReport:
    return _nothing(request, Outcome.UNKNOWN, "EXI-007", reason)


def _nothing(request: TransferRequest, outcome: Outcome, code: str, reason: str) -> TransferReport:
    return TransferReport(
        client_transfer_id=request.client_transfer_id,
        token=request.token,
        sent=ZERO,
        fee=ZERO,
        received=ZERO,
        outcome=outcome,
        error_code=code,
        reason=reason,
    )
