"""What every chain backend does. A backend joins by adding its builder to ``BACKENDS``.

A builder gives a backend whose wallet holds 1,000 USDT and nothing else, with gas paid in USDT or by a faucet.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction
from basis_strategy_v1.core.domain.orders import TransferRequest
from basis_strategy_v1.core.interfaces.ports import ChainBackend
from chain_world import ChainWorld


def simulated() -> ChainBackend:
    return ChainWorld({"USDT": "1000"}).chain


BACKENDS = [simulated]


@pytest.fixture(params=BACKENDS, ids=lambda build: build.__name__)
def backend(request: pytest.FixtureRequest) -> ChainBackend:
    build: Callable[[], ChainBackend] = request.param
    return build()


def supply(amount: Decimal | str) -> SmartContractAction:
    return SmartContractAction(protocol="aave", action="supply", token="USDT", amount=amount)  # type: ignore[arg-type]


def held(backend: ChainBackend, location: str, asset: str) -> Decimal:
    return sum((report.balances.get(asset, Decimal(0)) for report in backend.observe(location)), Decimal(0))


def test_reported_changes_are_what_observation_shows(backend):
    before = {("wallet", "USDT"): held(backend, "wallet", "USDT"), ("aave", "aUSDT"): held(backend, "aave", "aUSDT")}
    outcome = backend.execute(supply(Decimal(100)), "1")
    assert outcome.outcome is Outcome.DONE
    for (location, asset), amount in before.items():
        assert held(backend, location, asset) == amount + outcome.changes[location][asset]


def test_an_outcome_conserves_everything_but_its_costs(backend):
    assert unexplained_assets(backend.execute(supply(Decimal(100)), "1")) == {}


def test_an_action_id_is_executed_once(backend):
    first = backend.execute(supply(Decimal(100)), "1")
    again = backend.execute(supply(Decimal(100)), "1")
    assert again == first
    assert backend.lookup("1") == first
    assert held(backend, "wallet", "USDT") == 1000 + first.changes["wallet"]["USDT"]


def test_an_unknown_action_id_is_none(backend):
    assert backend.lookup("never sent") is None


def test_more_than_is_held_is_refused_without_a_change(backend):
    outcome = backend.execute(supply(Decimal(2000)), "1")
    assert (outcome.outcome, outcome.error_code) == (Outcome.REJECTED, "EXI-006")
    assert outcome.changes == {}
    assert held(backend, "wallet", "USDT") == 1000


def test_an_unsupported_action_is_refused(backend):
    outcome = backend.execute(SmartContractAction(protocol="aave", action="no_such_action", token="USDT"), "1")
    assert (outcome.outcome, outcome.error_code) == (Outcome.REJECTED, "EXI-005")


def test_an_atomic_block_happens_whole_or_not_at_all(backend):
    too_much = SmartContractAction(protocol="aave", action="borrow", token="USDT", amount=Decimal(5000))
    outcome = backend.execute_atomic(AtomicBlock(steps=(supply(Decimal(100)), too_much)), "1")
    assert (outcome.outcome, outcome.error_code) == (Outcome.REJECTED, "EIM-009")
    assert held(backend, "aave", "aUSDT") == 0
    assert set(outcome.changes) <= {"wallet"}
    done = backend.execute_atomic(AtomicBlock(steps=(supply(Decimal(100)), supply(Decimal(50)))), "2")
    assert done.outcome is Outcome.DONE
    assert held(backend, "aave", "aUSDT") > 0


def test_a_withdrawal_of_all_leaves_nothing_behind(backend):
    backend.execute(supply("all"), "1")
    backend.execute(SmartContractAction(protocol="aave", action="withdraw", token="USDT", amount="all"), "2")
    assert held(backend, "aave", "aUSDT") == 0


def test_a_transfer_leaves_the_wallet_and_says_what_will_arrive(backend):
    request = TransferRequest(
        client_transfer_id="t", from_location="wallet", to_location="binance", token="USDT", amount=Decimal(400)
    )
    report = backend.transfer(request)
    assert report.outcome is Outcome.DONE
    assert report.sent == Decimal(400)
    assert 0 < report.received <= report.sent
    assert report == backend.transfer(request)
    assert held(backend, "wallet", "USDT") == Decimal(600)


def test_nothing_happens_by_itself_in_an_idle_wallet(backend):
    assert list(backend.poll_events()) == []
