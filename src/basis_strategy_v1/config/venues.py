"""The settings of one venue: its packaged file, and what a run changes in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from basis_strategy_v1.config.checks import check_location
from basis_strategy_v1.config.layers import LayeredDocument
from basis_strategy_v1.config.packaged import venue_document
from basis_strategy_v1.config.problems import invalid_value, unknown_key, validate
from basis_strategy_v1.config.sections import leaf_entries
from basis_strategy_v1.config.venue_models import VenueSettings


def no_origin(_key: str) -> str:
    """For values whose origin needs no mention."""
    return ""


def venue_settings(
    venue: str, overrides: Mapping[str, Any] | None = None, origin_of: Callable[[str], str] = no_origin
) -> VenueSettings:
    """The settings of ``venue``: ``overrides`` over its packaged file; ``fees`` over the row of its ``fee_tier``.

    Raises:
        ComponentError: CFG-002 for an unknown key, CFG-003 for an unknown venue, fee tier or a value not allowed.
    """
    check_location("venue", venue, origin_of)
    prefix = f"venue_settings.{venue}."
    packaged = venue_document(venue)
    tiers = packaged.pop("fee_tiers", {})
    for fixed in ("family", "fee_tiers"):
        if fixed in (overrides or {}):
            known = [prefix + key for key, _ in leaf_entries(VenueSettings) if key != "family"]
            raise unknown_key(prefix + fixed, known, origin_of(prefix + fixed))
    tier = (overrides or {}).get("fee_tier", packaged.get("fee_tier"))
    if tier is not None and tier not in tuple(tiers):
        allowed = " or ".join(tiers) if tiers else "null, this venue has no fee table"
        raise invalid_value(f"{prefix}fee_tier", tier, allowed, origin_of(f"{prefix}fee_tier"))
    layers = LayeredDocument()
    layers.lay(packaged, "packaged defaults")
    layers.lay({"fees": tiers[tier]} if tier is not None else {}, "packaged defaults")
    layers.lay(dict(overrides or {}), "")
    return validate(VenueSettings, layers.document, origin_of, prefix)
