"""Which deposit at the receiver speaks for an arrival that a person books."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from basis_strategy_v1.backends.live.dialects.venue_records import VenueDeposit
from basis_strategy_v1.bootstrap.live.transfer_evidence import listed_deposits
from basis_strategy_v1.core.domain.bookings import Booking
from basis_strategy_v1.core.execution.restored_transfers import BookedDeposit
from basis_strategy_v1.core.interfaces.transfers_in_flight import TransferInFlight

HOUR = 3_600_000_000_000
AMOUNT = Decimal(8000)
TRANSFER = TransferInFlight(
    client_transfer_id="a" * 32,
    token="USDT",
    amount=Decimal(15_596),
    from_location="binance",
    to_location="okx.funding",
    arrives_at=HOUR,
)


def deposit(name: str, at: int) -> VenueDeposit:
    return VenueDeposit(
        timestamp=at, deposit_id=name, transaction_id="", location="okx.funding", token="USDT", amount=AMOUNT
    )


def flow(at: int, location: str = "okx.funding", amount: Decimal = AMOUNT) -> Booking:
    name = f"flow.{at}.{location}.USDT"
    return Booking(timestamp=at, booking_id=name, changes={location: {"USDT": amount}})


def found(deposits: list[VenueDeposit], bookings: list[Booking], booked: tuple[BookedDeposit, ...] = ()) -> Any:
    exchanges: Any = {"okx": SimpleNamespace(deposits_since=lambda since: deposits)}
    restored: Any = SimpleNamespace(bookings=bookings, deposits=booked, flows=())
    return listed_deposits(exchanges, force=False)(TRANSFER, AMOUNT, HOUR, restored)


def test_a_deposit_that_is_not_in_the_books_is_the_transfers() -> None:
    assert found([deposit("one", 2 * HOUR)], []) == ("okx.funding", "one")
    assert found([deposit("one", 2 * HOUR)], [], (BookedDeposit("okx.funding", "one", HOUR),)) is None


def test_the_deposit_of_a_declared_flow_is_not_taken_for_the_transfer() -> None:
    assert found([deposit("declared", 2 * HOUR)], [flow(2 * HOUR)]) is None


def test_beside_a_declared_deposit_another_one_may_be_it() -> None:
    both = [deposit("declared", 2 * HOUR), deposit("other", 5 * HOUR)]
    assert found(both, [flow(2 * HOUR + 60)]) == ("okx.funding", "other")
    assert found(both, [flow(5 * HOUR - 60)]) == ("okx.funding", "declared")
    assert found(both, [flow(2 * HOUR), flow(5 * HOUR)]) is None


def test_a_declared_deposit_that_was_taken_back_may_be_it() -> None:
    contrary = flow(4 * HOUR, amount=-AMOUNT)
    assert found([deposit("one", 2 * HOUR)], [flow(2 * HOUR), contrary]) == ("okx.funding", "one")


def test_flows_elsewhere_before_and_of_other_amounts_explain_no_deposit() -> None:
    others = [flow(2 * HOUR, "bybit"), flow(2 * HOUR, amount=Decimal(3000)), flow(HOUR // 2 - HOUR)]
    assert found([deposit("one", 2 * HOUR)], others) == ("okx.funding", "one")


def test_the_contrary_of_a_flow_takes_the_later_one_of_two_back() -> None:
    both = [deposit("declared", 2 * HOUR), deposit("the transfer", 5 * HOUR)]
    flows = [flow(2 * HOUR), flow(5 * HOUR), flow(6 * HOUR, amount=-AMOUNT)]
    assert found(both, flows) == ("okx.funding", "the transfer")
