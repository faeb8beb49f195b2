"""What books and venues may differ by at a start, because the run that follows deals with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import msgspec

from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.ids import run_key
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.unshown_flows import DeclaredFlow, ToleranceOf, flows_not_shown
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.reconciliation.outside_money import can_be_a_flow, is_money

DECLARED = "flow."
"""How the ids of flows begin that a person has declared."""


class Found(NamedTuple):
    """What differs at a venue, and the code of it."""

    code: str
    left: Sequence[Difference]


class StartRule(msgspec.Struct, frozen=True, kw_only=True):
    """What a start goes on with.

    An exit takes money in or sets it aside, as it does in a process that runs; a person who books what others have
    traded is to see all money that can be declared. Declared money that its venue does not show holds decisions until
    it does, or until the contrary is declared.

    Attributes:
        asset: of the run, which it can value.
        is_closing: whether all is to be closed.
        adopts: whether a person books what others have traded.
        declared: flows that may not be shown yet, the last one first.
    """

    asset: str
    is_closing: bool
    adopts: bool
    declared: Sequence[DeclaredFlow]
    tolerance_of: ToleranceOf

    def refused(self, found: Sequence[Difference]) -> Sequence[Difference]:
        """Those of ``found`` at one venue that no start goes on with."""
        if self.is_closing and is_money(found):
            found = [item for item in found if self.adopts and can_be_a_flow(item, self.asset)]
        return [item for item in found if not self.not_shown(item)]

    def not_shown(self, difference: Difference) -> Sequence[DeclaredFlow]:
        """The declared flows that ``difference`` comes from."""
        return flows_not_shown(difference, self.declared, self.tolerance_of)


def latest_declared(bookings: Sequence[Booking], run_id: str) -> Sequence[DeclaredFlow]:
    """Booked flows that may not be shown yet, the last one first.

    What was booked before the run's last own order or transfer was shown: nothing is decided until then.
    """
    own, found = run_key(run_id), []
    for booking in reversed(bookings):
        # Ids of what comes later, such as a fill of an order that rests, go on behind a dot.
        if booking.booking_id.startswith(own) and "." not in booking.booking_id:
            break
        if booking.booking_id.startswith(DECLARED):
            for place, assets in booking.changes.items():
                for asset, amount in assets.items():
                    flow = Flow(timestamp=booking.timestamp, amount=amount, asset=asset, location=place)
                    found.append((booking.booking_id, flow))
    return found


def beside_waiting(found: Sequence[Difference], waiting: Iterable[Flow], asset: str) -> list[Difference]:
    """``found`` at one venue without the money that the flows ``waiting`` to be booked are of.

    Where coins or a position differ as well, the money may be theirs: all of that place stays.

    Args:
        asset: what the run trades.
    """
    expected = {(flow.location, flow.asset) for flow in waiting}
    traded = {
        item.location
        for item in found
        if item.asset.endswith(PERP_SUFFIX) or (item.asset == asset and (item.location, asset) not in expected)
    }
    return [item for item in found if item.location in traded or (item.location, item.asset) not in expected]


def with_waiting(found: Sequence[Difference], waiting: Iterable[Flow]) -> list[Difference]:
    """``found``, as they are once the flows ``waiting`` are booked."""
    changes: dict[tuple[str, str], Decimal] = {}
    for flow in waiting:
        place = (flow.location, flow.asset)
        changes[place] = changes.get(place, ZERO) + flow.amount
    return [
        msgspec.structs.replace(item, expected=item.expected + changes.get((item.location, item.asset), ZERO))
        for item in found
    ]
