from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.instructions import (
    AtomicBlock,
    CexTrade,
    FromStep,
    PostCondition,
    Sequence,
    SmartContractAction,
    WalletTransfer,
    with_instruction_id,
)
from basis_strategy_v1.core.domain.parsing import parse_block, parse_instruction, to_dict
from instruction_fields import refusal, supply, swap, trade, transfer

# --- the three types -------------------------------------------------------------------------------------------------


def test_a_trade_with_estimated_deltas_is_read() -> None:
    parsed = parse_block(trade(side="sell", estimated_deltas={"binance": {"ETH": -1.0, "USDT": "3300.5"}}))
    assert parsed == CexTrade(
        venue="binance",
        trade_type="spot",
        symbol="ETHUSDT",
        side="sell",
        amount=Decimal(1),
        estimated_deltas={"binance": {"ETH": Decimal(-1), "USDT": Decimal("3300.5")}},
    )


def test_a_limit_order_keeps_its_terms() -> None:
    parsed = parse_instruction(
        trade(
            trade_type="perp",
            order_type="LIMIT",
            price="3000.1",
            post_only=True,
            reduce_only=True,
            max_slippage=0.001,
            time_in_force="GTC",
        )
    )
    assert isinstance(parsed, CexTrade)
    assert (parsed.order_type, parsed.price, parsed.time_in_force) == ("limit", Decimal("3000.1"), "gtc")
    assert (parsed.post_only, parsed.reduce_only, parsed.max_slippage) == (True, True, Decimal("0.001"))


def test_an_action_is_read() -> None:
    assert parse_block(supply()) == SmartContractAction(
        protocol="aave", action="supply", token="USDT", amount=Decimal(1000)
    )


def test_a_swap_is_read() -> None:
    parsed = parse_block(swap(exact="out", max_amount_in="1.2", deadline=1700000000, fee_tier=500))
    assert parsed == SmartContractAction(
        protocol="uniswap",
        action="swap",
        token_in="WETH",
        token_out="wstETH",
        amount=Decimal(1),
        exact="out",
        max_amount_in=Decimal("1.2"),
        deadline=1700000000,
        fee_tier=500,
    )


def test_liquidity_may_be_one_sided() -> None:
    parsed = parse_block(
        {
            "type": "smart_contract_action",
            "protocol": "uniswap",
            "action": "add_liquidity",
            "tick_lower": -10,
            "tick_upper": 10,
            "amount0": 0,
            "amount1": 5,
        }
    )
    assert isinstance(parsed, SmartContractAction)
    assert (parsed.tick_lower, parsed.tick_upper, parsed.amount0, parsed.amount1) == (-10, 10, Decimal(0), Decimal(5))


def test_a_transfer_is_read() -> None:
    assert parse_block(transfer(network="ERC20", address="0xabc", tag="7")) == WalletTransfer(
        from_venue="binance",
        to_venue="wallet",
        token="USDT",
        amount=Decimal(1000),
        network="ERC20",
        address="0xabc",
        tag="7",
    )


def test_structs_are_returned_as_they_are() -> None:
    action = SmartContractAction(protocol="aave", action="supply", token="USDT", amount=Decimal(1))
    for block in (action, AtomicBlock(steps=(action,)), Sequence(instructions=(action,))):
        assert parse_block(block) is block
    assert parse_instruction(action) is action


# --- the other spellings ---------------------------------------------------------------------------------------------


def test_type_names_the_type_too() -> None:
    fields = transfer()
    fields["type"] = fields.pop("instruction_type")
    assert parse_block(fields) == parse_block(transfer())


def test_an_older_spot_trade_is_understood() -> None:
    older = {
        "venue_type": "cex",
        "venue": "binance",
        "trade_type": "SPOT",
        "pair": "ETH/USDT",
        "side": "BUY",
        "amount": 1.0,
    }
    assert parse_block(older) == parse_block(trade())


def test_an_older_perpetual_trade_is_understood() -> None:
    older = {
        "venue_type": "cex",
        "venue": "bybit",
        "trade_type": "PERP",
        "pair": "ETHUSDT-PERP",
        "side": "LONG",
        "amount": 1.0,
    }
    assert parse_block(older) == parse_block(trade(venue="bybit", trade_type="perp"))


@pytest.mark.parametrize(
    ("written", "symbol", "trade_type"),
    [
        ("ETH/USDT", "ETHUSDT", "spot"),
        ("eth/usdt", "ETHUSDT", "spot"),
        ("ETHUSDT-PERP", "ETHUSDT", "perp"),
        ("ETH/USDT:USDT", "ETHUSDT", "perp"),
    ],
)
@pytest.mark.parametrize("field", ["pair", "symbol"])
def test_a_pair_tells_symbol_and_trade_type(field: str, written: str, symbol: str, trade_type: str) -> None:
    fields = trade()
    del fields["symbol"], fields["trade_type"]
    parsed = parse_block({**fields, field: written})
    assert isinstance(parsed, CexTrade)
    assert (parsed.symbol, parsed.trade_type) == (symbol, trade_type)


def test_symbol_and_pair_may_both_be_given_when_they_agree() -> None:
    fields = trade(pair="ETHUSDT-PERP")
    del fields["trade_type"]
    parsed = parse_block(fields)
    assert isinstance(parsed, CexTrade)
    assert parsed.trade_type == "perp"
    assert refusal(trade(pair="BTC/USDT")).message.endswith("pair = 'BTC/USDT': contradicts symbol = 'ETHUSDT'")


def test_a_pair_with_a_slash_may_be_traded_as_a_perpetual_when_that_is_said() -> None:
    parsed = parse_block(trade(symbol="ETH/USDT", trade_type="PERP"))
    assert isinstance(parsed, CexTrade)
    assert parsed.trade_type == "perp"


@pytest.mark.parametrize(("written", "side"), [("LONG", "buy"), ("short", "sell"), ("Buy", "buy"), ("SELL", "sell")])
def test_long_is_a_buy_and_short_a_sell(written: str, side: str) -> None:
    parsed = parse_block(trade(side=written))
    assert isinstance(parsed, CexTrade)
    assert parsed.side == side


@pytest.mark.parametrize(
    ("operation", "protocol", "action"),
    [
        ("AAVE_SUPPLY", "aave", "supply"),
        ("AAVE_WITHDRAW", "aave", "withdraw"),
        ("AAVE_BORROW", "aave", "borrow"),
        ("AAVE_REPAY", "aave", "repay"),
        ("MORPHO_SUPPLY", "morpho", "supply"),
        ("ETHERFI_UNSTAKE", "etherfi", "unstake"),
        ("LIDO_REQUEST_WITHDRAWAL", "lido", "request_withdrawal"),
        ("STAKE", "lido", "stake"),
        ("unstake", "lido", "unstake"),
    ],
)
def test_an_operation_names_protocol_and_action(operation: str, protocol: str, action: str) -> None:
    parsed = parse_block({"venue_type": "onchain", "operation": operation, "token": "WETH", "amount": 1.0})
    assert parsed == SmartContractAction(protocol=protocol, action=action, token="WETH", amount=Decimal(1))


@pytest.mark.parametrize(("lst_type", "venue"), [("wsteth", "lido"), ("weETH", "etherfi")])
def test_a_bare_stake_goes_to_the_venue_of_the_liquid_staking_token(lst_type: str, venue: str) -> None:
    stake = {"venue_type": "onchain", "operation": "STAKE", "token": "ETH", "amount": 1}
    for parsed in (parse_block(stake, lst_type=lst_type), parse_instruction({**stake, "lst_type": lst_type})):
        assert isinstance(parsed, SmartContractAction)
        assert parsed.protocol == venue


@pytest.mark.parametrize("field", ["venue", "protocol"])
def test_an_operation_may_stand_beside_its_venue(field: str) -> None:
    parsed = parse_block({"venue_type": "onchain", field: "EtherFi", "operation": "STAKE", "token": "ETH", "amount": 1})
    assert isinstance(parsed, SmartContractAction)
    assert parsed.protocol == "etherfi"


def test_alchemy_is_the_wallet() -> None:
    parsed = parse_block(transfer(to_venue="Alchemy"))
    assert isinstance(parsed, WalletTransfer)
    assert parsed.to_venue == "wallet"


# --- blocks ----------------------------------------------------------------------------------------------------------


def test_a_list_is_a_sequence_in_order() -> None:
    parsed = parse_block([trade(), {"atomic": True, "steps": [supply()]}, parse_instruction(transfer())])
    assert isinstance(parsed, Sequence)
    assert [type(item) for item in parsed.instructions] == [CexTrade, AtomicBlock, WalletTransfer]


def test_an_atomic_block_passes_amounts_from_step_to_step() -> None:
    parsed = parse_block(
        {
            "atomic": True,
            "steps": [swap(), supply(token="wstETH", amount={"from_step": 0}), supply(action="withdraw", amount="ALL")],
            "post_conditions": ["health_factor >= 1.05", "received>=3"],
        }
    )
    assert isinstance(parsed, AtomicBlock)
    assert [step.amount for step in parsed.steps] == [Decimal(1), FromStep(from_step=0), "all"]
    assert parsed.post_conditions == (
        PostCondition(quantity="health_factor", at_least=Decimal("1.05")),
        PostCondition(quantity="received", at_least=Decimal(3)),
    )


def test_structs_may_stand_among_plain_steps() -> None:
    step = SmartContractAction(protocol="aave", action="supply", token="USDT", amount=Decimal(1))
    bound = PostCondition(quantity="received", at_least=Decimal(3))
    parsed = parse_block({"atomic": True, "steps": [step, swap()], "post_conditions": [bound]})
    assert isinstance(parsed, AtomicBlock)
    assert (parsed.steps[0], parsed.post_conditions) == (step, (bound,))


def test_a_flash_loan_holds_its_own_steps() -> None:
    loan = supply(
        protocol="morpho", action="flash_loan", token="WETH", steps=[swap(), supply(amount=FromStep(from_step=0))]
    )
    parsed = parse_block(loan)
    assert isinstance(parsed, SmartContractAction)
    assert parsed.steps[1].amount == FromStep(from_step=0)


@pytest.mark.parametrize("block", [None, 7, "cex_trade", [], (), {}, [[trade()]], [None], {"symbol": "ETHUSDT"}])
def test_a_block_without_a_known_shape_is_malformed(block: object) -> None:
    assert refusal(block).error_code == "EIM-001"


@pytest.mark.parametrize(
    "block",
    [
        {"atomic": True},
        {"atomic": True, "steps": []},
        {"atomic": True, "steps": "supply"},
        {"atomic": True, "steps": [7]},
        {"atomic": False, "steps": [supply()]},
        {"atomic": "yes", "steps": [supply()]},
        Sequence,
    ],
)
def test_an_atomic_block_without_proper_steps_is_malformed(block: object) -> None:
    assert refusal(block).error_code == "EIM-001"


@pytest.mark.parametrize(
    "step",
    [
        trade(),
        transfer(),
        parse_instruction(trade()),
        {"atomic": True, "steps": [supply()]},
        supply(amount={"from_step": 1}),
        supply(amount={"from_step": 5}),
        supply(protocol="aave", action="flash_loan", steps=[supply(amount={"from_step": 0})]),
    ],
)
def test_an_atomic_chain_that_is_no_transaction_is_refused(step: object) -> None:
    assert refusal({"atomic": True, "steps": [supply(), step]}).error_code == "EIM-008"


def test_steps_cannot_be_nested_without_end() -> None:
    loan = supply()
    for _ in range(2000):
        loan = supply(action="flash_loan", steps=[loan])
    assert refusal(loan).error_code == "EIM-008"


def test_an_atomic_block_takes_no_other_fields() -> None:
    error = refusal({"atomic": True, "steps": [supply()], "venue": "aave"})
    assert error.error_code == "EIM-004"
    assert "unknown field 'venue'" in error.message


@pytest.mark.parametrize("told", [{"instruction_type": "option"}, {"type": 3}, {"venue_type": "casino"}])
def test_an_unknown_type_is_refused_as_such(told: dict[str, Any]) -> None:
    fields = trade()
    del fields["instruction_type"]
    assert refusal({**fields, **told}).error_code == "EIM-002"


def test_two_fields_that_tell_different_types_are_refused() -> None:
    error = refusal(trade(type="wallet_transfer"))
    assert error.error_code == "EIM-001"
    assert "contradict" in error.message


# --- back to the plain shape -----------------------------------------------------------------------------------------


def test_a_trade_goes_back_to_its_plain_shape() -> None:
    assert to_dict(parse_instruction(trade())) == {**trade(amount=Decimal(1)), "order_type": "market"}


def test_an_atomic_block_goes_back_to_its_plain_shape() -> None:
    block = parse_block(
        {"atomic": True, "steps": [swap(), supply(amount={"from_step": 0})], "post_conditions": ["received >= 3"]}
    )
    assert isinstance(block, AtomicBlock)
    assert to_dict(block) == {
        "atomic": True,
        "steps": [swap(amount=Decimal(1)), supply(amount={"from_step": 0})],
        "post_conditions": ["received >= 3"],
    }


def test_an_id_is_shown_once_the_engine_has_given_it() -> None:
    assert to_dict(with_instruction_id(parse_instruction(trade()), "00ff"))["instruction_id"] == "00ff"
