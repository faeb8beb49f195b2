"""The one door to a venue."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import NewConnectionError, ProtocolError

from basis_strategy_v1.backends.live.hosts import PRODUCTION_HOSTS, allowed_hosts, check_hosts
from basis_strategy_v1.backends.live.transport import OutgoingRefusedError, VenueTransport, mount
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


class Answers(BaseAdapter):
    """Answers, or fails as it is told."""

    def __init__(self, failure: Exception | None = None) -> None:
        super().__init__()
        self.failure = failure
        self.seen: list[str] = []

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        self.seen.append(str(request.url))
        if self.failure is not None:
            raise self.failure
        response = requests.Response()
        response.status_code = 200
        response._content = b"{}"
        return response

    def close(self) -> None:
        return None


def _transport(
    allowed: frozenset[str] = frozenset(), delegate: BaseAdapter | None = None, **fields: Any
) -> tuple[VenueTransport, list[int]]:
    seen: list[int] = []
    required = fields.get("required", {})

    def observe(status: int, headers: Mapping[str, str]) -> None:
        seen.append(status)

    return VenueTransport(allowed, None, delegate, required, lambda request: None, observe), seen


def _failure(transport: VenueTransport) -> str:
    assert transport.last is not None
    return transport.last.failure


def _request(url: str = "https://api.binance.com/api/v3/time", **headers: str) -> requests.PreparedRequest:
    return requests.Request("GET", url, headers=headers).prepare()


def test_a_host_out_of_bounds_is_never_connected_to() -> None:
    transport, seen = _transport(frozenset({"api.binance.com"}))
    with pytest.raises(OutgoingRefusedError) as refused:
        transport.send(_request("https://fapi.example.com/x"))
    assert refused.value.code == "EIF-012"
    assert _failure(transport) == "not_sent" and not seen


@pytest.mark.parametrize(
    "url",
    ["https://api.binance.com.example.com/x", "https://api.binance.com@example.com/x", "https://example.com?x=1"],
)
def test_a_host_out_of_bounds_is_not_taken_for_one_that_was_connected_to(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = Answers()
    monkeypatch.setattr(HTTPAdapter, "send", socket.send)
    transport, _ = _transport(frozenset({"api.binance.com"}))
    for path in ("time", "ping"):
        transport.send(_request(f"https://api.binance.com/api/v3/{path}"))
    with pytest.raises(OutgoingRefusedError):
        transport.send(_request(url))
    assert len(socket.seen) == 2


def test_a_demo_account_is_never_reached_without_its_header() -> None:
    transport, _ = _transport(frozenset({"www.okx.com"}), required={"x-simulated-trading": "1"})
    with pytest.raises(OutgoingRefusedError):
        transport.send(_request("https://www.okx.com/api/v5/public/time"))


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        (requests.exceptions.ConnectTimeout("slow"), "not_sent"),
        (requests.exceptions.ConnectionError("reset"), "lost"),
        (requests.exceptions.ReadTimeout("slow"), "lost"),
        (requests.exceptions.ChunkedEncodingError("cut"), "lost"),
    ],
)
def test_a_failure_says_whether_a_byte_may_have_left(failure: Exception, said: str) -> None:
    transport, seen = _transport(delegate=Answers(failure))
    with pytest.raises(requests.exceptions.RequestException):
        transport.send(_request())
    assert _failure(transport) == said and not seen


def test_a_refused_connection_left_nothing() -> None:
    wrapper = type("MaxRetryError", (Exception,), {})()
    wrapper.reason = NewConnectionError(None, "refused")  # type: ignore[arg-type]
    transport, seen = _transport(delegate=Answers(requests.exceptions.ConnectionError(wrapper)))
    with pytest.raises(requests.exceptions.ConnectionError):
        transport.send(_request())
    assert _failure(transport) == "not_sent" and not seen


class CutOff(BaseAdapter):
    """Answers with a body that ends too soon."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        response = requests.Response()
        response.status_code = 200
        response.raw = self
        return response

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        yield b'{"orderId":'
        raise ProtocolError("cut off")

    def close(self) -> None:
        return None


def test_an_answer_that_is_cut_off_is_lost() -> None:
    transport, seen = _transport(delegate=CutOff())
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        transport.send(_request())
    assert _failure(transport) == "lost" and not seen


def test_a_failure_of_any_other_kind_is_lost() -> None:
    transport, seen = _transport(delegate=Answers(OSError("what is this")))
    with pytest.raises(OSError, match="what"):
        transport.send(_request())
    assert _failure(transport) == "lost" and not seen


def test_an_answer_is_remembered_until_it_is_forgotten() -> None:
    transport, seen = _transport(delegate=Answers())
    transport.send(_request())
    assert seen == [200]
    assert transport.last is not None and (transport.last.status, transport.last.body) == (200, "{}")
    transport.forget()
    assert transport.last is None and transport.count == 1


@pytest.mark.parametrize("venue", PRODUCTION_HOSTS)
def test_dev_reaches_no_host_of_a_venue(venue: str) -> None:
    assert not allowed_hosts(venue, "dev", testnet=False)
    assert allowed_hosts(venue, "prod", testnet=False) == PRODUCTION_HOSTS[venue]
    with pytest.raises(ComponentError) as refused:
        check_hosts(venue, "dev", testnet=False, host=None, in_process=False)
    assert refused.value.error_code == "EIF-012"
    check_hosts(venue, "dev", testnet=True, host=None, in_process=False)
    check_hosts(venue, "prod", testnet=False, host=None, in_process=False)


@pytest.mark.parametrize("venue", sorted(set(PRODUCTION_HOSTS) - {"okx"}))
def test_a_test_host_is_no_production_host(venue: str) -> None:
    assert not allowed_hosts(venue, "dev", testnet=True) & PRODUCTION_HOSTS[venue]


@pytest.mark.parametrize("where", ["https://api.binance.com/there", "https://elsewhere.example.com/"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_nobody_is_followed_elsewhere_and_what_he_said_is_the_answer(
    where: str, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    door = Answers()
    answer = requests.Response()
    answer.status_code, answer._content, answer.headers["location"] = status, b"", where
    monkeypatch.setattr(door, "send", lambda request, *args, **kwargs: door.seen.append(request.url) or answer)
    transport, _ = _transport(delegate=door)
    exchange = SimpleNamespace(session=requests.Session())
    mount(exchange, transport)
    with pytest.raises(requests.exceptions.TooManyRedirects):
        exchange.session.post("https://api.binance.com/api/v3/order", data={"quantity": "1"})
    assert door.seen == ["https://api.binance.com/api/v3/order"]
    assert transport.last is not None and (transport.last.status, transport.last.failure) == (status, "")
