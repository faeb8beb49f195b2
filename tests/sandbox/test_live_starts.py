"""Starts after a process that died where it had hardly begun, or with an order at a venue that nobody had heard of."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live.journal_keeper import JournalKeeper
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import connect_venues, open_run
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding, Tick
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import OrderState, Submission, sent
from local_live import LocalVenues, moving_scene


class Death(BaseException):
    """The process is gone."""


def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 96))


def test_funding_paid_after_a_death_in_the_first_tick_is_booked_by_the_next_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(keeper: JournalKeeper, tick: Tick) -> None:
        raise Death

    venues = local()
    with monkeypatch.context() as patch:
        patch.setattr(JournalKeeper, "keep_tick", die)
        with pytest.raises(Death):
            venues.run(tmp_path)
    assert venues.world.venues["bybit"].account.positions()
    venues.world.clock.advance(10 * 3600.0)
    outcome = venues.run(tmp_path, 20)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


def test_an_order_found_resting_after_a_death_is_known_for_its_own(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    order_id = _send_and_die(venues, tmp_path)
    assert order_id in [order.client_id for order in venues.world.venues["bybit"].account.orders() if order.is_open]
    outcome = venues.run(tmp_path, 8)
    assert outcome.ending is LiveEnding.DONE and outcome.held == ""


def _send_and_die(venues: LocalVenues, directory: Path) -> str:
    """Leave a limit order at the venue of which the journal says only that it is about to be sent."""
    options, world = venues.options(directory), venues.live_world()
    plan = make_plan(options, venues.environment())
    now = world.time.now()
    journal = open_run(options, plan, now)
    order_id = InstructionIds(journal.run_id).next(journal.next_step())
    terms = {"symbol": "BTCUSDT", "trade_type": "spot", "side": "buy", "order_type": "limit", "price": Decimal(30_000)}
    journal.record_intent(now, CexTrade(venue="bybit", amount=Decimal("0.01"), instruction_id=order_id, **terms))
    request = OrderRequest(client_order_id=order_id, quantity=Decimal("0.01"), **terms)
    intended = Submission(client_id=order_id, venue="bybit", state=OrderState.INTENDED, order=request)
    journal.record_submission(sent(intended, now))
    connect_venues(options, plan, world).exchanges["bybit"].place_order(request)
    journal.close()
    return order_id


@pytest.mark.parametrize(("last_row", "held"), [(0, "on its way to bybit"), (8, "BTCUSDT-PERP at bybit")])
def test_a_venue_at_which_the_run_holds_something_cannot_be_left_out(tmp_path: Path, last_row: int, held: str) -> None:
    names = ["binance", "bybit"]
    venues = LocalVenues(names, moving_scene(names, 48))
    venues.run(tmp_path, last_row)
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 12, overrides=("strategy.hedge_allocation={binance: 1.0}",))
    assert caught.value.error_code == "CFG-003"
    assert held in caught.value.message
