"""Funding as the event log tells it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np

from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.results.thinning import Curve, thin

EVENT_TYPE = "funding_settled"
_MARK = f'"{EVENT_TYPE}"'.encode()


class _Settlement(msgspec.Struct, frozen=True):
    venue: str
    amount: Decimal


class _Line(msgspec.Struct, frozen=True):
    timestamp: str
    event_type: str
    data: _Settlement


def cumulative_funding(events: Path) -> list[Curve]:
    """Funding received so far by venue, from the event files in ``events``; by name of venue.

    Raises:
        ComponentError: DAT-005 when a settlement cannot be read.
    """
    settled: dict[str, list[tuple[int, Decimal]]] = {}
    for path in sorted(events.glob("*_events*.jsonl")):
        for line in _lines_of(path):
            payment = (to_nanoseconds(line.timestamp), line.data.amount)
            settled.setdefault(line.data.venue, []).append(payment)
    return [_curve(venue, sorted(settled[venue])) for venue in sorted(settled)]


def _lines_of(path: Path) -> list[_Line]:
    with path.open("rb") as file:
        lines = b"".join(line for line in file if _MARK in line)
    try:
        return [line for line in msgspec.json.Decoder(_Line).decode_lines(lines) if line.event_type == EVENT_TYPE]
    except msgspec.DecodeError as error:
        raise ComponentError("DAT-005", f"{path}: a settlement of funding cannot be read ({error})") from error


def _curve(venue: str, payments: list[tuple[int, Decimal]]) -> Curve:
    times = np.array([time for time, _ in payments], dtype=np.int64)
    amounts = np.array([float(amount) for _, amount in payments])
    return thin(venue, times, np.cumsum(amounts))
