"""TransferExecutionInterface: the wallet."""

from __future__ import annotations

from typing import Any, ClassVar

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import WalletTransfer
from basis_strategy_v1.core.interfaces.chain_execution_interface import ChainExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import Family


class TransferExecutionInterface(ChainExecutionInterface):
    """Transfers out of the wallet, and its own actions, such as wrapping ETH."""

    family: ClassVar[Family] = "Transfer"

    def execute_transfer(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Send a token from the wallet to an exchange or another wallet.

        Raises:
            ComponentError: EXI-005 when the instruction is no transfer out of this wallet.
        """
        transfer = self._read(instruction)
        if not isinstance(transfer, WalletTransfer):
            raise self._unsupported(f"a {type(transfer).__name__} as a transfer")
        return self.execute_instruction(timestamp, transfer)

    def _check(self, instruction: Any) -> None:
        if not isinstance(instruction, WalletTransfer):
            super()._check(instruction)
        elif instruction.from_venue not in (self.venue, *self.spec.locations):
            raise self._unsupported(f"transfers out of {instruction.from_venue}")
