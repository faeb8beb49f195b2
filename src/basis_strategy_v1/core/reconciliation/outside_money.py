"""Which differences are money that somebody has moved, and no doing of an instruction's."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.monitors.catalog import STABLECOINS
from basis_strategy_v1.core.reconciliation.compare import Difference


def comes_from_outside(base: str) -> Callable[[Difference], bool]:
    """Tells whether more is there than is expected of what no trade can have brought: cash, or a token never traded.

    A trade that was booked wrong shows in its coins (``base``) or its position, and a surplus of cash alone does no
    harm while the pair it falls into is brought together. Coins, positions and missing cash are never taken for that.
    """

    def is_from_outside(difference: Difference) -> bool:
        if difference.actual <= difference.expected:
            return False
        return difference.asset in STABLECOINS or (not difference.expected and not _is_traded(difference, base))

    return is_from_outside


def is_money(found: Sequence[Difference]) -> bool:
    """Whether no position is among ``found``: what somebody has brought or taken, in whatever token."""
    return not any(difference.asset.endswith(PERP_SUFFIX) for difference in found)


def can_be_a_flow(difference: Difference, base: str) -> bool:
    """Whether the run can value it, and so book it as brought or taken."""
    return difference.asset in STABLECOINS or difference.asset == base


def _is_traded(difference: Difference, base: str) -> bool:
    return difference.asset == base or difference.asset.endswith(PERP_SUFFIX)
