"""The figures of a summary, as labels and texts."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from basis_strategy_v1.core.domain.timestamps import to_nanoseconds

CURRENCIES = {"usdt_stable": "USDT", "eth_directional": "ETH"}
PLACES = {"USDT": 2, "ETH": 6}
NANOSECONDS_PER_DAY = 86_400_000_000_000
LEAST_DAYS_TO_ANNUALISE = 30


class Section(msgspec.Struct, frozen=True):
    """Rows of ``(label, value)`` under a title; ``is_amounts`` when the values are to be compared."""

    title: str
    rows: list[tuple[str, str]]
    is_amounts: bool = False


def summary_sections(summary: Mapping[str, Any], rejections: Mapping[str, int]) -> list[Section]:
    """The sections shown after a run whose ``summary.json`` is ``summary``.

    ``rejections``: rejected instructions by error code, the most frequent first.
    """
    currency = CURRENCIES.get(str(summary["share_class"]), str(summary["share_class"]))
    return [
        Section("", [*_heading(summary), *_value(summary, currency)]),
        Section(f"P&L by bucket ({currency})", _profit_and_loss(summary, currency), is_amounts=True),
        Section("", _work(summary, currency, rejections)),
    ]


def _heading(summary: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = f"{summary['rows']:,} rows"
    return [
        ("mode", f"{summary['mode']} ({summary['share_class']})"),
        ("span", f"{summary['start']} to {summary['end']}, {rows}, {_days(summary):,.1f} days"),
    ]


def _value(summary: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    initial, final = Decimal(summary["initial_nav"]), Decimal(summary["final_nav"])
    rows = [("NAV", f"{_money(initial, currency)} -> {_money(final, currency)} {currency}")]
    total = _total(summary)
    if initial > 0:
        fraction = float(total) / float(initial)
        rows.append(("return", f"{fraction:+.4%} (P&L / initial NAV)"))
        rows.append(("annualised", _annualised(fraction, _days(summary))))
    return rows


def _annualised(fraction: float, days: float) -> str:
    if days < LEAST_DAYS_TO_ANNUALISE:
        return f"not shown: under {LEAST_DAYS_TO_ANNUALISE} days"
    if fraction <= -1:
        return "-100% (all capital lost)"
    return f"{(1 + fraction) ** (365 / days) - 1:+.2%} a year (compounded over 365 days)"


def _profit_and_loss(summary: Mapping[str, Any], currency: str) -> list[tuple[str, str]]:
    amounts = {bucket: Decimal(amount) for bucket, amount in summary["pnl"].items()}
    rows = [(bucket, _money(amount, currency)) for bucket, amount in amounts.items() if amount]
    return [*rows, ("total", _money(_total(summary), currency))]


def _total(summary: Mapping[str, Any]) -> Decimal:
    parts = [Decimal(amount) for amount in summary["pnl"].values()]
    return sum(parts, Decimal(summary.get("pnl_unexplained", 0)))


def _work(summary: Mapping[str, Any], currency: str, rejections: Mapping[str, int]) -> list[tuple[str, str]]:
    failures = int(summary["reconciliation_failures"])
    rows = [("instructions", f"{summary['instructions']:,} in {summary['rebalances']:,} rebalances")]
    if rejections:
        rows.append(("rejected", f"{sum(rejections.values()):,} ({next(iter(rejections))})"))
    rows += [
        ("reconciliations", f"{summary['reconciliations']:,}, {failures:,} failed"),
        ("max unexplained", f"{float(summary['max_abs_unexplained']):.3g} {currency}"),
        ("liquidations", f"{summary['liquidations']:,}"),
    ]
    if summary.get("halted_at"):
        rows.append(("halted", str(summary["halted_at"])))
    if summary.get("elapsed_s") is not None:
        speed = f", {float(summary['rows_per_s']):,.0f} rows/s" if summary.get("rows_per_s") else ""
        rows.append(("time", f"{float(summary['elapsed_s']):.3f} s{speed}"))
    return rows


def _days(summary: Mapping[str, Any]) -> float:
    return (to_nanoseconds(summary["end"]) - to_nanoseconds(summary["start"])) / NANOSECONDS_PER_DAY


def _money(amount: Decimal, currency: str) -> str:
    return f"{amount:,.{PLACES.get(currency, 2)}f}"
