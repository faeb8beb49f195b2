"""Capital that no book takes in one order: a person is told what to change."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.quotes import OrderBookView
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

VENUES = ("binance", "bybit")
MOST = "execution_settings.max_order_notional=5000"


@pytest.fixture(params=["all books", "those of perpetuals"])
def thin_books(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each side of a book has one level of 0.2 units."""
    whole = MarketView.order_book

    def thin(view: MarketView, symbol: str, trade_type: str, depth: int = 100) -> OrderBookView:
        book = whole(view, symbol, trade_type, depth)
        if trade_type == "spot" and request.param != "all books":
            return book
        sides = [[(side[0][0], Decimal("0.2"))] for side in (book.bids, book.asks)]
        return msgspec.structs.replace(book, bids=sides[0], asks=sides[1])

    monkeypatch.setattr(MarketView, "order_book", thin)


def local(*overrides: str) -> LocalVenues:
    spot = np.full(12, 50_000.0)
    perps = {venue: PerpSeries(price=spot.copy(), mark=spot.copy(), rates={}) for venue in VENUES}
    return LocalVenues(VENUES, Scene(spot=spot, perps=perps), *overrides)


@pytest.mark.usefixtures("thin_books")
def test_a_run_that_can_open_nothing_says_why_in_its_status(tmp_path: Path) -> None:
    for overrides, is_told in (((), True), ((MOST,), False)):
        venues = local(*overrides)
        directory = tmp_path / f"told-{is_told}"
        venues.run(directory)
        attention = json.loads((directory / "status.json").read_text(encoding="utf-8"))["attention"]
        held = any(venue.account.positions() for venue in venues.world.venues.values())
        assert held is not is_told
        if is_told:
            assert "EXI-008" in attention[0] and "max_order_notional" in attention[0]
        else:
            assert attention == []
