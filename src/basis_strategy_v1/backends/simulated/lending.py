"""A simulated Aave v3 pool: moves tokens between the wallet and scaled balances, in the protocol's integers.

Rates and indices come from the data: what the account does moves neither. The pool is taken to be liquid.
"""

from __future__ import annotations

from collections.abc import Iterator

from basis_strategy_v1.backends.simulated.chain_state import ChainState, add_units
from basis_strategy_v1.backends.simulated.chain_tokens import to_amount
from basis_strategy_v1.backends.simulated.lending_market import LendingMarket
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.protocols.aave_v3 import (
    EMODES,
    NO_EMODE,
    RESERVES,
    AccountData,
    AccountReserve,
    ReserveParameters,
    account_data,
    can_be_borrowed,
    debt_balance,
    is_covered,
    is_healthy,
    scaled_burnt_by_repayment,
    scaled_burnt_by_withdrawal,
    scaled_minted_by_borrowing,
    scaled_minted_by_supply,
    supply_balance,
)

COMPONENT = "SimulatedLending"
ALL = None
"""The amount that stands for everything: the whole balance, the whole debt."""


class SimulatedLending:
    """The actions of a lending account. Each changes ``state`` and returns the token units moved.

    Raises (all actions):
        ComponentError: EXI-005 a token without a reserve, EXI-006 balance too small, EXI-009 the pool reverts,
            EXI-013 no index or oracle price in the data.
    """

    def __init__(self, market: LendingMarket) -> None:
        self._market = market

    def supply(self, state: ChainState, token: str, units: int) -> int:
        """Supply ``units`` of ``token`` from the wallet."""
        index = self._market.supply_index(_reserve(token).token)
        scaled = _not_zero(scaled_minted_by_supply(units, index), "supply", token)
        state.spend(token, units, "supplying")
        add_units(state.supplied, token, scaled)
        return units

    def withdraw(self, state: ChainState, token: str, units: int | None) -> int:
        """Withdraw ``units`` of ``token``, or the whole balance, to the wallet."""
        index = self._market.supply_index(_reserve(token).token)
        scaled = state.supplied.get(token, 0)
        balance = supply_balance(scaled, index)
        moved = balance if units is ALL else _not_zero(units, "withdraw", token)
        if moved > balance or moved == 0:
            raise ComponentError(
                "EXI-006",
                f"withdrawing needs {to_amount(token, moved)} {token}, "
                f"the account has {to_amount(token, balance)} supplied",
                COMPONENT,
            )
        add_units(state.supplied, token, -scaled_burnt_by_withdrawal(moved, index))
        state.receive(token, moved)
        if state.owed:
            self._require_health(state, f"withdrawing {to_amount(token, moved)} {token}")
        return moved

    def borrow(self, state: ChainState, token: str, units: int) -> int:
        """Borrow ``units`` of ``token`` at the variable rate."""
        reserve = _reserve(token)
        if not can_be_borrowed(reserve, state.emode):
            raise _reverted(f"{token} cannot be borrowed in eMode category {state.emode}")
        _not_zero(units, "borrow", token)
        add_units(state.owed, token, scaled_minted_by_borrowing(units, self._market.borrow_index(token)))
        state.receive(token, units)
        account = self.account(state)
        if not is_healthy(account) or not is_covered(account):
            raise _reverted(
                f"collateral cannot cover borrowing {to_amount(token, units)} {token}: {_describe(account)}"
            )
        return units

    def repay(self, state: ChainState, token: str, units: int | None) -> int:
        """Repay ``units`` of ``token``, at most the whole debt."""
        index = self._market.borrow_index(_reserve(token).token)
        scaled = state.owed.get(token, 0)
        if scaled == 0:
            raise _reverted(f"the account owes no {token}")
        debt = debt_balance(scaled, index)
        moved = debt if units is ALL else min(_not_zero(units, "repay", token), debt)
        burnt = _not_zero(scaled_burnt_by_repayment(moved, index), "repay", token)
        state.spend(token, moved, "repaying")
        add_units(state.owed, token, -burnt)
        return moved

    def set_emode(self, state: ChainState, category: int) -> int:
        """Put the account into eMode ``category`` (0 leaves it)."""
        if category != NO_EMODE and category not in EMODES:
            raise _reverted(f"there is no eMode category {category}")
        for token in state.owed:
            if not can_be_borrowed(RESERVES[token], category):
                raise _reverted(f"the account owes {token}, which is not of eMode category {category}")
        state.emode = category
        if state.owed:
            self._require_health(state, f"eMode category {category}")
        return category

    def account(self, state: ChainState) -> AccountData:
        """The account summed up at the oracle's prices."""
        return account_data(self._positions(state), state.emode)

    def _positions(self, state: ChainState) -> Iterator[AccountReserve]:
        market = self._market
        for token in dict.fromkeys((*state.supplied, *state.owed)):
            supplied = state.supplied.get(token, 0)
            owed = state.owed.get(token, 0)
            yield AccountReserve(
                RESERVES[token],
                supply_balance(supplied, market.supply_index(token)) if supplied else 0,
                debt_balance(owed, market.borrow_index(token)) if owed else 0,
                market.oracle_price(token),
            )

    def _require_health(self, state: ChainState, purpose: str) -> None:
        account = self.account(state)
        if not is_healthy(account):
            raise _reverted(f"{purpose} would put the account below its liquidation threshold: {_describe(account)}")


def _reserve(token: str) -> ReserveParameters:
    reserve = RESERVES.get(token)
    if reserve is None:
        raise ComponentError("EXI-005", f"aave has no reserve of {token!r}; it has {', '.join(RESERVES)}", COMPONENT)
    return reserve


def _not_zero(units: int, action: str, token: str) -> int:
    if units == 0:
        raise _reverted(f"{action} of less than one unit of {token}")
    return units


def _reverted(reason: str) -> ComponentError:
    return ComponentError("EXI-009", f"reverted: {reason}", COMPONENT)


def _describe(account: AccountData) -> str:
    threshold = account.liquidation_threshold
    return f"collateral {account.collateral}, debt {account.debt} (1e-8 USD), threshold {threshold} bps"
