"""Which deposits a person has declared: those are no transfer's."""

from __future__ import annotations

from decimal import Decimal

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.bootstrap.live.declared_flows import not_declared
from basis_strategy_v1.core.domain.settings import Flow

HOUR = 3_600_000_000_000
DAY = 24 * HOUR
AMOUNT = Decimal(8000)


def deposit(at: int, location: str = "okx.funding", amount: Decimal = AMOUNT, token: str = "USDT") -> VenueDeposit:
    name = f"{location}.{at}"
    return VenueDeposit(timestamp=at, deposit_id=name, transaction_id="", location=location, token=token, amount=amount)


def flow(at: int, amount: Decimal = AMOUNT, location: str = "okx") -> Flow:
    return Flow(timestamp=at, amount=amount, asset="USDT", location=location)


def test_a_declared_deposit_is_left_out_wherever_at_its_venue_it_lies() -> None:
    assert not_declared([deposit(5 * DAY)], [flow(5 * DAY + HOUR)]) == []


def test_a_flow_stands_for_the_deposit_nearest_in_time_and_for_one_only() -> None:
    both = [deposit(5 * DAY), deposit(6 * DAY)]
    assert not_declared(both, [flow(6 * DAY + HOUR)]) == both[:1]
    assert not_declared(both, [flow(5 * DAY + HOUR)]) == both[1:]
    assert not_declared(both, [flow(6 * DAY), flow(6 * DAY + HOUR)]) == []


def test_a_flow_of_long_before_stands_for_another_deposit() -> None:
    assert not_declared([deposit(5 * DAY)], [flow(3 * DAY)]) == [deposit(5 * DAY)]


def test_a_flow_that_was_taken_back_by_its_contrary_stands_for_none() -> None:
    back = flow(5 * DAY + 2 * HOUR, -AMOUNT)
    assert not_declared([deposit(5 * DAY)], [flow(5 * DAY + HOUR), back]) == [deposit(5 * DAY)]


def test_flows_elsewhere_and_of_another_amount_stand_for_none() -> None:
    others = [flow(5 * DAY, location="bybit"), flow(5 * DAY, Decimal(7999))]
    coins = deposit(5 * DAY, token="BTC")
    assert not_declared([deposit(5 * DAY)], others) == [deposit(5 * DAY)]
    assert not_declared([coins], [flow(5 * DAY)]) == [coins]
