"""``summary.json``: the figures of a run, in a fixed order, exact amounts as text."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.core.engine.run_result import BUCKETS, RunResult

FIELDS = (
    "mode",
    "start",
    "end",
    "rows",
    "share_class",
    "initial_nav",
    "final_nav",
    "pnl",
    "pnl_unexplained",
    "max_abs_unexplained",
    "instructions",
    "rebalances",
    "fees",
    "gas",
    "liquidations",
    "halted_at",
    "reconciliations",
    "reconciliation_failures",
    "elapsed_s",
    "rows_per_s",
    "data_sha256",
    "config_sha256",
    "synthetic",
    "assumptions",
)
"""The fields of every summary, in order. A failed run has two more at its end: ``failed`` and ``failure``."""


def decimal_text(value: Decimal) -> str:
    """``value`` exactly, without exponent, trailing zeros or a negative zero."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def build_summary(result: RunResult, config_sha256: str) -> dict[str, Any]:
    """The summary of ``result``. Money in the share-class currency; times in ISO 8601, UTC."""
    rows = len(result.market)
    summary: dict[str, Any] = {
        "mode": result.settings.mode,
        "start": to_iso(result.market.time(0)),
        "end": to_iso(result.market.time(rows - 1)),
        "rows": rows,
        "share_class": result.settings.share_class,
        "initial_nav": decimal_text(result.initial_nav),
        "final_nav": decimal_text(result.final_nav),
        "pnl": {bucket: decimal_text(result.pnl.get(bucket, Decimal(0))) for bucket in BUCKETS},
        "pnl_unexplained": decimal_text(result.pnl_unexplained),
        "max_abs_unexplained": decimal_text(result.max_abs_unexplained),
        "instructions": len(result.instructions),
        "rebalances": result.rebalance_count,
        "fees": decimal_text(result.fees),
        "gas": decimal_text(result.gas),
        "liquidations": result.liquidations,
        "halted_at": None if result.halted_at is None else to_iso(result.halted_at),
        "reconciliations": result.reconciliations,
        "reconciliation_failures": result.reconciliation_failures,
        "elapsed_s": round(result.elapsed_s, 6),
        "rows_per_s": round(rows / result.elapsed_s) if result.elapsed_s > 0 else None,
        "data_sha256": result.data_sha256,
        "config_sha256": config_sha256,
        "synthetic": result.synthetic,
        "assumptions": list(result.assumptions),
    }
    if result.failed:
        summary["failed"] = True
        summary["failure"] = result.failure
    return summary


def encode_summary(summary: dict[str, Any]) -> str:
    """The text of ``summary.json``."""
    return json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
