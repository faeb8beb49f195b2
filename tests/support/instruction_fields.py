"""Instructions as a user writes them, and the refusal of a block."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.core.domain.parsing import parse_block
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def trade(**changes: Any) -> dict[str, Any]:
    fields = {
        "instruction_type": "cex_trade",
        "venue": "binance",
        "trade_type": "spot",
        "symbol": "ETHUSDT",
        "side": "buy",
        "amount": 1,
    }
    return {**fields, **changes}


def supply(**changes: Any) -> dict[str, Any]:
    fields = {"instruction_type": "smart_contract_action", "protocol": "aave", "action": "supply", "token": "USDT"}
    return {**fields, "amount": "1000", **changes}


def swap(**changes: Any) -> dict[str, Any]:
    return {
        "instruction_type": "smart_contract_action",
        "protocol": "uniswap",
        "action": "swap",
        "token_in": "WETH",
        "token_out": "wstETH",
        "amount": 1,
        **changes,
    }


def transfer(**changes: Any) -> dict[str, Any]:
    fields = {"instruction_type": "wallet_transfer", "from_venue": "binance", "to_venue": "wallet", "token": "USDT"}
    return {**fields, "amount": 1000.0, **changes}


def nested_list(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def refusal(block: object, **arguments: Any) -> ComponentError:
    with pytest.raises(ComponentError) as caught:
        parse_block(block, **arguments)
    return caught.value
