"""Why a start is refused that finds what this run did not make, and what a person can do about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from basis_strategy_v1.bootstrap.live.adoption import can_be_adopted
from basis_strategy_v1.bootstrap.live.assembly import LiveAssembly
from basis_strategy_v1.bootstrap.live.declared_flows import declaring
from basis_strategy_v1.bootstrap.live.open_items import arrival_hint
from basis_strategy_v1.bootstrap.live.start_differences import Found
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.reconciliation.outside_money import can_be_a_flow, is_money

COMPONENT = "ReconciliationComponent"


def refuse_differences(assembly: LiveAssembly, refused: Mapping[str, Found]) -> None:
    """Raise what differs at all venues together, nothing where there are none.

    Raises:
        ComponentError: REC-012 where a position is among it, else REC-010.
    """
    if not refused:
        return
    what = [f"{venue} and the books differ: " + "; ".join(map(str, item.left)) for venue, item in refused.items()]
    hints = [hint for venue, item in refused.items() for hint in _hints(assembly, venue, item.left)]
    remedy = " ".join(dict.fromkeys(filter(None, hints)))
    raise ComponentError(max(item.code for item in refused.values()), "; ".join(what), COMPONENT, remedy=remedy)


def _hints(assembly: LiveAssembly, venue: str, left: Sequence[Difference]) -> list[str]:
    """What a person can do about it; money may be a transfer of the run's own."""
    settings, on_their_way = assembly.base.settings, assembly.transfers.by_id.values()
    more = [item for item in left if item.actual > item.expected]
    hints = [arrival_hint(on_their_way, item.location, item.asset, settings.mode) for item in more]
    spec = next(spec for spec in assembly.base.specs if spec.venue == venue)
    if can_be_adopted(spec, left):
        hints.append(f"Book what the venue or somebody else has traded with 'basis recover {settings.mode} --adopt'.")
    elif not is_money(left):
        hints.append(f"Close at {venue} what this run does not trade.")
    # Money beside a position is what it has cost. A token that the run never trades is not.
    others = [item for item in left if is_money([item]) and not can_be_a_flow(item, settings.asset)]
    return [*hints, *declaring(left if is_money(left) else others, settings, assembly.base.specs)]
