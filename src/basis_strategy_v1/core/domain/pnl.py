"""The buckets that profit and loss is booked in."""

from __future__ import annotations

BUCKETS = (
    "funding",
    "basis",
    "delta",
    "lending",
    "borrow",
    "staking",
    "depeg",
    "fees",
    "slippage",
    "gas",
    "transfer",
    "rewards",
    "liquidation",
)
"""In the order in which they are shown and summed."""
