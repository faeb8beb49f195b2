"""Aligned text."""

from __future__ import annotations

from collections.abc import Sequence


def table_lines(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """``rows`` under ``headers``, each column as wide as its widest cell; the last one is not padded."""
    widths = [max(len(row[column]) for row in (headers, *rows)) for column in range(len(headers))]
    rule = ["-" * width for width in widths]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (headers, rule, *rows)
    ]


def print_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print ``rows`` under ``headers``."""
    print("\n".join(table_lines(headers, rows)))
