"""Some hours of a live run on three venues on which everything goes wrong; ``make soak`` is a whole day of it."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.strategies.strategy import TradingState
from soak import Soak, SoakPlan
from soak_books import read_books


def test_hours_of_faults_and_restarts_leave_the_books_closed(tmp_path: Path) -> None:
    plan = SoakPlan(rows=121, seed=2, of_effects=0.5, restart_rows=20, maintenance_rows=40, flow_rows=30)
    soak = Soak(plan, tmp_path)
    soak.run()
    last = soak.start_again()
    books = read_books(soak.venues, tmp_path)
    assert soak.problems() + books.problems == []
    assert (last.ending, last.held) == (LiveEnding.DONE, "")
    assert soak.faults.struck > 40 and sum(soak.mortality.places.values()) > 3
    assert books.orders > 40 and books.withdrawals > 1


def test_withdrawals_that_go_astray_amid_faults_are_ended_by_a_person_and_leave_the_books_closed(
    tmp_path: Path,
) -> None:
    soak = Soak(SoakPlan(rows=221, seed=6, of_effects=0.1, of_withdrawals=1.0, restart_rows=20, flow_rows=40), tmp_path)
    soak.run()
    last = soak.start_again()
    books = read_books(soak.venues, tmp_path)
    assert soak.problems() + books.problems == []
    assert (last.ending, last.held) == (LiveEnding.DONE, "")
    assert soak.faults.kinds["withdrawal_astray"] > 1 and sum(soak.person.did.values()) > 0
    assert books.pnl is not None and books.pnl.buckets["transfer"] < 0


def test_a_liquidation_amid_faults_leaves_no_spot_without_hedge_and_the_books_closed(tmp_path: Path) -> None:
    soak = Soak(SoakPlan(rows=101, seed=4, liquidation_row=50), tmp_path)
    soak.run()
    assert soak.counts.lives["halted"] == 1
    assert [problem for problem in soak.problems() if "refused" in problem] == []
    accounts = [venue.account for venue in soak.venues.world.venues.values()]
    short = sum(position.quantity for account in accounts for position in account.positions())
    assert abs(accounts[0].balances("binance")["BTC"].total + short) < Decimal("0.01")
    assert read_books(soak.venues, tmp_path, TradingState.HALTED).problems == []
    options, environment = soak.venues.options(tmp_path), soak.venues.environment()
    care.recover(options, environment, resume=True, world=soak.venues.live_world())
    again = soak.start_again()
    assert (again.ending, again.held) == (LiveEnding.DONE, "")
