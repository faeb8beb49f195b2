from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.backends.simulated.chain_gas import GasSettings
from basis_strategy_v1.core.domain.deltas import Cost, Outcome
from basis_strategy_v1.core.domain.orders import TransferRequest
from chain_world import ChainWorld, lend


def gas_of_first_supply(world: ChainWorld) -> Decimal:
    return world.chain.execute(lend("supply", "USDT", "1"), "a").costs[0].amount


def test_gas_is_units_times_price_times_the_spot_of_ether():
    # (216,203 + 46,000) gas x 10 gwei x 2,000 USDT
    assert gas_of_first_supply(ChainWorld({"USDT": "100"})) == Decimal("5.24406")


def test_gas_is_rounded_up_to_a_token_unit():
    assert gas_of_first_supply(ChainWorld({"USDT": "100"}, gwei=[0.000_001])) == Decimal("0.000001")


@pytest.mark.parametrize(("strategy", "multiplier"), [("slow", "0.9"), ("standard", "1"), ("fast", "1.25")])
def test_the_gas_strategy_scales_the_price_of_the_row(strategy, multiplier):
    world = ChainWorld({"USDT": "100"}, gas=GasSettings(strategy=strategy))
    assert gas_of_first_supply(world) == Decimal("5.24406") * Decimal(multiplier)


def test_gas_is_that_of_the_row():
    world = ChainWorld({"USDT": "100"}, gwei=[10.0, 40.0, 10.0])
    world.move_to(1)
    assert gas_of_first_supply(world) == 4 * Decimal("5.24406")


def test_gas_above_the_cap_stops_the_transaction_until_it_is_cheaper():
    world = ChainWorld({"USDT": "100"}, gwei=[200.0, 150.0, 150.0])
    refused = world.chain.execute(lend("supply", "USDT", "1"), "a")
    assert (refused.outcome, refused.error_code) == (Outcome.REJECTED, "EXI-010")
    assert world.at("wallet") == {"USDT": Decimal(100)}
    world.move_to(1)
    assert world.chain.execute(lend("supply", "USDT", "1"), "a").outcome is Outcome.DONE


def test_the_cap_holds_for_the_price_paid_not_for_the_price_of_the_row():
    world = ChainWorld({"USDT": "100"}, gwei=[140.0], rows=1, gas=GasSettings(strategy="fast"))
    assert world.chain.execute(lend("supply", "USDT", "1"), "a").error_code == "EXI-010"


def test_gas_paid_in_ether_comes_out_of_the_wallet():
    world = ChainWorld({"USDT": "100", "ETH": "1"}, gas=GasSettings(asset="ETH"))
    outcome = world.chain.execute(lend("supply", "USDT", "all"), "a")
    assert outcome.filled == Decimal(100)
    assert outcome.costs == (Cost("gas", "ETH", Decimal("0.00262203")),)
    assert outcome.changes["wallet"] == {"USDT": Decimal(-100), "ETH": Decimal("-0.00262203")}


def test_without_ether_nothing_is_sent_even_when_it_would_bring_ether():
    world = ChainWorld({"WETH": "1"}, gas=GasSettings(asset="ETH"))
    action = lend("supply", "WETH", "1")
    assert world.chain.execute(action, "a").error_code == "EXI-006"
    assert world.at("wallet") == {"WETH": Decimal(1)}


def test_a_reverted_transaction_pays_its_ether_too():
    world = ChainWorld({"USDT": "1", "ETH": "1"}, gas=GasSettings(asset="ETH"))
    outcome = world.chain.execute(lend("repay", "USDT", "1"), "a")
    assert outcome.error_code == "EXI-009"
    assert outcome.to_dict() == {"wallet": {"ETH": -outcome.costs[0].amount}}


def test_a_transfer_of_ether_costs_a_plain_transaction():
    world = ChainWorld({"ETH": "1"}, gas=GasSettings(asset="ETH"))
    report = world.chain.transfer(
        TransferRequest(
            client_transfer_id="t", from_location="wallet", to_location="binance", token="ETH", amount=Decimal(1)
        )
    )
    assert (report.sent, report.fee, report.received) == (Decimal(1), Decimal("0.00021"), Decimal("0.99979"))


@pytest.mark.parametrize("missing", ["gas_price_gwei", "ether"])
def test_without_a_price_of_gas_nothing_is_sent(missing):
    world = ChainWorld({"USDT": "100"})
    setattr(world.market, missing, None)
    assert world.chain.execute(lend("supply", "USDT", "1"), "a").error_code == "EXI-013"
