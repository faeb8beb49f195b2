"""The wallet: an account on Ethereum, reached through any JSON-RPC endpoint."""

from __future__ import annotations

from basis_strategy_v1.core.interfaces.transfer_execution_interface import TransferExecutionInterface
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.venues.ethereum import CREDENTIALS, WALLET

SPEC = VenueSpec(
    venue=WALLET,
    family="Transfer",
    description="Wallet on Ethereum through any JSON-RPC endpoint",
    capabilities=frozenset({"native_transfer", "erc20_transfer", "wrap", "unwrap", "withdraw", "balances"}),
    credentials=CREDENTIALS,
    spot_location=WALLET,
    deposit_location=WALLET,
    locations=(WALLET,),
    data_name="ethereum",
)


class WalletExecutionInterface(TransferExecutionInterface):
    """Sends tokens from the wallet, receives them, and wraps and unwraps ETH."""

    spec = SPEC
