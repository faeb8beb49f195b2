"""Money or a token that nobody declared, or that was declared, comes with a trade: at its beginning or in its middle.

What comes is combined with what is traded; afterwards no spot stands without its hedge, nor a short without its coins.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.engine.venue_comparison import LATE_LOOKS, LATE_SECONDS
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.binance import futures_account
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.records import DepositRecord
from engine_runs import PerpSeries, Scene
from local_live import LocalTime, LocalVenues

ROWS, AT, FUNDING_ROW = 22, 12, 16
LOTS = Decimal("0.003")
START = 50_000.0
PRICES = {"rebalance": 94_000.0, "planned exit": START, "hard exit": 99_350.0, "liquidation": START, "funding": START}
EXITS = ("planned exit", "hard exit", "liquidation")
DECLARED = "20000"
WITHDRAW = "POST /sapi/v1/capital/withdraw/apply"


def local(trade: str, *, with_funding: bool = False) -> LocalVenues:
    """Venues at which ``trade`` falls due at row ``AT``."""
    spot = np.full(ROWS, START)
    spot[AT:] = PRICES[trade]
    rates = {AT: "0.0001"} if with_funding or trade == "funding" else {}
    series = PerpSeries(price=spot, mark=spot, rates=rates)
    overrides = ("strategy.exit_at='2024-01-01T12:00:00Z'",) if trade == "planned exit" else ()
    return LocalVenues(["binance", "bybit"], Scene(spot=spot, perps={"binance": series, "bybit": series}), *overrides)


def brings(venues: LocalVenues, location: str, token: str, amount: str) -> Callable[[], object]:
    account = venues.world.venues[location.partition(".")[0]].account

    def bring() -> None:
        assert isinstance(account.deposit(location, token, Decimal(amount), ""), DepositRecord)

    return bring


def declares(venues: LocalVenues, directory: Path) -> Callable[[], object]:
    options, world = venues.options(directory), venues.live_world()
    environment = venues.environment()
    return lambda: care.declare_flow(options, environment, Decimal(DECLARED), "USDT", "binance", world, force=True)


COMES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "cash at home": (("binance", "USDT", "5"),),
    "cash beside the short": (("binance.derivatives", "USDT", "5"),),
    "cash elsewhere": (("bybit", "USDT", "5"),),
    "a token without a price": (("binance", "BNB", "0.1"),),
    "both": (("bybit", "USDT", "5"), ("binance", "BNB", "0.1")),
}
COINS = {"coins": (("binance", "BTC", "0.01"),)}
TAKEN = {"cash taken elsewhere": (("bybit", "USDT", "-5"),), "cash taken at home": (("binance", "USDT", "-5"),)}
ALL = COMES | COINS | TAKEN


def happening(venues: LocalVenues, directory: Path, what: str) -> Callable[[], object]:
    if what.startswith("declared"):
        told = [declares(venues, directory)]
        shown = [] if what.endswith("not shown") else [brings(venues, "binance", "USDT", DECLARED)]
        return lambda: [act() for act in (*told, *shown)]
    acts = [brings(venues, *movement) for movement in ALL[what]]
    return lambda: [act() for act in acts]


def with_the_row(venues: LocalVenues, trade: str, act: Callable[[], object]) -> None:
    happenings: list[Callable[[], object]] = [act]
    if trade == "liquidation":
        happenings.append(venues.world.venues["binance"].account.liquidate)
    venues.happenings[AT] = lambda: [happen() for happen in happenings]


def after_an_order(venues: LocalVenues, trade: str, act: Callable[[], object], patch: pytest.MonkeyPatch) -> None:
    """``act`` right after the first order of row ``AT``."""
    account = venues.world.venues["binance"].account
    place = account.place

    def place_and_act(*arguments: Any, **named: Any) -> object:
        patch.setattr(account, "place", place)
        placed = place(*arguments, **named)
        act()
        return placed

    with_the_row(venues, trade, lambda: patch.setattr(account, "place", place_and_act))


def net(venues: LocalVenues) -> Decimal:
    """Coins and perpetuals of both venues."""
    coins = venues.world.venues["binance"].account.balances("binance").get("BTC")
    perps = [position.quantity for venue in venues.world.venues.values() for position in venue.account.positions()]
    return sum(perps, Decimal(0) if coins is None else coins.total)


def shorts(venues: LocalVenues) -> list[Decimal]:
    accounts = [venue.account for venue in venues.world.venues.values()]
    return [position.quantity for account in accounts for position in account.positions() if position.quantity]


def status(directory: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((directory / "status.json").read_text(encoding="utf-8"))
    return found


def to_its_end(venues: LocalVenues, directory: Path) -> LiveOutcome:
    """Run until no comparison ends the process any more, which it may once."""
    outcome = venues.run(directory)
    if outcome.ending is LiveEnding.FAILED:
        assert outcome.error is not None and outcome.error.error_code == "REC-001"
        outcome = venues.run(directory)
    return outcome


def check_exit(venues: LocalVenues, directory: Path, trade: str, outcome: LiveOutcome) -> None:
    """All is sold and bought back, or after a liquidation what has lost its hedge, and nothing is held."""
    assert abs(net(venues)) < LOTS
    assert (outcome.error, outcome.held) == (None, "")
    assert outcome.ending is (LiveEnding.DONE if trade == "planned exit" else LiveEnding.HALTED)
    assert bool(shorts(venues)) == (trade == "liquidation")


@pytest.mark.parametrize("trade", EXITS)
@pytest.mark.parametrize("what", [*COMES, "declared and shown", "declared and not shown"])
def test_what_comes_with_an_exit_does_not_keep_it_from_its_end(tmp_path: Path, what: str, trade: str) -> None:
    venues = local(trade)
    with_the_row(venues, trade, happening(venues, tmp_path, what))
    check_exit(venues, tmp_path, trade, venues.run(tmp_path))


@pytest.mark.parametrize(
    ("what", "trade"),
    [
        *(("coins", trade) for trade in EXITS),
        *(("cash taken elsewhere", trade) for trade in EXITS if trade != "hard exit"),
    ],
)
def test_an_exit_comes_to_its_end_with_coins_that_come_and_cash_that_goes(
    tmp_path: Path, what: str, trade: str
) -> None:
    venues = local(trade)
    with_the_row(venues, trade, happening(venues, tmp_path, what))
    check_exit(venues, tmp_path, trade, venues.run(tmp_path))


@pytest.mark.parametrize(
    ("what", "trade"), [("coins", "planned exit"), ("coins", "hard exit"), ("cash taken elsewhere", "planned exit")]
)
def test_an_exit_comes_to_its_end_in_one_process_with_what_comes_or_goes_beside_funding(
    tmp_path: Path, what: str, trade: str
) -> None:
    venues = local(trade, with_funding=True)
    with_the_row(venues, trade, happening(venues, tmp_path, what))
    check_exit(venues, tmp_path, trade, venues.run(tmp_path))
    assert Decimal(status(tmp_path)["buckets"]["funding"]) > 4


@pytest.mark.parametrize("what", ["coins", "cash taken elsewhere"])
def test_what_comes_or_goes_beside_funding_is_held_and_the_funding_is_booked_once(tmp_path: Path, what: str) -> None:
    undisturbed, venues = local("funding"), local("funding")
    undisturbed.run(tmp_path / "undisturbed")
    with_the_row(venues, "funding", happening(venues, tmp_path, what))
    outcome = venues.run(tmp_path / "held")
    assert (outcome.ending, outcome.error) == (LiveEnding.DONE, None) and "REC-010 at" in outcome.held
    assert shorts(venues) == shorts(undisturbed)
    funding = [status(tmp_path / name)["buckets"]["funding"] for name in ("undisturbed", "held")]
    assert funding[0] == funding[1] and Decimal(funding[0]) > 4


def test_cash_that_goes_beside_funding_is_held_in_its_row_though_its_venue_gives_no_price(tmp_path: Path) -> None:
    venues = local("funding")
    silent = FaultRule(kind="close_before", endpoint="GET /v5/market/*", last=0)
    taken = happening(venues, tmp_path, "cash taken elsewhere")
    with_the_row(venues, "funding", lambda: (taken(), venues.world.faults.add([silent])))
    outcome = venues.run(tmp_path, AT, reconcile_seconds=86_400.0)
    assert (outcome.ending, outcome.error) == (LiveEnding.DONE, None)
    assert outcome.held.startswith("REC-010 at bybit: USDT at bybit")


@pytest.mark.replaces_parts
@pytest.mark.parametrize("trade", ["planned exit", "hard exit"])
@pytest.mark.parametrize("what", COMES)
def test_what_comes_in_the_middle_of_an_exit_does_not_stop_it(
    tmp_path: Path, what: str, trade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(trade)
    after_an_order(venues, trade, happening(venues, tmp_path, what), monkeypatch)
    check_exit(venues, tmp_path, trade, venues.run(tmp_path))


@pytest.mark.replaces_parts
@pytest.mark.parametrize("trade", ["planned exit", "hard exit"])
@pytest.mark.parametrize("what", ["coins", "cash taken at home"])
def test_an_exit_that_coins_or_missing_cash_have_stopped_is_gone_on_with_by_the_next_start(
    tmp_path: Path, what: str, trade: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local(trade)
    after_an_order(venues, trade, happening(venues, tmp_path, what), monkeypatch)
    check_exit(venues, tmp_path, trade, to_its_end(venues, tmp_path))


@pytest.mark.parametrize("what", [*COMES, "coins", "declared and not shown"])
def test_nothing_is_traded_on_what_has_come_before_the_first_order(tmp_path: Path, what: str) -> None:
    venues = local("rebalance")
    with_the_row(venues, "rebalance", happening(venues, tmp_path, what))
    before: list[Decimal] = []
    venues.happenings[AT - 1] = lambda: before.extend(shorts(venues))
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and "REC-010 at" in outcome.held
    assert shorts(venues) == before


@pytest.mark.replaces_parts
@pytest.mark.parametrize("what", COMES)
def test_a_pair_that_is_begun_is_brought_together_before_the_run_is_held(
    tmp_path: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = local("rebalance")
    after_an_order(venues, "rebalance", happening(venues, tmp_path, what), monkeypatch)
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.DONE and "REC-010 at" in outcome.held
    assert abs(net(venues)) < LOTS and sum(shorts(venues)) > -Decimal("0.9")


@pytest.mark.parametrize("trade", ["funding", "rebalance"])
def test_declared_money_that_comes_with_something_else_is_traded_on(tmp_path: Path, trade: str) -> None:
    venues = local(trade)
    with_the_row(venues, trade, happening(venues, tmp_path, "declared and shown"))
    outcome = venues.run(tmp_path)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")
    assert abs(net(venues)) < LOTS and Decimal(outcome.nav) > 119_500


def test_declared_money_that_is_not_shown_holds_a_start_as_it_does_a_process(tmp_path: Path) -> None:
    venues = local("funding")
    with_the_row(venues, "funding", happening(venues, tmp_path, "declared and not shown"))
    assert "binance does not show the 20000 USDT" in venues.run(tmp_path, AT + 2).held
    outcome = venues.run(tmp_path, AT + 4)
    assert outcome.ending is LiveEnding.DONE and "binance does not show the 20000 USDT" in outcome.held
    brings(venues, "binance", "USDT", DECLARED)()
    outcome = venues.run(tmp_path)
    assert (outcome.ending, outcome.held) == (LiveEnding.DONE, "")


def test_undeclared_money_refuses_a_start_that_closes_nothing(tmp_path: Path) -> None:
    venues = local("funding")
    venues.run(tmp_path, AT)
    brings(venues, "binance", "USDT", "5")()
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path)
    assert caught.value.error_code == "REC-010"


def test_what_an_exit_sets_aside_is_told(tmp_path: Path) -> None:
    venues = local("hard exit")
    with_the_row(venues, "hard exit", happening(venues, tmp_path, "a token without a price"))
    assert venues.run(tmp_path).ending is LiveEnding.HALTED
    events = "".join(path.read_text(encoding="utf-8") for path in (tmp_path / "logs" / "events").iterdir())
    assert events.count("BNB has no price in this run, so it is set aside") == 1
    assert "foreign binance" in status(tmp_path)["uncertain"]


def test_what_may_be_a_transfer_of_the_runs_own_is_taken_for_no_flow_by_an_exit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    wait = LocalTime.wait
    monkeypatch.setattr(LocalTime, "wait", lambda time, seconds: (waited.append(seconds), wait(time, seconds)))
    spot = np.full(ROWS, START)
    spot[4:] = 150_500.0
    series = PerpSeries(price=spot, mark=spot, rates={})
    scene = Scene(spot=spot, perps={"binance": series, "bybit": series})
    venues = LocalVenues(["binance", "bybit"], scene, "strategy.spot_allocation=0.5")
    short = {"mode": "short", "amount": "5000", "untraced": True}
    venues.world.faults.add([FaultRule(kind="withdrawal_astray", endpoint=WITHDRAW, last=1, options=short)])
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.HALTED and abs(net(venues)) < LOTS
    assert waited.count(LATE_SECONDS) == LATE_LOOKS, "it is waited for once, and not at every comparison of the exit"
    (late,) = [line for line in status(tmp_path)["attention"] if "--arrived" in line]
    (deposit,) = venues.world.venues["bybit"].account.deposits()
    number = next(word for word in late.split() if word.endswith("0002"))
    end = TransferEnd(transfer_id=number, amount=deposit.amount)
    lines = care.recover(venues.options(tmp_path), venues.environment(), world=venues.live_world(), end=end)
    assert lines[-1] == "Booked."
    care.recover(venues.options(tmp_path), venues.environment(), world=venues.live_world(), resume=True)
    again = venues.run(tmp_path)
    assert (again.ending, again.held) == (LiveEnding.DONE, "") and abs(Decimal(again.nav) - Decimal(outcome.nav)) < 200


@pytest.mark.parametrize("late_by", [1, 2, 3])
@pytest.mark.parametrize("trade", ["planned exit", "hard exit"])
def test_funding_that_is_listed_late_in_an_exit_is_funding_and_not_a_flow(
    tmp_path: Path, trade: str, late_by: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The wallet shows it at once, the list of incomes only after ``late_by`` questions."""
    asked = []
    entries = futures_account.income_entries

    def late_entries(account: Any, symbol: Any, kind: Any) -> list[dict[str, Any]]:
        found = entries(account, symbol, kind)
        if venues.world.clock.row < FUNDING_ROW or len(asked) >= late_by:
            return found
        asked.append(kind)
        return [entry for entry in found if entry["incomeType"] != "FUNDING_FEE"]

    spot = np.full(ROWS, START)
    spot[FUNDING_ROW:] = PRICES[trade]
    at_home = PerpSeries(price=spot, mark=spot, rates={FUNDING_ROW: "0.001"})
    elsewhere = PerpSeries(price=spot, mark=spot, rates={})
    exit_at = ("strategy.exit_at='2024-01-01T16:00:00Z'",) if trade == "planned exit" else ()
    venues = LocalVenues(
        ["binance", "bybit"], Scene(spot=spot, perps={"binance": at_home, "bybit": elsewhere}), *exit_at
    )
    monkeypatch.setattr(futures_account, "income_entries", late_entries)
    outcome = venues.run(tmp_path)
    check_exit(venues, tmp_path, trade, outcome)
    assert len(asked) == late_by
    buckets = status(tmp_path)["buckets"]
    assert Decimal(buckets["funding"]) > 20
    assert not [line for line in (tmp_path / "logs").rglob("*.jsonl") if "booked as a flow" in line.read_text()]
