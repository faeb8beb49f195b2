"""What cannot arrive never leaves: a closed receiver, another network, a missing tag, a place that is on no list."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.options import WithdrawalTarget
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import TransferReport
from basis_strategy_v1.core.interfaces.not_sent import NotSentError
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.venues.registry import spec_for
from live_venues import LiveVenues
from venue_market import venue_market

SENDERS = {"binance": "binance", "bybit": "bybit", "okx": "okx.funding"}
WITHDRAW = {
    "binance": "POST /sapi/v1/capital/withdraw/apply",
    "bybit": "POST /v5/asset/withdraw/create",
    "okx": "POST /api/v5/asset/withdrawal",
}
LISTS = {
    "binance": "GET /sapi/v1/capital/config/getall",
    "bybit": "GET /v5/asset/coin/query-info",
    "okx": "GET /api/v5/asset/currencies",
}


class Route:
    """A sender, a receiver, and one entry of the list of addresses."""

    def __init__(self, sender: str, **target: Any) -> None:
        self.sender = sender
        self.receiver = "bybit" if sender != "bybit" else "okx"
        self.place = spec_for(self.receiver).deposit_location
        balances = {SENDERS[sender]: {"USDT": Decimal(100_000)}}
        names = (sender, self.receiver)
        self.venues = LiveVenues(names, venue_market(names, 40), balances=balances)
        fields = {"location": self.place, "token": "USDT", "address": deposit_address(self.receiver), **target}
        receivers: dict[str, Any] = {}
        live = {"withdrawal_targets": (WithdrawalTarget(**fields),), "receivers": receivers}
        self.venues._live.update(live)
        self.exchanges: dict[str, CcxtExchange] = {name: self.venues.open(name) for name in names}
        for exchange in self.exchanges.values():
            exchange.start()

    def money(self, name: str) -> Any:
        return self.venues.world.venues[name].account.money

    def send(self) -> TransferReport:
        return self.exchanges[self.sender].transfer(self.venues.move(SENDERS[self.sender], self.place, "1000"))

    def refused(self) -> str:
        report = self.send()
        assert (report.outcome, report.sent) == (Outcome.REJECTED, 0)
        assert self.venues.requests_to(WITHDRAW[self.sender]) == 0
        return report.error_code


@pytest.mark.parametrize("sender", SENDERS)
def test_the_only_network_is_taken_where_the_list_names_none(sender: str) -> None:
    assert Route(sender).send().outcome is Outcome.DONE


@pytest.mark.parametrize("sender", SENDERS)
def test_nothing_is_sent_to_a_venue_that_takes_no_deposits_now(sender: str) -> None:
    route = Route(sender)
    route.money(route.receiver).deposits_open = False
    assert route.refused() == "EXI-003"
    route.money(route.receiver).deposits_open = True
    assert route.send().outcome is Outcome.DONE


@pytest.mark.parametrize("sender", SENDERS)
def test_nothing_is_sent_from_a_venue_whose_withdrawals_are_closed(sender: str) -> None:
    route = Route(sender)
    route.money(sender).withdrawals_mode = "refused"
    assert route.refused() == "EXI-003"


@pytest.mark.parametrize("sender", SENDERS)
def test_a_network_that_the_venue_has_not_is_no_route(sender: str) -> None:
    assert Route(sender, network="TRX").refused() == "EIM-012"


@pytest.mark.parametrize("sender", ["binance", "okx"])
def test_an_address_without_the_tag_that_the_network_needs_is_refused(sender: str) -> None:
    route = Route(sender)
    route.money(sender).tags_needed = True
    assert route.refused() == "EIM-004"
    tagged = Route(sender, tag="77")
    tagged.money(sender).tags_needed = True
    assert tagged.send().outcome is Outcome.DONE


@pytest.mark.parametrize("sender", SENDERS)
def test_a_place_that_is_on_no_list_is_no_route(sender: str) -> None:
    assert Route(sender, location="elsewhere").refused() == "EIM-012"
    assert Route(sender, token="USDC").refused() == "EIM-012"


@pytest.mark.parametrize("sender", SENDERS)
def test_nothing_is_sent_while_the_receiver_cannot_be_asked(sender: str) -> None:
    route = Route(sender)
    route.venues.fault("http_5xx_before", LISTS[route.receiver], route.receiver)
    with pytest.raises(NotSentError) as silent:
        route.send()
    assert silent.value.error_code == "EXI-003"
    assert route.venues.requests_to(WITHDRAW[sender]) == 0
    assert route.send().outcome is Outcome.DONE
