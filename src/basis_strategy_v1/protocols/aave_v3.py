"""Aave v3.6 in exact integers: interest, scaled balances with directed rounding, account health.

Balances are kept scaled (constant between actions); what they are worth in tokens is scaled balance x index. Every
rounding is in the pool's favour: a supplier is minted less and burnt more, a borrower the other way round.
Indices and rates are rays, amounts whole token units, values in the oracle's base unit (USD with 8 decimals).

Source: Aave v3.6 (``POOL_REVISION`` 10) ``MathUtils``, ``ReserveLogic``, ``TokenMath``, ``GenericLogic``.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from basis_strategy_v1.protocols.wad_ray import (
    RAY,
    WAD,
    mul_div_down,
    mul_div_up,
    percent_mul_floor,
    ray_div_ceil,
    ray_div_floor,
    ray_mul,
    ray_mul_ceil,
    ray_mul_floor,
    wad_div_floor,
)

SECONDS_PER_YEAR = 31_536_000
INFINITE_HEALTH = 2**256 - 1
BASE_CURRENCY_UNIT = 10**8
BASE_CURRENCY_DECIMALS = 8
NO_EMODE = 0
ETH_CORRELATED_EMODE = 1


def linear_interest(rate: int, seconds: int) -> int:
    """Growth factor (ray) of a supply index over ``seconds`` at ``rate`` (ray a year)."""
    return RAY + rate * seconds // SECONDS_PER_YEAR


def compounded_interest(rate: int, seconds: int) -> int:
    """Growth factor (ray) of a borrow index over ``seconds`` at ``rate`` (ray a year): e**x to the third order."""
    exponent = rate * seconds // SECONDS_PER_YEAR
    return RAY + exponent + ray_mul(exponent, exponent // 2 + ray_mul(exponent, exponent // 6))


def next_supply_index(index: int, rate: int, seconds: int) -> int:
    """The supply index ``seconds`` later, at ``rate`` (ray a year)."""
    return ray_mul(linear_interest(rate, seconds), index)


def next_borrow_index(index: int, rate: int, seconds: int) -> int:
    """The variable borrow index ``seconds`` later, at ``rate`` (ray a year)."""
    return ray_mul(compounded_interest(rate, seconds), index)


def scaled_minted_by_supply(amount: int, supply_index: int) -> int:
    """Scaled aTokens minted for supplying ``amount``."""
    return ray_div_floor(amount, supply_index)


def scaled_burnt_by_withdrawal(amount: int, supply_index: int) -> int:
    """Scaled aTokens burnt for withdrawing ``amount``."""
    return ray_div_ceil(amount, supply_index)


def scaled_minted_by_borrowing(amount: int, borrow_index: int) -> int:
    """Scaled debt minted for borrowing ``amount``."""
    return ray_div_ceil(amount, borrow_index)


def scaled_burnt_by_repayment(amount: int, borrow_index: int) -> int:
    """Scaled debt burnt for repaying ``amount``."""
    return ray_div_floor(amount, borrow_index)


def supply_balance(scaled: int, supply_index: int) -> int:
    """Tokens that ``scaled`` aTokens are worth; what can be withdrawn in full."""
    return ray_mul_floor(scaled, supply_index)


def debt_balance(scaled: int, borrow_index: int) -> int:
    """Tokens owed on ``scaled`` debt; what repays it in full."""
    return ray_mul_ceil(scaled, borrow_index)


class RiskParameters(msgspec.Struct, frozen=True):
    """Basis points of collateral value: how much may be borrowed, and from which debt on it may be liquidated."""

    loan_to_value: int
    liquidation_threshold: int
    liquidation_bonus: int


class ReserveParameters(msgspec.Struct, frozen=True, kw_only=True):
    """A reserve: the token's ``decimals``, its risk parameters, and the eMode categories it belongs to.

    ``borrowable`` says whether it can be borrowed outside eMode.
    """

    token: str
    decimals: int
    risk: RiskParameters
    collateral_in: frozenset[int] = frozenset()
    borrowable: bool = True
    borrowable_in: frozenset[int] = frozenset()


_ETH = frozenset({ETH_CORRELATED_EMODE})

RESERVES: dict[str, ReserveParameters] = {
    reserve.token: reserve
    for reserve in (
        ReserveParameters(token="USDT", decimals=6, risk=RiskParameters(7_500, 7_800, 450)),
        ReserveParameters(token="USDC", decimals=6, risk=RiskParameters(7_500, 7_800, 450)),
        ReserveParameters(
            token="WETH", decimals=18, risk=RiskParameters(8_050, 8_300, 500), collateral_in=_ETH, borrowable_in=_ETH
        ),
        ReserveParameters(
            token="wstETH", decimals=18, risk=RiskParameters(7_850, 8_100, 600), collateral_in=_ETH, borrowable_in=_ETH
        ),
        ReserveParameters(
            token="weETH", decimals=18, risk=RiskParameters(7_750, 8_000, 700), collateral_in=_ETH, borrowable=False
        ),
    )
}
"""Ethereum main market, close to what governance had set in 2025: configuration, not facts of now."""

EMODES: dict[int, RiskParameters] = {ETH_CORRELATED_EMODE: RiskParameters(9_300, 9_500, 100)}
"""Risk parameters that replace a reserve's own for collateral of the category."""


class AccountReserve(msgspec.Struct, frozen=True, gc=False):
    """One reserve of an account: ``supplied`` and ``owed`` in token units, ``price`` in base units per whole token."""

    reserve: ReserveParameters
    supplied: int
    owed: int
    price: int
    used_as_collateral: bool = True


class AccountData(msgspec.Struct, frozen=True, gc=False):
    """An account as ``getUserAccountData`` tells it; values in base units, ratios in basis points, health in wad."""

    collateral: int
    debt: int
    available_to_borrow: int
    liquidation_threshold: int
    loan_to_value: int
    health_factor: int


def account_data(positions: Iterable[AccountReserve], emode: int = NO_EMODE) -> AccountData:
    """Sum an account up. Collateral is rounded down, debt up, ratios and health factor down."""
    collateral = debt = weighted_loan_to_value = weighted_threshold = 0
    for position in positions:
        unit = 10**position.reserve.decimals
        if position.supplied and position.used_as_collateral:
            value = mul_div_down(position.supplied, position.price, unit)
            risk = risk_parameters(position.reserve, emode)
            collateral += value
            weighted_loan_to_value += value * risk.loan_to_value
            weighted_threshold += value * risk.liquidation_threshold
        debt += mul_div_up(position.owed, position.price, unit)
    loan_to_value = weighted_loan_to_value // collateral if collateral else 0
    threshold = weighted_threshold // collateral if collateral else 0
    return AccountData(
        collateral=collateral,
        debt=debt,
        available_to_borrow=max(percent_mul_floor(collateral, loan_to_value) - debt, 0),
        liquidation_threshold=threshold,
        loan_to_value=loan_to_value,
        health_factor=wad_div_floor(weighted_threshold // 10_000, debt) if debt else INFINITE_HEALTH,
    )


def risk_parameters(reserve: ReserveParameters, emode: int) -> RiskParameters:
    """The parameters that hold for collateral of ``reserve`` in an account's eMode category."""
    return EMODES[emode] if emode in reserve.collateral_in else reserve.risk


def can_be_borrowed(reserve: ReserveParameters, emode: int) -> bool:
    """Whether an account in that eMode category may borrow the reserve's token."""
    return reserve.borrowable if emode == NO_EMODE else emode in reserve.borrowable_in


def is_healthy(data: AccountData) -> bool:
    """Whether the account stands above its liquidation threshold (or at it)."""
    return data.health_factor >= WAD


def is_covered(data: AccountData) -> bool:
    """Whether the debt is within what the collateral may borrow: the condition for borrowing more."""
    return data.debt <= percent_mul_floor(data.collateral, data.loan_to_value)
