"""Lending: all stablecoin of the wallet supplied, interest compounding by itself. Serves ``pure_lending``.

The rules are written out in ``docs/strategies.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.instructions import InstructionBlock, SmartContractAction
from basis_strategy_v1.core.domain.quantities import ZERO, round_ceiling
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import Trigger, When

SMALLEST_SUPPLY = Decimal(10)
LEAST_MULTIPLE_OF_GAS = 10
SUPPLY_GAS_UNITS = 262_203
WITHDRAW_GAS_UNITS = 270_000
"""More than a withdrawal needs at the dearest gas strategy: too little would leave the redemption short."""
TOKEN_UNIT = Decimal("0.000001")


class LendingPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Which token is supplied to which protocol, from which wallet."""

    token: str
    protocol: str
    wallet: str = "wallet"

    @property
    def receipt(self) -> str:
        """The token that stands for the supply: ``aUSDT``."""
        return f"a{self.token}"


class LendingStrategy(Strategy):
    """Supplies what lies idle; withdraws what redemptions need."""

    def __init__(self, plan: LendingPlan) -> None:
        self._plan = plan
        self._idle = ZERO
        self._too_small = ZERO
        self._supplied_once = False
        self._owes = False
        self._triggers: tuple[Trigger, ...] = (When(self._has_idle), When(self._is_owing))

    def triggers(self) -> Sequence[Trigger]:
        return self._triggers

    def _has_idle(self, view: PortfolioView) -> bool:
        """An earlier supply was refused (gas above the cap): it is tried again at each row."""
        return self._idle >= SMALLEST_SUPPLY

    def _is_owing(self, view: PortfolioView) -> bool:
        """A redemption waits for cash that is still supplied."""
        return self._owes

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        portfolio = view.portfolio
        held = portfolio.amount(self._plan.wallet, self._plan.token)
        wanted = sum(view.redemptions.values(), ZERO)
        self._idle = max(held - wanted, ZERO)
        self._owes = held < wanted and portfolio.amount(self._plan.protocol, self._plan.receipt) > 0
        if self._owes:
            self._too_small = ZERO
            return self._redeem(portfolio, wanted)
        if wanted:
            return ()
        if not self._is_worth_supplying(portfolio, held):
            self._idle = ZERO
            return ()
        self._too_small = ZERO
        return self._supply(portfolio)

    def _is_worth_supplying(self, portfolio: Portfolio, amount: Decimal) -> bool:
        """An amount once found too small for its gas is left alone until it changes, whatever gas does."""
        if amount == self._too_small:
            return False
        if amount >= max(SMALLEST_SUPPLY, LEAST_MULTIPLE_OF_GAS * portfolio.gas_cost(SUPPLY_GAS_UNITS)):
            return True
        self._too_small = amount
        return False

    def _supply(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        purpose = "entry_partial" if self._supplied_once else "entry_full"
        yield self._action("supply", "all", purpose)
        self._idle = portfolio.amount(self._plan.wallet, self._plan.token)
        self._supplied_once = self._supplied_once or self._idle < SMALLEST_SUPPLY

    def _redeem(self, portfolio: Portfolio, wanted: Decimal) -> Iterator[InstructionBlock]:
        """Withdraw what is missing in the wallet, with its gas: everything when the supply is hardly more."""
        missing = wanted - portfolio.amount(self._plan.wallet, self._plan.token)
        gas = round_ceiling(portfolio.gas_cost(WITHDRAW_GAS_UNITS), TOKEN_UNIT)
        everything = missing + gas >= portfolio.value(self._plan.protocol, self._plan.receipt) - gas
        yield self._action("withdraw", "all" if everything else missing + gas, "exit_partial")
        self._idle = max(portfolio.amount(self._plan.wallet, self._plan.token) - wanted, ZERO)

    def close(self, view: DecisionView) -> Iterator[InstructionBlock]:
        if view.portfolio.amount(self._plan.protocol, self._plan.receipt) > 0:
            yield self._action("withdraw", "all", "exit_full")

    def is_closed(self, view: DecisionView) -> bool:
        return view.portfolio.amount(self._plan.protocol, self._plan.receipt) == 0

    def _action(self, action: str, amount: Decimal | str, purpose: str) -> SmartContractAction:
        return SmartContractAction(
            protocol=self._plan.protocol,
            action=action,
            token=self._plan.token,
            amount="all" if isinstance(amount, str) else amount,
            purpose=purpose,
        )
