"""What a failed request proves, by what came back over the wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

pytest.importorskip("ccxt", reason="ccxt comes with the live extra")

from basis_strategy_v1.backends.live.clock_offset import ClockOffset
from basis_strategy_v1.backends.live.dialects.binance import assembly as binance
from basis_strategy_v1.backends.live.dialects.bybit import assembly as bybit
from basis_strategy_v1.backends.live.dialects.hyperliquid import assembly as hyperliquid
from basis_strategy_v1.backends.live.dialects.okx import assembly as okx
from basis_strategy_v1.backends.live.gateway import Gateway, VenueError
from basis_strategy_v1.backends.live.outgoing_check import OutgoingCheck
from basis_strategy_v1.backends.live.transport import Traffic
from basis_strategy_v1.venues.error_tables import binance as binance_codes
from basis_strategy_v1.venues.error_tables import bybit as bybit_codes
from basis_strategy_v1.venues.error_tables import hyperliquid as hyperliquid_codes
from basis_strategy_v1.venues.error_tables import okx as okx_codes

DIALECTS: dict[str, tuple[Any, Any, str]] = {
    "binance": (binance_codes.ERRORS, binance.read_error, "usdm"),
    "bybit": (bybit_codes.ERRORS, bybit.read_error, "v5"),
    "okx": (okx_codes.ERRORS, okx.read_error, "v5"),
    "hyperliquid": (hyperliquid_codes.ERRORS, hyperliquid.read_error, "hyperliquid"),
}


def _verdict(venue: str, status: int, body: str) -> tuple[str, str]:
    """What a gateway makes of an order that was answered so."""
    errors, read_error, scope = DIALECTS[venue]
    transport: Any = SimpleNamespace(last=Traffic("POST", "https://venue/order", status, body), forget=lambda: None)

    def refuse() -> None:
        raise RuntimeError("the library did not like it")

    outgoing = OutgoingCheck(lambda path, fields: None)
    clock = ClockOffset(lambda: 0)
    gateway = Gateway(venue, scope, None, transport, outgoing, clock, errors, read_error, lambda: 0, ())
    with pytest.raises(VenueError) as error:
        gateway.tell(refuse)
    return error.value.verdict, error.value.code


PAGE = "<html><head><title>Forbidden</title></head></html>"


@pytest.mark.parametrize("venue", DIALECTS)
@pytest.mark.parametrize("status", [403, 418, 429])
@pytest.mark.parametrize("body", ["", "null", PAGE])
def test_an_address_that_is_turned_away_at_the_door_has_ordered_nothing(venue: str, status: int, body: str) -> None:
    assert _verdict(venue, status, body) == ("retry_later", "EXI-002")


@pytest.mark.parametrize("venue", DIALECTS)
@pytest.mark.parametrize("status", [200, 301, 400, 404, 408, 500, 502, 503, 504])
@pytest.mark.parametrize("body", ["", "null", "[]", "{}", PAGE])
def test_an_answer_without_a_code_proves_nothing(venue: str, status: int, body: str) -> None:
    assert _verdict(venue, status, body)[0] == "unknown"


@pytest.mark.parametrize(
    ("venue", "status", "body", "verdict"),
    [
        ("binance", 429, '{"code": -1003, "msg": "Too many requests."}', "retry_later"),
        ("binance", 429, '{"code": -1015, "msg": "Too many new orders."}', "retry_later"),
        ("binance", 429, '{"code": -1007, "msg": "Timeout waiting for response from backend server."}', "unknown"),
        ("bybit", 429, '{"retCode": 10006, "retMsg": "Too many visits."}', "retry_later"),
        ("bybit", 429, '{"retCode": 10429, "retMsg": "System level frequency protection"}', "unknown"),
        ("okx", 429, '{"code": "50011", "msg": "Too Many Requests"}', "retry_later"),
        ("okx", 429, '{"code": "50013", "msg": "Systems are busy. Please try again later."}', "unknown"),
        ("okx", 429, '{"code": "1", "data": [{"sCode": "50013", "sMsg": "Systems are busy."}]}', "unknown"),
    ],
)
def test_a_code_says_more_than_the_status_it_comes_with(venue: str, status: int, body: str, verdict: str) -> None:
    assert _verdict(venue, status, body)[0] == verdict
