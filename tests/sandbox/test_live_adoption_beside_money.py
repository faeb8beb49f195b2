"""Trades of others beside money that came, declared or not, and at several venues: each is booked, none is hidden."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from adopted_trades import LAST, STOPPED, TRADED, TWO, adopt, local, net, refusal, trade
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


@pytest.mark.parametrize("lists", [True, False])
def test_declared_money_that_is_not_booked_yet_hides_no_trade(
    tmp_path: Path, lists: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    venues.world.venues["bybit"].account.deposit("bybit", "USDT", Decimal(10_000), "")
    options = venues.options(tmp_path)
    care.declare_flow(options, venues.environment(), Decimal(10_000), "USDT", "bybit", venues.live_world())
    error = refusal(venues, tmp_path)
    assert error.error_code == "REC-012" and "--adopt" in error.remedy
    if not lists:
        monkeypatch.setattr(CcxtExchange, "trades_since", lambda exchange, timestamp: [])
    said, shown = adopt(venues, tmp_path)
    assert said[0] == "Booked." and len(shown) == 1 and "Left to the next start" in said[1]
    outcome = venues.run(tmp_path, LAST)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


def test_coins_that_somebody_sold_are_not_hidden_by_declared_money_either(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "binance", "spot", "sell", "0.3")
    venues.run(tmp_path, STOPPED)
    options = venues.options(tmp_path)
    venues.world.venues["binance"].account.deposit("binance", "USDT", Decimal(500), "")
    care.declare_flow(options, venues.environment(), Decimal(500), "USDT", "binance", venues.live_world())
    assert "--adopt" in refusal(venues, tmp_path).remedy
    assert adopt(venues, tmp_path)[0][0] == "Booked."
    assert venues.run(tmp_path, LAST).held == ""


def test_all_venues_are_refused_at_once_and_booked_at_once(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: [trade(venues, venue, "perp", "buy", "0.2") for venue in TWO]
    venues.run(tmp_path, STOPPED)
    error = refusal(venues, tmp_path)
    assert all(f"{venue} and the books differ" in error.message for venue in TWO)
    said, shown = adopt(venues, tmp_path)
    assert said == ["Booked."] and len(shown) == 2
    assert venues.run(tmp_path, LAST).held == ""


@pytest.mark.parametrize("venue", TWO)
def test_a_token_without_a_price_hides_no_trade_and_what_was_booked_is_said(tmp_path: Path, venue: str) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    account = venues.world.venues[venue].account
    account.deposit(venue, "BNB", Decimal("0.1"), "")
    with pytest.raises(ComponentError, match="what was shown is booked, but") as refused:
        adopt(venues, tmp_path)
    assert refused.value.error_code == "REC-010"
    assert f"Move BNB away from {venue}" in refused.value.remedy and "basis flow" not in refused.value.remedy
    account.deposit(venue, "BNB", Decimal("-0.1"), "")
    assert venues.run(tmp_path, LAST).held == ""


def test_in_an_exit_a_token_without_a_price_does_not_keep_a_trade_from_being_booked(tmp_path: Path) -> None:
    venues = local(TWO)
    venues.happenings[TRADED] = lambda: trade(venues, "bybit", "perp", "buy", "0.3")
    venues.run(tmp_path, STOPPED)
    venues.keep_closing(tmp_path, "hard_limit")
    venues.world.venues["binance"].account.deposit("binance", "BNB", Decimal("0.1"), "")
    assert refusal(venues, tmp_path).error_code == "REC-012"
    said, shown = adopt(venues, tmp_path)
    assert said[0] == "Booked." and "BNB at binance" in said[1] and len(shown) == 1
    assert adopt(venues, tmp_path)[0][0] == "There is nothing to book."
    assert venues.run(tmp_path, LAST).ending is LiveEnding.HALTED
    assert abs(net(venues)) < Decimal("0.01")
