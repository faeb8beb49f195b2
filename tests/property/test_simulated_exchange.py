"""Invariants of the simulated exchange under random markets and random orders."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.backends.simulated import margin_bound, timeline
from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.orders import FundingPayment, LiquidationReport, OrderReport
from simulated_market import CLASSIC, FEES, HOUR, UNIFIED, Venue, perp_columns

ROWS = 24
CASH = Decimal(20_000)

prices = st.lists(st.integers(300_000, 900_000).map(lambda ticks: ticks / 10), min_size=ROWS, max_size=ROWS)
rates = st.dictionaries(
    st.integers(1, ROWS - 1),
    st.integers(-300_000, 300_000).map(lambda units: str(Decimal(units).scaleb(-8))),
    max_size=8,
)
actions = st.lists(
    st.tuples(
        st.integers(0, ROWS - 1),
        st.sampled_from(["perp", "perp", "spot", "limit", "transfer"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(2, 900),
    ),
    max_size=12,
).map(sorted)


def _venue(marks: list[float], funding_rates: dict[int, str], spec: Any = CLASSIC, spread: int = 0) -> Venue:
    series: dict[str, Any] = {"rates": funding_rates, "volume": [12.0] * ROWS}
    if spread:
        series["high"] = [round(mark + spread, 1) for mark in marks]
        series["low"] = [round(mark - spread, 1) for mark in marks]
    perps = {"BTCUSDT": perp_columns(spec, "BTCUSDT", marks, **series)}
    balances = {spec.spot_location: {"USDT": str(CASH)}, spec.margin_location: {"USDT": str(CASH)}}
    return Venue(perps, list(marks), spec=spec, balances=balances, fees=FEES, model=fill_model("square_root"))


def _run(venue: Venue, todo: list[tuple[int, str, str, int]]) -> list[Any]:
    """Do each action at its row; everything the venue answered."""
    answers: list[Any] = []
    for row, kind, side, size in todo:
        venue.at(row)
        quantity = str(Decimal(size).scaleb(-3))
        if kind == "transfer":
            wallets = (venue.exchange.spec.spot_location, venue.exchange.spec.locations[-1])
            source, target = wallets if side == "buy" else wallets[::-1]
            answers.append(venue.send(source, target, str(size)))
        elif kind == "limit":
            price = venue.market.perp["alpha", "BTCUSDT"].price.decimal(row)
            limit = price * (Decimal("0.95") if side == "buy" else Decimal("1.05"))
            answers.append(venue.order(side, quantity, price=str(limit // Decimal("0.1") * Decimal("0.1"))))
        else:
            answers.append(venue.order(side, quantity, kind))
    return answers


def _finish(venue: Venue) -> list[Any]:
    return list(venue.at(ROWS - 1).exchange.poll_events())


@given(marks=prices, funding_rates=rates, todo=actions, spread=st.sampled_from([0, 500]))
def test_cash_changes_by_fills_fees_funding_and_insurance_and_by_nothing_else(
    marks: list[float], funding_rates: dict[int, str], todo: list[tuple[int, str, str, int]], spread: int
) -> None:
    venue = _venue(marks, funding_rates, spread=spread)
    todo = [action for action in todo if action[1] != "transfer"]
    answers, events = _run(venue, todo), _finish(venue)
    reports = [*answers, *(event for event in events if isinstance(event, OrderReport))]
    fills = {fill.trade_id: fill for report in reports for fill in report.fills}
    liquidations = [event for event in events if isinstance(event, LiquidationReport)]
    fills |= {fill.trade_id: fill for event in liquidations for fill in event.fills}
    cash = 2 * CASH - sum((event.to_insurance for event in liquidations), Decimal(0))
    cash += sum((event.amount for event in events if isinstance(event, FundingPayment)), Decimal(0))
    coins = Decimal(0)
    for fill in fills.values():
        cash -= fill.quantity * fill.price + (fill.fee if fill.fee_asset == "USDT" else 0)
        if fill.trade_type == "spot":
            coins += fill.quantity - (fill.fee if fill.fee_asset == "BTC" else 0)
    assert venue.balance("alpha") + venue.net_cash() == cash
    assert venue.balance("alpha", "BTC") == coins
    held = venue.report("alpha.derivatives").positions.get("BTCUSDT")
    traded = sum((fill.quantity for fill in fills.values() if fill.trade_type == "perp"), Decimal(0))
    assert (held.quantity if held else 0) == traded


@given(marks=prices, funding_rates=rates, todo=actions, unified=st.booleans())
def test_no_balance_but_the_margin_currency_is_ever_negative(
    marks: list[float], funding_rates: dict[int, str], todo: list[tuple[int, str, str, int]], unified: bool
) -> None:
    venue = _venue(marks, funding_rates, UNIFIED if unified else CLASSIC, spread=500)
    for action in todo:
        _run(venue, [action])
        for report in venue.exchange.observe():
            for asset, amount in report.balances.items():
                owed = asset == "USDT" and report.location == venue.exchange.spec.margin_location
                assert amount > 0 or owed


@settings(max_examples=150)
@given(
    marks=prices,
    funding_rates=rates,
    todo=actions,
    unified=st.booleans(),
    spread=st.sampled_from([0, 2_000]),
    rows_per_block=st.sampled_from([1, 5, 256]),
)
def test_one_long_catch_up_equals_one_at_every_row(
    marks: list[float],
    funding_rates: dict[int, str],
    todo: list[tuple[int, str, str, int]],
    unified: bool,
    spread: int,
    rows_per_block: int,
) -> None:
    spec = UNIFIED if unified else CLASSIC
    before = margin_bound.ROWS_PER_BLOCK
    margin_bound.ROWS_PER_BLOCK = timeline.ROWS_PER_BLOCK = rows_per_block
    try:
        lazy, eager = _venue(marks, funding_rates, spec, spread), _venue(marks, funding_rates, spec, spread)
        for venue in (lazy, eager):
            venue.network.send("late", "USDT", Decimal(500), "wallet", spec.margin_location, 5 * HOUR + 1)
        lazy_answers, lazy_events = _run(lazy, todo), _finish(lazy)
        eager_answers, eager_events = _run_at_every_row(eager, todo)
    finally:
        margin_bound.ROWS_PER_BLOCK = timeline.ROWS_PER_BLOCK = before
    assert lazy_answers == eager_answers
    assert lazy_events == eager_events
    assert lazy.exchange.observe() == eager.exchange.observe()


def _run_at_every_row(venue: Venue, todo: list[tuple[int, str, str, int]]) -> tuple[list[Any], list[Any]]:
    answers: list[Any] = []
    events: list[Any] = []
    for row in range(ROWS):
        events += venue.at(row).exchange.poll_events()
        answers += _run(venue, [action for action in todo if action[0] == row])
        events += venue.exchange.poll_events()
    return answers, events


@given(marks=prices, funding_rates=rates, todo=actions)
def test_telling_everything_twice_changes_nothing(
    marks: list[float], funding_rates: dict[int, str], todo: list[tuple[int, str, str, int]]
) -> None:
    once, twice = _venue(marks, funding_rates), _venue(marks, funding_rates)
    answers = _run(once, todo)
    _run(twice, [])
    repeated = []
    for action in todo:
        sent = twice.sent
        (answer,) = _run(twice, [action])
        books = twice.exchange.observe()
        twice.sent = sent
        _run(twice, [action])
        assert twice.exchange.observe() == books
        repeated.append(answer)
    assert repeated == answers
    assert once.exchange.observe() == twice.exchange.observe()
