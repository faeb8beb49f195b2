from __future__ import annotations

import math

import pytest

from basis_strategy_v1.protocols.aave_v3 import (
    ETH_CORRELATED_EMODE,
    INFINITE_HEALTH,
    NO_EMODE,
    RESERVES,
    SECONDS_PER_YEAR,
    AccountReserve,
    account_data,
    compounded_interest,
    debt_balance,
    is_covered,
    is_healthy,
    linear_interest,
    next_borrow_index,
    next_supply_index,
    risk_parameters,
    scaled_burnt_by_repayment,
    scaled_burnt_by_withdrawal,
    scaled_minted_by_borrowing,
    scaled_minted_by_supply,
    supply_balance,
)
from basis_strategy_v1.protocols.wad_ray import RAY, WAD

FIVE_PERCENT = 5 * 10**25
TEN_PERCENT = 10**26
ONE_USD = 10**8


def test_a_year_of_linear_interest_is_the_rate():
    assert linear_interest(FIVE_PERCENT, SECONDS_PER_YEAR) == RAY + FIVE_PERCENT


def test_no_time_gives_no_interest():
    assert linear_interest(FIVE_PERCENT, 0) == RAY
    assert compounded_interest(FIVE_PERCENT, 0) == RAY


def test_linear_interest_cuts_what_is_below_one_ray():
    assert linear_interest(TEN_PERCENT, 3_600) == RAY + TEN_PERCENT * 3_600 // SECONDS_PER_YEAR
    assert linear_interest(TEN_PERCENT, 3_600) == 1_000_011_415_525_114_155_251_141_552


def test_a_year_compounded_is_the_exponential_to_the_third_order():
    # 1 + x + x**2/2 + x**3/6 at x = 0.1
    assert compounded_interest(TEN_PERCENT, SECONDS_PER_YEAR) == 1_105_166_666_666_666_666_666_666_667
    assert compounded_interest(TEN_PERCENT, 3_600) / RAY == pytest.approx(math.exp(0.1 * 3_600 / SECONDS_PER_YEAR))


def test_an_index_grows_by_its_factor_rounded_half_up():
    assert next_supply_index(2 * RAY, FIVE_PERCENT, SECONDS_PER_YEAR) == 2 * RAY + 2 * FIVE_PERCENT
    assert next_borrow_index(RAY, TEN_PERCENT, SECONDS_PER_YEAR) == 1_105_166_666_666_666_666_666_666_667


def test_roundings_go_against_the_user():
    index = 3 * RAY
    assert scaled_minted_by_supply(10, index) == 3
    assert scaled_burnt_by_withdrawal(10, index) == 4
    assert scaled_minted_by_borrowing(10, index) == 4
    assert scaled_burnt_by_repayment(10, index) == 3
    odd_index = RAY + RAY // 3
    assert supply_balance(10, odd_index) == 13
    assert debt_balance(10, odd_index) == 14


def account(
    supplied: str, supplied_units: int, owed: str, owed_units: int, price: int = 3_000 * ONE_USD, emode: int = 0
):
    return account_data(
        [
            AccountReserve(RESERVES[supplied], supplied_units, 0, price),
            AccountReserve(RESERVES[owed], 0, owed_units, price if owed == "WETH" else ONE_USD),
        ],
        emode,
    )


def test_an_account_without_debt_has_infinite_health():
    data = account("WETH", 10**18, "USDT", 0)
    assert data.health_factor == INFINITE_HEALTH
    assert data.available_to_borrow == 2_415 * ONE_USD
    assert is_healthy(data)
    assert is_covered(data)


def test_health_is_threshold_weighted_collateral_over_debt():
    data = account("WETH", 10**18, "USDT", 1_245_000_000)
    assert (data.collateral, data.debt) == (3_000 * ONE_USD, 1_245 * ONE_USD)
    assert (data.loan_to_value, data.liquidation_threshold) == (8_050, 8_300)
    assert data.health_factor == 2 * WAD
    assert data.available_to_borrow == 1_170 * ONE_USD


def test_health_of_exactly_one_is_not_liquidated_and_a_cent_more_is():
    assert is_healthy(account("WETH", 10**18, "USDT", 2_490_000_000))
    assert not is_healthy(account("WETH", 10**18, "USDT", 2_490_010_000))


def test_debt_at_the_loan_to_value_is_covered_and_one_unit_more_is_not():
    assert is_covered(account("WETH", 10**18, "USDT", 2_415_000_000))
    assert not is_covered(account("WETH", 10**18, "USDT", 2_415_000_001))


def test_emode_raises_the_thresholds_of_its_own_collateral_only():
    assert risk_parameters(RESERVES["wstETH"], ETH_CORRELATED_EMODE).liquidation_threshold == 9_500
    assert risk_parameters(RESERVES["USDT"], ETH_CORRELATED_EMODE) == RESERVES["USDT"].risk
    assert risk_parameters(RESERVES["wstETH"], NO_EMODE) == RESERVES["wstETH"].risk
    debt = 9 * 10**17
    assert is_covered(account("wstETH", 10**18, "WETH", debt, emode=ETH_CORRELATED_EMODE))
    assert not is_covered(account("wstETH", 10**18, "WETH", debt))


def test_what_is_not_used_as_collateral_backs_nothing():
    data = account_data([AccountReserve(RESERVES["USDC"], 10**9, 10**6, ONE_USD, used_as_collateral=False)])
    assert data.collateral == 0
    assert not is_healthy(data)
    assert not is_covered(data)
    assert data.available_to_borrow == 0


def test_an_empty_account_is_healthy():
    assert is_healthy(account_data([]))


@pytest.mark.parametrize("token", ["USDT", "USDC", "WETH", "wstETH", "weETH"])
def test_every_reserve_can_be_liquidated_only_above_what_it_may_borrow(token):
    risk = RESERVES[token].risk
    assert 0 < risk.loan_to_value < risk.liquidation_threshold < 10_000 - risk.liquidation_bonus
