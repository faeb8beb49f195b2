"""OnChainExecutionInterface: lending, staking and other protocols."""

from __future__ import annotations

from typing import Any, ClassVar

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.interfaces.chain_execution_interface import ChainExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import Family


class OnChainExecutionInterface(ChainExecutionInterface):
    """Actions of one protocol (arguments as ``BaseExecutionInterface``).

    Each method below is ``execute_instruction`` for that action and raises EXI-005 for another. What an action
    changes is kept in constant units (scaled balances, shares).
    """

    family: ClassVar[Family] = "OnChain"

    def execute_supply(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Lend a token."""
        return self._execute_named(timestamp, instruction, "supply")

    def execute_withdraw(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Take a lent token back."""
        return self._execute_named(timestamp, instruction, "withdraw")

    def execute_borrow(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Borrow a token against what is lent."""
        return self._execute_named(timestamp, instruction, "borrow")

    def execute_repay(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Pay a debt back."""
        return self._execute_named(timestamp, instruction, "repay")

    def execute_stake(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Stake ETH for a liquid staking token."""
        return self._execute_named(timestamp, instruction, "stake")

    def execute_unstake(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Ask for staked ETH back (``unstake`` or ``request_withdrawal``)."""
        return self._execute_named(timestamp, instruction, "unstake", "request_withdrawal")
