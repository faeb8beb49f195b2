"""Declared money that a venue does not show: it is told only where just that is missing."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.unshown_flows import UnshownFlows
from basis_strategy_v1.core.reconciliation.compare import Difference

TOLERANCE = Decimal("1e-8")


def flow(number: int, amount: str, location: str = "bybit") -> tuple[str, Flow]:
    return f"flow.{number}", Flow(timestamp=number, amount=Decimal(amount), asset="USDT", location=location)


def explained(flows: Sequence[tuple[str, Flow]], missing: str) -> Sequence[str]:
    unshown = UnshownFlows(lambda asset: TOLERANCE)
    unshown.booked(flows)
    return unshown.explain([Difference("bybit", "USDT", Decimal(missing), Decimal(0))])


@pytest.mark.parametrize("missing", ["500", "500.000000009", "-500"])
def test_what_is_missing_is_told_within_the_tolerance(missing: str) -> None:
    (line,) = explained([flow(1, missing[:4].rstrip("."))], missing)
    assert "bybit does not show the" in line and "(flow.1)" in line


@pytest.mark.parametrize("missing", ["-14320", "500.00000001", "499", "-500"])
def test_money_that_is_shown_is_not_said_to_be_missing_where_something_else_differs(missing: str) -> None:
    assert explained([flow(1, "500")], missing) == []


def test_of_several_flows_those_are_told_that_are_missing() -> None:
    flows = [flow(1, "500"), flow(2, "300"), flow(3, "40", "binance")]
    assert "the 300 USDT that were declared (flow.2)" in explained(flows, "300")[0]
    assert "the 500 USDT that were declared (flow.1)" in explained(flows, "500")[0]
    assert "the 800 USDT that were declared (flow.1, flow.2)" in explained(flows, "800")[0]
    assert explained(flows, "40") == []


def test_nothing_is_told_once_the_venue_has_agreed() -> None:
    unshown = UnshownFlows(flows=[flow(1, "500")])
    missing = [Difference("bybit", "USDT", Decimal(500), Decimal(0))]
    unshown.agreed(["binance"])
    assert unshown.explain(missing)
    unshown.agreed(["bybit"])
    assert unshown.explain(missing) == []
