"""Limits are held against the worse of done and not done."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.domain.uncertain import UncertainChange
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel
from tight_loop import MARGIN, TightLoop, perp_fill

MARK = Decimal(50_000)


def short_of(amount: str, **limits: str) -> TightLoop:
    """10,000 USDT of margin under a short: of 0.1 the margin ratio is 0.005 at the mark."""
    loop = TightLoop(risk=RiskSettings(**{name: Decimal(value) for name, value in limits.items()}))
    loop.at_row(0)
    loop.deliver(perp_fill("one", f"-{amount}", "50000", "0"))
    return loop


def doubt(**changes: str) -> UncertainChange:
    assets = {name.replace("_", "-"): Decimal(amount) for name, amount in changes.items()}
    return UncertainChange(name="a", venue="alpha", changes={MARGIN: assets}, prices={"BTCUSDT-PERP": MARK})


def level(loop: TightLoop, *uncertain: UncertainChange) -> RiskLevel:
    loop.risk.uncertain = lambda: uncertain
    return loop.risk.update_state(1, "engine")


def test_margin_that_may_have_been_withdrawn_counts_as_gone() -> None:
    loop = short_of("0.1")
    assert level(loop) is RiskLevel.NORMAL
    assert level(loop, doubt(USDT="-9950")) is RiskLevel.HARD
    assert loop.risk.ratios["alpha"] == 1
    assert loop.risk.get_state_snapshot()["uncertain"] == ["a"]


def test_margin_that_may_have_arrived_does_not_count() -> None:
    loop = short_of("0.1", margin_ratio_soft="0.004")
    assert level(loop) is RiskLevel.SOFT
    assert level(loop, doubt(USDT="50000")) is RiskLevel.SOFT


def test_a_position_counts_as_the_larger_of_done_and_not_done() -> None:
    loop = short_of("0.1", max_notional="7000")
    assert level(loop, doubt(BTCUSDT_PERP="0.05")) is RiskLevel.NORMAL
    assert level(loop, doubt(BTCUSDT_PERP="-0.05")) is RiskLevel.SOFT
    assert level(loop, doubt(BTCUSDT_PERP="0.25")) is RiskLevel.SOFT


def test_the_limit_of_net_exposure_counts_either_end() -> None:
    loop = short_of("0.1", max_delta_fraction="0.3")
    net, nav = Decimal("-0.1"), Decimal(20_000)
    assert level(loop) is RiskLevel.NORMAL
    assert loop.risk.delta_within_limit(net, MARK, nav)
    loop.risk.uncertain = lambda: (doubt(BTCUSDT_PERP="-0.1"),)
    assert not loop.risk.delta_within_limit(net, MARK, nav)
    loop.risk.uncertain = lambda: (doubt(BTCUSDT_PERP="0.1"),)
    assert loop.risk.delta_within_limit(net, MARK, nav)
    loop.risk.uncertain = lambda: (doubt(BTCUSDT_PERP="0.3"),)
    assert not loop.risk.delta_within_limit(net, MARK, nav)
