"""DEXExecutionInterface: swaps and liquidity on a decentralised exchange."""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.instructions import SmartContractAction
from basis_strategy_v1.core.domain.quantities import ONE
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.chain_execution_interface import ChainExecutionInterface
from basis_strategy_v1.core.interfaces.execution_records import COMPONENT
from basis_strategy_v1.core.interfaces.swap_quote import SwapQuote, SwapQuoter
from basis_strategy_v1.core.interfaces.venue_spec import Family


class DEXExecutionInterface(ChainExecutionInterface):
    """Swaps and liquidity of one protocol (arguments as ``BaseExecutionInterface``)."""

    family: ClassVar[Family] = "DEX"

    def execute_swap(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Swap one token for another. A swap without a bound is given the quote less ``max_slippage`` as its bound.

        Raises:
            ComponentError: EXI-005 when the instruction is no swap or cannot be quoted, EXI-008 when its bound is
                broken.
        """
        swap = self._swap(instruction)
        if swap.min_amount_out is None and swap.max_amount_in is None:
            swap = self._bounded(swap)
        return self.execute_instruction(timestamp, swap)

    def quote_swap(self, timestamp: Any, instruction: Any) -> SwapQuote:
        """What a swap would bring now, with its price impact. Nothing is sent.

        Raises:
            ComponentError: EXI-005 when the backend gives no quotes.
        """
        return self._quoted(self._swap(instruction))

    def add_liquidity(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Provide liquidity in a range of ticks."""
        return self._execute_named(timestamp, instruction, "add_liquidity")

    def remove_liquidity(self, timestamp: Any, instruction: Any) -> ExecutionDeltas:
        """Take liquidity back."""
        return self._execute_named(timestamp, instruction, "remove_liquidity")

    def _swap(self, instruction: Any) -> SmartContractAction:
        swap = self._read(instruction)
        if not isinstance(swap, SmartContractAction) or swap.action != "swap":
            raise self._unsupported("this instruction as a swap")
        return swap

    def _quoted(self, swap: SmartContractAction) -> SwapQuote:
        if not isinstance(self.backend, SwapQuoter):
            raise self._unsupported("quotes here; give min_amount_out or max_amount_in")
        return self.backend.quote_swap(swap)

    def _bounded(self, swap: SmartContractAction) -> SmartContractAction:
        quote = self._quoted(swap)
        slippage = self.settings.max_slippage
        if quote.price_impact > slippage:
            message = f"{self.venue}: price impact {quote.price_impact} of the swap is beyond max_slippage {slippage}"
            raise ComponentError("EXI-008", message, COMPONENT)
        if swap.exact == "in":
            return msgspec.structs.replace(swap, min_amount_out=quote.amount_out * (ONE - slippage))
        return msgspec.structs.replace(swap, max_amount_in=quote.amount_in * (ONE + slippage))
