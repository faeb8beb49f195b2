"""Over which network a withdrawal goes, and when it must not go at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.gateway import VenueError
from basis_strategy_v1.backends.live.networks import TokenNetwork, common_name, routed
from basis_strategy_v1.core.domain.orders import TransferRequest


def network(name: str, **fields: Any) -> TokenNetwork:
    return TokenNetwork(name=name, **{"can_deposit": True, "can_withdraw": True, **fields})


def request(name: str = "", tag: str = "") -> TransferRequest:
    return TransferRequest(
        client_transfer_id="t",
        from_location="alpha",
        to_location="beta",
        token="USDT",
        amount=Decimal(10),
        network=name,
        address="0x1",
        tag=tag,
    )


def refused(asked: TransferRequest, sends: list[TokenNetwork], takes: list[TokenNetwork]) -> str:
    with pytest.raises(VenueError) as error:
        routed(asked, "alpha", sends, "beta", takes)
    assert error.value.is_definite
    return error.value.code


@pytest.mark.parametrize(
    ("token", "one", "other"),
    [
        ("USDT", "USDT-ERC20", "ETH"),
        ("USDT", "USDT-TRC20", "TRX"),
        ("USDC", "USDC-Arbitrum One", "ARBI"),
        ("BTC", "BTC-Bitcoin", "BTC"),
        ("USDT", "Avalanche C-Chain", "CAVAX"),
    ],
)
def test_venues_call_one_network_by_many_names(token: str, one: str, other: str) -> None:
    assert common_name(token, one) == common_name(token, other)


def test_the_sender_is_told_its_own_name_of_the_network() -> None:
    both = [network("TRX"), network("ETH")]
    assert routed(request("ERC20"), "alpha", both, "beta", [network("USDT-ERC20")]).network == "ETH"


def test_a_network_need_not_be_named_where_there_is_one() -> None:
    assert routed(request(), "alpha", [network("ETH")], "beta", []).network == "ETH"
    assert refused(request(), [network("ETH"), network("TRX")], []) == "EIM-012"


def test_a_network_that_one_side_has_not_is_no_route() -> None:
    assert refused(request("SOL"), [network("ETH")], []) == "EIM-012"
    assert refused(request("ETH"), [network("ETH")], [network("TRX")]) == "EIM-012"


def test_a_side_that_is_closed_now_is_unavailable() -> None:
    assert refused(request("ETH"), [network("ETH", can_withdraw=False)], []) == "EXI-003"
    assert refused(request("ETH"), [network("ETH")], [network("ERC20", can_deposit=False)]) == "EXI-003"


def test_an_address_without_the_tag_that_either_side_needs_is_incomplete() -> None:
    assert refused(request("ETH"), [network("ETH", needs_tag=True)], []) == "EIM-004"
    assert refused(request("ETH"), [network("ETH")], [network("ETH", needs_tag=True)]) == "EIM-004"
    tagged = request("ETH", tag="7")
    assert routed(tagged, "alpha", [network("ETH", needs_tag=True)], "beta", []) == tagged


def test_a_venue_that_tells_of_no_networks_is_not_asked_about_them() -> None:
    assert routed(request("anything"), "alpha", [], "beta", [network("ETH")]) == request("anything")
