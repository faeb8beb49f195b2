"""Tokens of the simulated chain: amounts are whole token units inside and decimals outside."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

TOKEN_DECIMALS = {
    "ETH": 18,
    "WETH": 18,
    "stETH": 18,
    "wstETH": 18,
    "weETH": 18,
    "USDT": 6,
    "USDC": 6,
    "DAI": 18,
    "WBTC": 8,
}
NATIVE_TOKEN = "ETH"


def decimals_of(token: str) -> int:
    """The number of decimals of ``token``.

    Raises:
        ComponentError: EXI-005 for a token the chain does not have.
    """
    decimals = TOKEN_DECIMALS.get(token)
    if decimals is None:
        known = ", ".join(TOKEN_DECIMALS)
        raise ComponentError("EXI-005", f"the chain has no token {token!r}; it has {known}", "SimulatedChain")
    return decimals


def to_units(token: str, amount: Decimal) -> int:
    """``amount`` in whole units of ``token``; digits below one unit are cut off."""
    return int(amount.scaleb(decimals_of(token)))


def to_amount(token: str, units: int) -> Decimal:
    """``units`` of ``token`` as a decimal, exactly."""
    return Decimal(units).scaleb(-decimals_of(token))
