from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from basis_strategy_v1.core.engine.run_result import RunResult
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.report import write_report
from basis_strategy_v1.results.store import write_run

RATES = {"binance": Decimal("0.004"), "bybit": Decimal("0.005")}


class Page(HTMLParser):
    """What a page refers to, the amounts of its tables, and its embedded data."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.references: list[str] = []
        self.amounts: list[str] = []
        self.scripts: list[str] = []
        self.words = ""
        self._inside = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        for name, value in attrs:
            if name in ("src", "href", "srcset", "action"):
                self.references.append(value or "")
            if name == "data-value":
                self.amounts.append(value or "")
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words += data

    @property
    def figures(self) -> dict[str, dict[str, list[dict[str, object]]]]:
        figures: dict[str, dict[str, list[dict[str, object]]]] = json.loads(self.scripts[0])
        return figures


def write_settlements(directory: Path) -> None:
    logs = directory / "logs" / "events"
    logs.mkdir(parents=True)
    lines = [
        {"timestamp": f"2024-01-0{day}T08:00:00Z", "event_type": "funding_settled", "component": "Engine",
         "data": {"venue": venue, "amount": "1.5"}, "sequence": 1}
        for day in (1, 2, 3) for venue in ("binance", "bybit")
    ]  # fmt: skip
    lines.append({**lines[0], "event_type": "error", "data": {"message": '"funding_settled"'}})
    (logs / "engine_events.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def page_of(result: RunResult, out: Path, mode_config: str = "btc_basis") -> Page:
    run_dir = write_run(result, out, "run", {"mode": mode_config}, "c", write_settlements)
    return Page(write_report(run_dir, result).read_text())


def test_the_page_refers_to_nothing_outside_itself(result: RunResult, tmp_path: Path) -> None:
    page = page_of(result, tmp_path)
    assert page.references == ["data:,"]
    css = re.findall(r"<style>(.*?)</style>", (tmp_path / "run" / "report.html").read_text(), re.DOTALL)
    assert css
    assert not any("url(" in text or "@import" in text for text in css)


def test_the_page_has_every_chart_of_a_basis_run(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    page = page_of(result_of(maintenance_rates=RATES), tmp_path)
    assert list(page.figures) == ["nav", "pnl", "funding", "drawdown", "basis", "margin", "distance"]
    buckets = [trace["name"] for trace in page.figures["pnl"]["data"]]
    assert buckets == ["funding", "basis", "delta", "fees", "slippage"]


def test_the_table_of_profits_closes_and_equals_the_summary(
    result_of: Callable[..., RunResult], tmp_path: Path
) -> None:
    result = result_of(flow=25_000.0, pnl_unexplained=Decimal("0.0000000001"))
    result.final_nav += result.pnl_unexplained
    amounts = [Decimal(text) for text in page_of(result, tmp_path).amounts]
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    initial, *buckets, unexplained, change, flows, final = amounts
    assert buckets == [Decimal(text) for text in summary["pnl"].values() if Decimal(text)]
    assert (initial, final) == (Decimal(summary["initial_nav"]), Decimal(summary["final_nav"]))
    assert sum(buckets) + unexplained == change
    assert initial + change + flows == final
    assert flows == 25_000


def test_funding_is_added_up_by_venue_from_the_events(result: RunResult, tmp_path: Path) -> None:
    traces = page_of(result, tmp_path).figures["funding"]["data"]
    assert [(trace["name"], trace["y"]) for trace in traces] == [
        ("binance", [1.5, 3.0, 4.5]),
        ("bybit", [1.5, 3.0, 4.5]),
    ]


def test_the_liquidation_distance_is_the_rise_at_which_margin_runs_out(
    result_of: Callable[..., RunResult], tmp_path: Path
) -> None:
    figures = page_of(result_of(rows=50, maintenance_rates=RATES), tmp_path).figures
    ratios, distances = figures["margin"]["data"][0]["y"], figures["distance"]["data"][0]["y"]
    assert isinstance(ratios, list)
    assert isinstance(distances, list)
    for ratio, distance in zip(ratios, distances, strict=True):
        notional, rate, rise = 1000.0, 0.004, distance / 100
        balance = notional * rate / ratio
        assert balance - notional * rise == pytest.approx(rate * notional * (1 + rise), rel=1e-4)


def test_synthetic_data_failures_and_halts_are_announced(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    loud = page_of(result_of(failed=True, failure="REC-001: <b>", halted_at=1_704_067_200_000_000_000), tmp_path / "a")
    quiet = page_of(result_of(synthetic=False), tmp_path / "b")
    for words in ("Synthetic data.", "This run failed. REC-001: <b>", "halted at 2024-01-01 00:00 UTC"):
        assert words in loud.words
        assert words not in quiet.words


def test_the_sharpe_ratio_is_never_without_its_convention(result: RunResult, tmp_path: Path) -> None:
    words = page_of(result, tmp_path).words
    assert words.count("Sharpe") == 1
    assert "Sharpe ratio (daily UTC, 365 days, risk-free 0)" in words


def test_a_page_made_anew_keeps_what_only_the_old_page_knew(
    result_of: Callable[..., RunResult], tmp_path: Path
) -> None:
    result = result_of(maintenance_rates=RATES, numeraires={"USD": {"final_nav": Decimal(5), "gas": Decimal(0)}})
    first = page_of(result, tmp_path)
    assert "The same in USD" in first.words
    assert "Final NAV5.00" in re.sub(r"\s", "", first.words).replace("FinalNAV", "Final NAV")
    again = Page(write_report(tmp_path / "run").read_text())
    assert again.words == first.words
    assert again.figures == first.figures


def test_a_page_without_the_run_says_what_it_lacks(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    page = Page(write_report(run_dir).read_text())
    assert list(page.figures) == ["nav", "pnl", "drawdown", "margin"]
    for words in ("drawn from market prices", "drawn from the maintenance margin rates", "Purposes of rebalances:"):
        assert words in page.words
    assert page.words.count("This chart is missing.") == 3
    assert "Basis: missing, see the note among the charts" in page.words
    assert "2024-01-09 08:00" in page.words


def test_an_old_page_that_cannot_be_read_is_replaced(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    for text in ("", '<script type="application/json" id="report-extras">{"basis": 1}</script>'):
        (run_dir / "report.html").write_text(text)
        assert "drawn from market prices" in Page(write_report(run_dir).read_text()).words


def test_a_page_with_the_run_misses_no_chart(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    run_dir = write_run(result_of(maintenance_rates=RATES), tmp_path, "run", {}, "c", write_settlements)
    page = Page(write_report(run_dir, result_of(maintenance_rates=RATES)).read_text())
    assert "This chart is missing." not in page.words


def test_the_largest_unexplained_amount_is_short(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    result = result_of()
    result.max_abs_unexplained = Decimal("0.0000000000582076609134674072265625")
    assert "at any row: 5.82e-11 USDT" in page_of(result, tmp_path).words


def test_only_the_first_rebalances_of_many_are_listed(result_of: Callable[..., RunResult], tmp_path: Path) -> None:
    result = result_of(50)
    result.rebalances *= 600
    result.rebalance_count *= 600
    words = page_of(result, tmp_path).words
    assert "The first 500 of 600" in words


def test_a_settlement_that_cannot_be_read_is_dat_005(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", write_settlements)
    (run_dir / "logs" / "events" / "b_events.jsonl").write_text('{"event_type":"funding_settled"}\n')
    with pytest.raises(ComponentError) as caught:
        write_report(run_dir)
    assert caught.value.error_code == "DAT-005"


def test_a_page_that_cannot_be_written_is_res_001(result: RunResult, tmp_path: Path) -> None:
    run_dir = write_run(result, tmp_path, "run", {}, "c", None)
    (run_dir / "report.html").mkdir()
    with pytest.raises(ComponentError) as caught:
        write_report(run_dir)
    assert caught.value.error_code == "RES-001"
    assert not [path for path in run_dir.iterdir() if path.name.startswith(".")]


def test_a_directory_that_is_no_run_has_no_report(tmp_path: Path) -> None:
    with pytest.raises(ComponentError, match="not a finished run"):
        write_report(tmp_path)
    assert list(tmp_path.iterdir()) == []
