"""A finished run of two venues with plausible figures, made without the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.core.domain.market import (
    Column,
    FloatArray,
    Instrument,
    InstrumentColumns,
    IntArray,
    MarketColumns,
)
from basis_strategy_v1.core.domain.settings import RunSettings, StrategySettings
from basis_strategy_v1.core.engine.run_result import (
    BUCKETS,
    EquityBlock,
    InstructionRecord,
    RebalanceRecord,
    RunResult,
)

HOUR = 3_600_000_000_000
START = 1_704_067_200_000_000_000  # 2024-01-01T00:00:00Z
VENUES = ("binance", "bybit")


class ArrayEquity:
    """An equity source over arrays that are in memory."""

    def __init__(self, columns: dict[str, FloatArray]) -> None:
        self.columns = columns

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(self.columns)

    @property
    def largest_unexplained(self) -> float:
        return 0.0

    @property
    def elapsed_s(self) -> float:
        return 0.0

    @property
    def last(self) -> dict[str, float]:
        return {name: float(values[-1]) for name, values in self.columns.items()}

    def blocks(self, rows_per_block: int = 131_072) -> Iterator[EquityBlock]:
        rows = len(self.columns["nav"])
        for start in range(0, rows, rows_per_block):
            stop = min(start + rows_per_block, rows)
            yield EquityBlock(start, stop, {name: values[start:stop] for name, values in self.columns.items()})


def _perp(venue: str, prices: FloatArray) -> InstrumentColumns:
    cent = Decimal("0.01")
    instrument = Instrument(
        venue=venue, symbol="BTCUSDT", trade_type="perp", base="BTC", quote="USDT",
        tick=cent, step=Decimal("0.001"), min_quantity=Decimal("0.001"), min_notional=Decimal(5),
    )  # fmt: skip
    return InstrumentColumns(instrument, Column(f"perp.{venue}.BTCUSDT", prices))


def _market(rows: int, random: np.random.Generator) -> MarketColumns:
    timestamps = START + HOUR * np.arange(rows, dtype=np.int64)
    spot = np.round(42_000 * np.exp(np.cumsum(random.normal(0, 0.006, rows))), 2)
    perps = {
        (venue, "BTCUSDT"): _perp(venue, np.round(spot * (1 + random.normal(4e-4, 3e-4, rows)), 2)) for venue in VENUES
    }
    return MarketColumns(timestamps, Column("spot.binance.BTCUSDT", spot), {}, perps)


def _equity(rows: int, random: np.random.Generator, flow: float) -> dict[str, FloatArray]:
    zero = np.zeros(rows)
    buckets = dict.fromkeys(BUCKETS, zero)
    buckets["funding"] = np.cumsum(np.where(np.arange(rows) % 8 == 0, random.normal(9, 12, rows), 0.0))
    buckets["basis"] = np.concatenate([[0.0], random.normal(0, 14, rows - 1)])
    buckets["delta"] = np.cumsum(random.normal(0, 1.2, rows))
    buckets["fees"] = -90 - np.cumsum(np.where(np.arange(rows) % 200 == 0, 3.0, 0.0))
    buckets["slippage"] = buckets["fees"] * 0.4
    flows = np.where(np.arange(rows) >= rows // 2, flow, 0.0)
    nav = 100_000 + flows + sum(buckets.values())
    margins = {f"margin_ratio.{venue}": 0.004 + 0.003 * np.abs(np.sin(np.arange(rows) / 300 + i))
               for i, venue in enumerate(VENUES)}  # fmt: skip
    return {"nav": nav, **buckets, **margins, "health_factor": np.full(rows, np.nan)}


def instruction(ts: int, number: int, side: str, trade_type: str, status: str = "done") -> InstructionRecord:
    return InstructionRecord(
        ts=ts, instruction_id=f"{number:032x}", venue=VENUES[number % 2], symbol="BTCUSDT", trade_type=trade_type,
        side=side, amount=Decimal("0.125"), filled=Decimal("0.125"), price=Decimal("42000.1"),
        fee=Decimal("2.6250062500"), fee_asset="USDT", status=status, error_code="", purpose="rebalance",
    )  # fmt: skip


def _trades(timestamps: IntArray) -> tuple[list[InstructionRecord], list[RebalanceRecord]]:
    instructions: list[InstructionRecord] = []
    rebalances: list[RebalanceRecord] = []
    for number, ts in enumerate(timestamps[::200].tolist()):
        instructions += [instruction(ts, 2 * number, "buy", "spot"), instruction(ts, 2 * number + 1, "sell", "perp")]
        rebalances.append(
            RebalanceRecord(
                ts=ts,
                purpose="rebalance" if number else "entry_full",
                instructions=2,
                turnover=Decimal("10500.03"),
                cost=Decimal("5.25"),
                nav=Decimal("100123.456789"),
            )
        )
    return instructions, rebalances


def make_result(rows: int = 2_000, flow: float = 0.0, **changes: object) -> RunResult:
    """A run of ``rows`` hours; half-way ``flow`` USDT arrive. ``changes`` replace fields of the result."""
    random = np.random.default_rng(7)
    market = _market(rows, random)
    columns = _equity(rows, random, flow)
    pnl = {bucket: Decimal(repr(float(columns[bucket][-1]))) for bucket in BUCKETS}
    instructions, rebalances = _trades(market.timestamps)
    settings = RunSettings(
        mode="btc_basis", share_class="usdt_stable", currency="USDT", asset="BTC", initial_capital=Decimal(100_000),
        initial_location={"binance": Decimal(1)}, venues=VENUES, strategy=StrategySettings(),
    )  # fmt: skip
    fields: dict[str, object] = {
        "settings": settings, "market": market, "equity": ArrayEquity(columns), "events": {},
        "instructions": instructions, "rebalances": rebalances,
        "rebalance_count": len(rebalances), "initial_nav": Decimal(100_000),
        "final_nav": Decimal(100_000) + Decimal(repr(flow)) + sum(pnl.values()), "pnl": pnl,
        "pnl_unexplained": Decimal(0), "max_abs_unexplained": Decimal("1.2E-11"), "net_flows": Decimal(repr(flow)),
        "fees": -pnl["fees"], "gas": Decimal(0), "liquidations": 0, "halted_at": None, "reconciliations": 20,
        "reconciliation_failures": 0, "elapsed_s": 0.05, "assumptions": ["USDC/USDT is taken as 1: no such column"],
        "coverage": ["spot.binance.BTCUSDT: 2,000 of 2,000 rows"], "data_sha256": "d" * 64, "synthetic": True,
    }  # fmt: skip
    return RunResult(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def result_of() -> Callable[..., RunResult]:
    """``make_result``, for tests that need a run of their own shape."""
    return make_result


@pytest.fixture
def result() -> RunResult:
    return make_result()
