"""What the venues on Ethereum share: one wallet, one set of credentials."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.core.interfaces.venue_spec import Family, VenueSpec
from basis_strategy_v1.venues.instruments import credentials

WALLET = "wallet"
CREDENTIALS = credentials(
    private_key="ALCHEMY__PRIVATE_KEY",
    rpc_url="ALCHEMY__RPC_URL",
    wallet_address="ALCHEMY__WALLET_ADDRESS",
    network="ALCHEMY__NETWORK",
    chain_id="ALCHEMY__CHAIN_ID",
)


def protocol_spec(
    venue: str,
    family: Family,
    description: str,
    capabilities: set[str],
    *,
    data_name: str = "",
    known_dust: dict[str, Decimal] | None = None,
) -> VenueSpec:
    """A protocol that acts on the wallet's tokens; what it holds sits at the location named as the venue."""
    return VenueSpec(
        venue=venue,
        family=family,
        description=description,
        capabilities=frozenset(capabilities),
        credentials=CREDENTIALS,
        spot_location=WALLET,
        deposit_location=WALLET,
        locations=(venue,),
        data_name=data_name or venue,
        known_dust=known_dust or {},
    )
