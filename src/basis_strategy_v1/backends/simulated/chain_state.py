"""The simulated chain's own books, in token units. They share nothing with the engine's ledger."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.simulated.chain_tokens import to_amount
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

WALLET = "wallet"
AAVE = "aave"
SUPPLY_PREFIX = "a"
DEBT_PREFIX = "variableDebt"


class ChainState:
    """What the wallet and its lending account hold.

    Attributes:
        wallet: token units by token.
        supplied: scaled aToken units by underlying token.
        owed: scaled debt units by underlying token.
        emode: the account's eMode category, 0 for none.
        approved: ``(token, spender)`` pairs that have an allowance.
    """

    __slots__ = ("approved", "emode", "owed", "supplied", "wallet")

    def __init__(self) -> None:
        self.wallet: dict[str, int] = {}
        self.supplied: dict[str, int] = {}
        self.owed: dict[str, int] = {}
        self.emode = 0
        self.approved: set[tuple[str, str]] = set()

    def copy(self) -> ChainState:
        """An independent copy: a transaction runs on one, which becomes the state when it succeeds."""
        other = ChainState()
        other.wallet = self.wallet.copy()
        other.supplied = self.supplied.copy()
        other.owed = self.owed.copy()
        other.emode = self.emode
        other.approved = self.approved.copy()
        return other

    def receive(self, token: str, units: int) -> None:
        """Add ``units`` to the wallet."""
        add_units(self.wallet, token, units)

    def spend(self, token: str, units: int, purpose: str) -> None:
        """Take ``units`` from the wallet.

        Raises:
            ComponentError: EXI-006 when the wallet holds less.
        """
        held = self.wallet.get(token, 0)
        if units > held:
            raise ComponentError(
                "EXI-006",
                f"{purpose} needs {to_amount(token, units)} {token}, the wallet holds {to_amount(token, held)}",
                "SimulatedChain",
            )
        add_units(self.wallet, token, -units)

    def balances(self, location: str) -> dict[str, Decimal]:
        """What sits at ``location``, by ledger asset: tokens, or scaled balances with their token's decimals."""
        if location == WALLET:
            return {token: to_amount(token, units) for token, units in self.wallet.items()}
        balances = {SUPPLY_PREFIX + token: to_amount(token, units) for token, units in self.supplied.items()}
        for token, units in self.owed.items():
            balances[DEBT_PREFIX + token] = to_amount(token, units)
        return balances


def add_units(held: dict[str, int], token: str, units: int) -> None:
    """Change one balance by ``units`` (signed); nothing held leaves no entry."""
    after = held.get(token, 0) + units
    if after:
        held[token] = after
    else:
        held.pop(token, None)


def state_changes(before: ChainState, after: ChainState) -> Changes:
    """What differs between two states, as ``{location: {asset: signed amount}}``."""
    changes: Changes = {}
    for location, prefix, old, new in (
        (WALLET, "", before.wallet, after.wallet),
        (AAVE, SUPPLY_PREFIX, before.supplied, after.supplied),
        (AAVE, DEBT_PREFIX, before.owed, after.owed),
    ):
        if old == new:
            continue
        at = changes.setdefault(location, {})
        for token in dict.fromkeys((*old, *new)):
            units = new.get(token, 0) - old.get(token, 0)
            if units:
                at[prefix + token] = to_amount(token, units)
    return changes
