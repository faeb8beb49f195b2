"""The kill switch: every open order goes, known or not, and what could not be canceled is told."""

from __future__ import annotations

import json
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.bootstrap.live.session import open_run
from basis_strategy_v1.core.domain.ids import InstructionIds
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import OrderRequest
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.order_state import OrderState, Submission, sent
from basis_strategy_v1.sandbox.faults import FaultRule
from live_orders import open_orders, rest
from local_live import LocalVenues, moving_scene

NAMES = ["okx", "bybit"]
REFUSED_CANCELS = FaultRule(kind="maintenance", venue="okx", endpoint="POST *cancel*", last=0)


def local() -> LocalVenues:
    return LocalVenues(NAMES, moving_scene(NAMES, 48))


def test_a_kill_goes_on_to_the_next_venue_and_tells_what_may_still_be_open(tmp_path: Path) -> None:
    venues = local()

    def begin_to_kill() -> None:
        for venue in NAMES:
            rest(venues, tmp_path, venue, "0" * 31 + str(NAMES.index(venue)))
        venues.world.faults.add([REFUSED_CANCELS])
        care.kill(venues.options(tmp_path), venues.environment(), "test", venues.live_world())

    venues.happenings[5] = begin_to_kill
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.KILLED
    assert outcome.error is not None and "still be open at okx" in outcome.error.message
    assert (open_orders(venues, "okx"), open_orders(venues, "bybit")) == (1, 0)
    assert json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))["state"] == "halted"


def test_a_kill_without_a_process_tells_what_is_not_canceled(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    for venue in NAMES:
        rest(venues, tmp_path, venue, "0" * 31 + str(NAMES.index(venue)))
    venues.world.faults.add([REFUSED_CANCELS])
    with pytest.raises(ComponentError) as caught:
        care.kill(venues.options(tmp_path), venues.environment(), "test", venues.live_world())
    assert "okx (1 of 1 not canceled" in caught.value.message
    assert "bybit: 1 open orders canceled." in caught.value.line
    assert (open_orders(venues, "okx"), open_orders(venues, "bybit")) == (1, 0)
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path)
    assert caught.value.error_code == "EIM-013"


@pytest.mark.parametrize("look_after", [partial(care.kill, reason="test"), partial(care.recover, resume=True)])
def test_looking_after_a_run_that_never_was_begins_none(tmp_path: Path, look_after: Any) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    options = venues.options(tmp_path, label="other")
    with pytest.raises(ComponentError) as caught:
        look_after(options, venues.environment(), world=venues.live_world())
    assert caught.value.error_code == "RES-001"


def test_foreign_orders_that_are_canceled_are_not_those_a_dead_process_has_sent(tmp_path: Path) -> None:
    venues = local()
    venues.run(tmp_path, 5)
    options = venues.options(tmp_path)
    plan = make_plan(options, venues.environment())
    journal = open_run(options, plan, venues.world.clock.now_ns())
    own = InstructionIds(journal.run_id).next(journal.next_step())
    trade = CexTrade(
        venue="bybit", trade_type="perp", symbol="BTCUSDT", side="buy", amount=Decimal("0.01"), instruction_id=own
    )
    journal.record_intent(venues.world.clock.now_ns(), trade)
    order = OrderRequest(client_order_id=own, symbol="BTCUSDT", trade_type="perp", side="buy", quantity=Decimal("0.01"))
    intended = Submission(client_id=own, venue="bybit", state=OrderState.INTENDED, order=order)
    journal.record_submission(sent(intended, venues.world.clock.now_ns()))
    journal.close()
    rest(venues, tmp_path, "bybit", own)
    rest(venues, tmp_path, "okx", "0" * 32)
    lines = care.recover(options, venues.environment(), cancel_foreign=True, world=venues.live_world())
    assert lines[-2:] == ["okx: 1 foreign orders canceled.", "bybit: 0 foreign orders canceled."]
    assert (open_orders(venues, "okx"), open_orders(venues, "bybit")) == (0, 1)
