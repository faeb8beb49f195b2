"""What a swap would bring, before it is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol, runtime_checkable

import msgspec

from basis_strategy_v1.core.domain.instructions import SmartContractAction


class SwapQuote(msgspec.Struct, frozen=True, kw_only=True):
    """A quote at the state of the chain now.

    Attributes:
        price_impact: the fraction by which the mean price is worse than the price before the swap.
        fee_tier: the pool's fee in millionths.
        gas: units of gas that the swap is expected to use.
    """

    token_in: str
    token_out: str
    amount_in: Decimal
    amount_out: Decimal
    price_impact: Decimal = Decimal(0)
    fee_tier: int = 0
    gas: int = 0


@runtime_checkable
class SwapQuoter(Protocol):
    """A chain backend that can also quote."""

    def quote_swap(self, action: SmartContractAction) -> SwapQuote:
        """The best route for ``action``, net of gas."""
