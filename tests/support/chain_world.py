"""A small world for tests of the simulated chain: constant prices, indices chosen by the test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

import numpy as np

from basis_strategy_v1.backends.simulated.chain import SimulatedChain
from basis_strategy_v1.backends.simulated.chain_gas import GasSettings
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.instructions import SmartContractAction
from basis_strategy_v1.core.domain.market import Column, IndexColumn, MarketColumns
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE

RAY = 10**27
MINUTE = NANOSECONDS_PER_MINUTE
TOKENS = ("USDT", "USDC", "WETH", "wstETH", "weETH")
PRICES = {"USDT": 1.0, "USDC": 1.0, "WETH": 2_000.0, "wstETH": 2_400.0, "weETH": 2_100.0}
GWEI = 10.0
ETHER = 2_000.0
SUPPLY_GAS = Decimal("4.32406")
"""216,203 units x 10 gwei x 2,000 USDT."""
APPROVAL_GAS = Decimal("0.92")


def index_column(name: str, rays: Sequence[int]) -> IndexColumn:
    """An index that stands at ``rays[row]``."""
    mask = (1 << IndexColumn.LOW_BITS) - 1
    high = np.array([ray >> IndexColumn.LOW_BITS for ray in rays], dtype=np.int64)
    low = np.array([ray & mask for ray in rays], dtype=np.int64)
    return IndexColumn(name, Column(name, np.array([ray / RAY for ray in rays])), high, low)


class ChainWorld:
    """A chain with 15-minute rows.

    Args:
        indices: ``{'supply.aave.USDT': (ray at row 0, ray at row 1, ...)}``; one ray everywhere else.
        prices: oracle prices that differ from ``PRICES``, by row.
        gwei: gas price by row; None for a market without gas.
    """

    def __init__(
        self,
        balances: Mapping[str, str],
        *,
        indices: Mapping[str, Sequence[int]] | None = None,
        prices: Mapping[str, Sequence[float]] | None = None,
        gwei: Sequence[float] | None = (GWEI, GWEI, GWEI),
        gas: GasSettings | None = None,
        rows: int = 3,
    ) -> None:
        columns = {f"{side}.aave.{token}": [RAY] * rows for side in ("supply", "borrow") for token in TOKENS}
        columns.update({name: list(rays) for name, rays in (indices or {}).items()})
        by_row = {token: [price] * rows for token, price in PRICES.items()}
        by_row.update({token: list(values) for token, values in (prices or {}).items()})
        self.market = MarketColumns(
            np.arange(rows, dtype=np.int64) * 15 * MINUTE,
            None,
            {},
            {},
            indices={name: index_column(name, rays) for name, rays in columns.items()},
            other={
                f"oracle.aave_v3.{token}": Column(token, np.array(values, dtype=np.float64))
                for token, values in by_row.items()
            },
            gas_price_gwei=None if gwei is None else Column("gas", np.array(gwei, dtype=np.float64)),
            ether=Column("ether", np.full(rows, ETHER)),
        )
        self.clock = SimulationClock()
        self.network = SimulatedNetwork()
        self.network.register("binance", "cex")
        opening = {"wallet": {token: Decimal(amount) for token, amount in balances.items()}}
        self.chain = SimulatedChain(self.market, self.clock, self.network, opening, gas)

    def move_to(self, row: int) -> None:
        """Stand at ``row``."""
        self.clock.move_to(row, self.market.time(row))

    def at(self, location: str) -> dict[str, Decimal]:
        """What the chain says sits at ``location``."""
        return self.chain.observe(location)[0].balances


def lend(action: str, token: str, amount: str | int, **more: object) -> SmartContractAction:
    """An Aave action; ``amount`` as text, ``all`` included."""
    value = amount if amount == "all" else Decimal(amount)
    return SmartContractAction(protocol="aave", action=action, token=token, amount=value, **more)  # type: ignore[arg-type]
