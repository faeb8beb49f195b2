"""Scripted faults as a ccxt client meets them: what it is told, and what the venue has done."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.fault_injection import answer_with_faults
from basis_strategy_v1.sandbox.faults import FaultRule, FaultScript, parse_fault_rules
from basis_strategy_v1.sandbox.wire import Request, Response
from local_venues import ccxt_client, local_application

ccxt = pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

SPOT = "BTC/USDT"
PERPETUAL = "BTC/USDT:USDT"
ORDER = "POST /fapi/v1/order"


@pytest.fixture
def application() -> Iterator[SandboxApplication]:
    made = local_application(("binance",))
    yield made
    assert made.failures == []


@pytest.fixture
def futures(application: SandboxApplication) -> Any:
    return ccxt_client(application, "binanceusdm")


def play(application: SandboxApplication, kind: Any, endpoint: str = ORDER, **fields: Any) -> None:
    application.world.faults.add([FaultRule(kind=kind, endpoint=endpoint, **fields)])


def buy(futures: Any, client_id: str = "mine", **parameters: Any) -> Any:
    return futures.create_order(PERPETUAL, "market", "buy", 0.1, None, {"clientOrderId": client_id, **parameters})


def filled_orders(application: SandboxApplication) -> int:
    return len(application.world.venues["binance"].account.orders())


@pytest.mark.parametrize(
    ("kind", "error", "accepted"),
    [
        ("lose_answer_after", "RequestTimeout", 1),
        ("lose_answer_before", "RequestTimeout", 0),
        ("close_after", "NetworkError", 1),
        ("close_before", "NetworkError", 0),
        ("http_5xx_after", "ExchangeNotAvailable", 1),
        ("http_5xx_before", "ExchangeNotAvailable", 0),
        ("rate_limit_429", "DDoSProtection", 0),
        ("banned_418", "DDoSProtection", 0),
        ("maintenance", "BadRequest", 0),
    ],
)
def test_a_fault_hides_whether_the_order_was_taken(
    application: SandboxApplication, futures: Any, kind: str, error: str, accepted: int
) -> None:
    play(application, kind)
    with pytest.raises(getattr(ccxt, error)):
        buy(futures)
    assert filled_orders(application) == accepted
    if accepted:
        assert futures.fetch_order(None, PERPETUAL, {"origClientOrderId": "mine"})["filled"] == 0.1
    else:
        with pytest.raises(ccxt.OrderNotFound):
            futures.fetch_order(None, PERPETUAL, {"origClientOrderId": "mine"})
    assert buy(futures, "next")["filled"] == 0.1


def test_garbage_with_status_200_passes_for_an_order(application: SandboxApplication, futures: Any) -> None:
    play(application, "garbage_200_after", options={"body": "{}"})
    assert buy(futures)["id"] is None
    assert filled_orders(application) == 1


def test_a_rate_limit_says_when_to_come_back(application: SandboxApplication, futures: Any) -> None:
    play(application, "rate_limit_429", options={"retry_after": 7})
    with pytest.raises(ccxt.DDoSProtection):
        buy(futures)
    assert futures.last_response_headers["Retry-After"] == "7"


@pytest.mark.parametrize("status", [408, 502, 503])
def test_server_errors_have_the_venues_own_body(application: SandboxApplication, futures: Any, status: int) -> None:
    play(application, "http_5xx_after", options={"status": status})
    with pytest.raises(ccxt.OperationFailed):
        buy(futures)


def test_a_lookup_may_lag(application: SandboxApplication, futures: Any) -> None:
    play(application, "lookup_lag", options={"polls": 2})
    buy(futures)
    for _ in range(2):
        with pytest.raises(ccxt.OrderNotFound):
            futures.fetch_order(None, PERPETUAL, {"origClientOrderId": "mine"})
    assert futures.fetch_order(None, PERPETUAL, {"origClientOrderId": "mine"})["status"] == "closed"


def test_a_request_delivered_twice_follows_the_venues_id_rules(application: SandboxApplication, futures: Any) -> None:
    play(application, "duplicate_delivery", last=2)
    buy(futures, "market")
    assert filled_orders(application) == 2
    futures.create_order(PERPETUAL, "limit", "buy", 0.1, 90_000, {"clientOrderId": "limit"})
    assert filled_orders(application) == 3


def test_the_second_answer_of_a_double_delivery_may_be_the_one_that_arrives(
    application: SandboxApplication, futures: Any
) -> None:
    play(application, "duplicate_delivery", options={"answer": "second"})
    with pytest.raises(ccxt.InvalidOrder, match="4116"):
        futures.create_order(PERPETUAL, "limit", "buy", 0.1, 90_000, {"clientOrderId": "limit"})


def test_an_order_may_fill_in_part_and_be_cancelled(application: SandboxApplication, futures: Any) -> None:
    play(application, "partial_then_cancel", options={"share": "0.25"})
    order = buy(futures)
    assert (order["status"], order["filled"], order["amount"]) == ("canceled", 0.025, 0.1)


def test_a_skewed_clock_refuses_until_the_client_asks_for_the_time(
    application: SandboxApplication, futures: Any
) -> None:
    play(application, "clock_skew", "*", nth=2, last=0, options={"ms": 20_000})
    futures.load_markets()
    with pytest.raises(ccxt.InvalidNonce):
        buy(futures)
    futures.load_time_difference()
    assert buy(futures)["filled"] == 0.1


def test_a_liquidation_may_come_between_two_requests(application: SandboxApplication, futures: Any) -> None:
    buy(futures)
    play(application, "liquidation", "GET /fapi/v3/positionRisk")
    assert futures.fetch_positions([PERPETUAL]) == []


@pytest.mark.parametrize(("options", "refused"), [({}, True), ({"mode": "held"}, False)])
def test_withdrawals_may_be_frozen(application: SandboxApplication, options: dict[str, str], refused: bool) -> None:
    spot = ccxt_client(application, "binance")
    play(application, "withdrawal_frozen", "POST /sapi/v1/capital/withdraw/apply", options=options)
    if refused:
        with pytest.raises(ccxt.ExchangeError):
            spot.withdraw("USDT", 100, "0x" + "1" * 40, {"network": "ERC20"})
    else:
        spot.withdraw("USDT", 100, "0x" + "1" * 40, {"network": "ERC20"})
        application.world.clock.advance_rows(5)
        assert spot.fetch_withdrawals("USDT")[0]["status"] == "pending"
    assert spot.withdraw("USDT", 100, "0x" + "1" * 40, {"network": "ERC20"})["id"]


def test_an_unmet_fault_is_gone_after_its_request(application: SandboxApplication, futures: Any) -> None:
    play(application, "partial_then_cancel", "GET /fapi/v1/time")
    futures.fetch_time()
    assert buy(futures)["filled"] == 0.1


def test_rules_count_the_requests_that_match_them() -> None:
    script = FaultScript(
        [
            FaultRule(kind="close_before", endpoint="POST *", nth=2),
            FaultRule(kind="maintenance", venue="bybit", nth=2, last=3),
            FaultRule(kind="clock_skew", venue="binance", endpoint="GET *", last=0),
        ]
    )
    assert [rule.kind for rule in script.due("binance", "POST /x")] == []
    assert [rule.kind for rule in script.due("binance", "POST /x")] == ["close_before"]
    assert [rule.kind for rule in script.due("binance", "POST /x")] == []
    kinds = [[rule.kind for rule in script.due("bybit", "GET /y")] for _ in range(4)]
    assert kinds == [[], ["maintenance"], ["maintenance"], []]
    assert [len(script.due("binance", "GET /z")) for _ in range(3)] == [1, 1, 1]
    assert script.struck == 6
    script.clear()
    assert script.due("binance", "GET /z") == []


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"rules": []}, "a list of rules"),
        ("close_before", "a list of rules"),
        ([{"kind": "meteor"}], r"faults\[0\]"),
        ([{"kind": "close_before"}, {}], r"faults\[1\]"),
        ([{"kind": "close_before", "where": "here"}], "unknown keys"),
        ([{"kind": "close_before", "nth": "first"}], r"faults\[0\]"),
    ],
)
def test_bad_rules_are_refused_by_position(document: Any, problem: str) -> None:
    with pytest.raises(ComponentError, match=problem) as caught:
        parse_fault_rules(document)
    assert caught.value.error_code == "CFG-003"


def test_rules_are_read_from_a_document() -> None:
    (rule,) = parse_fault_rules({"faults": [{"kind": "lookup_lag", "venue": "okx", "options": {"polls": 3}}]})
    assert rule == FaultRule(kind="lookup_lag", venue="okx", options={"polls": 3})


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("http_5xx_before", {"status": "many"}),
        ("http_5xx_after", {"status": 99_999}),
        ("rate_limit_429", {"retry_after": "1\r\nX: y"}),
        ("banned_418", {"retry_after": -1}),
        ("garbage_200_before", {"body": 3}),
        ("lookup_lag", {"polls": "two"}),
        ("lookup_lag", {"poll": 2}),
        ("duplicate_delivery", {"answer": "third"}),
        ("partial_then_cancel", {"share": "NaN"}),
        ("partial_then_cancel", {"share": 2}),
        ("clock_skew", {"ms": 10**30}),
        ("withdrawal_frozen", {"mode": "melted"}),
        ("withdrawal_astray", {"amount": "NaN"}),
        ("withdrawal_astray", {"mode": "split", "share": "1.5"}),
        ("withdrawal_astray", {"modes": "split"}),
        ("withdrawal_astray", {"seconds": None}),
        ("withdrawal_astray", {"seconds": 1.5}),
        ("withdrawal_astray", {"untraced": "no"}),
        ("close_after", {"status": 500}),
    ],
)
def test_an_option_that_a_fault_cannot_mean_is_refused_when_it_is_scripted(kind: str, options: dict[str, Any]) -> None:
    with pytest.raises(ComponentError, match="CFG-003"):
        parse_fault_rules([{"kind": kind, "options": options}])


def test_a_disturbance_ends_with_its_request_even_when_that_fails(
    application: SandboxApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(request: Request) -> Response:
        raise RuntimeError("broken")

    binance = application.world.venues["binance"]
    rules = parse_fault_rules([{"kind": "clock_skew"}, {"kind": "withdrawal_frozen"}])
    monkeypatch.setattr(binance.wire, "handle", defect)
    with pytest.raises(RuntimeError):
        answer_with_faults(binance, Request(method="GET", host="x", path="/api/v3/time"), rules)
    assert (binance.clock.skew_ms, binance.account.money.withdrawals_mode) == (0, "open")
