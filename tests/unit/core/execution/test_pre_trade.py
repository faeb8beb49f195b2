"""Nothing of a block is sent where some leg of it could not be done."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.instructions import CexTrade, Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.uncertain import Uncertain, UncertainChange
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.pre_trade import PreTradeChecks, PreTradeLimits
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.risk_monitor import MarginState
from basis_strategy_v1.venues.binance import SPEC as BINANCE

PRICE = Decimal(50_000)


class Holdings:
    """A portfolio of plain numbers at one price."""

    def __init__(
        self,
        *,
        cash: str = "100000",
        base: str = "0",
        short: str = "0",
        margin: str = "100000",
        perp_price: Decimal = PRICE,
        priced: bool = True,
        half_spread: float | None = None,
    ) -> None:
        self._cash, self._base, self._perp = Decimal(cash), Decimal(base), -Decimal(short)
        self._margin = Decimal(margin)
        self._perp_price = perp_price
        self._priced = priced
        self._half_spread = half_spread

    def net_exposure(self) -> Decimal:
        return self._base + self._perp

    def known_price(self, venue: str, symbol: str, trade_type: str) -> Decimal | None:
        if not self._priced:
            return None
        return PRICE if trade_type == "spot" else self._perp_price

    def reference_price(self) -> Decimal:
        return PRICE

    def half_spread(self, venue: str, symbol: str, trade_type: str) -> float | None:
        return self._half_spread

    def wallet_balance(self, location: str, asset: str) -> Decimal:
        return self._cash if asset == "USDT" else self._base

    def perp(self, spec: VenueSpec, symbol: str) -> Decimal:
        return self._perp

    def amount(self, location: str, asset: str) -> Decimal:
        return self._perp if asset == "BTCUSDT-PERP" else Decimal(0)

    def margin(self, spec: VenueSpec) -> MarginState:
        return MarginState("binance", self._margin, Decimal(0), abs(self._perp) * self._perp_price)


class Book:
    """Books that give one mean price, or hold too little; ``perp``: those of perpetuals, where they differ."""

    def __init__(self, mean: str | None, *perp: str | None) -> None:
        self._means = {"spot": mean, "perp": perp[0] if perp else mean}

    def mean_price(self, instrument: Instrument, side: Side, quantity: Decimal) -> Decimal | None:
        mean = self._means[instrument.trade_type]
        return None if mean is None else Decimal(mean)


def spot(side: Side = "buy", amount: str = "1", **fields: object) -> CexTrade:
    return CexTrade(
        venue="binance",
        trade_type="spot",
        symbol="BTCUSDT",
        side=side,
        amount=Decimal(amount),
        **fields,  # type: ignore[arg-type]
    )


def perp(side: Side = "sell", amount: str = "1", **fields: object) -> CexTrade:
    return CexTrade(
        venue="binance",
        trade_type="perp",
        symbol="BTCUSDT",
        side=side,
        amount=Decimal(amount),
        **fields,  # type: ignore[arg-type]
    )


def refusal(
    trades: Sequence[CexTrade],
    holdings: Holdings,
    limits: PreTradeLimits | None = None,
    book: Book | None = None,
    following: Sequence[CexTrade] = (),
    uncertain: Uncertain = (),
) -> str:
    """The code with which ``trades`` are refused; empty when they may be sent."""
    limits = limits or PreTradeLimits()
    checks = PreTradeChecks((BINANCE,), holdings, limits, book, lambda trade: following, lambda: uncertain)  # type: ignore[arg-type]
    try:
        checks.check(trades)
    except ComponentError as error:
        return error.error_code
    return ""


def test_a_trade_that_could_be_done_is_let_through() -> None:
    assert refusal([spot()], Holdings()) == ""
    assert refusal([perp()], Holdings(base="1")) == ""


@pytest.mark.parametrize(
    ("trade", "holdings", "code"),
    [
        (spot(amount="0.000001"), Holdings(), "EIM-004"),
        (spot(amount="0.00001"), Holdings(), "EIM-004"),
        (spot(order_type="limit", price=Decimal("50000.001")), Holdings(), "EIM-004"),
        (spot(), Holdings(cash="49999"), "EXI-006"),
        (spot("sell"), Holdings(base="0.5"), "EXI-006"),
        (perp(amount="30"), Holdings(base="30"), "EXI-006"),
        (perp(), Holdings(perp_price=Decimal(60_000)), "EXI-008"),
        (perp(), Holdings(perp_price=Decimal(44_000)), "EXI-008"),
        (spot(order_type="limit", price=Decimal(53_000)), Holdings(), "EXI-008"),
        (spot(order_type="limit", price=Decimal(47_000)), Holdings(), "EXI-008"),
        (spot(), Holdings(priced=False), "EXI-013"),
        (
            CexTrade(venue="kraken", trade_type="spot", symbol="BTCUSDT", side="buy", amount=Decimal(1)),
            Holdings(),
            "EXI-005",
        ),
    ],
)
def test_a_trade_that_could_not_be_done_is_refused_with_its_code(
    trade: CexTrade, holdings: Holdings, code: str
) -> None:
    assert refusal([trade], holdings) == code


def test_the_second_leg_is_looked_at_before_the_first_is_sent() -> None:
    assert refusal([spot(), perp()], Holdings(margin="1000")) == "EXI-006"
    assert refusal([spot(), spot()], Holdings(cash="60000")) == "EXI-006"
    assert refusal([perp(), perp()], Holdings(base="2", margin="7000")) == "EXI-006"


def test_the_hedge_that_will_follow_is_looked_at_before_spot_is_bought() -> None:
    assert refusal([spot()], Holdings(margin="1000"), following=[perp()]) == "EXI-006"
    assert refusal([spot()], Holdings(), following=[perp(amount="0.0001")]) == "EIM-004"


@pytest.mark.parametrize("bid", [None, "49700"])
def test_spot_is_not_bought_where_the_book_of_its_hedge_is_too_thin_or_too_dear(bid: str | None) -> None:
    assert refusal([spot()], Holdings(), book=Book("50001", "49999"), following=[perp()]) == ""
    assert refusal([spot()], Holdings(), book=Book("50001", bid), following=[perp()]) == "EXI-008"
    assert refusal([spot(), perp()], Holdings(), book=Book("50001", bid)) == "EXI-008"


def test_spot_is_not_bought_where_the_price_of_its_hedge_is_beyond_the_band() -> None:
    assert refusal([spot()], Holdings(perp_price=Decimal(44_000)), following=[perp()]) == "EXI-008"


def test_a_hedge_at_a_premium_is_within_the_limit_of_an_order_that_its_spot_is_within() -> None:
    limits = PreTradeLimits(max_order_notional=PRICE)
    assert refusal([spot()], Holdings(perp_price=Decimal(50_100)), limits, following=[perp()]) == ""


def test_a_large_position_is_refused_where_its_tier_does_not_allow_the_leverage() -> None:
    rich = Holdings(base="6000", margin="40000000")
    assert refusal([perp(amount="6000")], rich) == "EXI-006"
    assert refusal([perp(amount="4000")], rich) == ""


def test_limits_of_an_order_and_of_a_venue_hold() -> None:
    assert refusal([spot()], Holdings(), PreTradeLimits(max_order_notional=Decimal(40_000))) == "EIM-004"
    assert refusal([perp()], Holdings(base="1"), PreTradeLimits(max_notional=Decimal(40_000))) == "EIM-004"


def test_a_book_that_is_too_thin_or_too_dear_refuses_what_opens() -> None:
    assert refusal([spot()], Holdings(), book=Book("50100")) == ""
    assert refusal([spot()], Holdings(), book=Book("50300")) == "EXI-008"
    assert refusal([spot()], Holdings(), book=Book(None)) == "EXI-008"
    assert refusal([perp()], Holdings(), book=Book("49900")) == ""
    assert refusal([perp()], Holdings(), book=Book("49700")) == "EXI-008"


def test_in_a_tight_book_a_trade_may_cost_no_more_than_the_book_explains() -> None:
    assert refusal([spot()], Holdings(half_spread=0.00001), book=Book("50100")) == "EXI-008"
    assert refusal([spot()], Holdings(half_spread=0.00001), book=Book("50049")) == ""
    assert refusal([spot()], Holdings(half_spread=0.0008), book=Book("50190")) == ""
    assert refusal([spot()], Holdings(half_spread=0.01), book=Book("50260")) == "EXI-008"


def test_a_trade_that_brings_exposure_nearer_to_zero_is_never_refused_for_depth_or_size() -> None:
    strict = PreTradeLimits(max_order_notional=Decimal(1))
    assert refusal([perp()], Holdings(base="1"), strict, Book(None)) == ""
    assert refusal([spot("sell")], Holdings(base="1"), strict, Book("1")) == ""


def test_an_exit_is_never_refused_for_price_depth_or_size() -> None:
    strict = PreTradeLimits(max_order_notional=Decimal(1))
    hedged = Holdings(base="1", short="1", perp_price=Decimal(60_000))
    assert refusal([spot("sell"), perp("buy", reduce_only=True)], hedged, strict, Book(None)) == ""


def test_closing_needs_no_margin() -> None:
    assert refusal([perp("buy", reduce_only=True)], Holdings(short="1", margin="0")) == ""


def test_what_is_left_of_a_position_is_closed_though_it_is_less_than_an_order_may_be() -> None:
    least = perp("buy", "0.001", reduce_only=True)
    assert refusal([least], Holdings(short="0.001")) == ""
    assert refusal([perp("buy", "0.001")], Holdings(short="0.001")) == "EIM-004"


def doubt(location: str, **changes: str) -> list[UncertainChange]:
    """Something of unknown outcome that would change a location so."""
    assets = {name.replace("_", "-"): Decimal(amount) for name, amount in changes.items()}
    return [UncertainChange(name="a", venue="binance", changes={location: assets}, prices={"BTCUSDT-PERP": PRICE})]


def test_cash_that_an_order_of_unknown_outcome_may_have_spent_is_reserved() -> None:
    assert refusal([spot()], Holdings()) == ""
    assert refusal([spot()], Holdings(), uncertain=doubt("binance", USDT="-60000")) == "EXI-006"
    assert refusal([spot("sell")], Holdings(base="1"), uncertain=doubt("binance", BTC="-0.5")) == "EXI-006"


def test_cash_that_may_have_come_is_not_counted_on() -> None:
    assert refusal([spot()], Holdings(cash="1000"), uncertain=doubt("binance", USDT="60000")) == "EXI-006"


def test_margin_that_a_transfer_of_unknown_outcome_may_have_taken_is_reserved() -> None:
    moved = doubt("binance.derivatives", USDT="-97000")
    assert refusal([perp()], Holdings(base="1")) == ""
    assert refusal([perp()], Holdings(base="1"), uncertain=moved) == "EXI-006"


def test_the_limit_of_a_venue_counts_a_position_that_may_have_been_opened() -> None:
    limits = PreTradeLimits(max_notional=Decimal(80_000))
    opened = doubt("binance.derivatives", BTCUSDT_PERP="-1")
    assert refusal([perp()], Holdings(base="2"), limits) == ""
    assert refusal([perp()], Holdings(base="2"), limits, uncertain=opened) == "EIM-004"


def test_what_reduces_a_position_only_if_that_was_opened_needs_margin() -> None:
    opened = doubt("binance.derivatives", BTCUSDT_PERP="-1")
    assert refusal([perp("buy")], Holdings(margin="10"), uncertain=opened) == "EXI-006"
    assert refusal([perp("buy")], Holdings(margin="10", short="1"), uncertain=opened) == ""


def test_what_closes_a_position_that_may_be_closed_already_needs_margin() -> None:
    closed = doubt("binance.derivatives", BTCUSDT_PERP="1")
    assert refusal([perp("buy")], Holdings(margin="10", short="1")) == ""
    assert refusal([perp("buy")], Holdings(margin="10", short="1"), uncertain=closed) == "EXI-006"


def refusal_of_another_try(trade: CexTrade, holdings: Holdings, seconds: int, book: Book | None = None) -> str:
    """The code with which ``trade`` is refused that is to be sent again ``seconds`` after its decision."""
    now = 1_000_000_000 * seconds
    checks = PreTradeChecks((BINANCE,), holdings, PreTradeLimits(), book, now=lambda: now)  # type: ignore[arg-type]
    try:
        checks.check_again(trade, 0)
    except ComponentError as error:
        return error.error_code
    return ""


def test_a_decision_that_is_stale_is_not_sent_again() -> None:
    assert refusal_of_another_try(spot(), Holdings(), 30) == ""
    assert refusal_of_another_try(spot(), Holdings(), 31) == "EXI-013"


@pytest.mark.parametrize("trade", [perp("buy", "0.5", reduce_only=True), spot("sell", "0.5")])
def test_what_closes_is_sent_again_however_late(trade: CexTrade) -> None:
    assert refusal_of_another_try(trade, Holdings(base="1", short="1"), 600) == ""


def test_before_it_is_sent_again_a_trade_is_held_against_book_and_balance_of_now() -> None:
    assert refusal_of_another_try(spot(), Holdings(), 5, Book("50001")) == ""
    assert refusal_of_another_try(spot(), Holdings(), 5, Book("50400")) == "EXI-008"
    assert refusal_of_another_try(spot(), Holdings(cash="10"), 5) == "EXI-006"
