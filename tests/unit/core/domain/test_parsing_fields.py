from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.core.domain.field_reader import shown
from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.parsing import parse_block, parse_instruction
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from instruction_fields import nested_list, refusal, supply, swap, trade, transfer


@pytest.mark.parametrize(
    ("given", "amount"),
    [
        ("0.1", "0.1"),
        (" 2.50 ", "2.50"),
        ("1e-8", "1E-8"),
        (3, "3"),
        (0.1, "0.1"),
        (1e-7, "1E-7"),
        (Decimal("0.30"), "0.30"),
    ],
)
def test_an_amount_is_taken_as_it_is_written(given: object, amount: str) -> None:
    parsed = parse_block(trade(amount=given))
    assert isinstance(parsed, CexTrade)
    assert str(parsed.amount) == amount


@pytest.mark.parametrize(
    "amount",
    [
        *(0, -1, "0", "-0.5", 0.0, -0.0),
        *(
            float("nan"),
            float("inf"),
            float("-inf"),
            "NaN",
            "inf",
            Decimal("NaN"),
            Decimal("sNaN"),
            Decimal("Infinity"),
        ),
        *(
            "",
            "ten",
            "1_000",
            "1,5",
            "0x10",
            "1e99999999999",
            "1e400",
            "1e-400",
            10**400,
            10**6000,
            Decimal("1e21"),
            1e300,
        ),
        *(True, False, [], [1], nested_list(3000), {"from_step": 0}, "all", b"1", 1j),
    ],
    ids=shown,
)
def test_an_impossible_amount_is_refused_by_field_and_value(amount: object) -> None:
    error = refusal(trade(amount=amount))
    assert error.error_code == "EIM-004"
    assert "amount = " in error.message
    assert len(error.message) < 250


@pytest.mark.parametrize(
    "amount",
    [0, "-1", True, "some", {"from_step": -1}, {"from_step": "0"}, {"from_step": True}, {"step": 0}, {"from_step": 0}],
    ids=repr,
)
def test_an_impossible_amount_of_an_action_is_refused(amount: object) -> None:
    error = refusal(supply(amount=amount))
    assert error.error_code == "EIM-004"
    assert "amount = " in error.message


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (trade(amount=None), "amount is missing"),
        (trade(venue=None), "venue is missing"),
        (trade(venue=" "), "venue = ' '"),
        (trade(venue="bin\nance"), "venue = "),
        (trade(venue=7), "venue = 7"),
        (trade(symbol=None), "symbol is missing"),
        (trade(symbol="ETH-USDT"), "symbol = 'ETH-USDT'"),
        (trade(symbol="ETH/USDT:USDC"), "symbol = 'ETH/USDT:USDC'"),
        (trade(symbol="ETHUSDT-PERP"), "names a perpetual, but trade_type is spot"),
        (trade(trade_type=None), "trade_type is missing"),
        (trade(trade_type="future"), "trade_type = 'future': must be one of spot, perp"),
        (trade(side=None), "side is missing"),
        (trade(side="hold"), "side = 'hold': must be one of buy, sell, long, short"),
        (trade(order_type="stop"), "order_type = 'stop'"),
        (trade(order_type="limit"), "price is missing"),
        (trade(order_type="limit", price=0), "price = 0: must be above 0"),
        (trade(price=3000), "price = 3000: a market order takes none"),
        (trade(time_in_force="day"), "time_in_force = 'day'"),
        (trade(post_only=True), "post_only = True: only a limit order"),
        (trade(post_only="yes"), "post_only = 'yes': must be true or false"),
        (trade(order_type="limit", price=1, post_only=True, time_in_force="ioc"), "contradicts time_in_force = ioc"),
        (trade(reduce_only=True), "reduce_only = True: only a perpetual"),
        (trade(max_slippage=1), "max_slippage = 1: must be a fraction"),
        (trade(max_slippage="-0.1"), "max_slippage = -0.1: must be a fraction"),
        (trade(estimated_deltas=7), "estimated_deltas = 7"),
        (trade(estimated_deltas={"tokens": 1}), "estimated_deltas = "),
        (trade(estimated_deltas={"binance": {"ETH": "x"}}), "estimated_deltas.binance.ETH = 'x'"),
        (transfer(to_venue="binance"), "to_venue = 'binance': must differ from from_venue"),
        (transfer(token=None), "token is missing"),
        (transfer(amount="all"), "amount = 'all'"),
        (supply(amount=None), "amount is missing: supply needs one"),
        (supply(token=None), "token is missing: supply needs one"),
        (supply(protocol=None), "protocol is missing"),
        (supply(action=None), "action is missing"),
        (supply(deadline=0), "deadline = 0: must be a whole number above 0"),
        (supply(deadline=True), "deadline = True"),
        (supply(tick_lower=0.5), "tick_lower = 0.5: must be a whole number"),
        (supply(tick_lower=5, tick_upper=5), "tick_lower = 5: must be below tick_upper = 5"),
        (supply(amount0=-1), "amount0 = -1: must not be negative"),
        (supply(steps=[supply()]), "only a flash_loan takes them"),
        (supply(steps=[]), "steps = []"),
        (supply(action="flash_loan"), "steps is missing"),
        (supply(action="add_liquidity"), "amount0 and amount1 are missing"),
        (supply(post_conditions="received >= 1"), "post_conditions = 'received >= 1': must be a list"),
        (supply(post_conditions=["received > 1"]), "post_conditions = 'received > 1'"),
        (supply(post_conditions=["received >= x"]), "post_conditions = 'received >= x'"),
        (supply(post_conditions=[3]), "post_conditions = 3"),
        (swap(token_in=None), "token_in is missing"),
        (swap(token_out=None), "token_out is missing"),
        (swap(token_out="WETH"), "must differ from token_in"),
        (swap(exact="both"), "exact = 'both'"),
        (swap(max_amount_in=1), "max_amount_in = 1: bounds an exact-out swap"),
        (swap(exact="out", min_amount_out=1), "min_amount_out = 1: bounds an exact-in swap"),
        (supply(operation="AAVE_SUPPLY"), "either action or operation"),
        (supply(action=None, operation="LIDO_STAKE"), "operation = 'LIDO_STAKE': contradicts protocol = 'aave'"),
        (supply(action=None, protocol=None, operation="SWAP"), "operation = 'SWAP': must be PROTOCOL_ACTION"),
        (supply(action=None, protocol=None, operation="AAVE_"), "operation = 'AAVE_': must be PROTOCOL_ACTION"),
        (supply(action=None, protocol=None, operation="STAKE", lst_type="reth"), "lst_type = 'reth'"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_field_is_named_with_its_value(fields: dict[str, Any], said: str) -> None:
    error = refusal(fields)
    assert error.error_code == "EIM-004"
    assert said in error.message


@pytest.mark.parametrize("protocol_fields", [{"operation": "AAVE_SUPPLY"}, {"protocol": "AAVE", "action": "borrow"}])
def test_aave_takes_no_native_ether(protocol_fields: dict[str, str]) -> None:
    error = refusal({"venue_type": "onchain", "token": "ETH", "amount": 1.0, **protocol_fields})
    assert error.error_code == "EIM-004"
    assert "wrap it first" in error.message


def test_an_unknown_field_is_refused_with_the_nearest_known_one() -> None:
    error = refusal(trade(reduce_onyl=True))
    assert error.error_code == "EIM-004"
    assert error.message.endswith("unknown field 'reduce_onyl'; did you mean 'reduce_only'?")
    assert "known are" in refusal(trade(zzz=1)).message
    numbered: dict[Any, Any] = {**trade(), 7: 1}
    assert refusal(numbered).error_code == "EIM-004"


@pytest.mark.parametrize("field", ["instruction_id", "purpose"])
def test_what_the_engine_sets_cannot_be_given(field: str) -> None:
    assert f"{field} is set by the engine" in refusal(trade(**{field: "x"})).message


def test_the_message_says_which_instruction_of_a_list_is_wrong() -> None:
    message = refusal([trade(), {"atomic": True, "steps": [supply(), supply(token="ETH")]}]).message
    assert message.startswith("instruction 2 of 2, step 1 (smart_contract_action): token = ETH")


def test_a_single_instruction_is_no_place_for_a_block() -> None:
    for block in ([trade()], {"atomic": True, "steps": [supply()]}):
        with pytest.raises(ComponentError) as caught:
            parse_instruction(block)
        assert caught.value.error_code == "EIM-001"
