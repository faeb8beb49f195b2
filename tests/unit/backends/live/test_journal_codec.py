"""The journal's texts: one for one thing, in its public shape."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest

from basis_strategy_v1.backends.live.journal_codec import amount_to_text, instruction_from_text, instruction_to_text
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, TransferArrival
from basis_strategy_v1.core.domain.parsing import to_dict
from basis_strategy_v1.core.execution.order_state import Submission

MARKET = CexTrade(
    venue="okx",
    trade_type="perp",
    symbol="BTCUSDT",
    side="sell",
    amount=Decimal("0.5"),
    reduce_only=True,
    instruction_id="a1",
    purpose="exit",
)
LIMIT = msgspec.structs.replace(MARKET, order_type="limit", price=Decimal("60000.10"), post_only=True)


@pytest.mark.parametrize("trade", [MARKET, LIMIT], ids=["market", "limit"])
def test_a_trade_is_written_in_its_public_shape_and_comes_back(trade: CexTrade) -> None:
    text = instruction_to_text(trade)
    shown = msgspec.json.decode(text)
    assert shown == {**msgspec.to_builtins(to_dict(trade)), **msgspec.to_builtins(trade)}
    assert list(shown)[:3] == ["instruction_type", "order_type", "venue"]
    assert text.count('"order_type"') == 1
    assert instruction_from_text(text) == trade


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        (
            Submission,
            {
                "order": None,
                "transfer": None,
                "filled": Decimal(0),
                "attempts": 0,
                "sent_at": 0,
                "updated_at": 0,
                "order_report": None,
                "transfer_report": None,
            },
        ),
        (
            OrderRequest,
            {
                "order_type": "market",
                "price": None,
                "time_in_force": "gtc",
                "post_only": False,
                "reduce_only": False,
                "max_slippage": None,
            },
        ),
        (
            OrderReport,
            {
                "venue_order_id": "",
                "filled": Decimal(0),
                "price": None,
                "fills": (),
                "outcome": Outcome.DONE,
                "error_code": "",
                "reason": "",
            },
        ),
        (TransferArrival, {"deposit_id": ""}),
    ],
)
def test_what_an_old_row_leaves_out_keeps_its_meaning(kind: type[msgspec.Struct], left_out: dict[str, object]) -> None:
    fields = msgspec.structs.fields(kind)
    defaults = {field.name: field.default for field in fields if field.default is not msgspec.NODEFAULT}
    assert kind.__struct_config__.omit_defaults
    assert defaults == left_out


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "0"),
        ("0E-8", "0"),
        ("-0.00", "0"),
        ("1.50", "1.5"),
        ("-2.000", "-2"),
        ("100", "100"),
        ("1E+3", "1000"),
        ("1.20E-9", "0.0000000012"),
        ("123456789012345678901234567890.10", "123456789012345678901234567890.1"),
    ],
)
def test_a_number_has_one_text(amount: str, text: str) -> None:
    assert amount_to_text(Decimal(amount)) == text
