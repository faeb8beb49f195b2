"""Margin by tier, and the limits of a run."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.interfaces.venue_spec import MaintenanceTier, MarginRules
from basis_strategy_v1.core.monitors.margin_account import MarginState, maintenance_margin
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel, RiskMonitor
from simulated_market import CLASSIC, TIERS, UNIFIED
from tight_loop import MARGIN, SPOT, TightLoop, perp_fill, spot_fill

WIDE = RiskSettings(margin_ratio_soft=Decimal(10), margin_ratio_hard=Decimal(20))


def state(balance: str, maintenance: str) -> MarginState:
    return MarginState("alpha", Decimal(balance), Decimal(maintenance), Decimal(0))


@pytest.mark.parametrize(
    ("notional", "expected"),
    [("0", "0"), ("500000", "5000"), ("1000000", "10000"), ("1000001", "10000.05"), ("2000000", "60000")],
)
def test_maintenance_margin_is_that_of_the_tier_the_notional_falls_into(notional: str, expected: str) -> None:
    assert maintenance_margin(TIERS, Decimal(notional)) == Decimal(expected)


def test_maintenance_margin_does_not_jump_at_the_floor_of_a_tier() -> None:
    floor = TIERS[1].floor
    below = floor * TIERS[0].rate - TIERS[0].deduction
    assert maintenance_margin(TIERS, floor) == below


@pytest.mark.parametrize(
    ("balance", "maintenance", "ratio"),
    [
        ("100", "0", "0"),
        ("0", "0", "0"),
        ("100", "25", "0.25"),
        ("3", "1", "0.333333333"),
        ("5", "5", "1"),
        ("2", "3", "1"),
        ("-5", "1", "1"),
    ],
)
def test_the_margin_ratio_runs_from_nothing_to_liquidation(balance: str, maintenance: str, ratio: str) -> None:
    assert state(balance, maintenance).ratio == Decimal(ratio)


def test_a_margin_account_is_cash_and_profit_against_maintenance() -> None:
    loop = TightLoop(risk=WIDE)
    loop.deliver(perp_fill("one", "-1", "50000", "10"))
    loop.pnl.mark_to(1)
    found = loop.risk.margin_state(CLASSIC)
    assert (found.balance, found.maintenance, found.notional) == (8_990, 510, 51_000)


def test_coins_on_a_unified_account_count_with_their_haircut() -> None:
    loop = TightLoop(spec=UNIFIED, opening={SPOT: {"USDT": Decimal(10_000)}})
    loop.deliver(spot_fill("one", "0.1", "50000"))
    assert loop.risk.margin_state(UNIFIED).balance == 5_000 + Decimal("0.1") * 50_000 * Decimal("0.9")


def test_coins_without_a_weight_are_no_collateral() -> None:
    bare = msgspec.structs.replace(UNIFIED, margin=MarginRules(tiers={"BTCUSDT": TIERS}))
    loop = TightLoop(spec=bare, opening={SPOT: {"USDT": Decimal(10_000)}})
    loop.deliver(spot_fill("one", "0.1", "50000"))
    assert loop.risk.margin_state(bare).balance == 5_000


@pytest.mark.parametrize(
    ("soft", "hard", "level"),
    [("0.05", "0.5", "NORMAL"), ("0.0499", "0.5", "SOFT"), ("0.01", "0.05", "SOFT"), ("0.01", "0.0499", "HARD")],
)
def test_a_limit_is_breached_only_beyond_it(soft: str, hard: str, level: str) -> None:
    """One short of 50,000 at 1 % maintenance on 10,000 of margin: a ratio of 0.05."""
    loop = TightLoop(risk=WIDE)
    loop.deliver(perp_fill("one", "-1", "50000"))
    settings = RiskSettings(margin_ratio_soft=Decimal(soft), margin_ratio_hard=Decimal(hard))
    monitor = RiskMonitor(loop.ledger, (CLASSIC,), settings)
    assert monitor.update_state(5, "test", "alpha").name == level
    assert monitor.level.name == level
    assert monitor.last_update == 5


def test_a_negative_balance_is_beyond_the_hard_limit() -> None:
    loop = TightLoop(opening={MARGIN: {"USDT": Decimal(400)}}, risk=WIDE)
    loop.deliver(perp_fill("one", "1", "50000", "0"))
    loop.pnl.mark_to(2)
    assert loop.risk.update_state(0, "test") is RiskLevel.HARD


def test_more_notional_than_permitted_is_a_soft_breach() -> None:
    loop = TightLoop(risk=msgspec.structs.replace(WIDE, max_notional=Decimal(50_000)))
    assert loop.deliver(perp_fill("one", "1", "50000")).risk_level is RiskLevel.NORMAL
    assert loop.deliver(perp_fill("two", "0.001", "50000")).risk_level is RiskLevel.SOFT


def test_the_worst_venue_decides_when_all_are_asked() -> None:
    beta = msgspec.structs.replace(CLASSIC, venue="beta", margin_location="beta.derivatives")
    loop = TightLoop(risk=WIDE)
    loop.deliver(perp_fill("one", "-1", "50000"))
    settings = RiskSettings(margin_ratio_soft=Decimal("0.01"))
    monitor = RiskMonitor(loop.ledger, (beta, CLASSIC), settings)
    assert monitor.update_state(0, "test", "beta") is RiskLevel.NORMAL
    assert monitor.update_state(0, "test") is RiskLevel.SOFT
    assert monitor.get_state_snapshot() == {
        "last_update": 0,
        "level": RiskLevel.SOFT.value,
        "margin_ratio": {"beta": Decimal(0), "alpha": Decimal("0.05")},
        "uncertain": [],
    }


def test_a_venue_without_a_margin_account_has_no_margin_to_check() -> None:
    spec = msgspec.structs.replace(CLASSIC, venue="wallet", margin=None)
    monitor = RiskMonitor(TightLoop().ledger, (spec,), RiskSettings())
    assert monitor.update_state(0, "test", "wallet") is RiskLevel.NORMAL
    assert monitor.margins == {}


@pytest.mark.parametrize(("limit", "within"), [(None, True), ("0.1", True), ("0.0999", False)])
def test_delta_is_measured_as_a_fraction_of_net_asset_value(limit: str | None, within: bool) -> None:
    fraction = None if limit is None else Decimal(limit)
    monitor = RiskMonitor(TightLoop().ledger, (), RiskSettings(max_delta_fraction=fraction))
    for exposure in ("0.02", "-0.02"):
        assert monitor.delta_within_limit(Decimal(exposure), Decimal(50_000), Decimal(10_000)) is within


def test_the_first_tier_holds_below_every_floor() -> None:
    tiers = (MaintenanceTier(Decimal(0), Decimal("0.02"), Decimal(0), 50),)
    assert maintenance_margin(tiers, Decimal(10**9)) == 2 * 10**7
