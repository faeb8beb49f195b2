"""What a person should know of a finished run that its figures alone do not show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.engine.run_result import InstructionRecord

TRADES = frozenset({"spot", "perp"})
REJECTED = Outcome.REJECTED.value
NOT_DONE = frozenset({REJECTED, Outcome.UNKNOWN.value})


def rejection_counts(records: Sequence[InstructionRecord]) -> dict[str, int]:
    """How many instructions were rejected, by error code, the most frequent first."""
    return dict(Counter(record.error_code for record in records if record.status == REJECTED).most_common())


def unpaid_redemptions(assembly: Assembly) -> list[str]:
    """A line per redemption that was due and still waits at the end of the run."""
    portfolio = assembly.parts.portfolio
    return [
        f"Redemption of {-flow.amount:f} {flow.asset} at {to_iso(flow.timestamp)} was not paid: "
        f"{flow.location} could not release as much; it held "
        f"{portfolio.wallet_balance(flow.location, flow.asset):f} {flow.asset} at the end of the run."
        for _, flow in assembly.engine.rows.flows.redemptions()
    ]


def idle_notice(records: Sequence[InstructionRecord], *, is_script: bool) -> list[str]:
    """One line when nothing was ever traded although it should have been.

    A script may hold transfers only, and the reason of its first rejection is printed anyhow.
    """
    told = [record for record in records if record.trade_type != "transfer"]
    if any(_has_traded(record) for record in told) or (is_script and not told):
        return []
    if not records:
        return ["No position was ever opened: the strategy gave no instruction. Check capital, settings and dates."]
    rejected = rejection_counts(records)
    if is_script and rejected:
        return []
    if not rejected:
        return ["No position was ever opened: no order was filled before the run ended."]
    code, count = next(iter(rejected.items()))
    said = (
        f"No position was ever opened: {sum(rejected.values()):,} of {len(records):,} instructions were rejected, "
        f"{count:,} with {code}; 'basis errors {code}' says what to do."
    )
    return [said]


def _has_traded(record: InstructionRecord) -> bool:
    return record.filled > 0 if record.trade_type in TRADES else record.status not in NOT_DONE
