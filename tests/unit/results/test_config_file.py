from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.results.config_file import plain, write_config


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (Decimal("0.0015"), 0.0015),
        (Decimal("1E+5"), 100_000),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        (Decimal("NaN"), "NaN"),
        (("a", Path("data")), ["a", "data"]),
        (frozenset({"b", "a"}), ["a", "b"]),
        (Outcome.DONE, "done"),
        (datetime(2024, 5, 1, tzinfo=UTC), "2024-05-01T00:00:00+00:00"),
        ({1: None, "flag": True}, {"1": None, "flag": True}),
    ],
)
def test_values_take_the_types_of_yaml(value: Any, stored: Any) -> None:
    assert plain(value) == stored
    assert type(plain(value)) is type(stored)


def test_keys_keep_their_order_since_the_first_venue_holds_the_spot(tmp_path: Path) -> None:
    write_config(tmp_path / "a", {"hedge_allocation": {"okx": Decimal("0.6"), "binance": Decimal("0.4")}})
    stored = yaml.safe_load((tmp_path / "a").read_text())
    assert list(stored["hedge_allocation"].items()) == [("okx", 0.6), ("binance", 0.4)]
