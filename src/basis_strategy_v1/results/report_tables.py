"""Tables of the report: key figures, P&L, rebalances."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.core.engine.run_result import BUCKETS
from basis_strategy_v1.results.formatting import day, minute, money, percent, ratio
from basis_strategy_v1.results.metrics import CONVENTIONS, MINIMUM_DAYS, Metrics
from basis_strategy_v1.results.reader import require_file, unreadable
from basis_strategy_v1.results.report_extras import MOST_REBALANCES, ReportExtras
from basis_strategy_v1.results.summary import decimal_text

ZERO = Decimal(0)


class Figure(msgspec.Struct, frozen=True):
    """A key figure: what it is, its value, and how it is meant."""

    label: str
    value: str
    note: str = ""


class Amount(msgspec.Struct, frozen=True):
    """A line of the P&L table; ``exact`` is the amount as the summary has it."""

    label: str
    text: str
    exact: str
    is_total: bool = False


class Rebalance(msgspec.Struct, frozen=True):
    """A line of the table of rebalances, as text."""

    time: str
    purpose: str
    instructions: int
    turnover: str
    cost: str
    nav: str


def currency_of(summary: dict[str, Any]) -> str:
    """The unit of the summary's amounts."""
    return "ETH" if str(summary["share_class"]).startswith("eth") else "USDT"


def key_figures(summary: dict[str, Any], metrics: Metrics) -> list[Figure]:
    """The figures at the top of the page, each with its convention."""
    currency = currency_of(summary)
    too_short = f"Needs {MINIMUM_DAYS} days"
    sharpe = metrics.sharpe_ratio_daily_utc_365_zero_risk_free
    fall = f"{day(metrics.drawdown_peak)} to {day(metrics.drawdown_trough)}; on every row"
    return [
        Figure("Final NAV", f"{money(summary['final_nav'], currency)} {currency}",
               f"From {money(summary['initial_nav'], currency)}"),
        Figure("Total return", percent(metrics.total_return), CONVENTIONS["total_return"]),
        Figure("Annualised return", percent(metrics.annualised_return),
               too_short if metrics.annualised_return is None else CONVENTIONS["annualised_return"]),
        Figure("Maximum drawdown", percent(metrics.max_drawdown), fall if metrics.max_drawdown else "None"),
        Figure("Volatility a year", percent(metrics.volatility),
               too_short if metrics.volatility is None else CONVENTIONS["volatility"]),
        Figure("Sharpe ratio (daily UTC, 365 days, risk-free 0)", ratio(sharpe),
               too_short if sharpe is None else f"From {metrics.daily_returns} daily returns"),
        Figure("Funding", f"{money(summary['pnl']['funding'], currency)} {currency}", "Received less paid"),
        Figure("Fees and gas", f"{money(Decimal(summary['fees']) + Decimal(summary['gas']), currency)} {currency}",
               "Slippage is a bucket of its own"),
        Figure("Instructions", f"{summary['instructions']:,}", f"{summary['rebalances']:,} rebalances"),
        Figure("Reconciliations", f"{summary['reconciliations']:,}",
               f"{summary['reconciliation_failures']:,} failed; {summary['liquidations']:,} liquidations"),
    ]  # fmt: skip


def pnl_table(summary: dict[str, Any]) -> list[Amount]:
    """From initial to final NAV: the buckets, what they leave unexplained, and net flows close the difference."""
    currency = currency_of(summary)
    pnl = {bucket: Decimal(summary["pnl"][bucket]) for bucket in BUCKETS}
    unexplained = Decimal(summary["pnl_unexplained"])
    initial, final = Decimal(summary["initial_nav"]), Decimal(summary["final_nav"])
    total = sum(pnl.values(), unexplained)
    lines = [("Initial NAV", initial, True)]
    lines += [(bucket.capitalize(), amount, False) for bucket, amount in pnl.items() if amount]
    lines += [
        ("Unexplained", unexplained, False),
        ("Change of NAV net of flows", total, True),
        ("Net flows", final - initial - total, False),
        ("Final NAV", final, True),
    ]
    return [Amount(label, money(value, currency), decimal_text(value), is_total) for label, value, is_total in lines]


def numeraire_table(extras: ReportExtras) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """The run's other currencies, and per bucket the amount in each of them; empty when there are none."""
    currencies = list(extras.numeraires)
    names = list(dict.fromkeys(name for amounts in extras.numeraires.values() for name in amounts))
    rows = []
    for name in names:
        amounts = [extras.numeraires[unit].get(name, ZERO) for unit in currencies]
        if any(amounts):
            texts = [money(amount, unit) for amount, unit in zip(amounts, currencies, strict=True)]
            rows.append((name.replace("_", " ").capitalize().replace(" nav", " NAV"), texts))
    return currencies, rows


def rebalance_table(run_dir: Path, extras: ReportExtras, currency: str) -> tuple[list[Rebalance], int]:
    """The first ``MOST_REBALANCES`` rebalances and the number of all.

    Without the records of the run, every time at which instructions were executed counts as one.

    Raises:
        ComponentError: DAT-001 when the instructions are needed and cannot be read.
    """
    if extras.rebalances:
        rows = [
            Rebalance(minute(r.ts), r.purpose, r.instructions, money(r.turnover, currency), money(r.cost, currency),
                      money(r.nav, currency))
            for r in extras.rebalances
        ]  # fmt: skip
        return rows, extras.rebalance_count
    groups = _instructions_by_time(run_dir)
    rows = [
        Rebalance(minute(time), "", count, money(turnover, "USDT"), money(fees, "USDT"), "")
        for time, (count, turnover, fees) in list(groups.items())[:MOST_REBALANCES]
    ]
    return rows, len(groups)


def _instructions_by_time(run_dir: Path) -> dict[int, tuple[int, Decimal, Decimal]]:
    """Number of instructions, turnover and fees, both at the fill prices, by time (ns)."""
    import pyarrow.parquet as pq

    path = require_file(run_dir, "instructions.parquet")
    try:
        table = pq.read_table(path, columns=["ts", "symbol", "filled", "price", "fee", "fee_asset"])
    except (OSError, ValueError, KeyError) as error:
        raise unreadable(path, error) from error
    groups: dict[int, tuple[int, Decimal, Decimal]] = {}
    times = table["ts"].cast("int64").to_pylist()
    names = ("symbol", "filled", "price", "fee", "fee_asset")
    for time, *fields in zip(times, *(table[name].to_pylist() for name in names), strict=True):
        turnover, fee = _turnover_and_fee(*fields)
        count, total, fees = groups.get(time, (0, ZERO, ZERO))
        groups[time] = (count + 1, total + turnover, fees + fee)
    return groups


def _turnover_and_fee(
    symbol: str, filled: Decimal | None, price: Decimal | None, fee: Decimal | None, fee_asset: str
) -> tuple[Decimal, Decimal]:
    """In quote currency; a fee in the base currency is taken at the fill price, one in a third is left out."""
    if not price or filled is None:
        return ZERO, ZERO
    in_base = bool(fee_asset) and symbol.startswith(fee_asset)
    in_quote = bool(fee_asset) and symbol.endswith(fee_asset)
    paid = fee or ZERO
    return filled * price, paid * price if in_base else paid if in_quote else ZERO
