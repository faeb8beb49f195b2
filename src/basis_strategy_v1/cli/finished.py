"""What is printed when a run has finished."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from basis_strategy_v1.cli.summary_text import Section, summary_sections


def show_finished(directory: Path, summary: Mapping[str, Any], exit_code: int, *, as_json: bool) -> int:
    """Print the summary of a run, or its ``summary.json`` alone, and return the exit code."""
    if as_json:
        import json

        print(json.dumps(summary, indent=2, ensure_ascii=False, default=str))
    else:
        _show(summary_sections(summary), directory, summary)
    failure = str(summary.get("failure") or "")
    if exit_code and failure:
        print(" ".join(failure.split()), file=sys.stderr)
    return exit_code


def _show(sections: list[Section], directory: Path, summary: Mapping[str, Any]) -> None:
    report = directory / "report.html"
    places = [("result", str(directory))]
    if report.exists():
        places.append(("report", str(report)))
    sections = [*sections, Section("", places)]
    if sys.stdout.isatty():
        _show_on_terminal(sections)
    else:
        print("\n".join(plain_lines(sections)))
    if summary.get("synthetic"):
        print("Synthetic data: this result says nothing about a real market.")


def plain_lines(sections: list[Section]) -> list[str]:
    """Aligned text: labels left; in a section of amounts the values are right-aligned."""
    lines: list[str] = []
    label_width = max(len(label) for section in sections for label, _ in section.rows)
    for section in sections:
        if lines:
            lines.append("")
        if section.title:
            lines.append(section.title)
        value_width = max(len(value) for _, value in section.rows) if section.is_amounts else 0
        lines += [f"{label:<{label_width}}  {value:>{value_width}}".rstrip() for label, value in section.rows]
    return lines


def _show_on_terminal(sections: list[Section]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    for section in sections:
        table = Table(box=None, show_header=False, pad_edge=False, title=section.title or None, title_justify="left")
        table.add_column(style="dim", no_wrap=True)
        table.add_column(justify="right" if section.is_amounts else "left", overflow="fold")
        for label, value in section.rows:
            table.add_row(Text(label), Text(value))
        console.print(table)
        console.print()
