"""What the simulated lending pool reads from the data: indices and oracle prices at the clock's row."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.market import Column, MarketColumns
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.protocols.aave_v3 import BASE_CURRENCY_DECIMALS

_PEGGED_TO_USD = frozenset({"USDT", "USDC"})
_ONE_USD = Decimal(1)


class LendingMarket:
    """Exact indices (ray) and prices (USD, 8 decimals) of one protocol."""

    def __init__(
        self, market: MarketColumns, clock: Clock, protocol: str = "aave", column_venue: str = "aave_v3"
    ) -> None:
        self._market = market
        self._clock = clock
        self._protocol = protocol
        self._column_venue = column_venue

    def supply_index(self, token: str) -> int:
        """The supply index of ``token``. ComponentError EXI-013 where the run has none."""
        return self._index("supply", token)

    def borrow_index(self, token: str) -> int:
        """The variable borrow index of ``token``. ComponentError EXI-013 where the run has none."""
        return self._index("borrow", token)

    def oracle_price(self, token: str) -> int:
        """USD per token with 8 decimals, rounded down: the oracle's, else 1 for stablecoins and the ETH spot for WETH.

        Raises:
            ComponentError: EXI-013 where the run has none of them.
        """
        column = self._price_column(token)
        price = _ONE_USD if column is None else column.decimal(self._clock.row)
        return int(price.scaleb(BASE_CURRENCY_DECIMALS))

    def _price_column(self, token: str) -> Column | None:
        name = f"oracle.{self._column_venue}.{token}"
        column = self._market.other.get(name)
        if column is not None:
            return column
        if token in _PEGGED_TO_USD:
            return None
        if token == "WETH" and self._market.ether is not None:
            return self._market.ether
        raise ComponentError("EXI-013", f"no column {name} to value {token} on {self._protocol}", "LendingMarket")

    def _index(self, side: str, token: str) -> int:
        name = f"{side}.{self._protocol}.{token}"
        column = self._market.indices.get(name)
        if column is None:
            raise ComponentError("EXI-013", f"no index {name}: the run loaded no rate of it", "LendingMarket")
        return column.ray(self._clock.row)
