"""A transfer's money that a person declares as money from outside, in every order: it is in the books once."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from transfer_way import Way, closes


def test_an_arrival_that_was_declared_as_a_flow_is_not_booked_once_more(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500", untraced=True)
    way.run(2)
    (deposit,) = way.venues.world.venues["bybit"].account.deposits()
    way.flow(deposit.amount, force=True)
    closes(way, 4)
    with pytest.raises(ComponentError) as refused:
        way.end(str(deposit.amount))
    assert refused.value.error_code == "CFG-003" and "are booked as flow." in refused.value.message
    closes(way, 6)
    # As the refusal says: what was declared is taken back, and the arrival booked before the next start.
    way.flow(-deposit.amount, force=True)
    way.end(str(deposit.amount))
    closes(way, 8)
    assert 0 < way.in_transit() <= 500


def test_a_deposit_is_mentioned_as_a_possible_transfer_until_a_person_has_declared_it(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500", untraced=True)
    seen: list[int] = []

    def look(sign: int = 0) -> None:
        """Look, and then declare the deposit, or its contrary."""
        seen.append(sum("no transfer for certain" in line for line in way.status().get("attention", ())))
        amount = sign * way.venues.world.venues["bybit"].account.deposits()[0].amount
        if sign:
            way.flow(amount, force=True)

    way.venues.happenings = {3: lambda: look(1), 4: lambda: look(-1)}
    way.run(4)
    look()
    assert seen == [1, 0, 1]


def test_an_arrival_that_is_declared_and_not_booked_yet_is_not_booked_as_well(tmp_path: Path) -> None:
    way = Way(tmp_path, mode="short", amount="500", untraced=True)
    way.run(2)
    (deposit,) = way.venues.world.venues["bybit"].account.deposits()
    flow_id = way.flow(deposit.amount, force=True)
    with pytest.raises(ComponentError) as refused:
        way.end(str(deposit.amount))
    assert refused.value.error_code == "CFG-003" and f"'basis flow MODE --cancel {flow_id}'" in refused.value.remedy
    # As the refusal says.
    care.cancel_flow(way.venues.options(tmp_path), way.venues.environment(), flow_id, way.venues.live_world())
    assert way.end(str(deposit.amount)) == ["Booked."]
    closes(way, 4)
    assert 0 < way.in_transit() <= 500


def test_what_was_written_off_and_comes_after_all_is_no_money_from_outside(tmp_path: Path) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.run(2)
    way.end(force=True)
    way.venues.world.venues["binance"].account.money.release()
    way.venues.world.clock.advance(7200)
    (deposit,) = way.venues.world.venues["bybit"].account.deposits()
    with pytest.raises(ComponentError, match="which was written off") as refused:
        way.flow(deposit.amount)
    assert refused.value.error_code == "CFG-003" and f"--arrived {way.number}" in refused.value.remedy
    assert way.end(str(deposit.amount)) == ["Booked."]
    closes(way, 8)


@pytest.mark.parametrize("is_written_off", [False, True])
def test_what_comes_back_to_the_sender_is_no_money_from_outside(tmp_path: Path, is_written_off: bool) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.run(2)
    if is_written_off:
        way.end(force=True)
    account = way.venues.world.venues["binance"].account
    account.money.give_back()
    (withdrawal,) = account.withdrawals()
    with pytest.raises(ComponentError, match="given back") as refused:
        way.flow(withdrawal.amount + withdrawal.fee, "binance")
    assert refused.value.error_code == "CFG-003" and way.number in refused.value.message
    closes(way, 8)
    assert way.in_transit() == 0


def test_money_of_another_amount_at_the_sender_is_declared_without_force(tmp_path: Path) -> None:
    way = Way(tmp_path, "withdrawal_frozen", mode="held")
    way.run(2)
    assert way.flow(way.in_transit() + 5_000, "binance").startswith("flow.")
