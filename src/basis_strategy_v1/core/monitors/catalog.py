"""How each asset is valued: which column prices it."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.clock import Clock
from basis_strategy_v1.core.domain.ledger import Holding, HoldingKind, PriceSource
from basis_strategy_v1.core.domain.market import PERP_SUFFIX, QUOTE_SUFFIX, IndexColumn, MarketColumns
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

STABLECOINS = frozenset({"USDT", "USDC", "DAI"})
IN_TRANSIT = "in_transit"
RAY_DIGITS = 27


class IndexPrice:
    """The exact index at a row: what one scaled unit is worth in tokens."""

    __slots__ = ("column",)

    def __init__(self, column: IndexColumn) -> None:
        self.column = column

    def decimal(self, row: int) -> Decimal:
        return Decimal(self.column.ray(row)).scaleb(-RAY_DIGITS)


def venue_of(location: str) -> str:
    """``binance.derivatives`` -> ``binance``."""
    return location.partition(".")[0]


class HoldingCatalog:
    """Makes holdings: decides the kind of an asset and the column that prices it.

    Args:
        market: the columns.
        base: the run's asset, ``BTC`` or ``ETH``; its price is the reference spot.
        clock: whose row prices a holding that is new.
    """

    def __init__(self, market: MarketColumns, base: str, clock: Clock) -> None:
        self._market = market
        self._base = base
        self._clock = clock

    def __call__(self, location: str, asset: str) -> Holding:
        kind, source = self._resolve(location, asset)
        holding = Holding(location, asset, kind, source)
        if source is not None:
            holding.price = source.decimal(self._clock.row)
        return holding

    def _resolve(self, location: str, asset: str) -> tuple[HoldingKind, PriceSource | None]:
        if asset in STABLECOINS:
            return HoldingKind.CASH, None
        if asset.endswith(PERP_SUFFIX + QUOTE_SUFFIX):
            return HoldingKind.QUOTE, None
        if asset.endswith(PERP_SUFFIX):
            columns = self._market.perp.get((venue_of(location), asset.removesuffix(PERP_SUFFIX)))
            if columns is not None:
                return HoldingKind.PERP, columns.mark
        if asset == self._base and self._market.reference is not None:
            return HoldingKind.BASE, self._market.reference
        if asset.startswith("a"):
            index = self._market.indices.get(f"supply.{venue_of(location)}.{asset[1:]}")
            if index is not None and asset[1:] in STABLECOINS:
                return HoldingKind.SUPPLY, IndexPrice(index)
        raise ComponentError("REC-004", f"asset {asset!r} at {location!r} has no price in this run", "LedgerCatalog")
