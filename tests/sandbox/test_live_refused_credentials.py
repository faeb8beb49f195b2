"""Credentials that a venue refuses in the middle of a run, and a start after they have their right again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from local_live import LocalTime, LocalVenues, moving_scene

NO_RIGHT = {"retCode": 10005, "retMsg": "Permission denied, please check your API key permissions.", "result": {}}
PRIVATE = ("/order/", "/position/", "/account/", "/asset/", "/execution/")


class Key(InProcessAdapter):
    """Bybit's answers to a key that may lose the right to trade, or every right."""

    def __init__(self, venues: LocalVenues) -> None:
        super().__init__(venues.application)
        self.may_trade = True
        self.may_read = True
        self.sent = 0

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        is_order = request.url.endswith("/v5/order/create")
        self.sent += is_order
        if (is_order and not self.may_trade) or (not self.may_read and any(part in request.url for part in PRIVATE)):
            return _answer(request, NO_RIGHT)
        answer = super().send(request, *arguments, **options)
        if "/v5/user/query-api" in request.url and not self.may_trade:
            body = answer.json()
            body["result"]["readOnly"] = 1
            return _answer(request, body)
        return answer


def _answer(request: Any, body: Any) -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.request = request
    response.url = request.url
    response._content = json.dumps(body).encode()
    return response


def lives(tmp_path: Path) -> tuple[LocalVenues, Key, Any]:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 96), "strategy.position_deviation_threshold=0.005")
    key = Key(venues)
    world = LiveWorld(time=LocalTime(venues.world.clock, venues.happenings), adapter=key)

    def live(last_row: int) -> LiveOutcome:
        return run_live(venues.options(tmp_path, last_row), venues.environment(), world)

    return venues, key, live


def test_a_key_that_loses_the_right_to_trade_ends_the_process_and_a_start_goes_on_once_it_has_it(
    tmp_path: Path,
) -> None:
    venues, key, live = lives(tmp_path)
    venues.happenings[3] = lambda: setattr(key, "may_trade", False)
    failed = live(90)
    assert failed.ending is LiveEnding.FAILED and failed.ticks < 80
    assert failed.error is not None and failed.error.error_code == "EIM-005"
    status = json.loads((tmp_path / "status.json").read_text(encoding="utf-8"))
    assert status["error"].startswith("EIM-005")
    assert status["health"]["ExecutionInterfaceManager"] == "unhealthy"
    key.may_trade = True
    outcome = live(90)
    assert outcome.ending is LiveEnding.DONE and outcome.held == "" and outcome.error is None


def test_a_start_with_a_key_that_may_not_trade_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    _, key, live = lives(tmp_path)
    live(3)
    sent, key.may_trade = key.sent, False
    with pytest.raises(ComponentError) as refused:
        live(20)
    assert refused.value.error_code == "EXI-004"
    assert key.sent == sent


def test_a_key_that_loses_every_right_ends_the_process_at_once(tmp_path: Path) -> None:
    venues, key, live = lives(tmp_path)
    venues.happenings[3] = lambda: setattr(key, "may_read", False)
    failed = live(20)
    assert (failed.ending, failed.ticks) == (LiveEnding.FAILED, 4)
    assert failed.error is not None and failed.error.severity == "CRITICAL"
    key.may_read = True
    outcome = live(20)
    assert outcome.ending is LiveEnding.DONE and outcome.held == "" and outcome.error is None


def test_a_start_with_a_key_that_is_refused_is_refused(tmp_path: Path) -> None:
    _, key, live = lives(tmp_path)
    live(3)
    key.may_read = False
    with pytest.raises(ComponentError) as refused:
        live(20)
    assert refused.value.error_code == "EXI-004"


class SignedRequests(InProcessAdapter):
    """Counts what is sent to Hyperliquid with a signature."""

    sent = 0

    def send(self, request: Any, *arguments: Any, **options: Any) -> Any:
        self.sent += request.url.endswith("/exchange")
        return super().send(request, *arguments, **options)


@pytest.mark.parametrize("key", ["0x" + "11" * 32, "0x" + "z" * 64, "0x1234", "0x" + "00" * 32, "0x" + "ff" * 32])
def test_a_private_key_that_signs_for_somebody_else_or_nobody_is_refused_at_each_start(
    tmp_path: Path, key: str
) -> None:
    venues = LocalVenues(["hyperliquid"], moving_scene(["hyperliquid"], 12))
    requests_sent = SignedRequests(venues.application)
    world = LiveWorld(time=LocalTime(venues.world.clock, venues.happenings), adapter=requests_sent)
    good = venues.environment()
    wrong = {**good, "BASIS_DEV__CEX__HYPERLIQUID_PRIVATE_KEY": key}
    for environment, last_row, code in ((wrong, 4, "EXI-004"), (good, 4, ""), (wrong, 8, "EXI-004")):
        sent = requests_sent.sent
        if not code:
            assert run_live(venues.options(tmp_path, last_row), environment, world).ending is LiveEnding.DONE
            continue
        with pytest.raises(ComponentError) as refused:
            run_live(venues.options(tmp_path, last_row), environment, world)
        assert refused.value.error_code == code and key not in refused.value.line
        assert requests_sent.sent == sent


def test_a_wallet_that_the_key_does_not_sign_for_is_refused(tmp_path: Path) -> None:
    venues = LocalVenues(["hyperliquid"], moving_scene(["hyperliquid"], 12))
    environment = {**venues.environment(), "BASIS_DEV__CEX__HYPERLIQUID_WALLET_ADDRESS": "0x" + "0" * 39 + "1"}
    with pytest.raises(ComponentError) as refused:
        run_live(venues.options(tmp_path, 4), environment, venues.live_world())
    assert refused.value.error_code == "EXI-004"
