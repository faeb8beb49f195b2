"""Orders that venues refuse at random lead to the same run in both drives of the engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.bootstrap.assembly import Assembly
from basis_strategy_v1.core.domain.deltas import Outcome
from basis_strategy_v1.core.domain.orders import OrderReport, OrderRequest, OrderStatus
from engine_runs import Run, Scene, run, settings_of
from random_runs import Market, basis_overrides, markets, scene_of

EXAMPLES = 60
MODES = {"btc_basis": ("USDT", 40_000.0), "eth_basis": ("USDT", 2_000.0), "eth_directional": ("ETH", 2_000.0)}
Refusals = dict[str, frozenset[int]]
"""Rows of a day at which orders are refused, by trade type."""


def refusing(refusals: Refusals) -> Callable[[Assembly], None]:
    """Makes every exchange refuse orders at some rows of each day."""

    def tamper(assembly: Assembly) -> None:
        for exchange in assembly.world.exchanges.values():
            _refuse_at(exchange, assembly, refusals)

    return tamper


def _refuse_at(exchange: Any, assembly: Assembly, refusals: Refusals) -> None:
    clock = assembly.parts.clock
    place = exchange.place_order

    def place_or_refuse(request: OrderRequest) -> OrderReport:
        if clock.row % 24 not in refusals[request.trade_type]:
            report: OrderReport = place(request)
            return report
        return OrderReport(
            client_order_id=request.client_order_id,
            symbol=request.symbol,
            trade_type=request.trade_type,
            side=request.side,
            quantity=request.quantity,
            status=OrderStatus.REJECTED,
            outcome=Outcome.REJECTED,
            error_code="EXI-001",
            reason="refused by the test",
        )

    exchange.place_order = place_or_refuse


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
    runs = [run(chosen, scene, drive=drive, before=refusing(refusals)) for drive in ("segments", "every_row")]
    assert_same(*runs)
    assert runs[0].pnl.unexplained == 0
    assert runs[0].rows.failure is None
