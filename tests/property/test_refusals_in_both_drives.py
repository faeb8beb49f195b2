"""Orders that venues refuse at random lead to the same run in both drives of the engine."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from engine_runs import Run, Scene, run, settings_of
from random_runs import Market, basis_overrides, markets, scene_of
from refused_orders import refusing

EXAMPLES = 60
MODES = {"btc_basis": ("USDT", 40_000.0), "eth_basis": ("USDT", 2_000.0), "eth_directional": ("ETH", 2_000.0)}
Refusals = dict[str, frozenset[int]]
"""Rows of a day at which orders are refused, by trade type."""


def assert_same(first: Run, second: Run) -> None:
    assert first.records == second.records
    assert first.events == second.events
    assert first.final_state() == second.final_state()
    for name, values in first.equity.items():
        assert values.tobytes() == second.equity[name].tobytes(), name


ROWS_OF_A_DAY = st.frozensets(st.integers(0, 23), max_size=20)


@given(
    data=st.data(),
    market=markets(),
    mode=st.sampled_from(sorted(MODES)),
    refusals=st.fixed_dictionaries({"spot": ROWS_OF_A_DAY, "perp": ROWS_OF_A_DAY}),
)
@settings(max_examples=EXAMPLES)
def test_refused_orders_lead_to_the_same_run_in_both_drives(
    data: st.DataObject, market: Market, mode: str, refusals: Refusals
) -> None:
    currency, price = MODES[mode]
    overrides = data.draw(basis_overrides(market.rows, currency))
    if mode == "eth_directional":
        overrides = ["share_class=eth_directional", *overrides]
    chosen = settings_of("btc_basis" if mode == "btc_basis" else "eth_basis", *overrides)
    scene: Scene = scene_of(market, price)
    before = refusing(lambda request, row: row % 24 in refusals[request.trade_type])
    runs = [run(chosen, scene, drive=drive, before=before) for drive in ("segments", "every_row")]
    assert_same(*runs)
    assert runs[0].pnl.unexplained == 0
    assert runs[0].rows.failure is None
