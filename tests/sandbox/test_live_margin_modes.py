"""Margin mode, hedge mode and leverage, which people change by hand, are looked at in every start."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from basis_strategy_v1.bootstrap.live.care import check_accounts
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.account_modes import AccountModes
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.venues.registry import spec_for
from live_orders import rest
from local_live import LocalVenues, moving_scene

VENUES = ["binance", "bybit", "okx", "hyperliquid"]
ASSETS_MODE = "GET /fapi/v1/multiAssetsMargin"
SWITCHED = ["binance", "bybit", "hyperliquid"]


def local(venue: str) -> LocalVenues:
    return LocalVenues([venue], moving_scene([venue], 48))


def account_of(venues: LocalVenues, venue: str) -> SandboxAccount:
    return venues.world.venues[venue].account


def isolate(account: SandboxAccount) -> AccountModes:
    """What a person does on the venue's own pages."""
    modes = account.modes
    if account.spec.venue == "bybit":
        modes.margin = "isolated"
    else:
        modes.isolated.add("BTC" if account.spec.venue == "hyperliquid" else "BTCUSDT")
    return modes


def refusal(venues: LocalVenues, directory: Path) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        venues.run(directory, 12)
    return caught.value


@pytest.mark.parametrize("venue", SWITCHED)
def test_a_flat_account_is_put_on_cross_margin_before_the_first_order(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    account = account_of(venues, venue)
    modes = isolate(account)
    outcome = venues.run(tmp_path, 4)
    assert outcome.ending is LiveEnding.DONE
    assert not modes.isolated and modes.margin == "cross"
    assert account.positions()


@pytest.mark.parametrize("venue", VENUES)
def test_a_position_on_another_margin_mode_ends_a_later_start(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    venues.run(tmp_path, 4)
    account = account_of(venues, venue)
    isolate(account)
    placed = len(account.orders())
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008"
    assert "is on isolated margin" in error.message and "stands in the way" in error.message
    assert "\n" not in error.line
    assert len(account.orders()) == placed


@pytest.mark.parametrize("venue", SWITCHED)
def test_an_open_order_stands_in_the_way_of_cross_margin(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    account_of(venues, venue).deposit(spec_for(venue).margin_location, spec_for(venue).margin_currency, Decimal(1_000))
    rest(venues, tmp_path, venue, "0" * 32)
    isolate(account_of(venues, venue))
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008" and "1 open orders stand in the way" in error.message


@pytest.mark.parametrize("level", ["1", "2", "4"])
def test_a_kind_of_account_that_counts_margin_otherwise_is_refused(level: str, tmp_path: Path) -> None:
    venues = local("okx")
    account_of(venues, "okx").modes.level = level
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008" and "on the venue's own pages only" in error.message


@pytest.mark.parametrize("kind", ["unifiedAccount", "portfolioMargin"])
@pytest.mark.parametrize("last_row", [None, 4])
def test_an_account_whose_wallets_are_one_is_refused_in_every_start(
    kind: str, last_row: int | None, tmp_path: Path
) -> None:
    venues = local("hyperliquid")
    if last_row is not None:
        venues.run(tmp_path, last_row)
    account = account_of(venues, "hyperliquid")
    account.modes.abstraction = kind
    placed = len(account.orders())
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008" and f"is on {kind} margin" in error.message
    assert "\n" not in error.line and len(account.orders()) == placed
    (check,) = check_accounts(venues.options(tmp_path), venues.environment(), venues.live_world())
    assert "EIF-008" in [finding.error_code for finding in check.findings]


@pytest.mark.parametrize("kind", ["disabled", "default", "dexAbstraction"])
def test_an_account_that_keeps_its_wallets_apart_is_traded_on(kind: str, tmp_path: Path) -> None:
    venues = local("hyperliquid")
    account_of(venues, "hyperliquid").modes.abstraction = kind
    assert venues.run(tmp_path, 4).ending is LiveEnding.DONE


@pytest.mark.parametrize("venue", ["binance", "bybit", "okx"])
@pytest.mark.parametrize("last_row", [None, 4])
def test_hedge_mode_is_refused_in_every_start(venue: str, last_row: int | None, tmp_path: Path) -> None:
    venues = local(venue)
    if last_row is not None:
        venues.run(tmp_path, last_row)
    account_of(venues, venue).modes.is_hedged = True
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008" and "hedge mode" in error.message


@pytest.mark.parametrize("last_row", [None, 4])
@pytest.mark.parametrize("is_isolated", [False, True])
def test_margin_that_is_counted_in_several_assets_is_refused_in_every_start(
    last_row: int | None, is_isolated: bool, tmp_path: Path
) -> None:
    venues = local("binance")
    if last_row is not None:
        venues.run(tmp_path, last_row)
    account = account_of(venues, "binance")
    account.modes.is_multi_asset = True
    if is_isolated:
        isolate(account)
    placed = len(account.orders())
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008" and "multi-assets mode" in error.message
    assert "\n" not in error.line and len(account.orders()) == placed
    (check,) = check_accounts(venues.options(tmp_path), venues.environment(), venues.live_world())
    assert "EIF-008" in [finding.error_code for finding in check.findings]


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        ("lose_answer_before", "EXI-003"),
        ("close_before", "EXI-003"),
        ("http_5xx_before", "EXI-003"),
        ("maintenance", "EXI-003"),
        ("garbage_200_before", "EXI-012"),
        ("rate_limit_429", "EXI-002"),
    ],
)
def test_a_first_start_whose_assets_mode_cannot_be_asked_is_refused_before_anything_is_sent(
    kind: Any, code: str, tmp_path: Path
) -> None:
    venues = local("binance")
    venues.world.faults.add([FaultRule(kind=kind, venue="binance", endpoint=ASSETS_MODE, last=0)])
    error = refusal(venues, tmp_path / "run")
    assert error.error_code == code and "\n" not in error.line
    account = account_of(venues, "binance")
    assert not (account.orders() or account.transfers() or account.withdrawals() or list(tmp_path.iterdir()))
    assert not [request for request in venues.world.requests.latest() if not request.endpoint.startswith("GET ")]


def test_an_assets_mode_that_is_told_in_the_end_lets_a_start_go_on(tmp_path: Path) -> None:
    venues = local("binance")
    rule = FaultRule(kind="http_5xx_before", venue="binance", endpoint=ASSETS_MODE, last=3)
    venues.world.faults.add([rule])
    assert venues.run(tmp_path, 4).ending is LiveEnding.DONE


def test_a_later_start_whose_assets_mode_cannot_be_asked_is_to_be_tried_again(tmp_path: Path) -> None:
    venues = local("binance")
    venues.run(tmp_path, 4)
    placed = len(account_of(venues, "binance").orders())
    venues.world.faults.add([FaultRule(kind="close_before", venue="binance", endpoint=ASSETS_MODE, last=0)])
    outcome = venues.run(tmp_path, 12)
    assert outcome.ending is LiveEnding.FAILED and outcome.error is not None
    assert outcome.error.error_code == "EXI-003" and len(account_of(venues, "binance").orders()) == placed


@pytest.mark.parametrize("venue", VENUES)
def test_a_leverage_that_somebody_changed_is_set_again_by_a_later_start(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    venues.run(tmp_path, 4)
    account = account_of(venues, venue)
    symbol = account.positions()[0].symbol
    counted = account.leverage_of(symbol)
    assert account.set_leverage(symbol, counted + 2) is None
    venues.run(tmp_path, 8)
    assert account.leverage_of(symbol) == counted


def test_a_leverage_that_the_venue_keeps_is_told_in_one_line(tmp_path: Path) -> None:
    venues = local("bybit")
    account_of(venues, "bybit").set_leverage("BTCUSDT", 3)
    words = {"status": 200, "body": '{"retCode": 110013, "retMsg": "by risk limit", "result": {}, "time": 0}'}
    rule = FaultRule(kind="garbage_200_before", venue="bybit", endpoint="POST *set-leverage", last=0, options=words)
    venues.world.faults.add([rule])
    error = refusal(venues, tmp_path)
    assert error.error_code == "EIF-008"
    assert "BTCUSDT has leverage 3, and margin is counted with 10" in error.message and "110013" in error.message


def test_a_setting_whose_answers_are_lost_is_made_again_and_then_left_to_the_next_start(tmp_path: Path) -> None:
    venues = local("bybit")
    account = account_of(venues, "bybit")
    account.set_leverage("BTCUSDT", 3)
    rule = FaultRule(kind="maintenance", venue="bybit", endpoint="POST *set-leverage", last=3)
    venues.world.faults.add([rule])
    venues.run(tmp_path, 2)
    assert account.leverage_of("BTCUSDT") == 10
    account.set_leverage("BTCUSDT", 3)
    venues.world.faults.add([FaultRule(kind="maintenance", venue="bybit", endpoint="POST *set-leverage", last=0)])
    outcome = venues.run(tmp_path, 4)
    assert outcome.ending is LiveEnding.FAILED and outcome.error is not None
    assert outcome.error.error_code in ("EXI-003", "EXI-007")


@pytest.mark.parametrize("venue", VENUES)
def test_a_check_shows_how_the_account_is_margined(venue: str, tmp_path: Path) -> None:
    venues = local(venue)
    (check,) = check_accounts(venues.options(tmp_path), venues.environment(), venues.live_world())
    assert [(item.mode, item.one_way) for item in check.margin] == [("cross", True)]
    assert check.margin[0].leverage == Decimal(account_of(venues, venue).leverage_of(check.margin[0].symbol))
    assert not check.findings
    if venue in SWITCHED:
        isolate(account_of(venues, venue))
        (check,) = check_accounts(venues.options(tmp_path), venues.environment(), venues.live_world())
        assert [finding.error_code for finding in check.findings] == ["EIF-008"]
