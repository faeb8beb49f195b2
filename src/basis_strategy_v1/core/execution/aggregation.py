"""Several outcomes as one."""

from __future__ import annotations

from decimal import InvalidOperation

from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas, Outcome, add_changes
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def aggregated(outcomes: list[ExecutionDeltas]) -> ExecutionDeltas:
    """The net outcome of instructions run in order.

    It carries the id of the first, the venue when all share one, and UNKNOWN when any is unknown.

    Raises:
        ComponentError: EIM-010 when amounts cannot be added or are not finite.
    """
    if len(outcomes) == 1:
        return outcomes[0]
    changes: Changes = {}
    try:
        for outcome in outcomes:
            add_changes(changes, outcome.changes)
        amounts = [amount for assets in changes.values() for amount in assets.values()]
        is_finite = all(amount.is_finite() for amount in amounts)
    except (InvalidOperation, TypeError, AttributeError) as error:
        raise _not_addable(outcomes, repr(error), error) from error
    if not is_finite:
        raise _not_addable(outcomes, "an amount is not finite", None)
    venues = {outcome.venue for outcome in outcomes}
    unknown = any(outcome.outcome is Outcome.UNKNOWN for outcome in outcomes)
    return ExecutionDeltas(
        instruction_id=outcomes[0].instruction_id,
        venue=venues.pop() if len(venues) == 1 else "",
        outcome=Outcome.UNKNOWN if unknown else Outcome.DONE,
        changes=changes,
        fills=tuple(fill for outcome in outcomes for fill in outcome.fills),
        costs=tuple(cost for outcome in outcomes for cost in outcome.costs),
        error_code=next((outcome.error_code for outcome in outcomes if outcome.error_code), ""),
        reason=next((outcome.reason for outcome in outcomes if outcome.reason), ""),
    )


def _not_addable(outcomes: list[ExecutionDeltas], why: str, error: Exception | None) -> ComponentError:
    ids = ", ".join(outcome.instruction_id for outcome in outcomes)
    message = f"outcomes of {ids} cannot be added: {why}"
    return ComponentError("EIM-010", message, "ExecutionInterfaceManager", original_exception=error)
