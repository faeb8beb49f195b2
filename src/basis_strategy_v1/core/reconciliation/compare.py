"""Comparison of what is expected with what a venue says: pure functions.

Invariants:

1. Every asset of either side is compared: an asset only the venue has is a difference as much as one only we have.
2. For a margin account the venue reports a wallet and entry costs, the ledger a wallet and quote legs. Realising
   profit moves the venue's entry cost into its wallet and changes nothing here, so the sums are compared:
   ``wallet + sum(quote legs) == venue wallet - sum(entry costs)``.
3. A difference is one that reaches the tolerance; less is the venue's rounding.
4. Nothing is changed here, ever.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.ledger import PERP, QUOTE, Holding
from basis_strategy_v1.core.domain.market import perp_asset
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.record import Record

_NO_POSITION = PerpPosition(ZERO, ZERO)


class Difference(Record, frozen=True):
    """One asset at one location where the two sides disagree."""

    location: str
    asset: str
    expected: Decimal
    actual: Decimal

    def __str__(self) -> str:
        # A zero of many decimal places reads 0E-8.
        return f"{self.asset} at {self.location}: expected {self.expected or 0}, venue says {self.actual or 0}"


class Tolerances:
    """How much each asset may differ: a number of its steps.

    Args:
        steps: tolerance in steps.
        step_by_asset: the step of each asset.
        default_step: of assets not named.
        dust: known dust by asset (1-2 wei for stETH), where it is more than ``steps``.
    """

    def __init__(
        self,
        steps: Decimal,
        step_by_asset: Mapping[str, Decimal],
        default_step: Decimal = Decimal("1e-8"),
        dust: Mapping[str, Decimal] | None = None,
    ) -> None:
        self._default = steps * default_step
        self._by_asset = {asset: steps * step for asset, step in step_by_asset.items()}
        for asset, amount in (dust or {}).items():
            self._by_asset[asset] = max(self._by_asset.get(asset, self._default), amount)

    def of(self, asset: str) -> Decimal:
        """The least difference that counts."""
        return self._by_asset.get(asset, self._default)


def expected_balances(holdings: Mapping[str, Holding], quote: str) -> dict[str, Decimal]:
    """The ledger's side of one location, quote legs folded into ``quote``."""
    expected: dict[str, Decimal] = {}
    folded = ZERO
    for asset, holding in holdings.items():
        if holding.kind is QUOTE:
            folded += holding.amount
        else:
            expected[asset] = holding.amount
    if folded:
        expected[quote] = expected.get(quote, ZERO) + folded
    return expected


def actual_balances(report: LocationReport, quote: str) -> dict[str, Decimal]:
    """The venue's side of one location, entry costs folded into ``quote``."""
    positions = report.positions
    if not positions:
        return report.balances
    actual = dict(report.balances)
    folded = ZERO
    for symbol, position in positions.items():
        actual[perp_asset(symbol)] = position.quantity
        folded += position.entry_cost
    actual[quote] = actual.get(quote, ZERO) - folded
    return actual


class LedgerSide:
    """The ledger's side of one location, sorted once for comparisons to the last digit.

    Args:
        holdings: those of the location. It is sorted anew where there are more of them.
        quote: the currency in which its perpetuals settle.
    """

    __slots__ = ("_assets", "_coins", "_money", "_perps", "_quote", "_symbols", "holdings")

    def __init__(self, holdings: Mapping[str, Holding], quote: str) -> None:
        self.holdings = holdings
        self._quote = quote
        self._money = [item for asset, item in holdings.items() if item.kind is QUOTE or asset == quote]
        self._perps = [item for item in holdings.values() if item.kind is PERP]
        others = (item for asset, item in holdings.items() if asset != quote)
        self._coins = [item for item in others if item.kind is not QUOTE and item.kind is not PERP]
        self._assets = frozenset([*(item.asset for item in self._coins), quote])
        self._symbols = frozenset(item.symbol for item in self._perps)

    def agrees(self, report: LocationReport) -> bool:
        """Whether the venue says the same: the usual case, answered without building both sides.

        True only where ``differences`` of the same two sides finds nothing, whatever the tolerance.
        """
        balances, positions = report.balances, report.positions
        net = balances.get(self._quote, ZERO)
        for holding in self._money:
            net -= holding.amount
        for holding in self._perps:
            position = positions.get(holding.symbol, _NO_POSITION)
            if position.quantity != holding.amount:
                return False
            net -= position.entry_cost
        for holding in self._coins:
            if balances.get(holding.asset, ZERO) != holding.amount:
                return False
        if balances.keys() <= self._assets and positions.keys() <= self._symbols:
            return not net
        return self._agrees_on_others(report, net)

    def _agrees_on_others(self, report: LocationReport, net: Decimal) -> bool:
        """Whether what only the venue names comes to nothing; ``net`` is what is left of the quote without it."""
        for asset, amount in report.balances.items():
            if amount and asset not in self._assets:
                return False
        for symbol, position in report.positions.items():
            if symbol not in self._symbols:
                net -= position.entry_cost
                if position.quantity:
                    return False
        return not net


def differences(
    location: str, expected: Mapping[str, Decimal], actual: Mapping[str, Decimal], tolerances: Tolerances
) -> list[Difference]:
    """Where the two sides disagree, over the union of their assets."""
    found: list[Difference] = []
    for asset, amount in expected.items():
        reported = actual.get(asset, ZERO)
        if amount != reported and abs(amount - reported) >= tolerances.of(asset):
            found.append(Difference(location, asset, amount, reported))
    for asset, reported in actual.items():
        if asset not in expected and abs(reported) >= tolerances.of(asset):
            found.append(Difference(location, asset, ZERO, reported))
    return found
