"""What can be said of a live connection before any order, and what it may not reach."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import ccxt
import pytest
import requests
from pydantic import SecretStr
from requests.adapters import BaseAdapter

from basis_strategy_v1.backends.live.connect import connect
from basis_strategy_v1.backends.live.hosts import TEST_HOSTS
from basis_strategy_v1.backends.live.options import LiveVenueOptions
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.wire import Request
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues, secrets
from venue_market import CEX


class Unreachable(BaseAdapter):
    """A network on which nothing is there."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        raise requests.exceptions.ConnectTimeout("no route", request=request)

    def close(self) -> None:
        return None


def _options(**fields: Any) -> LiveVenueOptions:
    return LiveVenueOptions(**{"now_ns": lambda: 0, "wait": lambda seconds: None, **fields})


def _refusal(call: Callable[[], Any]) -> ComponentError:
    with pytest.raises(ComponentError) as refused:
        call()
    return refused.value


@pytest.mark.parametrize("venue", CEX)
def test_a_good_account_has_no_findings(venue: str) -> None:
    check = LiveVenues([venue]).exchanges[venue].account_check()
    assert check.reachable and check.credentials_valid and check.may_trade
    assert not check.markets_missing and not check.findings
    assert {report.location for report in check.locations} == set(spec_for(venue).locations)


def test_all_keys_of_an_account_tell_the_same_id_and_an_agent_that_of_its_wallet() -> None:
    for venue in CEX:
        venues, known = LiveVenues([venue]), CREDENTIALS[venue]
        changes = {old.key: new.key for old, new in zip(known.keys, known.further_keys, strict=True)}
        changes |= {old.secret: new.secret for old, new in zip(known.keys, known.further_keys, strict=True)}
        changes |= {known.private_key: known.agent_private_key} if known.private_key else {}
        given = {name: value.get_secret_value() for name, value in secrets(spec_for(venue)).items()}
        others = {name: SecretStr(changes.get(value, value)) for name, value in given.items()}
        second = connect(spec_for(venue), others, venues.options(venue)).account_check()
        first = venues.exchanges[venue].account_check()
        assert first.account and first.account == second.account and second.may_trade, (second, venue)


def test_an_agent_trades_on_hyperliquid_and_moves_no_money() -> None:
    venues, known = LiveVenues(["hyperliquid"]), CREDENTIALS["hyperliquid"]
    given = {**secrets(spec_for("hyperliquid")), "private_key": SecretStr(known.agent_private_key)}
    venues.exchanges["hyperliquid"] = connect(spec_for("hyperliquid"), given, venues.options("hyperliquid"))
    assert venues.place("hyperliquid", "BTC", "perp", "sell", "0.1").filled == Decimal("0.1")
    moved = venues.exchanges["hyperliquid"].transfer(venues.move("hyperliquid", "hyperliquid.spot", "10", "USDC"))
    assert moved.outcome is Outcome.REJECTED


@pytest.mark.parametrize("venue", CEX)
def test_wrong_credentials_are_found_and_never_shown(venue: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    venues = LiveVenues([venue])
    spec = spec_for(venue)
    wrong = dict(secrets(spec))
    name = "private_key" if venue == "hyperliquid" else next(name for name in wrong if name.endswith("secret"))
    wrong[name] = SecretStr("0x" + "77" * 32)
    check = connect(spec, wrong, venues.options(venue)).account_check()
    assert check.credentials_valid is False
    assert [finding.error_code for finding in check.findings] == ["EXI-004"]
    shown = f"{check}{caplog.text}"
    assert not [
        name for name, secret in wrong.items() if name != "wallet_address" and secret.get_secret_value() in shown
    ]


def test_a_private_key_is_not_shown_without_its_prefix_either() -> None:
    venues, spec = LiveVenues(["hyperliquid"]), spec_for("hyperliquid")
    key = secrets(spec)["private_key"].get_secret_value().removeprefix("0x")
    given = {**secrets(spec), "private_key": SecretStr(f"0x{key}")}
    venues.exchanges["hyperliquid"] = connect(spec, given, venues.options("hyperliquid"))
    venues.exchanges["hyperliquid"].start()
    body = json.dumps({"status": "err", "response": f"{key} is not a key of yours"})
    venues.fault("garbage_200_before", "*order", "hyperliquid", options={"body": body})
    report = venues.place("hyperliquid", "BTC", "perp", "sell", "0.1")
    assert "is not a key of yours" in report.reason and key not in report.reason


@pytest.mark.parametrize("venue", CEX)
def test_a_venue_that_is_not_there_is_a_finding(venue: str) -> None:
    venues = LiveVenues([venue])
    exchange = connect(spec_for(venue), secrets(spec_for(venue)), venues.options(venue, adapter=Unreachable()))
    check = exchange.account_check()
    assert not check.reachable and [finding.error_code for finding in check.findings] == ["EXI-003"]
    assert _refusal(exchange.start).error_code == "EXI-003"
    assert _refusal(exchange.observe).error_code == "EXI-003"


def test_a_market_that_the_venue_does_not_list_is_found_before_the_start() -> None:
    venues = LiveVenues(["binance"])
    spec = spec_for("binance")
    import msgspec

    invented = msgspec.structs.replace(spec.instruments[0], symbol="XYZUSDT", base="XYZ")
    exchange = connect(
        msgspec.structs.replace(spec, instruments=(*spec.instruments, invented)),
        secrets(spec),
        venues.options("binance"),
    )
    assert exchange.account_check().markets_missing == ("spot XYZUSDT",)
    assert _refusal(exchange.start).error_code == "EXI-005"


@pytest.mark.parametrize("venue", CEX)
@pytest.mark.parametrize("value", ["", "your_key", "0x...", None])
def test_missing_and_placeholder_credentials_are_refused_before_anything_is_made(venue: str, value: str | None) -> None:
    spec = spec_for(venue)
    given = dict(secrets(spec))
    name = next(iter(given))
    if value is None:
        del given[name]
    else:
        given[name] = SecretStr(value)
    error = _refusal(lambda: connect(spec, given, _options(host="http://127.0.0.1:1")))
    assert error.error_code == "EXI-004" and name in error.message


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({}, "EIF-012"),
        ({"host": "https://api.binance.com"}, "EIF-012"),
        ({"host": "http://10.0.0.1:80"}, "EIF-012"),
        ({"environment": "prod", "host": "http://127.0.0.1:80"}, "EIF-012"),
        ({"environment": "production"}, "EIF-005"),
    ],
)
def test_an_environment_reaches_only_its_own_hosts(fields: dict[str, Any], code: str) -> None:
    spec = spec_for("binance")
    assert _refusal(lambda: connect(spec, secrets(spec), _options(**fields))).error_code == code


def test_a_venue_without_a_dialect_is_refused() -> None:
    assert _refusal(lambda: connect(spec_for("aave"), {}, _options())).error_code == "EIF-002"


@pytest.mark.parametrize("venue", CEX)
def test_instrument_lists_are_kept_on_disk_and_fetched_anew_when_they_are_old_or_of_another_library(
    venue: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    venues = LiveVenues([venue], live={"markets_directory": tmp_path, "markets_max_age": 7_200.0})
    venues.exchanges[venue].start()

    def fetched() -> int:
        words = ("exchangeInfo", "instruments", "AssetCtxs")
        return sum(1 for seen in venues.world.requests.latest() if any(word in seen.endpoint for word in words))

    first = fetched()
    venues.open(venue).start()
    assert first > 0 and fetched() == first
    monkeypatch.setattr(ccxt, "__version__", "another")
    venues.open(venue).start()
    assert fetched() == 2 * first
    venues.rows(3)
    venues.open(venue).start()
    assert fetched() > 2 * first
    for kept in tmp_path.iterdir():
        kept.write_text("{")
    venues.open(venue).start()
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_a_trading_action_on_hyperliquid_dies_young() -> None:
    venues = LiveVenues(["hyperliquid"])
    sent = []
    handle = venues.application.handle

    def watched(request: Request) -> Any:
        if request.path == "/exchange":
            sent.append(json.loads(request.body))
        return handle(request)

    venues.application.handle = watched  # type: ignore[method-assign]
    exchange = venues.exchanges["hyperliquid"]
    venues.place("hyperliquid", "BTC", "perp", "sell", "0.1", price="70000", client_order_id="ab" * 16)
    exchange.amend_order("ab" * 16, None, Decimal(71_000))
    exchange.cancel_order("ab" * 16)
    exchange.set_leverage("BTC", 3)
    exchange.transfer(venues.move("hyperliquid", "hyperliquid.spot", "10", "USDC"))
    lives = [(item["action"]["type"], item.get("expiresAfter", item["nonce"]) - item["nonce"]) for item in sent]
    trading = ("order", "batchModify", "cancel", "updateLeverage")
    assert lives == [*((kind, 5_000) for kind in trading), ("usdClassTransfer", 0)]


def test_an_order_on_okx_dies_young() -> None:
    venues = LiveVenues(["okx"])
    sent: list[Request] = []
    handle = venues.application.handle

    def watched(request: Request) -> Any:
        if request.method == "POST":
            sent.append(request)
        return handle(request)

    venues.application.handle = watched  # type: ignore[method-assign]
    exchange = venues.exchanges["okx"]
    venues.place("okx", "BTCUSDT", "perp", "sell", "0.1", price="70000", client_order_id="ab" * 16)
    exchange.amend_order("ab" * 16, None, Decimal(71_000))
    exchange.cancel_order("ab" * 16)
    exchange.transfer(venues.move("okx", "okx.funding", "10"))
    lives = [(request.path.rpartition("/")[2], _life_ms(request)) for request in sent]
    assert [name for name, life in lives if life is None] == ["cancel-order", "transfer"]
    assert [(name, life) for name, life in lives if life is not None and 4_900 < life <= 5_100] == lives[:2]


def test_an_order_that_came_too_late_for_its_own_expiry_is_signed_anew_by_the_venues_clock() -> None:
    venues = LiveVenues(["okx"])
    spec, behind = spec_for("okx"), [0]
    options = venues.options("okx", machine_ns=lambda: venues.world.clock.now_ns() - behind[0])
    venues.exchanges["okx"] = connect(spec, secrets(spec), options)
    venues.exchanges["okx"].start()
    behind[0] = 20 * 10**9
    assert venues.place("okx", "BTCUSDT", "perp", "sell", "0.1").outcome is Outcome.DONE
    assert venues.requests_to("POST /api/v5/trade/order") == 2


def _life_ms(request: Request) -> int | None:
    """How long a signed request to OKX may be executed; None where it does not say."""
    if "exptime" not in request.headers:
        return None
    signed = datetime.fromisoformat(request.headers["ok-access-timestamp"])
    return int(request.headers["exptime"]) - round(signed.timestamp() * 1000)


def test_hyperliquid_signs_nothing_in_favour_of_anybody() -> None:
    venues = LiveVenues(["hyperliquid"])
    venues.place("hyperliquid", "BTC", "perp", "sell", "0.1")
    seen = {request.endpoint for request in venues.world.requests.latest()}
    assert "POST /exchange order" in seen
    assert not [endpoint for endpoint in seen if "approve" in endpoint or "Referrer" in endpoint]


def test_a_missing_library_is_named_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "basis_strategy_v1.backends.live.gateway_maker", None)
    spec = spec_for("binance")
    error = _refusal(lambda: connect(spec, secrets(spec), _options(host="http://127.0.0.1:1")))
    assert error.error_code == "EIF-007" and "basis-strategy[live]" in error.line


@pytest.mark.parametrize("venue", CEX)
def test_a_test_account_is_reached_at_the_venues_test_host_only(venue: str) -> None:
    spec = spec_for(venue)
    options = _options(testnet=True, adapter=Unreachable(), requests_per_minute=600)
    exchange = connect(spec, secrets(spec), options)
    exchange.account_check()
    first = exchange._dialect.gateways[0].transport.last
    assert first is not None and urlsplit(first.url).hostname in TEST_HOSTS[venue]
    assert exchange.request_count() > 0


@pytest.mark.parametrize("venue", CEX)
def test_a_test_account_can_be_asked_for_all_that_a_run_asks_for(venue: str) -> None:
    venues, spec = LiveVenues([venue]), spec_for(venue)
    exchange = connect(spec, secrets(spec), venues.options(venue, testnet=True))
    exchange.start()
    assert not exchange.poll_events() and not exchange.open_orders() and exchange.quotes() and exchange.observe()
    assert not exchange.account_check().findings


def test_an_answer_of_another_kind_of_json_is_not_understood() -> None:
    for venue in CEX:
        venues = LiveVenues([venue])
        for body in ('"text"', "[1]", "5"):
            venues.world.faults.clear()
            venues.fault("garbage_200_before", "*", venue, options={"body": body}, nth=1, last=0)
            check = venues.open(venue).account_check()
            assert check.credentials_valid is None and check.findings[0].error_code in ("EXI-003", "EXI-012")
