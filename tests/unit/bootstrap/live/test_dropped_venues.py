"""A venue that the configuration leaves out, and what the run holds there."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.bootstrap.live.dropped_venues import refuse_dropped_venues
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import KeptState
from basis_strategy_v1.core.execution.restore import RestoredState


def restored(changes: Changes) -> RestoredState:
    return RestoredState(
        run_id="run",
        next_step=1,
        bookings=(Booking(timestamp=1, booking_id="opening", changes=changes),),
        pnl=None,
        unresolved=(),
        unbooked=(),
        never_sent=(),
        resting=(),
        transfers=(),
        withdrawals=(),
        cursors={},
        state=KeptState(),
        flows=(),
    )


@pytest.mark.parametrize(("asset", "amount"), [("USDT", "5000"), ("BTC", "0.001"), ("BTCUSDT-PERP", "-0.5")])
def test_what_is_held_there_is_refused(asset: str, amount: str) -> None:
    with pytest.raises(ComponentError) as caught:
        refuse_dropped_venues(restored({"bybit": {asset: Decimal(amount)}}), {"binance"})
    assert caught.value.error_code == "CFG-003"
    refuse_dropped_venues(restored({"bybit": {asset: Decimal(amount)}}), {"bybit"})


def test_a_venue_from_which_everything_was_taken_may_be_left_out() -> None:
    """The profit of its closed short stands in the quote leg, what was taken away in the wallet."""
    left = {"USDT": Decimal("-250.004"), "BTCUSDT-PERP.quote": Decimal("250.01"), "BTCUSDT-PERP": Decimal(0)}
    refuse_dropped_venues(restored({"bybit": left, "in_transit": {"USDT": Decimal(0)}}), {"binance"})
