"""Why a run that has a result did not end well."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REFUSED = frozenset({"instruction_rejected", "instruction_unknown"})


def failure_line(directory: Path, summary: Mapping[str, Any]) -> str:
    """One line: what the summary says failed, else the first instruction that was refused or is in doubt."""
    failure = str(summary.get("failure") or "") or _first_refusal(directory / "events.csv")
    line = failure or f"EXI-001: the run did not end well. What happened is in {directory}."
    return " ".join(line.split())


def _first_refusal(path: Path) -> str:
    if not path.is_file():
        return ""
    with path.open(encoding="utf-8", newline="") as file:
        refused = [row for row in csv.DictReader(file) if row.get("event_type") in REFUSED]
    if not refused:
        return ""
    first = refused[0]
    data = json.loads(first["data"])
    more = f", the first of {len(refused)}" if len(refused) > 1 else ""
    return _line(data.get("error_code") or "EXI-001", data.get("reason") or "an instruction failed", first, more)


def _line(code: str, reason: str, row: Mapping[str, str], more: str) -> str:
    from basis_strategy_v1.core.error_codes.error_code_registry import entry_for

    return f"{code}: {reason} (at {row['timestamp']}{more}; the result is kept). {entry_for(code).resolution}"
