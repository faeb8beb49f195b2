"""The ledger: how much of what sits where. Amounts are exact; a change is applied once.

Only ``PositionUpdateHandler`` writes to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from enum import Enum, auto
from functools import partial
from typing import Protocol

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.quantities import ONE, ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class HoldingKind(Enum):
    """What moves the value of a holding."""

    CASH = auto()
    """Worth one unit of account: stablecoins."""
    BASE = auto()
    """The run's asset itself, worth the reference spot."""
    PERP = auto()
    """A perpetual's signed base units, worth their mark."""
    QUOTE = auto()
    """The quote leg of a perpetual: minus what its units cost, plus what they brought."""
    SUPPLY = auto()
    """A lending position in scaled units, worth its index."""


CASH = HoldingKind.CASH
BASE = HoldingKind.BASE
PERP = HoldingKind.PERP
QUOTE = HoldingKind.QUOTE
SUPPLY = HoldingKind.SUPPLY
# Loops over holdings compare with these: a member looked up on its enum costs ten times a global.


class PriceSource(Protocol):
    """The exact price of one unit at a row."""

    def decimal(self, row: int) -> Decimal: ...


class Holding:
    """One asset at one location: its amount, and the price it had at the row last marked.

    ``symbol`` is the perpetual's, where it is one; else the asset.
    """

    __slots__ = ("amount", "asset", "kind", "location", "price", "source", "symbol")

    def __init__(self, location: str, asset: str, kind: HoldingKind, source: PriceSource | None) -> None:
        self.location = location
        self.asset = asset
        self.symbol = asset.removesuffix(PERP_SUFFIX)
        self.kind = kind
        self.source = source
        self.amount = ZERO
        self.price = ONE

    def __repr__(self) -> str:
        return f"Holding({self.location} {self.asset} {self.amount})"


HoldingFactory = Callable[[str, str], Holding]
"""Makes the empty holding of ``(location, asset)``; raises ``ComponentError`` REC-004 for an unknown asset."""


class LocationHoldings(dict[str, Holding]):
    """The holdings of one location by asset, and how often something was booked there.

    An asset that is asked for with ``[]`` for the first time gets an empty holding.
    """

    __slots__ = ("_add_holding", "bookings")

    def __init__(self, add_holding: Callable[[str], Holding]) -> None:
        super().__init__()
        self._add_holding = add_holding
        self.bookings = 0

    def __missing__(self, asset: str) -> Holding:
        holding = self[asset] = self._add_holding(asset)
        return holding


class Ledger:
    """All holdings of a run.

    Attributes:
        holdings: all of them, in the order of their first use.
        applied: the ids of everything booked, or in a live run of the youngest. Read only, but to who makes it smaller.
        bases, perps: those of the run's asset itself, and the perpetuals among them.
        marked_row: the row whose prices the holdings have; set by whoever marks them.
    """

    def __init__(self, make_holding: HoldingFactory) -> None:
        self._make_holding = make_holding
        self._by_location: dict[str, LocationHoldings] = {}
        self.applied: set[str] = set()
        self.holdings: list[Holding] = []
        self.bases: list[Holding] = []
        self.perps: list[Holding] = []
        self.marked_row = -1

    def bookings(self, location: str) -> int:
        """How often something was booked at ``location``: whoever remembers a figure sees whether it still holds."""
        at = self._by_location.get(location)
        return 0 if at is None else at.bookings

    def has_applied(self, instruction_id: str) -> bool:
        """Whether the changes of this instruction are booked already, as far as the ledger remembers."""
        return instruction_id in self.applied

    def apply(self, instruction_id: str, changes: Changes) -> Decimal:
        """Book ``changes``, for which the caller has asked ``has_applied`` first; their value at current prices.

        All of them are booked, or none.

        Raises:
            ComponentError: REC-004 for an asset that the run does not know.
            decimal.Inexact: where an amount has more digits than the ledger.
        """
        by_location = self._by_location
        value = ZERO
        location = asset = ""
        try:
            for location, assets in changes.items():
                at = by_location.get(location)
                if at is None:
                    at = by_location[location] = LocationHoldings(partial(self._add_holding, location))
                at.bookings += 1
                for asset, amount in assets.items():
                    holding = at[asset]
                    value += amount if holding.source is None else amount * holding.price
                    holding.amount += amount
        except (ComponentError, ArithmeticError):
            self._undo(changes, location, asset)
            raise
        self.applied.add(instruction_id)
        return value

    def _add_holding(self, location: str, asset: str) -> Holding:
        holding = self._make_holding(location, asset)
        self.holdings.append(holding)
        if holding.kind is BASE:
            self.bases.append(holding)
        elif holding.kind is PERP:
            self.perps.append(holding)
        return holding

    def _undo(self, changes: Changes, location: str, asset: str) -> None:
        """Take back what was booked before ``asset`` at ``location``."""
        for earlier, assets in changes.items():
            for name, amount in assets.items():
                if earlier == location and name == asset:
                    return
                self._by_location[earlier][name].amount -= amount

    def amount(self, location: str, asset: str) -> Decimal:
        """How much of ``asset`` sits at ``location`` (zero where there is none)."""
        at = self._by_location.get(location)
        if at is None:
            return ZERO
        holding = at.get(asset)
        return ZERO if holding is None else holding.amount

    def location(self, name: str) -> LocationHoldings | None:
        """The holdings of one location, the same object for good; None before anything was booked there."""
        return self._by_location.get(name)

    def at(self, location: str) -> dict[str, Holding]:
        """The holdings of one location by asset. Read only."""
        return self._by_location.get(location, {})

    def locations(self) -> Iterator[str]:
        """All locations that ever held something, in the order of their first use."""
        return iter(self._by_location)

    def to_dict(self) -> dict[str, dict[str, Decimal]]:
        """The nested ``{location: {asset: amount}}`` without empty entries."""
        nested: dict[str, dict[str, Decimal]] = {}
        for location, assets in self._by_location.items():
            held = {asset: holding.amount for asset, holding in assets.items() if holding.amount}
            if held:
                nested[location] = held
        return nested
