"""Random lives of a lending account: books and reports never part, and the user never gains by rounding."""

from __future__ import annotations

from decimal import Decimal, localcontext

from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.conservation import unexplained_assets
from basis_strategy_v1.core.domain.deltas import Changes, Outcome, add_changes
from basis_strategy_v1.core.domain.instructions import AtomicBlock, SmartContractAction
from basis_strategy_v1.core.domain.quantities import LEDGER_CONTEXT
from chain_world import RAY, ChainWorld

ROWS = 4
OPENING = {"USDT": "50000", "WETH": "20"}
STEPS = st.tuples(
    st.sampled_from(["supply", "withdraw", "borrow", "repay"]),
    st.sampled_from(["USDT", "WETH"]),
    st.one_of(st.just("all"), st.decimals("0.000001", "30000", places=6)),
)
BLOCKS = st.lists(st.tuples(st.integers(0, 1), st.lists(STEPS, min_size=1, max_size=3)), min_size=1, max_size=12)
GROWTH = st.lists(st.integers(0, RAY // 50), min_size=ROWS - 1, max_size=ROWS - 1)


def rising(steps: list[int]) -> list[int]:
    index = RAY + RAY // 7
    rays = [index]
    for step in steps:
        index += step
        rays.append(index)
    return rays


def action(step: tuple[str, str, Decimal | str]) -> SmartContractAction:
    return SmartContractAction(protocol="aave", action=step[0], token=step[1], amount=step[2])  # type: ignore[arg-type]


def total(changes: Changes) -> dict[tuple[str, str], Decimal]:
    return {(location, asset): x for location, assets in changes.items() for asset, x in assets.items() if x}


@settings(max_examples=60, deadline=None)
@given(BLOCKS, GROWTH)
def test_reported_changes_add_up_to_what_the_chain_holds_and_nothing_happens_by_halves(blocks, growth):
    with localcontext(LEDGER_CONTEXT):
        live_through(blocks, growth)


def live_through(blocks, growth):
    world = ChainWorld(OPENING, rows=ROWS, gwei=[10.0] * ROWS, indices={"supply.aave.USDT": rising(growth)})
    expected: Changes = {"wallet": {token: Decimal(amount) for token, amount in OPENING.items()}}
    row = 0
    for number, (advance, steps) in enumerate(blocks):
        row = min(row + advance, ROWS - 1)
        world.move_to(row)
        block = AtomicBlock(steps=tuple(action(step) for step in steps))
        outcome = world.chain.execute_atomic(block, f"id{number}")
        if outcome.outcome is Outcome.REJECTED:
            assert set(outcome.changes) <= {"wallet"}
            assert outcome.changes.get("wallet", {}).keys() <= {"USDT"}
            assert unexplained_assets(outcome) == {}
        add_changes(expected, outcome.changes)
        assert total(expected) == total({location: world.at(location) for location in ("wallet", "aave")})
        assert all(amount > 0 for location in ("wallet", "aave") for amount in world.at(location).values())
        assert world.chain.account().health_factor >= 10**18 or not world.at("aave")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.decimals("0.000001", "1000", places=6), min_size=1, max_size=8), st.integers(RAY, 3 * RAY))
def test_going_in_and_out_at_one_index_never_makes_money(amounts, index):
    world = ChainWorld({"USDT": "50000"}, indices={"supply.aave.USDT": [index] * 3})
    paid = Decimal(0)
    for number, amount in enumerate(amounts):
        outcome = world.chain.execute(
            SmartContractAction(protocol="aave", action="supply", token="USDT", amount=amount), f"in{number}"
        )
        paid += sum((cost.amount for cost in outcome.costs), Decimal(0))
    outcome = world.chain.execute(
        SmartContractAction(protocol="aave", action="withdraw", token="USDT", amount="all"), "out"
    )
    paid += sum((cost.amount for cost in outcome.costs), Decimal(0))
    lost = 50_000 - paid - world.at("wallet")["USDT"]
    assert 0 <= lost <= Decimal("0.000003") * (len(amounts) + 1)
