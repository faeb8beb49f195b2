"""Both drives of the engine agree to the last bit, and every run's books close."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.domain.pnl import BUCKETS
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.engine import segments
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy
from basis_strategy_v1.core.strategies.triggers import EveryRow, Trigger
from engine_runs import Run, Scene, run, settings_of
from random_runs import Market, basis_overrides, lending_overrides, markets, scene_of

EXAMPLES = 100


def assert_same(first: Run, second: Run) -> None:
    """Instructions, event bytes, equity bits and final state."""
    assert first.records == second.records
    assert first.events == second.events
    assert first.final_state() == second.final_state()
    assert list(first.equity) == list(second.equity)
    for name, values in first.equity.items():
        assert values.tobytes() == second.equity[name].tobytes(), name


def assert_closed(done: Run) -> None:
    """Buckets and flows account for all of NAV: exactly in the books, within 1e-9 in the columns."""
    pnl = done.pnl
    assert pnl.unexplained == 0
    assert pnl.nav == pnl.value()
    assert pnl.nav == pnl.initial_nav + pnl.flows + sum(pnl.buckets.values(), Decimal(0))
    scale = max(float(np.abs(done.equity["nav"]).max()), 1.0)
    assert done.largest_unexplained < 1e-9 * scale
    total = sum(done.equity[name][-1] for name in BUCKETS)
    flows = done.assembly.engine.table.columns()["flows"][-1]
    if done.settings.currency == "USDT":
        assert done.equity["nav"][-1] == pytest.approx(float(pnl.nav), rel=1e-12, abs=1e-6)
        assert total + flows == pytest.approx(float(pnl.nav - pnl.initial_nav), rel=1e-9, abs=1e-9 * scale)


def both_drives(settings_used: RunSettings, scene: Scene, blocks: int = 97) -> Run:
    """The run, after it has been compared with the one that steps through each row."""
    segments = run(settings_used, scene)
    every_row = run(settings_used, scene, drive="every_row", rows_per_block=blocks)
    assert_same(segments, every_row)
    assert_closed(segments)
    assert segments.rows.failure is None
    return segments


@given(data=st.data(), market=markets())
@settings(max_examples=EXAMPLES)
def test_btc_basis_does_the_same_whichever_rows_the_engine_visits(data: st.DataObject, market: Market) -> None:
    overrides = data.draw(basis_overrides(market.rows))
    both_drives(settings_of("btc_basis", *overrides), scene_of(market, 40_000.0))


@given(data=st.data(), market=markets())
@settings(max_examples=EXAMPLES)
def test_eth_basis_does_the_same_whichever_rows_the_engine_visits(data: st.DataObject, market: Market) -> None:
    overrides = data.draw(basis_overrides(market.rows))
    both_drives(settings_of("eth_basis", *overrides), scene_of(market, 2_000.0))


@given(data=st.data(), market=markets())
@settings(max_examples=EXAMPLES)
def test_an_ether_share_class_does_the_same_whichever_rows_the_engine_visits(
    data: st.DataObject, market: Market
) -> None:
    overrides = data.draw(basis_overrides(market.rows, "ETH"))
    both_drives(settings_of("eth_basis", "share_class=eth_directional", *overrides), scene_of(market, 2_000.0))


@given(data=st.data(), market=markets())
@settings(max_examples=EXAMPLES)
def test_pure_lending_does_the_same_whichever_rows_the_engine_visits(data: st.DataObject, market: Market) -> None:
    overrides = data.draw(lending_overrides(market.rows))
    both_drives(settings_of("pure_lending", *overrides), scene_of(market, 2_000.0))


@given(data=st.data(), market=markets(crash=True), mode=st.sampled_from(["btc_basis", "eth_basis"]))
@settings(max_examples=EXAMPLES)
def test_a_market_that_multiplies_ends_alike_in_both_drives(data: st.DataObject, market: Market, mode: str) -> None:
    overrides = data.draw(basis_overrides(market.rows))
    start = 40_000.0 if mode == "btc_basis" else 2_000.0
    both_drives(settings_of(mode, *overrides), scene_of(market, start))


@given(data=st.data(), market=markets(crash=True))
@settings(max_examples=EXAMPLES // 2)
def test_an_ether_share_class_survives_a_market_that_multiplies(data: st.DataObject, market: Market) -> None:
    overrides = data.draw(basis_overrides(market.rows, "ETH"))
    both_drives(settings_of("eth_basis", "share_class=eth_directional", *overrides), scene_of(market, 2_000.0))


class RandomTrader(Strategy):
    """Trades spot and perpetual by the digits of the price: its author cannot say when."""

    def __init__(self, triggers: tuple[Trigger, ...]) -> None:
        self._triggers = triggers

    def triggers(self) -> Sequence[Trigger]:
        return self._triggers

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        if int(view.reference() * 100.0) % 7:
            return ()
        return self._trades(view)

    def _trades(self, view: DecisionView) -> Iterator[InstructionBlock]:
        side = "buy" if int(view.equity()) % 2 else "sell"
        amount = Decimal(1 + int(view.reference()) % 20).scaleb(-2)
        yield CexTrade(venue="binance", trade_type="spot", symbol="BTCUSDT", side=side, amount=amount)
        yield CexTrade(venue="bybit", trade_type="perp", symbol="BTCUSDT", side=side, amount=amount)

    def close(self, view: DecisionView) -> tuple[()]:
        return ()

    def is_closed(self, view: DecisionView) -> bool:
        return True


@given(market=markets(crash=True), capital=st.sampled_from(["100000", "9000"]))
@settings(max_examples=EXAMPLES // 2)
def test_a_strategy_asked_at_every_row_does_the_same_in_both_drives(market: Market, capital: str) -> None:
    chosen = settings_of(
        "btc_basis",
        "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}",
        "initial_location={binance: 0.5, bybit: 0.5}",
        f"initial_capital={capital}",
    )
    scene = scene_of(market, 40_000.0)
    runs = [
        run(chosen, scene, drive=drive, strategy=lambda settings_used: RandomTrader((EveryRow(),)))
        for drive in ("segments", "every_row")
    ]
    assert_same(*runs)
    assert_closed(runs[0])


@given(
    data=st.data(),
    market=markets(crash=True),
    sizes=st.tuples(st.integers(1, 40), st.integers(1, 60), st.integers(1, 500)),
)
@settings(max_examples=EXAMPLES // 2)
def test_any_chunk_policy_gives_the_same_run(data: st.DataObject, market: Market, sizes: tuple[int, int, int]) -> None:
    chosen = settings_of("btc_basis", *data.draw(basis_overrides(market.rows)))
    scene = scene_of(market, 40_000.0)
    usual = run(chosen, scene)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, "SMALLEST_CHUNK", sizes[0])
        patch.setattr(segments, "LARGEST_FIRST_CHUNK", sizes[1])
        patch.setattr(segments, "LARGEST_CHUNK", sizes[2])
        other = run(chosen, scene)
    assert_same(usual, other)


@given(market=markets(), blocks=st.integers(1, 50))
@settings(max_examples=EXAMPLES // 4)
def test_equity_is_the_same_in_blocks_of_any_size(market: Market, blocks: int) -> None:
    chosen = settings_of("btc_basis", "strategy.position_deviation_threshold=0.01")
    scene = scene_of(market, 40_000.0)
    assert_same(run(chosen, scene), run(chosen, scene, rows_per_block=blocks))
