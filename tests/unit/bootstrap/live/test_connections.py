"""Quotes of a live run are as old as their venue says."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.dialects.venue_records import Quote
from basis_strategy_v1.bootstrap.live.connections import Connections
from basis_strategy_v1.venues.binance import SPEC

NOW = 9
SPOT = SPEC.instrument("BTCUSDT", "spot")


class Exchange:
    """Gives one quote, of the time ``observed_at``."""

    def __init__(self, observed_at: int) -> None:
        price = Decimal(50_000)
        self._quote = Quote(
            symbol="BTCUSDT", trade_type="spot", bid=price, ask=price, last=price, observed_at=observed_at
        )

    def quotes(self, instruments: Any) -> list[Quote]:
        return [self._quote]


@pytest.mark.parametrize(("told", "seen"), [(5, 5), (0, NOW)], ids=["with a time", "without one"])
def test_a_quote_is_as_old_as_its_venue_says(told: int, seen: int) -> None:
    assert SPOT is not None
    exchanges: Any = {"binance": Exchange(told)}
    (quote,) = Connections(exchanges, [SPOT]).read(NOW)
    assert quote.observed_at == seen
