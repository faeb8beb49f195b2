"""What is remembered of transfers that a venue lists."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.transfer_keeper import REMEMBERED, TransferKeeper
from basis_strategy_v1.core.domain.orders import TransferReport
from basis_strategy_v1.venues.registry import spec_for


def test_whose_a_transfer_is_is_forgotten_once_many_came_after_it() -> None:
    desk: Any = None
    keeper = TransferKeeper(spec_for("bybit"), desk, (), 60.0, lambda: 0, lambda ns: ns)
    amounts = {"sent": Decimal(1), "fee": Decimal(0), "received": Decimal(1)}
    for number in range(REMEMBERED + 10):
        name = f"{number:032x}"
        keeper.claim(TransferReport(client_transfer_id=name, token="USDT", venue_transfer_id=f"t{number}", **amounts))
    assert len(keeper._told) == REMEMBERED and f"t{REMEMBERED + 9}" in keeper._told
