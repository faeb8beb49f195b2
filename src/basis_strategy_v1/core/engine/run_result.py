"""What a finished run hands to the results package."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.domain.market import FloatArray, MarketColumns
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.monitors.pnl_monitor import BUCKETS as BUCKETS


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

    def blocks(self, rows_per_block: int = 131_072) -> Iterator[EquityBlock]:
        """All rows in order; columns that never change may share one array of the block's length."""


class RunResult(msgspec.Struct, kw_only=True):
    """Everything about a finished run. Decimal amounts are exact and in the share-class currency."""

    settings: RunSettings
    market: MarketColumns
    equity: EquitySource
    events: dict[str, list[Event]]
    instructions: list[InstructionRecord]
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
