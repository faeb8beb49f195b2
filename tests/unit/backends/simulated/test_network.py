"""Transfers on their way."""

from __future__ import annotations

from decimal import Decimal

import pytest

from basis_strategy_v1.backends.simulated.network import SimulatedNetwork, TransferDelays
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_MINUTE
from basis_strategy_v1.core.error_codes.exceptions import ComponentError


def _network() -> SimulatedNetwork:
    network = SimulatedNetwork()
    network.register("alpha", "cex")
    network.register("beta", "cex")
    network.register("wallet", "chain")
    return network


@pytest.mark.parametrize(
    ("source", "target", "minutes"),
    [("alpha.derivatives", "beta", 30), ("wallet", "beta", 15), ("alpha", "wallet", 15), ("wallet", "wallet", 0)],
)
def test_the_delay_depends_on_the_kinds_of_both_ends(source: str, target: str, minutes: int) -> None:
    assert _network().send("t", "USDT", Decimal(5), source, target, 100) == 100 + minutes * NANOSECONDS_PER_MINUTE


def test_delays_can_be_set() -> None:
    network = SimulatedNetwork(TransferDelays(chain_to_cex=7))
    network.register("alpha", "cex")
    network.register("wallet", "chain")
    assert network.send("t", "USDT", Decimal(5), "wallet", "alpha", 100) == 107


def test_a_transfer_can_be_fetched_once_and_not_before_it_arrives() -> None:
    network = _network()
    arrives = network.send("t", "USDT", Decimal(5), "alpha", "beta.derivatives", 0)
    assert network.due("beta", arrives - 1) == []
    assert network.due("alpha", arrives) == []
    (transfer,) = network.due("beta", arrives)
    assert (transfer.amount, transfer.to_location, transfer.sent_at) == (5, "beta.derivatives", 0)
    assert network.due("beta", arrives) == []
    assert network.next_arrival() is None


def test_the_next_arrival_is_the_earliest_of_all_or_of_one_receiver() -> None:
    network = _network()
    network.send("slow", "USDT", Decimal(5), "alpha", "beta", 0)
    network.send("fast", "USDT", Decimal(6), "wallet", "beta", 0)
    network.send("other", "USDT", Decimal(7), "beta", "alpha", 0)
    assert network.next_arrival() == network.next_arrival("beta") == 15 * NANOSECONDS_PER_MINUTE
    assert [item.client_transfer_id for item in network.in_flight()] == ["slow", "fast", "other"]
    assert [item.client_transfer_id for item in network.due("beta", 20 * NANOSECONDS_PER_MINUTE)] == ["fast"]
    assert network.next_arrival("beta") == 30 * NANOSECONDS_PER_MINUTE
    assert network.next_arrival("wallet") is None


def test_several_arrivals_come_in_order_of_time() -> None:
    network = _network()
    network.send("slow", "USDT", Decimal(5), "alpha", "beta", 0)
    network.send("fast", "USDT", Decimal(6), "wallet", "beta", 0)
    ids = [item.client_transfer_id for item in network.due("beta", 60 * NANOSECONDS_PER_MINUTE)]
    assert ids == ["fast", "slow"]


@pytest.mark.parametrize(("source", "target"), [("alpha", "gamma"), ("gamma", "alpha")])
def test_an_unknown_end_is_an_unsupported_route(source: str, target: str) -> None:
    with pytest.raises(ComponentError) as caught:
        _network().send("t", "USDT", Decimal(5), source, target, 0)
    assert caught.value.error_code == "EIM-012"
    assert "'gamma'" in caught.value.message
