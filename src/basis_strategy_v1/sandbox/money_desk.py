"""Transfers inside a local venue, withdrawals out of it and deposits into it."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

import msgspec

from basis_strategy_v1.backends.simulated.exchange import SimulatedExchange
from basis_strategy_v1.backends.simulated.inspection import ExchangeInspection
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferArrival, TransferReport, TransferRequest
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.addresses import AddressBook
from basis_strategy_v1.sandbox.clock import NANOSECONDS_PER_MILLISECOND, SandboxClock
from basis_strategy_v1.sandbox.mishaps import Mishap
from basis_strategy_v1.sandbox.records import (
    DepositRecord,
    Refusal,
    TransferRecord,
    WithdrawalRecord,
    withdrawal_source,
)
from basis_strategy_v1.sandbox.reject_kinds import reject_kind

WithdrawalsMode = Literal["open", "refused", "held"]


class MoneyDesk:
    """Money that moves without a trade.

    Attributes:
        withdrawals_mode: ``refused`` refuses every withdrawal, ``held`` takes the money and sends nothing until
            ``release`` or ``give_back`` is called.
        deposits_open: whether the venue says that it takes deposits; what is sent all the same arrives.
        tags_needed: whether it says that addresses need a tag.
        mishap: befalls the withdrawals that are sent while it is set.
    """

    def __init__(
        self,
        exchange: SimulatedExchange,
        clock: SandboxClock,
        network: SimulatedNetwork,
        addresses: AddressBook,
        first_id: int,
    ) -> None:
        self._exchange = exchange
        self._inspection = ExchangeInspection(exchange)
        self._clock = clock
        self._network = network
        self._addresses = addresses
        self._next_id = first_id
        self._withdrawals: dict[int, WithdrawalRecord] = {}
        self.transfers: list[TransferRecord] = []
        self.deposits: list[DepositRecord] = []
        self.withdrawals_mode: WithdrawalsMode = "open"
        self.deposits_open = True
        self.tags_needed = False
        self.mishap: Mishap | None = None

    def transfer(
        self, from_location: str, to_location: str, asset: str, amount: Decimal, client_id: str
    ) -> TransferRecord | Refusal:
        """Move between two locations of the venue."""
        number = self._take_id()
        report = self._exchange.transfer(
            TransferRequest(
                client_transfer_id=f"transfer-{number}",
                from_location=from_location,
                to_location=to_location,
                token=asset,
                amount=amount,
            )
        )
        if report.outcome is not Outcome.DONE:
            return _refusal(report)
        record = TransferRecord(
            transfer_id=number,
            client_id=client_id,
            from_location=from_location,
            to_location=to_location,
            asset=asset,
            amount=amount,
            time_ms=self._clock.now_ms(),
        )
        self.transfers.append(record)
        return record

    def withdraw(
        self, location: str, asset: str, amount: Decimal, address: str, network: str, tag: str, client_id: str
    ) -> WithdrawalRecord | Refusal:
        """Send ``amount`` (fee included) from ``location`` to an address."""
        if self.withdrawals_mode == "refused":
            return Refusal("withdrawals_suspended", f"withdrawals of {asset} are suspended", "EXI-003")
        fee = self._exchange.spec.withdrawal_fees.get(asset, ZERO)
        record = WithdrawalRecord(
            withdrawal_id=self._take_id(),
            client_id=client_id,
            location=location,
            asset=asset,
            amount=amount,
            fee=fee,
            address=address,
            network=network,
            tag=tag,
            status="held",
            time_ms=self._clock.now_ms(),
            completed_ms=0,
        )
        done = self._carried_out(record)
        if isinstance(done, WithdrawalRecord):
            self._withdrawals[done.withdrawal_id] = done
        return done

    def _carried_out(self, record: WithdrawalRecord) -> WithdrawalRecord | Refusal:
        if self.withdrawals_mode == "held":
            return self._hold(record)
        if self.mishap is None:
            return self._send(record)
        held = self._hold(record)
        return held if isinstance(held, Refusal) else self._dispatch(held)

    def release(self) -> None:
        """Send every withdrawal that is held, and hold no more."""
        self.withdrawals_mode = "open"
        for record in list(self._withdrawals.values()):
            if record.status == "held":
                self._withdrawals[record.withdrawal_id] = self._dispatch(record)

    def give_back(self) -> None:
        """Refuse every withdrawal that is held: its amount is in the account again."""
        self.withdrawals_mode = "open"
        for record in list(self._withdrawals.values()):
            if record.status == "held":
                self._exchange.credit(record.location, record.asset, record.amount)
                self._withdrawals[record.withdrawal_id] = msgspec.structs.replace(record, status="failed")

    def withdrawals(self) -> list[WithdrawalRecord]:
        """All withdrawals, oldest first, as they stand now."""
        reached_ms = self._clock.row_time(self._clock.row) // NANOSECONDS_PER_MILLISECOND
        return [_as_of(record, reached_ms) for record in self._withdrawals.values()]

    def deposit(self, location: str, asset: str, amount: Decimal, source: str) -> DepositRecord | Refusal:
        """Credit money from outside (below 0: take it away) at once."""
        try:
            self._exchange.credit(location, asset, amount)
        except ComponentError as error:
            return Refusal(reject_kind(error.error_code, error.message), error.message, error.error_code)
        return self._note_deposit(location, asset, amount, source, self._clock.now_ms())

    def note_arrival(self, arrival: TransferArrival) -> None:
        """Remember a transfer from elsewhere that has arrived."""
        self._note_deposit(
            arrival.location,
            arrival.token,
            arrival.amount,
            arrival.client_transfer_id,
            arrival.timestamp // NANOSECONDS_PER_MILLISECOND,
        )

    def _note_deposit(self, location: str, asset: str, amount: Decimal, source: str, time_ms: int) -> DepositRecord:
        record = DepositRecord(
            deposit_id=self._take_id(), location=location, asset=asset, amount=amount, source=source, time_ms=time_ms
        )
        self.deposits.append(record)
        return record

    def _send(self, record: WithdrawalRecord) -> WithdrawalRecord | Refusal:
        report = self._exchange.transfer(
            TransferRequest(
                client_transfer_id=self._transfer_id(record),
                from_location=record.location,
                to_location=self._addresses.location_of(record.address),
                token=record.asset,
                amount=record.amount,
                network=record.network,
                address=record.address,
                tag=record.tag,
            )
        )
        if report.outcome is not Outcome.DONE:
            return _refusal(report)
        return _sent(record, report.arrives_at)

    def _hold(self, record: WithdrawalRecord) -> WithdrawalRecord | Refusal:
        available = self._inspection.withdrawable(record.location, record.asset, self._clock.row)
        if record.amount > available:
            reason = f"insufficient balance at {record.location}: {record.amount} {record.asset} asked"
            return Refusal("insufficient_balance", reason, "EXI-006")
        self._exchange.credit(record.location, record.asset, -record.amount)
        return record

    def _dispatch(self, record: WithdrawalRecord) -> WithdrawalRecord:
        source = self._transfer_id(record)
        target = self._addresses.location_of(record.address)
        parts = [(record.received, 0)]
        if self.mishap is not None:
            parts = self.mishap.parts(record.received)
            source = f"untraced-{record.withdrawal_id}" if self.mishap.untraced else source
        arrives_at = [
            self._network.send(source, record.asset, amount, record.location, target, self._clock.now + later)
            for amount, later in parts
        ]
        return _sent(record, max(arrives_at, default=self._clock.now))

    def _transfer_id(self, record: WithdrawalRecord) -> str:
        return withdrawal_source(self._exchange.spec.venue, record.withdrawal_id)

    def _take_id(self) -> int:
        self._next_id += 1
        return self._next_id


def _sent(record: WithdrawalRecord, arrives_at: int) -> WithdrawalRecord:
    return msgspec.structs.replace(record, status="sent", completed_ms=arrives_at // NANOSECONDS_PER_MILLISECOND)


def _as_of(record: WithdrawalRecord, reached_ms: int) -> WithdrawalRecord:
    if record.status == "sent" and record.completed_ms <= reached_ms:
        return msgspec.structs.replace(record, status="completed")
    return record


def _refusal(report: TransferReport) -> Refusal:
    return Refusal(reject_kind(report.error_code, report.reason), report.reason, report.error_code)
