"""A request that the network delivers twice: the venue's own rules decide, and the books never disagree in silence."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene

ROWS = 12


@pytest.mark.parametrize(
    ("venue", "endpoint"), [("binance", "POST /fapi/v1/order"), ("okx", "POST /api/v5/trade/order")]
)
def test_an_order_that_a_venue_fills_twice_is_found_at_once_and_stops_the_run(
    venue: str, endpoint: str, tmp_path: Path
) -> None:
    venues = LocalVenues(sorted({"binance", venue}), moving_scene(sorted({"binance", venue}), ROWS))
    venues.world.faults.add([FaultRule(kind="duplicate_delivery", endpoint=endpoint)])
    outcome = venues.run(tmp_path)
    assert outcome.ending is LiveEnding.FAILED
    assert outcome.error is not None and outcome.error.error_code == "REC-001"
    fills = venues.world.venues[venue].account.trades(trade_type="perp")
    assert len({fill.order_id for fill in fills}) == 2 and len({fill.client_id for fill in fills}) == 1
    with pytest.raises(ComponentError) as refused:
        venues.run(tmp_path)
    assert refused.value.error_code.startswith("REC-")


def test_a_venue_whose_ids_are_unique_for_ever_fills_it_once(tmp_path: Path) -> None:
    venues = LocalVenues(["binance", "bybit"], moving_scene(["binance", "bybit"], ROWS))
    rule = FaultRule(kind="duplicate_delivery", venue="bybit", endpoint="POST *order*", options={"answer": "second"})
    venues.world.faults.add([rule])
    outcome = venues.run(tmp_path)
    assert outcome.error is None
    assert venues.world.faults.struck == 1
    orders = [order.client_id for order in venues.world.venues["bybit"].account.orders() if order.filled]
    assert orders and len(orders) == len(set(orders))
