"""Odd and hostile HTTP on the loopback server: refused in words, never a trace, never a request that was cut off."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from basis_strategy_v1.sandbox.server import Running, serve
from local_venues import local_application

ASKED = b"GET /api/v3/time HTTP/1.1\r\nHost: api.binance.com\r\n\r\n"
LAST = b"GET /api/v3/time HTTP/1.1\r\nHost: api.binance.com\r\nConnection: close\r\n\r\n"
TIME = b'{"serverTime":1704067200000}'


@pytest.fixture
def running() -> Iterator[Running]:
    with serve(local_application(("binance", "bybit"))) as server:
        yield server


def told(running: Running, sent: bytes, *, gone: bool = False) -> bytes:
    """All that comes back until the server closes; ``gone``: the client sends no more."""
    with socket.create_connection(("127.0.0.1", running.port), timeout=10) as connection:
        connection.sendall(sent)
        if gone:
            connection.shutdown(socket.SHUT_WR)
        parts = []
        while part := connection.recv(65_536):
            parts.append(part)
        return b"".join(parts)


@pytest.mark.parametrize(
    "sent",
    [
        b"GET //[x HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[::1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nContent-Length: ²\r\n\r\n".encode("latin-1"),
        b"POST / HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
        b"A" * 70_000,
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ],
    ids=["target", "address", "superscript", "digits", "negative", "header", "line", "https"],
)
def test_what_makes_no_sense_is_a_400(running: Running, sent: bytes) -> None:
    assert told(running, sent).startswith(b"HTTP/1.1 400")


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /api/v3/time HTTP/1.1\r\nHost: api.bin",
        b"GET /api/v3/time HTTP/1.1\r\nHost: api.binance.com\r\n",
        b"POST /v5/order/create HTTP/1.1\r\nHost: api.bybit.com\r\nContent-Length: 10\r\n\r\n{}",
    ],
    ids=["in a header", "before the blank line", "in the body"],
)
def test_a_request_that_is_cut_off_is_not_carried_out(sent: bytes) -> None:
    application = local_application(("binance", "bybit"))
    with serve(application) as running:
        assert told(running, sent, gone=True) == b""
    assert application.world.requests.total == 0


def test_requests_sent_in_one_go_are_answered_in_order(running: Running) -> None:
    assert told(running, ASKED * 4 + LAST).count(TIME) == 5


def test_a_blank_line_before_a_request_is_passed_over(running: Running) -> None:
    assert told(running, b"\r\n" + LAST).endswith(TIME)


def test_an_old_client_reads_until_the_end(running: Running) -> None:
    assert told(running, b"GET /api/v3/time HTTP/1.0\r\n\r\n").endswith(TIME)


def test_the_answer_to_head_has_no_body(running: Running) -> None:
    told_both = told(running, ASKED.replace(b"GET", b"HEAD") + LAST)
    first, second = told_both.split(b"\r\n\r\n", 1)
    assert first.startswith(b"HTTP/1.1 405")
    assert second.startswith(b"HTTP/1.1 200")
