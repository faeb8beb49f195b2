"""``report.html``: one page about one run that opens without a network."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import msgspec

from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.formatting import minute, short
from basis_strategy_v1.results.reader import read_summary, require_file
from basis_strategy_v1.results.report_extras import ELEMENT, ReportExtras, extras_of_page, extras_of_result
from basis_strategy_v1.results.report_tables import (
    currency_of,
    key_figures,
    numeraire_table,
    pnl_table,
    rebalance_table,
)
from basis_strategy_v1.results.run_charts import charts_of_run, metrics_and_drawdown

COMPONENT = "Report"
NAME = "report.html"
ASSETS = ("btc", "eth", "usdt")


def write_report(run_dir: Path, result: RunResult | None = None, run_name: str | None = None) -> Path:
    """Write ``report.html`` into a run's directory and return its path.

    The page is made from the run's files. What is in none of them (market prices, purposes of rebalances, coverage)
    comes from ``result`` right after a run; without it from the page that is replaced; else the page names what it
    lacks. ``run_name`` is the name on the page; the directory's own when omitted.

    Raises:
        ComponentError: DAT-001 when ``run_dir`` is not a finished run, RES-001 when the page cannot be written.
    """
    page = run_dir / NAME
    context = _context(run_dir, _extras(page, result), run_name or run_dir.resolve().name)
    text = _environment().get_template("report.html.j2").render(context)
    partial = run_dir / f".{NAME}.partial-{os.getpid()}"
    try:
        partial.write_text(text, encoding="utf-8")
        partial.rename(page)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ComponentError("RES-001", f"{page} cannot be written: {reason}", COMPONENT, None, error) from error
    finally:
        partial.unlink(missing_ok=True)
    return page


def _extras(page: Path, result: RunResult | None) -> ReportExtras:
    if result is not None:
        return extras_of_result(result)
    return extras_of_page(page) or ReportExtras()


def _context(run_dir: Path, extras: ReportExtras, run_name: str) -> dict[str, Any]:
    summary = read_summary(run_dir)
    currency = currency_of(summary)
    metrics, drawdown = metrics_and_drawdown(run_dir, float(summary["initial_nav"]))
    charts, missing = charts_of_run(run_dir, currency, extras, drawdown)
    rebalances, rebalance_count = rebalance_table(run_dir, extras, currency)
    currencies, numeraires = numeraire_table(extras)
    return {
        "summary": summary,
        "run_name": run_name,
        "currency": currency,
        "title": _title(summary["mode"]),
        "start": minute(summary["start"]),
        "end": minute(summary["end"]),
        "halted_at": minute(summary["halted_at"]) if summary["halted_at"] else "",
        "figures": key_figures(summary, metrics),
        "charts": charts,
        "missing": missing,
        "pnl": pnl_table(summary),
        "max_unexplained": short(summary["max_abs_unexplained"]),
        "currencies": currencies,
        "numeraires": numeraires,
        "rebalances": rebalances,
        "rebalance_count": rebalance_count,
        "has_purposes": bool(extras.rebalances),
        "coverage": extras.coverage,
        "config": require_file(run_dir, "config.yaml").read_text(encoding="utf-8"),
        "charts_json": _embeddable(json.dumps({chart.key: chart.figure for chart in charts})),
        "extras_json": _embeddable(msgspec.json.encode(extras).decode()),
        "extras_id": ELEMENT,
        "plotly_js": _plotly(),
    }


def _title(mode: str) -> str:
    """``btc_basis`` -> ``BTC basis``."""
    words = [word.upper() if word in ASSETS else word for word in mode.split("_")]
    text = " ".join(words)
    return text[:1].upper() + text[1:]


def _environment() -> Any:
    import jinja2

    folder = Path(__file__).parent / "templates"
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )


def _embeddable(text: str) -> str:
    """JSON as it may stand inside a script element: nothing in it can end the element."""
    return text.replace("<", "\\u003c")


def _plotly() -> str:
    from plotly.offline import get_plotlyjs

    return str(get_plotlyjs())
