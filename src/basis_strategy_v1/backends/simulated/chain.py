"""A simulated chain: one wallet, an Aave v3 account, gas, and transfers to exchanges.

It keeps its own books in token units and reports what changed in them. A transaction runs on a copy of the books that
becomes the books when every step succeeded, so it happens whole or not at all.

What ends a transaction, and what it costs:

* What a node refuses before anything is sent (unknown action, no balance, gas above the cap, no price) is REJECTED and
  leaves no trace: ``lookup`` knows nothing of it, and the same id may be tried again.
* What a contract refuses (health factor, a condition that does not hold, a failing step of an atomic block) is
  REJECTED too, but was mined: its gas is paid and booked in ``changes`` and ``costs``, and the id is used up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from basis_strategy_v1.backends.simulated.chain_gas import GasMeter, GasSettings, gas_units
from basis_strategy_v1.backends.simulated.chain_state import AAVE, WALLET, ChainState, state_changes
from basis_strategy_v1.backends.simulated.chain_tokens import to_amount, to_units
from basis_strategy_v1.backends.simulated.chain_transaction import NOTHING, InFlight, Moved, TransactionRunner
from basis_strategy_v1.backends.simulated.chain_transfers import ChainTransfers
from basis_strategy_v1.backends.simulated.lending import SimulatedLending
from basis_strategy_v1.backends.simulated.lending_market import LendingMarket
from basis_strategy_v1.backends.simulated.network import SimulatedNetwork
from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.deltas import Cost, ExecutionDeltas, Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, PostCondition, SmartContractAction
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.orders import AccountEvent, LocationReport, TransferReport, TransferRequest
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.protocols.aave_v3 import AccountData

LOCATIONS = (WALLET, AAVE)
ACTION_REVERTED = "EXI-009"
BLOCK_REVERTED = "EIM-009"


class SimulatedChain:
    """Satisfies the port ``ChainBackend``.

    Args:
        market: columns with the indices, gas price and ETH spot that actions read at the clock's row.
        clock: the engine's clock.
        network: shared with the other simulated backends; transfers travel on it.
        opening_balances: ``{'wallet': {'USDT': Decimal(...)}}``, cut to whole token units.
        gas: how gas is paid.
    """

    def __init__(
        self,
        market: MarketColumns,
        clock: Clock,
        network: SimulatedNetwork,
        opening_balances: Mapping[str, Mapping[str, Decimal]] | None = None,
        gas: GasSettings | None = None,
    ) -> None:
        self._clock = clock
        self._state = ChainState()
        self._gas = GasMeter(market, clock, gas or GasSettings())
        self._lending = SimulatedLending(LendingMarket(market, clock))
        self._runner = TransactionRunner(self._lending)
        self._transfers = ChainTransfers(self._gas, network, clock)
        self._outcomes: dict[str, ExecutionDeltas] = {}
        for location, amounts in (opening_balances or {}).items():
            for token, amount in amounts.items():
                self.credit(location, token, amount)

    def execute(self, action: SmartContractAction, action_id: str) -> ExecutionDeltas:
        """Run one action as a transaction of its own. ``filled`` is the amount of tokens it moved."""
        return self._once(action_id, action.protocol, (action,), (), ACTION_REVERTED)

    def execute_atomic(self, block: AtomicBlock, action_id: str) -> ExecutionDeltas:
        """Run several actions in one transaction: all or none. ``filled`` is what the last step moved.

        The first step's protocol answers for all, as its interface executes them.
        """
        venue = block.steps[0].protocol
        return self._once(action_id, venue, block.steps, block.post_conditions, BLOCK_REVERTED)

    def transfer(self, request: TransferRequest) -> TransferReport:
        """Send a token from the wallet; gas is its fee."""
        return self._transfers.send(self._state, request)

    def lookup(self, action_id: str) -> ExecutionDeltas | None:
        """What became of an action, or None where none with this id was mined."""
        return self._outcomes.get(action_id)

    def observe(self, location: str) -> Sequence[LocationReport]:
        """What sits at ``wallet`` or ``aave``. Balances of aTokens and debt are scaled, both positive.

        Raises:
            ComponentError: EXI-005 for another location.
        """
        _check_location(location)
        return (LocationReport(location, self._state.balances(location)),)

    def poll_events(self) -> Sequence[AccountEvent]:
        """Transfers that have reached the wallet since the last call."""
        return self._transfers.receive(self._state)

    def credit(self, location: str, asset: str, amount: Decimal) -> None:
        """Book capital that comes into the wallet from outside (> 0) or leaves it (< 0).

        Raises:
            ComponentError: EXI-005 when ``location`` is not the wallet, EXI-006 when more would leave than is held.
        """
        if location != WALLET:
            raise ComponentError(
                "EXI-005", f"{location!r} takes no {asset} from outside: send it to 'wallet'", "SimulatedChain"
            )
        units = to_units(asset, amount)
        if units < 0:
            self._state.spend(asset, -units, "a redemption")
        else:
            self._state.receive(asset, units)

    def account(self) -> AccountData:
        """The lending account's collateral, debt and health factor at the clock's row."""
        return self._lending.account(self._state)

    def _once(
        self,
        action_id: str,
        venue: str,
        steps: tuple[SmartContractAction, ...],
        conditions: tuple[PostCondition, ...],
        revert_code: str,
    ) -> ExecutionDeltas:
        known = self._outcomes.get(action_id)
        if known is not None:
            return known
        try:
            outcome = self._transact(action_id, venue, steps, conditions, revert_code)
        except ComponentError as error:
            return ExecutionDeltas(
                instruction_id=action_id,
                venue=venue,
                outcome=Outcome.REJECTED,
                requested=_requested(steps[-1]),
                filled=Decimal(0),
                order_status="rejected",
                error_code=error.error_code,
                reason=error.message,
            )
        self._outcomes[action_id] = outcome
        return outcome

    def _transact(
        self,
        action_id: str,
        venue: str,
        steps: tuple[SmartContractAction, ...],
        conditions: tuple[PostCondition, ...],
        revert_code: str,
    ) -> ExecutionDeltas:
        """The outcome of what was mined; raises ComponentError for what was not sent."""
        self._runner.check_supported(steps)
        before = self._state
        units, approvals = gas_units(before, steps)
        gas = self._gas.cost(units)
        failure = ""
        moved = NOTHING
        try:
            after, moved = self._succeed(before, gas, steps, conditions)
            after.approved |= approvals
        except ComponentError as error:
            if not _was_mined(error, revert_code):
                raise
            failure = error.message
            after = before.copy()
            self._gas.pay(after, gas)
        self._state = after
        return ExecutionDeltas(
            instruction_id=action_id,
            venue=venue,
            outcome=Outcome.REJECTED if failure else Outcome.DONE,
            changes=state_changes(before, after),
            costs=(Cost("gas", self._gas.asset, to_amount(self._gas.asset, gas)),),
            requested=_requested(steps[-1]),
            filled=moved.amount,
            order_status="rejected" if failure else "filled",
            error_code=revert_code if failure else "",
            reason=failure,
        )

    def _succeed(
        self,
        before: ChainState,
        gas: int,
        steps: tuple[SmartContractAction, ...],
        conditions: tuple[PostCondition, ...],
    ) -> tuple[ChainState, Moved]:
        """The books after all steps, and what the last one moved; ComponentError when one of them fails."""
        after = before.copy()
        if self._gas.is_native:
            self._gas.pay(after, gas)
        in_flight = InFlight({} if self._gas.is_native else {self._gas.asset: gas})
        moved = NOTHING
        for number, step in enumerate(steps):
            try:
                moved = self._runner.run(after, step, in_flight)
            except ComponentError as error:
                where = f"step {number} ({step.protocol} {step.action}) " if len(steps) > 1 else ""
                raise ComponentError(error.error_code, where + error.message, error.component) from error
        self._runner.check_conditions(after, conditions, moved)
        if not self._gas.is_native:
            # Charged last: without ETH in the wallet, a withdrawal pays its gas out of what it brings.
            self._gas.pay(after, gas)
        return after, moved


def _was_mined(error: ComponentError, revert_code: str) -> bool:
    """Whether a failure is a contract's. A balance too small stops one action before it is sent, a block in flight."""
    return error.error_code == ACTION_REVERTED or (revert_code == BLOCK_REVERTED and error.error_code == "EXI-006")


def _requested(step: SmartContractAction) -> Decimal | None:
    return step.amount if isinstance(step.amount, Decimal) else None


def _check_location(location: str) -> None:
    if location not in LOCATIONS:
        raise ComponentError(
            "EXI-005",
            f"the simulated chain has no location {location!r}, only {', '.join(LOCATIONS)}",
            "SimulatedChain",
        )
