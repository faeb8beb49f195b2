"""Runs the steps of one transaction on a copy of the chain's books."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec

from basis_strategy_v1.backends.simulated.chain_gas import ACTION_UNITS
from basis_strategy_v1.backends.simulated.chain_state import ChainState
from basis_strategy_v1.backends.simulated.chain_tokens import NATIVE_TOKEN, to_amount, to_units
from basis_strategy_v1.backends.simulated.lending import ALL, SimulatedLending
from basis_strategy_v1.backends.simulated.wallet import WRAPPED_TOKEN, unwrap, wrap
from basis_strategy_v1.core.domain.instructions import FromStep, PostCondition, SmartContractAction
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

_WAD_DIGITS = 18
ActionFunction = Callable[[ChainState, SmartContractAction, "InFlight"], int]


class Moved(msgspec.Struct, frozen=True):
    """Token units that a step moved."""

    token: str
    units: int

    @property
    def amount(self) -> Decimal:
        """The units as a decimal amount of the token; an eMode category moves none."""
        return to_amount(self.token, self.units) if self.token else Decimal(0)


NOTHING = Moved("", 0)


class InFlight:
    """What is known while a transaction runs.

    Attributes:
        moved: what each step so far moved.
        reserved: units by token that ``all`` leaves in the wallet, because gas is paid with them at the end.
    """

    __slots__ = ("moved", "reserved")

    def __init__(self, reserved: dict[str, int]) -> None:
        self.moved: list[Moved] = []
        self.reserved = reserved

    def units(self, action: SmartContractAction, token: str) -> int | None:
        """The units of ``token`` that ``action`` names; None for ``all``."""
        amount = action.amount
        if isinstance(amount, FromStep):
            moved = self.moved[amount.from_step]
            return moved.units if moved.token == token else to_units(token, moved.amount)
        return ALL if isinstance(amount, str) else to_units(token, amount)

    def units_from_wallet(self, state: ChainState, action: SmartContractAction, token: str) -> int:
        """As ``units``; ``all`` is what the wallet holds less what is reserved for gas."""
        units = self.units(action, token)
        if units is not None:
            return units
        return max(state.wallet.get(token, 0) - self.reserved.get(token, 0), 0)


class TransactionRunner:
    """The actions the simulated chain has."""

    def __init__(self, lending: SimulatedLending) -> None:
        self._lending = lending
        self._functions: dict[tuple[str, str], ActionFunction] = {
            ("aave", "supply"): self._supply,
            ("aave", "withdraw"): self._withdraw,
            ("aave", "borrow"): self._borrow,
            ("aave", "repay"): self._repay,
            ("aave", "set_emode"): self._set_emode,
            ("wallet", "wrap"): self._wrap,
            ("wallet", "unwrap"): self._unwrap,
        }

    def check_supported(self, steps: tuple[SmartContractAction, ...]) -> None:
        """Raises ComponentError EXI-005 for an action the chain does not have, EIM-008 for a wrong ``from_step``."""
        for number, step in enumerate(steps):
            if (step.protocol, step.action) not in self._functions:
                known = ", ".join(f"{protocol} {action}" for protocol, action in ACTION_UNITS)
                raise ComponentError(
                    "EXI-005",
                    f"the simulated chain has no {step.protocol} {step.action}; it has {known}",
                    "SimulatedChain",
                )
            if isinstance(step.amount, FromStep) and not 0 <= step.amount.from_step < number:
                raise ComponentError(
                    "EIM-008",
                    f"step {number} takes its amount from step {step.amount.from_step}, which is no earlier step",
                    "SimulatedChain",
                )

    def run(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> Moved:
        """Run one step on ``state`` and check its conditions. ComponentError as the action raises it."""
        units = self._functions[(step.protocol, step.action)](state, step, in_flight)
        moved = Moved(_moved_token(step), units)
        self.check_conditions(state, step.post_conditions, moved)
        in_flight.moved.append(moved)
        return moved

    def check_conditions(self, state: ChainState, conditions: tuple[PostCondition, ...], moved: Moved) -> None:
        """Raises ComponentError EXI-009 for a condition that does not hold."""
        for condition in conditions:
            actual = moved.amount if condition.quantity == "received" else self._health_factor(state)
            if actual < condition.at_least:
                raise ComponentError(
                    "EXI-009",
                    f"reverted: {condition.quantity} is {actual}, it must be at least {condition.at_least}",
                    "SimulatedChain",
                )

    def _health_factor(self, state: ChainState) -> Decimal:
        if not state.owed:
            return Decimal("Infinity")
        return Decimal(self._lending.account(state).health_factor).scaleb(-_WAD_DIGITS)

    def _supply(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        return self._lending.supply(state, step.token, in_flight.units_from_wallet(state, step, step.token))

    def _withdraw(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        return self._lending.withdraw(state, step.token, in_flight.units(step, step.token))

    def _borrow(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        units = in_flight.units(step, step.token)
        if units is None:
            raise ComponentError("EXI-005", "borrowing 'all' has no meaning: name an amount", "SimulatedChain")
        return self._lending.borrow(state, step.token, units)

    def _repay(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        return self._lending.repay(state, step.token, in_flight.units(step, step.token))

    def _set_emode(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        if not isinstance(step.amount, Decimal):
            raise ComponentError("EXI-005", "set_emode needs the category's number as amount", "SimulatedChain")
        return self._lending.set_emode(state, int(step.amount))

    def _wrap(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        return wrap(state, in_flight.units_from_wallet(state, step, NATIVE_TOKEN))

    def _unwrap(self, state: ChainState, step: SmartContractAction, in_flight: InFlight) -> int:
        return unwrap(state, in_flight.units_from_wallet(state, step, WRAPPED_TOKEN))


def _moved_token(step: SmartContractAction) -> str:
    """What a step hands to the next one: the token it received, or the one it moved."""
    if step.action == "wrap":
        return WRAPPED_TOKEN
    if step.action == "unwrap":
        return NATIVE_TOKEN
    return "" if step.action == "set_emode" else step.token
