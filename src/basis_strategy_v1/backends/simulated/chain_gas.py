"""What transactions of the simulated chain cost: gas units by action, times the price of the row.

Gas units are those measured on the contracts of Aave v3.6, WETH9 and a plain ERC-20; a token's first use by a
protocol adds an approval. The steps of one atomic transaction pay the 21,000 of a transaction once. A reverted
transaction pays what it would have paid had it succeeded, which is an upper bound of what a chain charges.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Literal

import msgspec

from basis_strategy_v1.backends.simulated.chain_state import ChainState
from basis_strategy_v1.backends.simulated.chain_tokens import NATIVE_TOKEN, decimals_of, to_units
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.instructions import SmartContractAction
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.quantities import round_ceiling
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

TRANSACTION_UNITS = 21_000
TOKEN_TRANSFER_UNITS = 65_000
APPROVAL_UNITS = 46_000
ACTION_UNITS = {
    ("aave", "supply"): 216_203,
    ("aave", "withdraw"): 204_728,
    ("aave", "borrow"): 256_889,
    ("aave", "repay"): 141_991,
    ("aave", "set_emode"): 105_272,
    ("wallet", "wrap"): 45_041,
    ("wallet", "unwrap"): 35_200,
}
"""Every action the simulated chain has, and its gas."""

_PULLS_TOKENS = frozenset({("aave", "supply"), ("aave", "repay")})
STRATEGY_MULTIPLIERS = {"slow": Decimal("0.9"), "standard": Decimal(1), "fast": Decimal("1.25")}
_ETHER_PER_GWEI = -9

GasAsset = Literal["USDT", "USDC", "ETH"]


class GasSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How gas is paid.

    Attributes:
        strategy: ``slow``, ``standard`` or ``fast``: 0.9, 1 or 1.25 times the row's gas price.
        price_cap_gwei: above this price (multiplier included) nothing is sent.
        asset: ``USDT`` or ``USDC`` charges gas at the row's ETH spot, for runs that hold no ETH; ``ETH`` pays it.
    """

    strategy: str = "standard"
    price_cap_gwei: Decimal = Decimal(150)
    asset: GasAsset = "USDT"


def gas_units(state: ChainState, steps: Iterable[SmartContractAction]) -> tuple[int, set[tuple[str, str]]]:
    """Gas of one transaction that runs ``steps``, and the approvals it grants on the way."""
    units = TRANSACTION_UNITS
    approvals: set[tuple[str, str]] = set()
    for step in steps:
        kind = (step.protocol, step.action)
        units += ACTION_UNITS[kind] - TRANSACTION_UNITS
        approval = (step.token, step.protocol)
        if kind in _PULLS_TOKENS and approval not in state.approved and approval not in approvals:
            approvals.add(approval)
            units += APPROVAL_UNITS
    return units, approvals


def transfer_units(token: str) -> int:
    """Gas of sending ``token`` to another address."""
    return TRANSACTION_UNITS if token == NATIVE_TOKEN else TOKEN_TRANSFER_UNITS


class GasMeter:
    """Prices gas at the clock's row."""

    def __init__(self, market: MarketColumns, clock: Clock, settings: GasSettings) -> None:
        self._market = market
        self._clock = clock
        self._settings = settings
        self.asset: str = settings.asset
        self._multiplier = STRATEGY_MULTIPLIERS[settings.strategy]
        self._step = Decimal(1).scaleb(-decimals_of(self.asset))

    def cost(self, units: int) -> int:
        """What ``units`` of gas cost now, in units of ``asset``, rounded up.

        Raises:
            ComponentError: EXI-010 when gas is dearer than the cap, EXI-013 when the run has no gas price or ETH spot.
        """
        price = self._price_gwei()
        if price > self._settings.price_cap_gwei:
            raise ComponentError(
                "EXI-010", f"gas costs {price} gwei, the cap is {self._settings.price_cap_gwei} gwei", "SimulatedChain"
            )
        cost = (price * units).scaleb(_ETHER_PER_GWEI)
        if not self.is_native:
            cost *= self._ether()
        return to_units(self.asset, round_ceiling(cost, self._step))

    @property
    def is_native(self) -> bool:
        """Whether gas is paid in ETH, as on a real chain: before the transaction runs."""
        return self.asset == NATIVE_TOKEN

    def pay(self, state: ChainState, gas: int) -> None:
        """Take ``gas`` units of ``asset`` from the wallet. ComponentError EXI-006 when it holds less."""
        state.spend(self.asset, gas, "gas")

    def _price_gwei(self) -> Decimal:
        column = self._market.gas_price_gwei
        if column is None:
            raise ComponentError("EXI-013", "no gas price: the run loaded no gas.ethereum column", "SimulatedChain")
        return column.decimal(self._clock.row) * self._multiplier

    def _ether(self) -> Decimal:
        column = self._market.ether
        if column is None:
            raise ComponentError("EXI-013", "no spot price of ETH to pay gas with", "SimulatedChain")
        return column.decimal(self._clock.row)
