"""Columns of a live run grow by one row a tick."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.live_market import LiveMarket
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.binance import SPEC

SECOND = 1_000_000_000
SPOT = SPEC.instrument("BTCUSDT", "spot")
PERP = SPEC.instrument("BTCUSDT", "perp")
assert SPOT is not None and PERP is not None


def market(capacity: int = 8) -> LiveMarket:
    return LiveMarket([SPOT, PERP], stale_after=60 * SECOND, capacity=capacity)


def quotes(now: int, spot: float = 100.0, perp: float = 101.0, mark: float = 100.5) -> list[InstrumentQuote]:
    return [
        InstrumentQuote(venue="binance", symbol="BTCUSDT", trade_type="spot", price=spot, observed_at=now),
        InstrumentQuote(venue="binance", symbol="BTCUSDT", trade_type="perp", price=perp, mark=mark, observed_at=now),
    ]


def test_a_row_holds_prices_on_the_tick_and_the_reference_is_the_first_spot() -> None:
    live = market()
    row = live.append(5 * SECOND, quotes(5 * SECOND, spot=100.004, perp=101.04, mark=100.56))
    columns = live.columns
    assert (row, len(columns), columns.time(0)) == (0, 1, 5 * SECOND)
    assert columns.reference is not None and columns.reference.decimal(0) == Decimal("100.0")
    assert columns.perp["binance", "BTCUSDT"].price.decimal(0) == Decimal("101.0")
    assert columns.perp["binance", "BTCUSDT"].mark.decimal(0) == Decimal("100.6")


def test_a_time_between_rows_finds_the_row_before_it() -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    live.append(9 * SECOND, quotes(9 * SECOND))
    found = [live.columns.row_at(second * SECOND) for second in (4, 5, 8, 9, 99)]
    assert found == [-1, 0, 0, 1, 1]


def test_an_instrument_without_a_quote_carries_its_price_and_cannot_trade() -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    live.append(9 * SECOND, quotes(9 * SECOND, spot=102.0)[:1])
    perp = live.columns.perp["binance", "BTCUSDT"]
    assert perp.price[1] == 101.0 and perp.mark[1] == 100.5
    assert not perp.is_tradable(1)
    assert live.columns.spot["binance", "BTCUSDT"].is_tradable(1)


def test_a_quote_older_than_allowed_cannot_trade() -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    live.append(80 * SECOND, quotes(10 * SECOND))
    assert not live.columns.spot["binance", "BTCUSDT"].is_tradable(1)


@pytest.mark.parametrize(
    ("now", "given", "code"),
    [
        (5 * SECOND, quotes(5 * SECOND), "DAT-003"),
        (9 * SECOND, quotes(9 * SECOND, spot=0.0), "DAT-005"),
        (9 * SECOND, quotes(9 * SECOND, perp=float("nan")), "DAT-005"),
    ],
)
def test_a_row_that_cannot_be_is_refused_with_its_code(now: int, given: list[InstrumentQuote], code: str) -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    with pytest.raises(ComponentError) as caught:
        live.append(now, given)
    assert caught.value.error_code == code


def test_a_start_without_a_price_for_every_instrument_is_refused() -> None:
    with pytest.raises(ComponentError) as caught:
        market().append(5 * SECOND, quotes(5 * SECOND)[:1])
    assert caught.value.error_code == "DAT-001"


def test_more_rows_than_reserved_are_refused() -> None:
    live = market(capacity=1)
    live.append(5 * SECOND, quotes(5 * SECOND))
    with pytest.raises(ComponentError) as caught:
        live.append(9 * SECOND, quotes(9 * SECOND))
    assert caught.value.error_code == "RES-001"


def test_bounds_of_what_is_not_known_yet_exclude_nothing() -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    mark = live.columns.perp["binance", "BTCUSDT"].mark
    assert mark.bounds(0, 1) == (0.0, float("inf"))
    assert mark.highest() == float("inf")


def offers(now: int) -> list[InstrumentQuote]:
    return [
        InstrumentQuote(
            venue="binance",
            symbol="BTCUSDT",
            trade_type="perp" if index else "spot",
            price=100.0,
            observed_at=now,
            bid=99.0,
            ask=101.0,
            bid_size=3.0,
            ask_size=7.0,
        )
        for index in range(2)
    ]


def test_who_buys_meets_what_is_asked_and_who_sells_what_is_bid() -> None:
    live = market()
    live.append(5 * SECOND, offers(5 * SECOND))
    assert live.best_offer("binance", "BTCUSDT", "perp", "buy") == 7.0
    assert live.best_offer("binance", "BTCUSDT", "perp", "sell") == 3.0
    assert live.half_spread("binance", "BTCUSDT", "perp") == pytest.approx(0.01)


def test_of_a_row_without_a_quote_no_size_and_no_spread_is_known() -> None:
    live = market()
    live.append(5 * SECOND, offers(5 * SECOND))
    live.append(9 * SECOND, offers(9 * SECOND)[:1])
    assert live.best_offer("binance", "BTCUSDT", "perp", "sell") is None
    assert live.half_spread("binance", "BTCUSDT", "perp") is None


def test_a_suspended_venue_cannot_trade_in_the_last_row_and_can_in_the_next() -> None:
    live = market()
    live.append(5 * SECOND, quotes(5 * SECOND))
    live.suspend("bybit")
    assert live.columns.perp["binance", "BTCUSDT"].is_tradable(0)
    live.suspend("binance")
    live.append(9 * SECOND, quotes(9 * SECOND))
    for columns in (live.columns.spot["binance", "BTCUSDT"], live.columns.perp["binance", "BTCUSDT"]):
        assert (columns.is_tradable(0), columns.is_tradable(1)) == (False, True)
