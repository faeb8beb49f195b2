from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    PostCondition,
    SmartContractAction,
    TradeType,
    WalletTransfer,
)
from basis_strategy_v1.core.domain.parsing import parse_block, parse_instruction, to_dict
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

amounts = st.decimals(min_value="1e-18", max_value="1e15", places=18)
signed = st.decimals(min_value="-1e9", max_value="1e9", places=8)
tokens = st.sampled_from(["USDT", "WETH", "wstETH", "weETH", "BTC"])
locations = st.sampled_from(["binance", "binance.derivatives", "bybit", "okx.funding"])
deltas = st.none() | st.dictionaries(locations, st.dictionaries(tokens, signed, max_size=2), max_size=2)
fractions = st.none() | st.decimals(min_value=0, max_value="0.99", places=4)


@st.composite
def trades(draw: st.DrawFn) -> CexTrade:
    trade_type: TradeType = draw(st.sampled_from(["spot", "perp"]))
    is_limit = draw(st.booleans())
    post_only = is_limit and draw(st.booleans())
    return CexTrade(
        venue=draw(st.sampled_from(["binance", "bybit", "okx", "hyperliquid"])),
        trade_type=trade_type,
        symbol=draw(st.sampled_from(["BTCUSDT", "ETHUSDT", "1000PEPEUSDT"])),
        side=draw(st.sampled_from(["buy", "sell"])),
        amount=draw(amounts),
        order_type="limit" if is_limit else "market",
        price=draw(amounts) if is_limit else None,
        time_in_force="gtc" if post_only else draw(st.sampled_from(["gtc", "ioc", "fok"])),
        post_only=post_only,
        reduce_only=trade_type == "perp" and draw(st.booleans()),
        max_slippage=draw(fractions),
        estimated_deltas=draw(deltas),
    )


transfers = st.builds(
    WalletTransfer,
    from_venue=locations,
    to_venue=st.just("wallet"),
    token=tokens,
    amount=amounts,
    network=st.sampled_from(["", "ERC20"]),
    address=st.sampled_from(["", "0xabc"]),
    tag=st.sampled_from(["", "7"]),
    estimated_deltas=deltas,
    instruction_id=st.just(""),
    purpose=st.just(""),
)
conditions = st.builds(
    PostCondition,
    quantity=st.sampled_from(["health_factor", "received"]),
    at_least=st.decimals(min_value=0, max_value=100, places=6),
)


@st.composite
def actions(draw: st.DrawFn) -> SmartContractAction:
    action = draw(st.sampled_from(["supply", "withdraw", "borrow", "repay", "flash_loan"]))
    inner = (
        SmartContractAction(protocol="curve", action="swap", token_in="A", token_out="B", amount=draw(amounts)),
        SmartContractAction(protocol="morpho", action="supply", token="B", amount="all"),
    )
    return SmartContractAction(
        protocol=draw(st.sampled_from(["aave", "morpho"])),
        action=action,
        token=draw(tokens),
        amount=draw(amounts | st.just("all")),
        steps=inner if action == "flash_loan" else (),
        post_conditions=tuple(draw(st.lists(conditions, max_size=2))),
        deadline=draw(st.none() | st.integers(1, 2**40)),
        estimated_deltas=draw(deltas),
    )


@given(trades() | transfers | actions())
def test_an_instruction_survives_the_way_out_and_back(instruction: Any) -> None:
    assert parse_instruction(to_dict(instruction)) == instruction


@given(trades() | transfers | actions())
def test_an_instruction_survives_being_written_as_json(instruction: Any) -> None:
    written = msgspec.json.encode(to_dict(instruction))
    assert parse_block(msgspec.json.decode(written)) == instruction


@given(st.lists(actions(), min_size=1, max_size=3), st.lists(conditions, max_size=2))
def test_an_atomic_block_survives_the_way_out_and_back(
    steps: list[SmartContractAction], post: list[PostCondition]
) -> None:
    block = AtomicBlock(steps=tuple(steps), post_conditions=tuple(post))
    assert parse_block(to_dict(block)) == block


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_a_float_amount_is_the_number_it_prints_as(amount: float) -> None:
    fields = {"type": "wallet_transfer", "from_venue": "binance", "to_venue": "wallet", "token": "USDT"}
    parsed = parse_instruction({**fields, "amount": amount})
    assert parsed.amount == Decimal(repr(amount))


def refusal_of(block: object) -> str | None:
    try:
        parse_block(block)
    except ComponentError as error:
        return error.message if error.error_code.startswith("EIM-") else f"wrong code\n{error}"
    return None


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KINDS = ["cex_trade", "smart_contract_action", "wallet_transfer"]
FIELDS = [
    *("venue", "trade_type", "symbol", "pair", "side", "amount", "order_type", "price", "post_only", "protocol"),
    *("action", "operation", "token", "token_in", "steps", "post_conditions", "estimated_deltas", "from_venue"),
    *("to_venue", "deadline", "max_slippage", "atomic", "type", "lst_type"),
]


@given(junk | st.dictionaries(st.sampled_from(FIELDS), junk), st.sampled_from([None, *KINDS]))
def test_whatever_comes_in_is_read_or_refused_in_one_line(block: Any, kind: str | None) -> None:
    if kind is not None and isinstance(block, dict):
        block = {**block, "instruction_type": kind}
    message = refusal_of(block)
    assert message is None or "\n" not in message
