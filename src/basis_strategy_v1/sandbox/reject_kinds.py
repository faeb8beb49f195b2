"""Sorts the words in which a simulated exchange says no into kinds, so that a venue can say it in its own."""

from __future__ import annotations

from basis_strategy_v1.sandbox.records import RejectKind

_BY_WORDS: tuple[tuple[str, RejectKind], ...] = (
    ("MIN_NOTIONAL", "min_notional"),
    ("is below the minimum", "min_quantity"),
    ("LOT_SIZE", "lot_size"),
    ("PRICE_FILTER", "tick_size"),
    ("needs a price above 0", "price_missing"),
    ("has no price now", "no_price"),
    ("no liquidity left", "no_liquidity"),
    ("would immediately match", "post_only_would_match"),
    ("has no position to reduce", "reduce_only"),
    ("amended quantity", "amend_below_filled"),
    ("insufficient balance", "insufficient_balance"),
    ("insufficient margin", "insufficient_margin"),
    ("in this run", "unknown_symbol"),
    ("does not exceed the withdrawal fee", "below_fee"),
)
_BY_CODE: dict[str, RejectKind] = {
    "EXI-005": "unsupported",
    "EXI-006": "insufficient_balance",
    "EXI-008": "slippage",
    "EXI-011": "not_found",
    "EIM-012": "no_route",
}


def reject_kind(code: str, reason: str) -> RejectKind:
    """The kind of a refusal with this error code and these words."""
    for words, kind in _BY_WORDS:
        if words in reason:
            return kind
    return _BY_CODE.get(code, "other")
