"""Every key with its default, range and meaning, for people."""

from __future__ import annotations

from typing import Any

import msgspec
import yaml

from basis_strategy_v1.config.loader import default_config
from basis_strategy_v1.config.models import RunConfig
from basis_strategy_v1.config.packaged import venue_document
from basis_strategy_v1.config.sections import Entry, leaf_entries
from basis_strategy_v1.config.venue_models import VenueSettings


class KeyDescription(msgspec.Struct, frozen=True):
    """One configuration key, as text."""

    key: str
    default: str
    allowed: str
    meaning: str


def describe_defaults(mode: str) -> list[KeyDescription]:
    """Every key of ``mode`` in the order of the configuration; the venues are those its defaults use.

    Raises:
        ComponentError: CFG-001 for an unknown mode.
    """
    document = default_config(mode).document
    rows: list[KeyDescription] = []
    for key, entry in leaf_entries(RunConfig):
        if key == "venue_settings":
            for venue in document["venue_settings"]:
                rows += _venue_rows(venue, document["venue_settings"][venue])
        else:
            rows.append(_row(key, entry, "" if "[]" in key else _text(_value_at(document, key))))
    return rows


def _venue_rows(venue: str, values: dict[str, Any]) -> list[KeyDescription]:
    tiers = venue_document(venue).get("fee_tiers", {})
    rows = []
    for key, entry in leaf_entries(VenueSettings):
        if key == "family" or (not tiers and key.startswith("fee")):
            continue
        row = _row(f"venue_settings.{venue}.{key}", entry, _text(_value_at(values, key)))
        rows.append(msgspec.structs.replace(row, allowed=" or ".join(tiers)) if key == "fee_tier" else row)
    return rows


def _row(key: str, entry: Entry, default: str) -> KeyDescription:
    return KeyDescription(key, default, entry.allowed, entry.key.meaning if entry.key is not None else "")


def _value_at(document: dict[str, Any], key: str) -> Any:
    value: Any = document
    for name in key.split("."):
        value = value[name] if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    return yaml.safe_dump(value, default_flow_style=True, sort_keys=False, width=1000).removesuffix("...\n").strip()
