"""The loopback server and the door behind it: routing, steering, keep-alive, lost answers, defects."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.faults import FaultRule
from basis_strategy_v1.sandbox.in_process import mount
from basis_strategy_v1.sandbox.server import Running, serve
from basis_strategy_v1.sandbox.wire import Request, Response
from local_venues import local_application

TIME = "/api/v3/time"


@pytest.fixture
def application() -> SandboxApplication:
    return local_application(("binance", "bybit"))


@pytest.fixture
def running(application: SandboxApplication) -> Iterator[Running]:
    with serve(application) as server:
        yield server


def ask(application: SandboxApplication, method: str, path: str, body: Any = None, host: str = "127.0.0.1:1") -> Any:
    answer = application.handle(
        Request(method=method, host=host, path=path, body=b"" if body is None else json.dumps(body).encode())
    )
    assert isinstance(answer, Response)
    return answer.status, json.loads(answer.body)


def test_a_request_is_answered_by_the_venue_of_its_host_else_of_its_path(application: SandboxApplication) -> None:
    assert "serverTime" in ask(application, "GET", TIME, host="api.binance.com")[1]
    assert "serverTime" in ask(application, "GET", TIME, host="localhost:9")[1]
    assert "retCode" in ask(application, "GET", "/v5/market/time", host="api.bybit.com:443")[1]
    assert "retCode" in ask(application, "GET", "/v5/market/time")[1]
    assert ask(application, "GET", "/somewhere")[0] == 404


def test_a_connection_serves_many_requests(running: Running, application: SandboxApplication) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", running.port)
    for _ in range(3):
        connection.request("GET", TIME, headers={"Host": "api.binance.com"})
        answer = connection.getresponse()
        assert answer.status == 200
        assert json.loads(answer.read())["serverTime"] == 1_704_067_200_000
        assert answer.getheader("X-MBX-USED-WEIGHT-1M") is not None
    sock = connection.sock
    connection.request("GET", TIME, headers={"Connection": "close"})
    assert connection.getresponse().read()
    assert sock is not None
    connection.close()
    assert application.world.requests.total == 4


def test_requests_from_many_threads_are_taken_one_by_one(running: Running, application: SandboxApplication) -> None:
    def work() -> None:
        with requests.Session() as session:
            for _ in range(20):
                assert session.get(running.url + TIME, timeout=10).status_code == 200

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert application.world.requests.counts["binance", f"GET {TIME}"] == 80
    assert application.failures == []


def test_a_closed_connection_and_a_lost_answer_look_like_it(running: Running, application: SandboxApplication) -> None:
    application.world.faults.add([FaultRule(kind="close_after"), FaultRule(kind="lose_answer_after", nth=2)])
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(running.url + TIME, timeout=10)
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(running.url + TIME, timeout=0.2)
    assert requests.get(running.url + TIME, timeout=10).status_code == 200


@pytest.mark.parametrize(
    "text",
    [
        "GET\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\n" + "X: 1\r\n" * 300,
    ],
)
def test_what_is_no_http_is_refused(running: Running, text: str) -> None:
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(text.encode())
        assert connection.recv(1024).startswith(b"HTTP/1.1 400")


def test_a_client_that_goes_away_harms_nobody(running: Running) -> None:
    socket.create_connection(("127.0.0.1", running.port)).close()
    assert requests.get(running.url + TIME, timeout=10).status_code == 200


def test_a_port_that_is_taken_is_told(running: Running, application: SandboxApplication) -> None:
    with pytest.raises(ComponentError, match=f"port {running.port}"):
        serve(application, running.port)


def test_a_stopped_server_frees_its_port(application: SandboxApplication) -> None:
    first = serve(application)
    first.stop()
    second = serve(application, first.port)
    second.stop()


def test_the_clock_is_steered_over_the_wire(application: SandboxApplication) -> None:
    start = ask(application, "GET", "/sandbox/clock")[1]
    assert (start["row"], start["mode"]) == (0, "manual")
    assert ask(application, "POST", "/sandbox/clock/advance", {"rows": 2})[1]["row"] == 2
    assert (
        ask(application, "POST", "/sandbox/clock/advance", {"seconds": 60})[1]["now_ms"] == start["now_ms"] + 7_260_000
    )
    assert ask(application, "POST", "/sandbox/clock/advance", {"seconds": -1})[0] == 400


def test_money_faults_and_liquidations_come_over_the_wire(application: SandboxApplication) -> None:
    money = {"location": "binance", "asset": "BTC", "amount": "1.5", "source": "gift"}
    status, answer = ask(application, "POST", "/sandbox/deposit", money)
    assert (status, answer["deposit"]["amount"]) == (200, "1.5")
    assert ask(application, "POST", "/sandbox/deposit", {**money, "amount": "-7"})[0] == 400
    assert ask(application, "POST", "/sandbox/faults", [{"kind": "maintenance"}])[1] == {"added": 1}
    assert ask(application, "GET", TIME)[0] == 503
    assert ask(application, "POST", "/sandbox/faults", [{"kind": "x"}])[0] == 400
    assert ask(application, "POST", "/sandbox/faults/clear")[0] == 200
    assert ask(application, "POST", "/sandbox/liquidate", {"venue": "binance"})[1] == {"liquidation": None}
    assert ask(application, "POST", "/sandbox/withdrawals/release", {"venue": "binance"})[0] == 200


def money(**changed: str) -> dict[str, str]:
    return {"location": "binance", "asset": "BTC", "amount": "1"} | changed


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "reason"),
    [
        ("GET", "/sandbox/nothing", None, 404, "unknown: GET nothing"),
        ("POST", "/sandbox/nothing", {}, 404, "unknown: POST nothing"),
        ("POST", "/sandbox/deposit", {}, 400, "missing required field `location`"),
        ("POST", "/sandbox/deposit", money(location="mars"), 400, "no venue 'mars' is open here. Open: binance, bybit"),
        ("POST", "/sandbox/deposit", money(location="binance.moon"), 400, "binance.moon"),
        ("POST", "/sandbox/deposit", money(amount="much"), 400, "'much' is no plain number"),
        ("POST", "/sandbox/deposit", money(amount="Infinity"), 400, "'Infinity' is no plain number"),
        ("POST", "/sandbox/deposit", money(amount="1e999"), 400, "'1e999' is no plain number"),
        ("POST", "/sandbox/deposit", money(ammount="1"), 400, "`ammount`"),
        ("POST", "/sandbox/clock/advance", {"seconds": 1e308}, 400, "1e+308 s ahead"),
        ("POST", "/sandbox/clock/advance", {"rows": "two"}, 400, "$.rows"),
        ("POST", "/sandbox/clock/advance", {}, 400, "one of 'rows' and 'seconds'"),
        ("POST", "/sandbox/clock/advance", {"rows": 1, "seconds": 1}, 400, "one of 'rows' and 'seconds'"),
        ("POST", "/sandbox/clock/advance", [], 400, "Expected `object`"),
        ("POST", "/sandbox/liquidate", {"venue": "mars"}, 400, "no venue 'mars' is open here"),
        ("POST", "/sandbox/withdrawals/release", {}, 400, "`venue`"),
        ("POST", "/sandbox/deposits", {"venue": "bybit", "open": "no"}, 400, "$.open"),
        ("POST", "/sandbox/clock/advance", {"rows": -1}, 400, "-1 rows ahead"),
        ("POST", "/sandbox/faults", {}, 400, "faults must be a list"),
        ("POST", "/sandbox/faults", [{"kind": "lookup_lag", "options": {"polls": "x"}}], 400, "lookup_lag: polls"),
        ("POST", "/sandbox/faults", [{"kind": "partial_then_cancel", "options": {"share": 2}}], 400, "from 0 to 1"),
    ],
)
def test_senseless_steering_is_refused_with_what_is_wrong(
    application: SandboxApplication, method: str, path: str, body: Any, status: int, reason: str
) -> None:
    refused, answer = ask(application, method, path, body)
    assert refused == status
    assert reason in answer["error"]
    assert "basis modes" not in answer["error"], "keys of a run's configuration are not what was wrong"


def test_steering_that_is_no_json_is_refused(application: SandboxApplication) -> None:
    answer = application.handle(Request(method="POST", host="x", path="/sandbox/faults", body=b"{"))
    assert isinstance(answer, Response)
    assert answer.status == 400


def test_state_and_requests_are_shown(application: SandboxApplication) -> None:
    ask(application, "GET", TIME)
    state = ask(application, "GET", "/sandbox/state")[1]
    assert state["binance"]["balances"]["binance"]["USDT"]["total"] == "100000"
    assert set(state) == {"binance", "bybit"}
    seen = application.handle(Request(method="GET", host="x", path="/sandbox/requests", query="venue=binance"))
    assert isinstance(seen, Response)
    assert json.loads(seen.body)["requests"][0]["endpoint"] == f"GET {TIME}"


def test_a_defect_is_answered_and_kept_for_the_tests(
    application: SandboxApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(request: Request) -> Response:
        raise RuntimeError("broken")

    monkeypatch.setattr(application.world.venues["binance"].wire, "handle", defect)
    status, answer = ask(application, "GET", TIME)
    assert (status, "RuntimeError: broken" in answer["sandbox_failure"]) == (500, True)
    assert "broken" in application.failures[0]


def test_the_in_process_transport_lets_nothing_out(application: SandboxApplication) -> None:
    session = requests.Session()
    mount(session, application)
    for url in ("https://api.binance.com" + TIME, "http://api.binance.com" + TIME):
        assert session.get(url).json()["serverTime"] == 1_704_067_200_000
    assert session.get("https://example.com/").status_code == 404
    with pytest.raises(requests.exceptions.InvalidSchema):
        session.post("https://api.binance.com" + TIME, data=iter([b"x"]))
    application.world.faults.add([FaultRule(kind="close_before"), FaultRule(kind="lose_answer_before", nth=2)])
    with pytest.raises(requests.exceptions.ConnectionError):
        session.get("https://api.binance.com" + TIME)
    with pytest.raises(requests.exceptions.ReadTimeout):
        session.get("https://api.binance.com" + TIME)
