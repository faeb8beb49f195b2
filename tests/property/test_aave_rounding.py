"""Whatever the amounts and indices, rounding never works for the user, and positions close to nothing."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from basis_strategy_v1.protocols import aave_v3
from basis_strategy_v1.protocols.wad_ray import RAY

AMOUNTS = st.integers(min_value=1, max_value=10**30)
INDICES = st.integers(min_value=RAY, max_value=10 * RAY)
RATES = st.integers(min_value=0, max_value=2 * RAY)
SECONDS = st.integers(min_value=0, max_value=2 * aave_v3.SECONDS_PER_YEAR)


@given(AMOUNTS, INDICES)
def test_supplying_never_gives_a_balance_above_the_amount_and_loses_less_than_one_scaled_unit(amount, index):
    balance = aave_v3.supply_balance(aave_v3.scaled_minted_by_supply(amount, index), index)
    assert balance <= amount
    assert amount - balance <= -(-index // RAY)


@given(AMOUNTS, INDICES)
def test_borrowing_never_owes_less_than_the_amount(amount, index):
    debt = aave_v3.debt_balance(aave_v3.scaled_minted_by_borrowing(amount, index), index)
    assert debt >= amount
    assert debt - amount <= -(-index // RAY)


@given(AMOUNTS, AMOUNTS, INDICES)
def test_a_withdrawal_never_leaves_more_than_the_balance_less_what_was_taken(scaled, amount, index):
    balance = aave_v3.supply_balance(scaled, index)
    assume(amount <= balance)
    burnt = aave_v3.scaled_burnt_by_withdrawal(amount, index)
    assert 0 < burnt <= scaled
    assert aave_v3.supply_balance(scaled - burnt, index) <= balance - amount


@given(AMOUNTS, AMOUNTS, INDICES)
def test_a_repayment_never_lowers_the_debt_by_more_than_was_paid(scaled, amount, index):
    debt = aave_v3.debt_balance(scaled, index)
    assume(amount <= debt)
    burnt = aave_v3.scaled_burnt_by_repayment(amount, index)
    assert burnt <= scaled
    assert aave_v3.debt_balance(scaled - burnt, index) >= debt - amount


@given(AMOUNTS, INDICES)
def test_withdrawing_the_whole_balance_burns_at_most_what_is_held_and_leaves_no_token(scaled, index):
    balance = aave_v3.supply_balance(scaled, index)
    assume(balance > 0)
    burnt = aave_v3.scaled_burnt_by_withdrawal(balance, index)
    assert burnt <= scaled
    assert aave_v3.supply_balance(scaled - burnt, index) == 0


@given(AMOUNTS, INDICES)
def test_paying_the_whole_debt_burns_all_of_it(scaled, index):
    assert aave_v3.scaled_burnt_by_repayment(aave_v3.debt_balance(scaled, index), index) == scaled


@given(RATES, SECONDS)
def test_compounding_is_at_least_linear(rate, seconds):
    assert aave_v3.compounded_interest(rate, seconds) >= aave_v3.linear_interest(rate, seconds) >= RAY


@given(RATES, SECONDS, SECONDS)
def test_interest_never_falls_with_time(rate, seconds, more):
    assert aave_v3.linear_interest(rate, seconds + more) >= aave_v3.linear_interest(rate, seconds)
    assert aave_v3.compounded_interest(rate, seconds + more) >= aave_v3.compounded_interest(rate, seconds)


@given(INDICES, RATES, SECONDS)
def test_an_index_never_falls(index, rate, seconds):
    assert aave_v3.next_supply_index(index, rate, seconds) >= index
    assert aave_v3.next_borrow_index(index, rate, seconds) >= index


@given(AMOUNTS, AMOUNTS, AMOUNTS)
def test_more_debt_never_makes_an_account_healthier(supplied, owed, more):
    def health(debt: int) -> int:
        weth = aave_v3.AccountReserve(aave_v3.RESERVES["WETH"], supplied, 0, 3_000 * 10**8)
        usdt = aave_v3.AccountReserve(aave_v3.RESERVES["USDT"], 0, debt, 10**8)
        return aave_v3.account_data([weth, usdt]).health_factor

    assert health(owed + more) <= health(owed)
