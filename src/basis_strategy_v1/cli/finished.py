"""What is printed when a run has finished."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from basis_strategy_v1.cli.summary_text import Section, summary_sections

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap import FinishedRun


def show_finished(finished: FinishedRun, *, as_json: bool) -> int:
    """Print the summary of a run, or its ``summary.json`` alone, and return the exit code. Warnings go to stderr."""
    directory, summary = finished.directory, finished.summary
    if as_json:
        import json

        print(json.dumps(summary, indent=2, ensure_ascii=False, default=str))
    else:
        _show(summary_sections(summary, finished.rejections), directory, summary)
    for warning in finished.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if finished.exit_code:
        from basis_strategy_v1.cli.rejections import failure_line

        print(failure_line(directory, summary), file=sys.stderr)
    return finished.exit_code


def _show(sections: list[Section], directory: Path, summary: Mapping[str, Any]) -> None:
    report = directory / "report.html"
    places = [("result", str(directory))]
    if report.exists():
        places.append(("report", str(report)))
    sections = [*sections, Section("", places)]
    rows = aligned_rows(sections)
    if sys.stdout.isatty():
        _show_on_terminal(rows)
    else:
        print("\n".join(f"{label}  {value}".rstrip() for label, value in rows))
    if summary.get("synthetic"):
        print("Synthetic data: this result says nothing about a real market.")


def aligned_rows(sections: list[Section]) -> list[tuple[str, str]]:
    """``(label, value)`` of each line: labels as wide as the widest of all, amounts right-aligned in their section.

    A line without a value is a title, or empty between sections.
    """
    rows: list[tuple[str, str]] = []
    label_width = max(len(label) for section in sections for label, _ in section.rows)
    for section in sections:
        if rows:
            rows.append(("", ""))
        if section.title:
            rows.append((section.title, ""))
        value_width = max(len(value) for _, value in section.rows) if section.is_amounts else 0
        rows += [(f"{label:<{label_width}}", f"{value:>{value_width}}") for label, value in section.rows]
    return rows


def _show_on_terminal(rows: list[tuple[str, str]]) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(highlight=False)
    for label, value in rows:
        line = Text.assemble((label, "dim"), "  ", value) if value else Text(label, style="bold")
        console.print(line, soft_wrap=True)
