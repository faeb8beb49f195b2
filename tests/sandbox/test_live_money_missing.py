"""Cash that is missing, or coins that come or go, in the middle of a rebalance, and what a person does about it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.records import DepositRecord
from engine_runs import PerpSeries, Scene
from local_live import LocalVenues

pytestmark = pytest.mark.replaces_parts

ROWS, AT = 22, 12
LOTS = Decimal("0.003")
MOVED = {
    "cash taken at home": ("binance", "USDT", "-5"),
    "coins taken": ("binance", "BTC", "-0.01"),
    "coins that come": ("binance", "BTC", "0.01"),
}


def local() -> LocalVenues:
    spot = np.full(ROWS, 50_000.0)
    spot[AT:] = 94_000.0
    series = PerpSeries(price=spot, mark=spot, rates={})
    return LocalVenues(["binance", "bybit"], Scene(spot=spot, perps={"binance": series, "bybit": series}))


def after_the_first_order(venues: LocalVenues, patch: pytest.MonkeyPatch, movement: tuple[str, str, str]) -> None:
    location, token, amount = movement
    account = venues.world.venues["binance"].account
    touched = venues.world.venues[location].account
    place = account.place

    def place_and_move(*arguments: Any, **named: Any) -> object:
        patch.setattr(account, "place", place)
        placed = place(*arguments, **named)
        assert isinstance(touched.deposit(location, token, Decimal(amount), ""), DepositRecord)
        return placed

    venues.happenings[AT] = lambda: patch.setattr(account, "place", place_and_move)


def net(venues: LocalVenues) -> Decimal:
    coins = venues.world.venues["binance"].account.balances("binance")["BTC"].total
    perps = [position.quantity for venue in venues.world.venues.values() for position in venue.account.positions()]
    return sum(perps, coins)


@pytest.mark.parametrize("what", MOVED)
def test_it_ends_the_process_then_the_start_until_a_person_has_declared_it(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local()
    location, token, amount = MOVED[what]
    after_the_first_order(venues, monkeypatch, MOVED[what])
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.FAILED
    assert outcome.error is not None and outcome.error.error_code == "REC-001"
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path)
    command = f"'basis flow btc_basis' (--amount {amount} --asset {token} --venue {location})"
    assert refused.value.error_code == "REC-010" and command in refused.value.remedy
    assert ("--adopt" in refused.value.remedy) == (token == "BTC")
    options, environment = venues.options(tmp_path), venues.environment()
    care.declare_flow(options, environment, Decimal(amount), token, location, venues.live_world())
    outcome = venues.run(tmp_path)
    assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.DONE, "", None)
    assert abs(net(venues)) < LOTS


@pytest.mark.parametrize(
    ("location", "token", "what_to_do"),
    [
        ("binance", "BNB", "Move BNB away from binance, for this run cannot value it."),
        ("bybit", "BTC", "Move it to binance, and declare it there."),
    ],
)
def test_a_start_does_not_ask_for_what_cannot_be_declared(
    tmp_path: Path, location: str, token: str, what_to_do: str
) -> None:
    venues = local()
    venues.run(tmp_path, 2)
    account = venues.world.venues[location].account
    assert isinstance(account.deposit(location, token, Decimal("0.01"), ""), DepositRecord)
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path)
    assert refused.value.error_code == "REC-010"
    assert what_to_do in refused.value.remedy and "basis flow" not in refused.value.remedy
