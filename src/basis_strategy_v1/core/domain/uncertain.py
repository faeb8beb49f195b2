"""What may have happened or not, and the bounds it puts around what is held: pure functions.

An order or transfer of unknown outcome is not booked. Any part of it may have been done, at its worst price or a
better one, so every amount lies between what it is without it and what it is with all of it. Bounds add up over
everything that is uncertain, whichever of it was done: they are never narrower than an outcome.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.quantities import ONE, ZERO


class UncertainChange(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that may have happened at ``venue``.

    Attributes:
        name: the instruction's id, or words for what this run did not do.
        changes: what all of it would change, at its worst price and with its fee.
        prices: what a unit is worth of the assets among them whose value moves: perpetuals at their mark, coins at
            spot. All others are cash.
    """

    name: str
    venue: str
    changes: Changes
    prices: Mapping[str, Decimal] = {}

    def of(self, location: str, asset: str) -> Decimal:
        """By how much it would change ``asset`` at ``location``."""
        return self.changes.get(location, {}).get(asset, ZERO)

    @property
    def exposure(self) -> Decimal:
        """Base units that it would add, coins and perpetuals."""
        assets = (item for at in self.changes.values() for item in at.items())
        return sum((amount for asset, amount in assets if asset in self.prices), ZERO)

    @property
    def value(self) -> Decimal:
        """What it would add to NAV."""
        assets = (item for at in self.changes.values() for item in at.items())
        return sum((amount * self.prices.get(asset, ONE) for asset, amount in assets), ZERO)


Uncertain = Sequence[UncertainChange]
UncertainSource = Callable[[], Uncertain]
"""Everything that is uncertain, as of now."""


def nothing_uncertain() -> Uncertain:
    """Of a run whose venues lose no answer."""
    return ()


def bounded(amount: Decimal, changes: Iterable[Decimal]) -> tuple[Decimal, Decimal]:
    """The least and the most that ``amount`` can be, each of ``changes`` made or not."""
    low = high = amount
    for change in changes:
        if change < 0:
            low += change
        else:
            high += change
    return low, high


def amount_bounds(amount: Decimal, location: str, asset: str, uncertain: Uncertain) -> tuple[Decimal, Decimal]:
    """The least and the most of ``asset`` at ``location``, where the books have ``amount``."""
    return bounded(amount, (change.of(location, asset) for change in uncertain))


def exposure_bounds(net: Decimal, uncertain: Uncertain) -> tuple[Decimal, Decimal]:
    """The least and the most net exposure, in base units, where the books have ``net``."""
    return bounded(net, (change.exposure for change in uncertain))


def least_value(value: Decimal, uncertain: Uncertain) -> Decimal:
    """The least NAV, where the books have ``value``."""
    return bounded(value, (change.value for change in uncertain))[0]


def certain_amount(amount: Decimal, location: str, asset: str, uncertain: Uncertain) -> Decimal:
    """What is there of ``asset`` under every outcome."""
    return max(amount_bounds(amount, location, asset, uncertain)[0], ZERO)
