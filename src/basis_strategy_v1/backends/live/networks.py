"""Networks on which a token moves: whether both ends of a withdrawal take part in one, before anything is sent."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from basis_strategy_v1.backends.live.gateway import VenueError
from basis_strategy_v1.core.domain.orders import TransferRequest


class TokenNetwork(msgspec.Struct, frozen=True, kw_only=True):
    """One network of a token at a venue, under the venue's own name; ``needs_tag`` where an address is not enough."""

    name: str
    can_deposit: bool
    can_withdraw: bool
    needs_tag: bool = False


_SAME = {
    "ERC20": "ETH",
    "ETHEREUM": "ETH",
    "TRC20": "TRX",
    "TRON": "TRX",
    "BEP20": "BSC",
    "BITCOIN": "BTC",
    "SOLANA": "SOL",
    "ARBI": "ARBITRUM",
    "ARBITRUMONE": "ARBITRUM",
    "OP": "OPTIMISM",
    "POLYGON": "MATIC",
    "CAVAX": "AVAXC",
    "AVALANCHECCHAIN": "AVAXC",
    "BASEMAINNET": "BASE",
}
"""What venues call the same network: names of one, as ``common_name`` writes them, to that of another."""


def common_name(token: str, name: str) -> str:
    """One name for one network: OKX puts the token before it, and all abbreviate in their own way."""
    plain = "".join(letter for letter in name.upper().removeprefix(f"{token.upper()}-") if letter.isalnum())
    return _SAME.get(plain, plain)


def routed(
    request: TransferRequest,
    sender: str,
    sends: Sequence[TokenNetwork],
    receiver: str,
    takes: Sequence[TokenNetwork],
) -> TransferRequest:
    """``request`` with the network it goes over; a side that lists no networks is not asked about them.

    Raises:
        VenueError: EIM-012 for a network that one side has not, or that must be named; EXI-003 for one that is closed;
            EIM-004 for a tag that is missing.
    """
    if not sends:
        return request
    network = _sending(request, sender, sends)
    found = _same(request.token, network.name, takes)
    if takes and found is None:
        words = f"{receiver} takes no {request.token} over {network.name}; it has {_names(takes)}"
        raise VenueError("rejected", "EIM-012", words)
    if found is not None and not found.can_deposit:
        words = f"{receiver} takes no deposits of {request.token} over {found.name} now"
        raise VenueError("rejected", "EXI-003", words)
    if not request.tag and (network.needs_tag or (found is not None and found.needs_tag)):
        words = f"{request.token} over {network.name} needs a tag (memo) beside the address; the list has none"
        raise VenueError("rejected", "EIM-004", words)
    return msgspec.structs.replace(request, network=network.name)


def _sending(request: TransferRequest, sender: str, sends: Sequence[TokenNetwork]) -> TokenNetwork:
    network = _same(request.token, request.network, sends) if request.network else _only(request, sender, sends)
    if network is None:
        words = f"{sender} sends no {request.token} over {request.network}; it has {_names(sends)}"
        raise VenueError("rejected", "EIM-012", words)
    if not network.can_withdraw:
        raise VenueError("rejected", "EXI-003", f"{sender} sends no {request.token} over {network.name} now")
    return network


def _only(request: TransferRequest, sender: str, sends: Sequence[TokenNetwork]) -> TokenNetwork:
    """The network where none is named: a venue's own choice among several may be one that the address is not on."""
    if len(sends) == 1:
        return sends[0]
    words = f"the list of addresses names no network for {request.token} to {request.to_location}"
    raise VenueError("rejected", "EIM-012", f"{words}; {sender} has {_names(sends)}")


def _same(token: str, name: str, networks: Sequence[TokenNetwork]) -> TokenNetwork | None:
    exact = [network for network in networks if network.name == name]
    alike = [network for network in networks if common_name(token, network.name) == common_name(token, name)]
    return next(iter([*exact, *alike]), None)


def _names(networks: Sequence[TokenNetwork]) -> str:
    return ", ".join(network.name for network in networks)
