"""The event log: one JSONL file per component, one CSV of them all."""

from __future__ import annotations

from basis_strategy_v1.core.event_logger.csv_export import export_csv_from_jsonl, write_events_csv
from basis_strategy_v1.core.event_logger.encoding import encode_events
from basis_strategy_v1.core.event_logger.event_logger import EventLogger
from basis_strategy_v1.core.event_logger.event_types import EVENT_TYPES

__all__ = ["EVENT_TYPES", "EventLogger", "encode_events", "export_csv_from_jsonl", "write_events_csv"]
