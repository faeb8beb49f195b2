"""What is secret never reaches a line of the log, whatever it is called and wherever it stands."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.events import Event
from basis_strategy_v1.core.event_logger.redaction import HIDDEN, redact, redacted_line

NAMES = ("secret", "private_key", "Api-Key", "PASS PHRASE", "rpc_URL", "api\u212aey", "my_password_2", "symbol", "ключ")


class Order(msgspec.Struct):
    symbol: str
    amount: Decimal
    api_key: str = "hunter2"


class Plain(msgspec.Struct):
    symbol: str
    amount: Decimal | None


class Holder(msgspec.Struct):
    symbol: str
    details: Any


class Nest(msgspec.Struct):
    plain: tuple[Plain, ...] = ()
    orders: tuple[Order, ...] = ()
    inner: Nest | None = None


class Sealed:
    def get_secret_value(self) -> str:
        return "hunter2"


keys = st.sampled_from(NAMES) | st.text(max_size=6)
leaves = st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8) | st.sampled_from(NAMES) | st.decimals()
data = st.recursive(leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3))


def event(content: Any) -> Event:
    return Event(0, "error", "Component", content, 7)


@given(data)
def test_a_line_holds_the_event_with_its_data_redacted(content: Any) -> None:
    line = redacted_line(event(content))
    assert line.endswith(b"}\n")
    assert msgspec.json.decode(line) == {
        "timestamp": "1970-01-01T00:00:00Z",
        "event_type": "error",
        "component": "Component",
        "data": msgspec.json.decode(msgspec.json.encode(redact(content))),
        "sequence": 7,
    }


@pytest.mark.parametrize("name", [name for name in NAMES if name not in ("symbol", "ключ")])
def test_what_a_secret_name_holds_is_hidden(name: str) -> None:
    line = redacted_line(event({"outer": [{name: "hunter2"}]}))
    assert b"hunter2" not in line
    assert msgspec.json.decode(line)["data"] == {"outer": [{name: HIDDEN}]}


def test_a_field_of_a_struct_and_a_sealed_value_are_hidden_too() -> None:
    line = redacted_line(event({"order": Order("BTCUSDT", Decimal("0.50")), "key": Sealed()}))
    assert msgspec.json.decode(line)["data"] == {
        "order": {"symbol": "BTCUSDT", "amount": "0.50", "api_key": HIDDEN},
        "key": HIDDEN,
    }


def test_what_a_struct_of_plain_fields_holds_needs_no_second_look() -> None:
    line = redacted_line(event(Plain("the api_key of BTCUSDT", Decimal("0.50"))))
    assert msgspec.json.decode(line)["data"] == {"symbol": "the api_key of BTCUSDT", "amount": "0.50"}


def test_a_struct_that_may_hold_more_than_plain_values_is_looked_through() -> None:
    line = redacted_line(event(Holder("BTCUSDT", {"api_key": "hunter2"})))
    assert msgspec.json.decode(line)["data"] == {"symbol": "BTCUSDT", "details": {"api_key": HIDDEN}}


def test_a_sealed_value_is_hidden_in_a_plain_field_as_well() -> None:
    line = redacted_line(event(Plain(cast("str", Sealed()), None)))
    assert msgspec.json.decode(line)["data"] == {"symbol": HIDDEN, "amount": None}


def test_a_secret_field_of_a_struct_of_plain_fields_is_hidden() -> None:
    line = redacted_line(event(Order("BTCUSDT", Decimal("0.50"))))
    assert msgspec.json.decode(line)["data"]["api_key"] == HIDDEN


def test_a_secret_field_of_a_struct_within_others_is_hidden() -> None:
    order = Order("BTCUSDT", Decimal("0.50"))
    line = redacted_line(event(Nest(inner=Nest(orders=(order,), plain=(Plain("BTCUSDT", None),)))))
    inner = msgspec.json.decode(line)["data"]["inner"]
    assert inner["orders"][0]["api_key"] == HIDDEN
    assert inner["plain"] == [{"symbol": "BTCUSDT", "amount": None}]
