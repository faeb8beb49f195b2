"""What a finished run hands to the results package."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.domain.market import FloatArray, MarketColumns
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.quantities import divide_nearest
from basis_strategy_v1.core.domain.settings import RunSettings

WEI = Decimal("1e-18")

__all__ = [
    "BUCKETS",
    "EquityBlock",
    "EquitySource",
    "InstructionRecord",
    "RebalanceRecord",
    "RunResult",
]


class InstructionRecord(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One line of ``instructions.parquet``. ``price`` is the mean fill price; fields that do not apply are empty."""

    ts: int
    instruction_id: str
    venue: str
    symbol: str
    trade_type: str
    side: str
    amount: Decimal
    filled: Decimal
    price: Decimal | None
    fee: Decimal
    fee_asset: str
    status: str
    error_code: str
    purpose: str = ""


class RebalanceRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One rebalance, for the report's table. Money in the share-class currency."""

    ts: int
    purpose: str
    instructions: int
    turnover: Decimal
    cost: Decimal
    nav: Decimal


class EquityBlock(msgspec.Struct, frozen=True):
    """Rows ``start`` up to (not including) ``stop`` of every equity column (float64)."""

    start: int
    stop: int
    columns: dict[str, FloatArray]


class EquitySource(Protocol):
    """Equity, computed block by block from the anchor table: it never has to be in memory whole."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """``nav``, one column per bucket, ``margin_ratio.<venue>`` ..., ``health_factor`` (without ``ts``)."""

    def blocks(self, rows_per_block: int = 16_384) -> Iterator[EquityBlock]:
        """All rows in order; columns that never change may share one array of the block's length."""

    @property
    def largest_unexplained(self) -> float:
        """The largest difference between NAV and buckets over all rows produced so far."""

    @property
    def elapsed_s(self) -> float:
        """Seconds spent computing the blocks produced so far."""

    @property
    def last(self) -> dict[str, float]:
        """The last row produced, by column."""


class RunResult(msgspec.Struct, kw_only=True):
    """Everything about a finished run. Decimal amounts are exact and in the share-class currency.

    ``rebalances``: for the report, and empty in a run without one; ``rebalance_count`` counts them in any run.
    ``maintenance_rates``: per venue, maintenance margin as a fraction of the perpetual's notional, for the report's
    liquidation distance.
    """

    settings: RunSettings
    market: MarketColumns
    equity: EquitySource
    events: dict[str, list[Event]]
    instructions: list[InstructionRecord]
    rebalance_count: int
    rebalances: list[RebalanceRecord]
    initial_nav: Decimal
    final_nav: Decimal
    pnl: dict[str, Decimal]
    pnl_unexplained: Decimal
    max_abs_unexplained: Decimal
    net_flows: Decimal
    fees: Decimal
    gas: Decimal
    liquidations: int
    halted_at: int | None
    reconciliations: int
    reconciliation_failures: int
    elapsed_s: float
    assumptions: list[str]
    coverage: list[str]
    data_sha256: str
    synthetic: bool
    failed: bool = False
    failure: str = ""
    numeraires: dict[str, dict[str, Decimal]] = {}
    maintenance_rates: dict[str, Decimal] = {}

    def complete(self) -> None:
        """Take what is known once all equity has been computed. Called once, after the last block.

        The USD books are exact and stay as they are; a share class in ETH takes its figures from the last row of the
        equity columns, since a division by the reference spot is not exact.
        """
        equity = self.equity
        self.elapsed_s += equity.elapsed_s
        self.max_abs_unexplained = max(self.max_abs_unexplained, decimal_from_float(equity.largest_unexplained))
        if self.settings.currency == "ETH":
            self._count_in_ether(equity.last)

    def _count_in_ether(self, last: dict[str, float]) -> None:
        reference = self.market.reference
        assert reference is not None
        self.numeraires = {
            "USD": {
                "initial_nav": self.initial_nav,
                "final_nav": self.final_nav,
                "net_flows": self.net_flows,
                **self.pnl,
            }
        }
        self.initial_nav = divide_nearest(self.initial_nav, reference.decimal(0), WEI)
        self.final_nav = decimal_from_float(last["nav"])
        self.net_flows = decimal_from_float(last["flows"])
        self.pnl = {name: decimal_from_float(last[name]) for name in BUCKETS}
        self.fees, self.gas = -self.pnl["fees"], -self.pnl["gas"]
        self.pnl_unexplained = self.final_nav - self.initial_nav - self.net_flows - sum(self.pnl.values(), Decimal(0))
