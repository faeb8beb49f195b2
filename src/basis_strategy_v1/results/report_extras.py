"""What a report shows beyond the files of its run.

The market's prices and the purposes of trades are in none of the files, so a page carries them within
itself: a page that is made anew later takes them from the page it replaces.
"""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import msgspec

from basis_strategy_v1.core.engine.run_result import RebalanceRecord, RunResult
from basis_strategy_v1.results.thinning import Curve, thin

ELEMENT = "report-extras"
_EMBEDDED = re.compile(rf'<script type="application/json" id="{ELEMENT}">(.*?)</script>', re.DOTALL)
BASIS_POINTS = 10_000
MOST_REBALANCES = 500


class ReportExtras(msgspec.Struct, frozen=True, kw_only=True):
    """``basis``: perpetual mark over reference spot, in basis points; the rest as in ``RunResult``.

    ``rebalances`` are the first of ``rebalance_count``.
    """

    basis: list[Curve] = []
    rebalances: list[RebalanceRecord] = []
    rebalance_count: int = 0
    coverage: list[str] = []
    numeraires: dict[str, dict[str, Decimal]] = {}
    maintenance_rates: dict[str, Decimal] = {}


def extras_of_result(result: RunResult) -> ReportExtras:
    """The extras of a run that has just finished."""
    return ReportExtras(
        basis=_basis_curves(result),
        rebalances=result.rebalances[:MOST_REBALANCES],
        rebalance_count=result.rebalance_count,
        coverage=result.coverage,
        numeraires=result.numeraires,
        maintenance_rates=result.maintenance_rates,
    )


def extras_of_page(page: Path) -> ReportExtras | None:
    """The extras that an earlier page carries, or None without one."""
    if not page.is_file():
        return None
    found = _EMBEDDED.search(page.read_text(encoding="utf-8", errors="replace"))
    if found is None:
        return None
    try:
        return msgspec.json.decode(found[1], type=ReportExtras)
    except msgspec.DecodeError:
        # A page of another version: its extras are as good as absent, and the new page says what is missing.
        return None


def _basis_curves(result: RunResult) -> list[Curve]:
    market = result.market
    if market.reference is None:
        return []
    spot = market.reference.values
    curves: list[Curve] = []
    for (venue, symbol), columns in market.perp.items():
        name = venue if len({key[1] for key in market.perp}) == 1 else f"{venue} {symbol}"
        curves.append(thin(name, market.timestamps, (columns.mark.values / spot - 1.0) * BASIS_POINTS))
    return curves
