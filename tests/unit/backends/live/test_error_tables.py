"""What venues' codes prove."""

from __future__ import annotations

from importlib import import_module

import pytest

from basis_strategy_v1.core.error_codes.error_code_registry import entry_for
from basis_strategy_v1.core.interfaces.error_table import ErrorTable, error_table

VENUES = ("binance", "bybit", "okx", "hyperliquid")

HYPERLIQUID = [
    ("Price must be divisible by tick size.", "EXI-001"),
    ("Order must have minimum value of $10.", "EXI-001"),
    ("Order must have minimum value of 10 USDC.", "EXI-001"),
    ("Reduce only order would increase position.", "EXI-001"),
    ("Post only order would have immediately matched, bbo was 1@2.", "EXI-001"),
    ("Order could not immediately match against any resting orders.", "EXI-001"),
    ("Invalid TP/SL price.", "EXI-001"),
    ("No liquidity available for market order.", "EXI-001"),
    ("Order would increase open interest while open interest is capped", "EXI-001"),
    ("Order rejected due to price more aggressive than oracle while at open interest cap", "EXI-001"),
    ("Order would increase open interest too quickly", "EXI-001"),
    ("(Spot-only) Order has insufficient spot balance to trade", "EXI-006"),
    ("Order price too far from oracle", "EXI-001"),
    ("Order would cause position to exceed margin tier limit at current leverage", "EXI-001"),
]
"""The venue's published table of what an order is refused for."""

DOCUMENTED = [
    ("binance", "spot", "-2010", "Account has insufficient balance for requested action.", "rejected", "EXI-006"),
    ("binance", "spot", "-2010", "Order would immediately match and take.", "rejected", "EXI-001"),
    ("binance", "spot", "-2010", "Duplicate order sent.", "duplicate", "EXI-001"),
    ("binance", "usdm", "-4116", "ClientOrderId is duplicated.", "duplicate", "EXI-001"),
    ("binance", "usdm", "-2019", "Margin is insufficient.", "rejected", "EXI-006"),
    ("binance", "usdm", "-4003", "Quantity less than zero.", "rejected", "EXI-001"),
    ("binance", "usdm", "-4046", "No need to change margin type.", "already_so", ""),
    ("binance", "spot", "-1021", "Timestamp for this request is outside of the recvWindow.", "clock", "EXI-003"),
    ("binance", "spot", "-2015", "Invalid API-key, IP, or permissions for action.", "rejected", "EXI-004"),
    ("bybit", "v5", "110007", "ab not enough for new order", "rejected", "EXI-006"),
    ("bybit", "v5", "110072", "OrderLinkedID is duplicate", "duplicate", "EXI-001"),
    ("bybit", "v5", "10002", "request expired", "clock", "EXI-003"),
    ("bybit", "v5", "10006", "Too many visits!", "retry_later", "EXI-002"),
    ("bybit", "v5", "110043", "Set leverage not modified", "already_so", ""),
    ("bybit", "v5", "131001", "the available balance is not sufficient to cover the fee", "rejected", "EXI-006"),
    ("okx", "v5", "51008", "Order failed. Insufficient USDT balance in account.", "rejected", "EXI-006"),
    ("okx", "v5", "51016", "Client order ID already exists.", "duplicate", "EXI-001"),
    ("okx", "v5", "51000", "Parameter clOrdId error", "duplicate", "EXI-001"),
    ("okx", "v5", "51000", "Parameter px error", "rejected", "EXI-001"),
    ("okx", "v5", "51603", "Order does not exist", "not_found", "EXI-011"),
    ("okx", "v5", "50011", "Rate limit reached.", "retry_later", "EXI-002"),
    ("hyperliquid", "hyperliquid", "err", "Insufficient margin to place order. asset=4", "rejected", "EXI-006"),
    ("hyperliquid", "hyperliquid", "err", "Order has invalid size. asset=0", "rejected", "EXI-001"),
    ("hyperliquid", "hyperliquid", "unknownOid", "", "not_found", "EXI-011"),
    *(("hyperliquid", "hyperliquid", "err", f"{words} asset=1", "rejected", code) for words, code in HYPERLIQUID),
]

OPEN = [
    ("binance", "spot", ("-1000", "-1001", "-1006", "-1007", "-1008", "-9999")),
    ("binance", "usdm", ("-1000", "-1001", "-1006", "-1007", "-1008", "-1010", "-32603")),
    ("bybit", "v5", ("10000", "10016", "10019", "10429", "170001", "170007", "170146", "500000", "1")),
    ("bybit", "v5", ("131001", "131003", "131200", "131201")),
    ("okx", "v5", ("50001", "50004", "50005", "50013", "50026", "51054", "51149", "99999")),
    ("hyperliquid", "hyperliquid", ("err",)),
]


def _table(venue: str) -> ErrorTable:
    table: ErrorTable = import_module(f"basis_strategy_v1.venues.error_tables.{venue}").ERRORS
    return table


@pytest.mark.parametrize(("venue", "scope", "code", "message", "verdict", "ours"), DOCUMENTED)
def test_a_documented_answer_proves_what_it_says(
    venue: str, scope: str, code: str, message: str, verdict: str, ours: str
) -> None:
    rule = _table(venue).rule(scope, code, message)
    assert (rule.verdict, rule.code) == (verdict, ours)


@pytest.mark.parametrize(("venue", "scope", "codes"), OPEN)
def test_what_leaves_the_outcome_open_is_unknown(venue: str, scope: str, codes: tuple[str, ...]) -> None:
    for code in codes:
        assert _table(venue).rule(scope, code, "Something went wrong.").verdict == "unknown"


@pytest.mark.parametrize("venue", VENUES)
def test_every_rule_names_a_registered_code(venue: str) -> None:
    for rules in _table(venue).rules.values():
        for rule in rules:
            assert rule.verdict == "already_so" or entry_for(rule.code).code == rule.code


@pytest.mark.parametrize("venue", VENUES)
def test_a_rule_that_always_fits_is_the_last_of_its_code(venue: str) -> None:
    for code, rules in _table(venue).rules.items():
        assert not [rule for rule in rules[:-1] if not rule.words], code


def test_a_code_of_one_api_says_nothing_in_another() -> None:
    table = error_table(("usdm:-4005", "rejected", "EXI-001"))
    assert table.rule("usdm", "-4005", "").verdict == "rejected"
    assert table.rule("spot", "-4005", "").verdict == "unknown"
