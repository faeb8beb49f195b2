"""What is left of a withdrawal that goes astray."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.sandbox.mishaps import mishap_of


@pytest.mark.parametrize(("missing", "arrives"), [("1", [Decimal(10)]), ("11", []), ("40", [])])
def test_no_less_than_nothing_arrives(missing: str, arrives: list[Decimal]) -> None:
    parts = mishap_of({"mode": "short", "amount": missing}).parts(Decimal(11))
    assert [amount for amount, _ in parts] == arrives
