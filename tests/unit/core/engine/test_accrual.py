"""Funding is booked once, up to the row that is asked for."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import InstrumentColumns, MarketColumns
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.engine.accrual import FundingAccrual
from simulated_market import CLASSIC
from tight_loop import MARGIN, TightLoop, market_columns, perp_fill

NOTHING: tuple[Changes, Decimal] = ({}, ZERO)
RATES = {1: "0.001", 2: "0.002"}


def short_of_one(market: MarketColumns | None = None) -> TightLoop:
    loop = TightLoop(market or market_columns((50_000.0,) * 4, rates=RATES))
    loop.deliver(perp_fill("one", "-1", "50000"))
    return loop


def test_a_short_receives_each_settlement_once() -> None:
    loop = short_of_one()
    accrual = FundingAccrual(loop.market, (CLASSIC,), 0)
    assert accrual.due(loop.ledger, 1) == ({MARGIN: {"USDT": Decimal(50)}}, Decimal(50))
    assert accrual.due(loop.ledger, 1) == NOTHING
    assert accrual.due(loop.ledger, 3) == ({MARGIN: {"USDT": Decimal(100)}}, Decimal(100))


def test_a_venue_held_back_gets_the_rest_later() -> None:
    loop = short_of_one()
    accrual = FundingAccrual(loop.market, (CLASSIC,), 0)
    assert accrual.due(loop.ledger, 2, {"alpha": 1})[1] == 50
    assert accrual.due(loop.ledger, 2)[1] == 100


def test_a_perpetual_without_funding_settles_nothing() -> None:
    market = market_columns((50_000.0,) * 4)
    key = ("alpha", "BTCUSDT")
    columns = market.perp[key]
    market.perp[key] = InstrumentColumns(columns.instrument, columns.price, columns.mark)
    loop = short_of_one(market)
    assert FundingAccrual(market, (CLASSIC,), 0).due(loop.ledger, 3) == NOTHING
