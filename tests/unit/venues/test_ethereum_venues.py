from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction, WalletTransfer
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.venues.registry import interface_classes, spec_for
from chain_world import ChainWorld

FAMILIES = {
    "uniswap": ("DEX", "UniswapExecutionInterface"),
    "curve": ("DEX", "CurveExecutionInterface"),
    "aave": ("OnChain", "AAVEExecutionInterface"),
    "morpho": ("OnChain", "MorphoExecutionInterface"),
    "lido": ("OnChain", "LidoExecutionInterface"),
    "etherfi": ("OnChain", "EtherFiExecutionInterface"),
    "eigenlayer": ("OnChain", "EigenLayerExecutionInterface"),
    "instadapp": ("OnChain", "InstadappExecutionInterface"),
    "wallet": ("Transfer", "WalletExecutionInterface"),
}


@pytest.mark.parametrize("venue", FAMILIES)
def test_each_venue_has_its_family_and_its_own_class(venue):
    family, class_name = FAMILIES[venue]
    interface = interface_classes()[venue]
    assert (spec_for(venue).family, interface.family) == (family, family)
    assert interface.__name__ == class_name
    assert interface.spec is spec_for(venue)


@pytest.mark.parametrize("venue", FAMILIES)
def test_each_venue_signs_with_the_wallets_credentials(venue):
    suffixes = {field.environment_suffix for field in spec_for(venue).credentials}
    assert suffixes == {f"ALCHEMY__{x}" for x in ("PRIVATE_KEY", "RPC_URL", "WALLET_ADDRESS", "NETWORK", "CHAIN_ID")}


def test_alchemy_is_another_name_of_the_wallet():
    assert spec_for("alchemy") is spec_for("wallet")
    assert interface_classes()["alchemy"] is interface_classes()["wallet"]


@pytest.mark.parametrize(
    ("venue", "actions"),
    [
        ("uniswap", {"swap", "quote", "add_liquidity", "remove_liquidity", "collect"}),
        ("curve", {"swap", "quote", "add_liquidity", "remove_liquidity"}),
        ("aave", {"supply", "withdraw", "borrow", "repay", "set_emode", "flash_loan"}),
        ("morpho", {"supply", "withdraw", "borrow", "repay", "flash_loan"}),
        ("lido", {"stake", "unstake", "wrap", "unwrap", "request_withdrawal", "claim_withdrawal"}),
        ("etherfi", {"stake", "unstake", "wrap", "unwrap", "request_withdrawal", "claim_withdrawal"}),
        ("eigenlayer", {"deposit", "queue_withdrawal", "complete_withdrawal"}),
        ("instadapp", {"build_account", "cast"}),
        ("wallet", {"wrap", "unwrap", "native_transfer", "erc20_transfer"}),
    ],
)
def test_each_venue_says_what_it_can_do(venue, actions):
    assert actions <= spec_for(venue).capabilities


class NoData:
    def get_data(self, timestamp):
        return {}


def interface_on(world: ChainWorld, venue: str):
    return interface_classes()[venue](venue, {}, NoData(), "backtest", backend=world.chain, clock=world.clock)


def test_aave_supplies_on_the_simulated_chain_and_observes_wallet_and_protocol():
    world = ChainWorld({"USDT": "1000"})
    aave = interface_on(world, "aave")
    supply = SmartContractAction(
        protocol="aave", action="supply", token="USDT", amount=Decimal(100), instruction_id="1"
    )
    deltas = aave.execute_supply(0, supply)
    assert deltas.outcome is Outcome.DONE
    assert aave.get_balances() == {
        "wallet": {"USDT": 1000 + deltas.changes["wallet"]["USDT"]},
        "aave": {"aUSDT": Decimal(100)},
    }


def test_a_reverted_transaction_of_a_block_tells_its_gas():
    world = ChainWorld({"USDT": "1000"})
    aave = interface_on(world, "aave")
    borrow = SmartContractAction(protocol="aave", action="borrow", token="USDT", amount=Decimal(100))
    with pytest.raises(ComponentError) as reverted:
        aave.execute_atomic(0, AtomicBlock(steps=(borrow, borrow), instruction_id="1"))
    assert reverted.value.error_code == "EIM-009"
    assert reverted.value.deltas.changes["wallet"]["USDT"] < 0
    assert aave.get_balance("USDT", "wallet") == 1000 + reverted.value.deltas.changes["wallet"]["USDT"]


def test_what_the_wallet_sends_is_in_transit_until_it_arrives():
    world = ChainWorld({"USDT": "1000"})
    wallet = interface_on(world, "wallet")
    transfer = WalletTransfer(
        from_venue="wallet", to_venue="binance", token="USDT", amount=Decimal(400), instruction_id="1"
    )
    deltas = wallet.execute_transfer(0, transfer)
    assert deltas.changes["wallet"] == {"USDT": Decimal(-400)}
    assert deltas.changes["in_transit"] == {"USDT": Decimal("398.7")}
    assert wallet.get_balance("USDT") == Decimal(600)
