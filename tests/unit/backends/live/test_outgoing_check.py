"""The last look at a request before it leaves."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.backends.live.dialects.binance.orders import read_outgoing as binance
from basis_strategy_v1.backends.live.dialects.bybit.orders import read_outgoing as bybit
from basis_strategy_v1.backends.live.dialects.hyperliquid.orders import read_outgoing as hyperliquid
from basis_strategy_v1.backends.live.dialects.okx.orders import read_outgoing as okx
from basis_strategy_v1.backends.live.outgoing_check import ExpectedOrder, OutgoingCheck, ReadOutgoing, fields_of
from basis_strategy_v1.backends.live.transport import OutgoingRefusedError

ID = "ab" * 16
ASKED = ExpectedOrder(Decimal("0.010"), ID)


def _post(path: str, *, json: Any = None, form: Any = None) -> requests.PreparedRequest:
    return requests.Request("POST", f"https://venue.example{path}", json=json, data=form).prepare()


def _spot(**changed: Any) -> requests.PreparedRequest:
    fields = {"symbol": "BTCUSDT", "quantity": "0.01", "newClientOrderId": ID, **changed}
    return _post("/api/v3/order", form={name: value for name, value in fields.items() if value is not None})


def _linear(**changed: Any) -> requests.PreparedRequest:
    return _post("/v5/order/create", json={"category": "linear", "qty": "0.01", "orderLinkId": ID, **changed})


def _swap(**changed: Any) -> requests.PreparedRequest:
    return _post("/api/v5/trade/order", json={"instId": "BTC-USDT-SWAP", "sz": "0.01", "clOrdId": ID, **changed})


def _action(**changed: Any) -> requests.PreparedRequest:
    action = {"type": "order", "orders": [{"s": "0.01", "c": f"0x{ID}"}], **changed}
    return _post("/exchange", json={"action": action, "nonce": 1})


def _put(**changed: Any) -> requests.PreparedRequest:
    fields = {"symbol": "BTCUSDT", "orderId": ID, "quantity": "0.01", "price": "1", **changed}
    form = {name: value for name, value in fields.items() if value is not None}
    return requests.Request("PUT", "https://venue.example/fapi/v1/order", data=form).prepare()


def _replacement(**changed: Any) -> requests.PreparedRequest:
    fields = {"cancelOrderId": "1", "quantity": "0.01", "newClientOrderId": ID, **changed}
    form = {name: value for name, value in fields.items() if value is not None}
    return _post("/api/v3/order/cancelReplace", form=form)


def _change(**changed: Any) -> requests.PreparedRequest:
    return _post("/v5/order/amend", json={"category": "linear", "orderId": ID, "qty": "0.01", **changed})


def _amendment(**changed: Any) -> requests.PreparedRequest:
    return _post("/api/v5/trade/amend-order", json={"instId": "BTC-USDT", "ordId": ID, "newSz": "0.01", **changed})


def _modification(**changed: Any) -> requests.PreparedRequest:
    order = {"s": "0.01", "c": f"0x{ID}", **changed}
    return _post("/exchange", json={"action": {"type": "modify", "oid": 1, "order": order}})


GOOD = [
    (binance, _spot()),
    (binance, _put()),
    (binance, _replacement()),
    (bybit, _linear()),
    (bybit, _change()),
    (okx, _swap()),
    (okx, _amendment()),
    (hyperliquid, _action()),
    (hyperliquid, _modification()),
]
BAD = [
    (binance, _spot(newClientOrderId=None)),
    (binance, _spot(newClientOrderId=None, quantity=None, type="MARKET", quoteOrderQty="100000")),
    (binance, _put(quantity="1000")),
    (binance, _put(quantity=None)),
    (binance, _put(orderId="another")),
    (binance, _put(orderId=None)),
    (binance, _replacement(quantity="1000")),
    (binance, _replacement(newClientOrderId=None)),
    (binance, _post("/fapi/v1/batchOrders", form={"batchOrders": "[]"})),
    (binance, _post("/api/v3/sor/order", form={"quantity": "1000"})),
    (binance, _post("/api/v3/orderList/oco", form={"quantity": "1000"})),
    (binance, _post("/fapi/v1/algoOrder", form={"quantity": "1000"})),
    (bybit, _linear(orderLinkId=None)),
    (bybit, _change(qty="1000")),
    (bybit, _change(orderId="another")),
    (bybit, _change(orderId=None)),
    (bybit, _post("/v5/order/amend-batch", json={"request": [{"qty": "0.01", "orderId": ID}]})),
    (okx, _swap(clOrdId=None)),
    (okx, _amendment(newSz="1000")),
    (okx, _amendment(ordId="another")),
    (okx, _amendment(ordId=None)),
    (okx, _post("/api/v5/trade/amend-batch-orders", json=[{"newSz": "0.01", "ordId": ID}])),
    (okx, _post("/api/v5/trade/close-position", json={"instId": "BTC-USDT-SWAP", "mgnMode": "cross"})),
    (hyperliquid, _modification(s="1000")),
    (hyperliquid, _modification(c=None)),
    (hyperliquid, _action(type="batchModify", modifies=[])),
    (hyperliquid, _action(type="twapOrder", twap={"a": 0, "s": "1000"})),
    (binance, _spot(quantity="0.02")),
    (binance, _spot(quantity=None, quoteOrderQty="1000")),
    (binance, _spot(newClientOrderId="x-TKT5PX2F")),
    (bybit, _linear(qty="1000")),
    (bybit, _linear(category="spot", orderType="Market", marketUnit="quoteCoin")),
    (bybit, _post("/v5/order/create-batch", json={"request": [{"qty": "0.01", "orderLinkId": ID}]})),
    (okx, _swap(sz="1")),
    (okx, _swap(tgtCcy="quote_ccy")),
    (okx, _swap(instId="BTC-USDT", ordType="market")),
    (okx, _post("/api/v5/trade/batch-orders", json=[{"sz": "0.01", "clOrdId": ID}])),
    (hyperliquid, _action(orders=[{"s": "0.01", "c": f"0x{ID}"}] * 2)),
    (hyperliquid, _action(orders=[{"s": "0.02", "c": f"0x{ID}"}])),
    (hyperliquid, _action(builder={"b": "0x1", "f": 10})),
]


@pytest.mark.parametrize(("read", "request_"), GOOD)
def test_the_order_that_was_asked_for_leaves_once(read: ReadOutgoing, request_: requests.PreparedRequest) -> None:
    check = OutgoingCheck(read)
    with check.expecting(ASKED):
        check(request_)
        with pytest.raises(OutgoingRefusedError):
            check(request_)


@pytest.mark.parametrize(("read", "request_"), GOOD)
def test_an_order_that_nobody_asked_for_stays(read: ReadOutgoing, request_: requests.PreparedRequest) -> None:
    check = OutgoingCheck(read)
    with check.expecting(ASKED):
        pass
    with pytest.raises(OutgoingRefusedError):
        check(request_)


@pytest.mark.parametrize(("read", "request_"), BAD)
def test_another_order_than_was_asked_for_stays(read: ReadOutgoing, request_: requests.PreparedRequest) -> None:
    check = OutgoingCheck(read)
    with check.expecting(ASKED), pytest.raises(OutgoingRefusedError) as refused:
        check(request_)
    assert refused.value.code == "EXI-001"


PRICE_ALONE = [(bybit, _change(qty=None, price="2")), (okx, _amendment(newSz=None, newPx="2"))]


@pytest.mark.parametrize(("read", "request_"), PRICE_ALONE)
def test_a_change_of_price_alone_leaves_where_no_other_quantity_was_asked_for(
    read: ReadOutgoing, request_: requests.PreparedRequest
) -> None:
    check = OutgoingCheck(read)
    with check.expecting(ExpectedOrder(None, ID)):
        check(request_)
    with check.expecting(ASKED), pytest.raises(OutgoingRefusedError):
        check(request_)


@pytest.mark.parametrize(("read", "request_"), GOOD)
def test_a_quantity_stays_where_none_was_asked_for(read: ReadOutgoing, request_: requests.PreparedRequest) -> None:
    check = OutgoingCheck(read)
    with check.expecting(ExpectedOrder(None, ID)), pytest.raises(OutgoingRefusedError):
        check(request_)


@pytest.mark.parametrize("kind", ["approveBuilderFee", "setReferrer"])
def test_an_action_in_favour_of_somebody_else_stays(kind: str) -> None:
    check = OutgoingCheck(hyperliquid)
    with pytest.raises(OutgoingRefusedError):
        check(_action(type=kind))


@pytest.mark.parametrize(
    ("read", "request_"),
    [
        (binance, _post("/fapi/v1/leverage", form={"symbol": "BTCUSDT", "leverage": "3"})),
        (binance, requests.Request("DELETE", "https://venue.example/api/v3/order?orderId=1").prepare()),
        (binance, requests.Request("DELETE", "https://venue.example/fapi/v1/allOpenOrders?symbol=X").prepare()),
        (binance, _post("/sapi/v1/asset/transfer", form={"amount": "1"})),
        (bybit, _post("/v5/order/cancel", json={"orderId": "1"})),
        (bybit, _post("/v5/order/cancel-all", json={"category": "spot"})),
        (okx, _post("/api/v5/trade/cancel-order", json={"ordId": "1"})),
        (hyperliquid, _post("/info", json={"type": "meta"})),
        (hyperliquid, _action(type="cancel")),
    ],
)
def test_what_orders_nothing_leaves(read: ReadOutgoing, request_: requests.PreparedRequest) -> None:
    OutgoingCheck(read)(request_)


@given(st.text(st.sampled_from("ab=&%41+;")))
def test_a_form_is_read_as_a_server_reads_it(text: str) -> None:
    assert fields_of(_post("/api/v3/order", form=text)) == dict(parse_qsl(text))


@pytest.mark.parametrize("address", ["https://a.b/x/y?p=/q#/r", "https://a.b", "https://a.b:1/x?", "https://a.b/x#?p"])
def test_the_path_is_what_stands_between_host_and_question(address: str) -> None:
    seen: list[str] = []

    def read(path: str, fields: Mapping[str, Any]) -> None:
        seen.append(path)

    OutgoingCheck(read)(requests.Request("POST", address).prepare())
    assert seen == [urlsplit(requests.Request("POST", address).prepare().url).path]
