"""What an executed instruction did: changes of positions, the fills behind them, and their costs."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from typing import Literal

import msgspec

Changes = dict[str, dict[str, Decimal]]
"""``{location: {asset: amount}}``: where a thing sits, which thing, how much it changed (signed)."""

CostBucket = Literal["fees", "gas", "transfer", "rewards", "liquidation", "borrow", "funding"]


class Outcome(Enum):
    """The three ways an instruction can end. REJECTED needs definite evidence; a doubt is UNKNOWN."""

    # Looked up by itself; by default its name would be hashed.
    __hash__ = object.__hash__

    DONE = "done"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


DONE = Outcome.DONE
# What is compared on every instruction compares with this: a member looked up on its enum costs ten times a global.


class Fill(msgspec.Struct, frozen=True, gc=False):
    """One execution. ``quantity`` is signed (bought > 0) and gross of a fee paid in kind.

    ``fee`` is positive when paid and is in ``fee_asset``.
    """

    trade_id: str
    venue: str
    symbol: str
    trade_type: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_asset: str


class Cost(msgspec.Struct, frozen=True, gc=False):
    """A cost that is not a fill's: ``amount`` of ``asset`` paid (> 0) or received (< 0), for one P&L bucket."""

    bucket: CostBucket
    asset: str
    amount: Decimal


class ExecutionDeltas(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """The outcome of one instruction (or of something that happened to the account by itself).

    ``changes`` holds only what is certain; an UNKNOWN outcome has none. ``venue`` is the interface
    whose books must agree afterwards.
    """

    instruction_id: str
    venue: str
    outcome: Outcome = Outcome.DONE
    changes: Changes = {}
    fills: tuple[Fill, ...] = ()
    costs: tuple[Cost, ...] = ()
    requested: Decimal | None = None
    filled: Decimal | None = None
    order_status: str = ""
    error_code: str = ""
    reason: str = ""

    def to_dict(self) -> dict[str, dict[str, Decimal]]:
        """The nested ``{location: {asset: amount}}``."""
        return {location: dict(assets) for location, assets in self.changes.items()}


def add_changes(total: Changes, changes: Changes) -> None:
    """Add ``changes`` into ``total``."""
    for location, assets in changes.items():
        into = total.setdefault(location, {})
        for asset, amount in assets.items():
            into[asset] = into.get(asset, Decimal(0)) + amount
