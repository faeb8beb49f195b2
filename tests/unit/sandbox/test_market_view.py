"""What a local venue shows of its markets."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.market import Column
from basis_strategy_v1.core.domain.quantities import use_ledger_context
from basis_strategy_v1.sandbox.clock import SandboxClock
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.order_book import DEEPEST_NOTIONAL
from basis_strategy_v1.venues.registry import spec_for
from local_venues import HOUR_NS, START_NS, small_market

START_MS = START_NS // 1_000_000
HOUR_MS = HOUR_NS // 1_000_000


class Shop:
    """Binance's markets and the clock that moves them."""

    def __init__(self, model: str = "square_root", rows: int = 48) -> None:
        use_ledger_context()
        self.market = small_market(("binance", "hyperliquid"), rows)
        self.clock = SandboxClock(self.market.timestamps.tolist())
        self.model = fill_model(model)  # type: ignore[arg-type]
        self.view = MarketView(spec_for("binance"), self.market, self.clock, self.model)


def test_only_instruments_with_data_are_shown() -> None:
    shop = Shop()
    del shop.market.perp["binance", "ETHUSDT"]
    view = MarketView(spec_for("binance"), shop.market, shop.clock, shop.model)
    assert [(found.trade_type, found.symbol) for found in view.instruments()] == [
        ("spot", "BTCUSDT"),
        ("spot", "ETHUSDT"),
        ("perp", "BTCUSDT"),
    ]
    assert view.instrument("ETHUSDT", "perp") is None


def test_a_quote_is_the_rows_with_a_spread_around_it() -> None:
    shop = Shop()
    shop.clock.advance_rows(3)
    quote = shop.view.quote("BTCUSDT", "perp")
    assert (quote.last, quote.mark, quote.index) == (Decimal("100350.1"), Decimal("100340.1"), Decimal("100300.0"))
    assert quote.ask - quote.last == quote.last - quote.bid == Decimal("0.1")
    assert quote.time_ms == START_MS + 3 * HOUR_MS


def test_walking_the_book_costs_what_the_fill_model_says() -> None:
    shop = Shop()
    quote = shop.view.quote("ETHUSDT", "perp")
    book = shop.view.order_book("ETHUSDT", "perp", 50)
    left, cost = Decimal(250), Decimal(0)
    for price, quantity in book.asks:
        taken = min(left, quantity)
        cost += taken * price
        left -= taken
    assert left == 0
    walked_bps = (float(cost) / 250 / float(quote.last) - 1) * 1e4
    modelled_bps = shop.model.curve("perp", "ETH").cost_bps(250 * float(quote.last))
    assert walked_bps == pytest.approx(modelled_bps, rel=0.15)


@pytest.mark.parametrize("model", ["none", "fixed_bps", "square_root"])
def test_books_are_sorted_uncrossed_and_on_the_tick(model: str) -> None:
    shop = Shop(model)
    book = shop.view.order_book("BTCUSDT", "spot")
    bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert all(price % Decimal("0.01") == 0 for price in bids + asks)
    assert float(sum(quantity * price for price, quantity in book.asks)) == pytest.approx(DEEPEST_NOTIONAL, rel=0.01)


@pytest.mark.parametrize("depth", [1, 2, 5, 20])
@pytest.mark.parametrize("model", ["none", "square_root"])
def test_a_shorter_look_is_at_the_same_book(model: str, depth: int) -> None:
    view = Shop(model).view
    whole, part = view.order_book("BTCUSDT", "perp", 500), view.order_book("BTCUSDT", "perp", depth)
    assert (part.bids, part.asks) == (whole.bids[:depth], whole.asks[:depth])


def test_funding_shows_what_was_settled_and_when_the_next_is_due() -> None:
    shop = Shop()
    shop.clock.advance_rows(9)
    state = shop.view.funding("BTCUSDT")
    assert (state.rate, state.settled_ms, state.next_ms) == (
        Decimal("0.0001"),
        START_MS + 8 * HOUR_MS,
        START_MS + 16 * HOUR_MS,
    )


def test_past_the_last_settlement_the_next_follows_the_interval() -> None:
    shop = Shop(rows=10)
    shop.clock.advance_rows(9)
    assert shop.view.funding("BTCUSDT").next_ms == START_MS + 16 * HOUR_MS


def test_funding_history_never_shows_the_future() -> None:
    shop = Shop()
    assert len(shop.view.funding_history("BTCUSDT")) == 1
    shop.clock.advance_rows(40)
    history = shop.view.funding_history("BTCUSDT")
    assert [point.time_ms for point in history] == [START_MS + hour * HOUR_MS for hour in range(0, 41, 8)]
    assert shop.view.funding_history("BTCUSDT", limit=2) == history[-2:]
    assert shop.view.funding_history("BTCUSDT", start_ms=START_MS + 1, limit=2) == history[1:3]
    assert shop.view.funding_history("BTCUSDT", end_ms=START_MS + 8 * HOUR_MS) == history[:2]


def test_a_perpetual_without_funding_has_none() -> None:
    shop = Shop()
    shop.market.perp["binance", "BTCUSDT"].funding = None
    state = shop.view.funding("BTCUSDT")
    assert (state.rate, state.settled_ms, state.next_ms) == (0, 0, START_MS + 8 * HOUR_MS)


def test_candles_gather_the_rows_that_have_passed() -> None:
    shop = Shop()
    shop.clock.advance_rows(5)
    (first, second) = shop.view.candles("BTCUSDT", "spot", 4 * HOUR_MS)
    assert (first.open, first.high, first.low, first.close, first.rows) == (100_000, 100_300, 100_000, 100_300, 4)
    assert (second.open_ms, second.close, second.rows) == (START_MS + 4 * HOUR_MS, 100_500, 2)
    assert shop.view.candles("BTCUSDT", "spot", HOUR_MS, limit=2)[0].close == 100_400
    assert shop.view.candles("BTCUSDT", "spot", HOUR_MS, start_ms=START_MS + 1, limit=1)[0].close == 100_100
    assert shop.view.candles("BTCUSDT", "perp", HOUR_MS, mark=True)[0].close == 100_040


def test_candles_between_rows_stand_still() -> None:
    shop = Shop()
    shop.clock.advance_rows(1)
    candles = shop.view.candles("BTCUSDT", "spot", HOUR_MS // 4)
    assert [candle.close for candle in candles] == [100_000] * 4 + [100_100]
    assert [candle.rows for candle in candles] == [1, 0, 0, 0, 1]


def test_volume_is_summed_where_it_is_known() -> None:
    shop = Shop()
    shop.market.spot["binance", "BTCUSDT"].volume = Column("volume", np.full(48, 2.5))
    shop.clock.advance_rows(3)
    ticker = shop.view.ticker("BTCUSDT", "spot")
    assert (ticker.day.volume, ticker.day.rows) == (10, 4)
    assert ticker.day.quote_volume == Decimal("1001500.0")


def test_a_perpetual_without_a_spot_of_its_own_takes_anothers_as_index() -> None:
    shop = Shop()
    del shop.market.spot["binance", "BTCUSDT"]
    view = MarketView(spec_for("binance"), shop.market, shop.clock, shop.model)
    assert view.quote("BTCUSDT", "perp").index == 100_000
    shop.market.spot.clear()
    assert view.quote("BTCUSDT", "perp").index == Decimal("100040.0")
