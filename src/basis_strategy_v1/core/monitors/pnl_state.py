"""Profit and loss as it stands, to be kept over the end of a process."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class PnLState(msgspec.Struct, frozen=True, kw_only=True):
    """Everything the P&L monitor would lose with its process. Money in USD.

    Attributes:
        prices: ``{location: {asset: price}}`` at which holdings were last valued.
        reference: the reference spot at that moment.
        explained: initial NAV, flows and all buckets together.
    """

    buckets: dict[str, Decimal]
    flows: Decimal
    initial_nav: Decimal
    nav: Decimal
    explained: Decimal
    reference: Decimal
    prices: dict[str, dict[str, Decimal]]
