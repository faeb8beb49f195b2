"""Transfers out of and into the simulated wallet."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.chain_gas import GasMeter, transfer_units
from basis_strategy_v1.backends.simulated.chain_state import WALLET, ChainState
from basis_strategy_v1.backends.simulated.chain_tokens import to_amount, to_units
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferArrival, TransferReport, TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class ChainTransfers:
    """Sends tokens from the wallet over the network and fetches what arrives.

    Gas is the fee: taken from the amount where it is paid in the token that is sent, else paid on top.
    """

    def __init__(self, gas: GasMeter, network: SimulatedNetwork, clock: Clock) -> None:
        self._gas = gas
        self._network = network
        self._clock = clock
        self._reports: dict[str, TransferReport] = {}
        network.register(WALLET, "chain")

    def send(self, state: ChainState, request: TransferRequest) -> TransferReport:
        """Send what ``request`` says; the same id twice gives the first report and sends nothing."""
        known = self._reports.get(request.client_transfer_id)
        if known is not None:
            return known
        try:
            report = self._send(state, request)
        except ComponentError as error:
            return TransferReport(
                client_transfer_id=request.client_transfer_id,
                token=request.token,
                sent=Decimal(0),
                fee=Decimal(0),
                received=Decimal(0),
                outcome=Outcome.REJECTED,
                error_code=error.error_code,
                reason=error.message,
            )
        self._reports[request.client_transfer_id] = report
        return report

    def _send(self, state: ChainState, request: TransferRequest) -> TransferReport:
        token = request.token
        units = to_units(token, request.amount)
        gas = self._gas.cost(transfer_units(token))
        in_kind = self._gas.asset == token
        received = units - gas if in_kind else units
        after = state.copy()
        after.spend(token, units, "a transfer")
        if not in_kind:
            self._gas.pay(after, gas)
        if received <= 0:
            raise ComponentError(
                "EXI-006", f"{request.amount} {token} does not cover the gas of sending it", "SimulatedChain"
            )
        arrives_at = self._network.send(
            request.client_transfer_id,
            token,
            to_amount(token, received),
            request.from_location,
            request.to_location,
            self._clock.now,
        )
        state.wallet = after.wallet
        return TransferReport(
            client_transfer_id=request.client_transfer_id,
            token=token,
            sent=to_amount(token, units),
            fee=to_amount(self._gas.asset, gas),
            received=to_amount(token, received),
            arrives_at=arrives_at,
            fee_asset="" if in_kind else self._gas.asset,
            fee_bucket="gas",
        )

    def receive(self, state: ChainState) -> tuple[TransferArrival, ...]:
        """Put into the wallet what has arrived by now."""
        arrivals = []
        for transfer in self._network.due(WALLET, self._clock.now):
            state.receive(transfer.token, to_units(transfer.token, transfer.amount))
            arrivals.append(
                TransferArrival(
                    self._clock.now, transfer.client_transfer_id, transfer.to_location, transfer.token, transfer.amount
                )
            )
        return tuple(arrivals)
