"""The charts of one run, from its files and what its page carries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from basis_strategy_v1.core.engine.run_result import BUCKETS
from basis_strategy_v1.results.charts import ACCENT, BUCKET_COLOURS, Chart, line_chart
from basis_strategy_v1.results.equity_file import TIME
from basis_strategy_v1.results.funding_events import cumulative_funding
from basis_strategy_v1.results.metrics import Metrics, MetricsCollector
from basis_strategy_v1.results.reader import equity_blocks, equity_columns, read_equity
from basis_strategy_v1.results.report_extras import ReportExtras
from basis_strategy_v1.results.thinning import Curve, thin

MARGIN_PREFIX = "margin_ratio."
HEALTH_FACTOR = "health_factor"
LOGARITHMIC = {"type": "log", "dtick": 1}
NO_EARLIER_PAGE = (
    "It was drawn from {what}, which only the report written with the run carries, and none of the run's files. That "
    "page was missing or could not be read when this one was made. Run again with the same inputs to have it back."
)


class MissingPart(msgspec.Struct, frozen=True):
    """What the page cannot show, and why; ``is_chart`` when its place is among the charts."""

    title: str
    reason: str
    is_chart: bool = True


def metrics_and_drawdown(run_dir: Path, initial_nav: float) -> tuple[Metrics, Curve]:
    """The key figures, and the drawdown in per cent, from one pass over the equity of the run."""
    collector = MetricsCollector(initial_nav)
    times, drawdowns = [], []
    for block in equity_blocks(run_dir, [TIME, "nav", *BUCKETS]):
        times.append(block[TIME])
        drawdowns.append(collector.add(block[TIME], block)[1])
    curve = thin("drawdown", np.concatenate(times), np.concatenate(drawdowns) * 100.0)
    return collector.metrics(), curve


def charts_of_run(
    run_dir: Path, currency: str, extras: ReportExtras, drawdown: Curve
) -> tuple[list[Chart], list[MissingPart]]:
    """The charts that the run has data for, and each part of the page that is missing."""
    equity = _EquityCurves(run_dir)
    charts = [
        line_chart("nav", "Net asset value", currency, [equity.curve("nav")], colours={"nav": ACCENT}),
        line_chart("pnl", "Cumulative P&L by bucket", currency, equity.buckets(), colours=BUCKET_COLOURS),
        _funding_chart(run_dir),
        line_chart("drawdown", "Drawdown", "% below the earlier high of the unit value", [drawdown],
                   colours={"drawdown": "#b8323a"}, fill=True, width=1),
        line_chart("basis", "Basis", "bps, perpetual mark over reference spot", extras.basis, width=1, opacity=0.8),
        *_margin_charts(equity, extras),
        line_chart("health", "Health factor", "collateral over debt, 1 = liquidation", equity.curves([HEALTH_FACTOR]),
                   colours={HEALTH_FACTOR: ACCENT}, levels={"liquidation": 1.0}),
    ]  # fmt: skip
    shown = [chart for chart in charts if chart is not None]
    return shown, _what_is_missing(run_dir, {chart.key for chart in shown}, equity, extras)


class _EquityCurves:
    """Reads one column after the other, so that a long run's equity is never in memory whole."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self.names = equity_columns(run_dir)
        self._times = read_equity(run_dir, [TIME])[TIME]

    def values(self, name: str) -> np.ndarray[Any, Any]:
        return read_equity(self._run_dir, [name])[name]

    def curve(self, name: str) -> Curve:
        return thin(name.removeprefix(MARGIN_PREFIX), self._times, self.values(name))

    def curves(self, names: list[str]) -> list[Curve]:
        return [self.curve(name) for name in names if name in self.names]

    def buckets(self) -> list[Curve]:
        """The buckets in which anything happened."""
        return [self.curve(bucket) for bucket in BUCKETS if self.values(bucket).any()]

    def margin_ratios(self) -> list[Curve]:
        """By venue; rows without a position (ratio 0) are left out, which a logarithmic axis could not show."""
        curves = []
        for name in self.names:
            if name.startswith(MARGIN_PREFIX):
                values = self.values(name)
                curves.append(thin(name.removeprefix(MARGIN_PREFIX), self._times, np.where(values > 0, values, np.nan)))
        return [curve for curve in curves if curve.x]


def _funding_chart(run_dir: Path) -> Chart | None:
    curves = cumulative_funding(run_dir / "logs" / "events")
    return line_chart("funding", "Funding received, cumulative", "quote currency", curves, step=True)


def _margin_charts(equity: _EquityCurves, extras: ReportExtras) -> list[Chart | None]:
    ratios = equity.margin_ratios()
    rates = {venue: float(rate) for venue, rate in extras.maintenance_rates.items()}
    distances = [_distance(curve, rates[curve.name]) for curve in ratios if rates.get(curve.name)]
    stated = ", ".join(f"{venue} {rate * 100:g} %" for venue, rate in rates.items())
    note = f"How far the mark may rise before a short is liquidated, at the maintenance margin rate of {stated}."
    return [
        line_chart("margin", "Margin ratio", "maintenance margin over margin balance, logarithmic", ratios,
                   y_axis=LOGARITHMIC, levels={"1 = liquidation": 1.0}),
        line_chart("distance", "Liquidation distance", "% rise of the mark", distances, note=note,
                   y_axis={"rangemode": "tozero"}),
    ]  # fmt: skip


def _distance(ratio: Curve, rate: float) -> Curve:
    """The rise x of the mark that liquidates a short with maintenance margin rate m and margin ratio r.

    Balance and requirement meet where B - N x = m N (1 + x) with m N = r B, so x = (1 / r - 1) m / (1 + m).
    """
    factor = rate / (1.0 + rate) * 100.0
    return Curve(ratio.name, ratio.x, [float(f"{(1.0 / value - 1.0) * factor:.6g}") for value in ratio.y])


def _what_is_missing(run_dir: Path, shown: set[str], equity: _EquityCurves, extras: ReportExtras) -> list[MissingPart]:
    missing = []
    has_perpetuals = bool(equity.margin_ratios())
    if has_perpetuals and "basis" not in shown:
        missing.append(MissingPart("Basis", NO_EARLIER_PAGE.format(what="market prices")))
    if has_perpetuals and "distance" not in shown:
        rates = "the maintenance margin rates of the venues"
        missing.append(MissingPart("Liquidation distance", NO_EARLIER_PAGE.format(what=rates)))
    if "funding" not in shown and equity.values("funding").any():
        missing.append(MissingPart("Funding by venue", f"{run_dir.name}/logs/events holds no settlements."))
    if not extras.rebalances:
        reason = "The table groups the instructions of each time instead."
        missing.append(MissingPart("Purposes of rebalances", reason, is_chart=False))
    return missing
