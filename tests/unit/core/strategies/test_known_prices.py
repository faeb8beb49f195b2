"""What a portfolio knows to be a price at the row it stands at."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import numpy as np

from basis_strategy_v1.core.domain.market import Column, InstrumentColumns
from basis_strategy_v1.core.strategies.portfolio import InFlight, Portfolio
from tight_loop import TightLoop, market_columns


class NothingOnItsWay:
    """No transfers."""

    def in_flight(self) -> Iterable[InFlight]:
        return ()


def portfolio(loop: TightLoop) -> Portfolio:
    return Portfolio(loop.market, loop.clock, loop.positions, loop.pnl, loop.risk, NothingOnItsWay())


def test_the_price_of_an_instrument_is_that_of_the_row() -> None:
    loop = TightLoop()
    known = portfolio(loop)
    loop.at_row(1)
    assert known.known_price("alpha", "BTCUSDT", "spot") == known.price("alpha", "BTCUSDT", "spot") == Decimal(51_000)
    assert known.known_price("alpha", "BTCUSDT", "perp") == known.price("alpha", "BTCUSDT", "perp")


def test_what_a_run_does_not_trade_has_no_price() -> None:
    known = portfolio(TightLoop())
    assert known.known_price("beta", "BTCUSDT", "spot") is None
    assert known.known_price("alpha", "ETHUSDT", "perp") is None


def test_a_price_that_is_only_carried_is_not_known() -> None:
    market = market_columns()
    key = ("alpha", "BTCUSDT")
    carried = Column("spot", np.array([50_000.0, 50_000.0, 50_000.0, 51_000.0]), np.array([False, True, True, False]))
    market.spot[key] = InstrumentColumns(market.spot[key].instrument, carried)
    loop = TightLoop(market)
    known = portfolio(loop)
    found = []
    for row in range(4):
        loop.at_row(row)
        found.append(known.known_price("alpha", "BTCUSDT", "spot"))
    assert found == [Decimal(50_000), None, None, Decimal(51_000)]
