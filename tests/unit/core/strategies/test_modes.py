"""Strategies by mode, and the strategy that only follows a script."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from basis_strategy_v1.core.domain.instructions import CexTrade
from basis_strategy_v1.core.domain.quantities import ONE
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.strategies.modes import make_strategy
from basis_strategy_v1.core.strategies.scripted_strategy import ScriptedBlock, ScriptedStrategy
from basis_strategy_v1.venues.registry import register, spec_for
from engine_runs import HOUR, START, Run, Scene, constant_scene, run, settings_of

ONE_VENUE = "strategy.hedge_allocation={binance: 1.0}"
BUY = CexTrade(venue="binance", trade_type="spot", symbol="BTCUSDT", side="buy", amount=ONE)


def without(trade_type: str) -> VenueSpec:
    register()
    spec = spec_for("binance")
    kept = tuple(instrument for instrument in spec.instruments if instrument.trade_type != trade_type)
    return msgspec.structs.replace(spec, instruments=kept)


@pytest.mark.parametrize(("trade_type", "said"), [("perp", "no perpetual of BTC"), ("spot", "no spot of BTC")])
def test_a_venue_that_lacks_an_instrument_of_the_mode_is_refused(trade_type: str, said: str) -> None:
    with pytest.raises(ComponentError) as refused:
        make_strategy(settings_of("btc_basis", ONE_VENUE), lambda _venue: without(trade_type))
    assert refused.value.error_code == "EIF-007"
    assert said in refused.value.message


def test_a_mode_that_does_not_run_is_refused_with_those_that_do() -> None:
    chosen = msgspec.structs.replace(settings_of("btc_basis", ONE_VENUE), mode="carry_trade")
    with pytest.raises(ComponentError) as refused:
        make_strategy(chosen, spec_for)
    assert refused.value.error_code == "CFG-001"
    assert "btc_basis, eth_basis, pure_lending do" in refused.value.message


@pytest.mark.parametrize(
    ("overrides", "venue", "possible"),
    [
        (("strategy.spot_allocation=0.8",), "binance", "0.773"),
        (("strategy.spot_allocation=0.74", "strategy.hedge_allocation={bybit: 1.0}"), "bybit", "0.735"),
        (("strategy.spot_allocation=0.7", "strategy.margin_ratio_max=0.008"), "binance", "0.653"),
        (("strategy.spot_allocation=0.9", "strategy.hedge_ratio=0.5"), "binance", "0.872"),
    ],
)
def test_an_allocation_that_leaves_too_little_margin_is_refused_with_what_is_possible(
    overrides: tuple[str, ...], venue: str, possible: str
) -> None:
    with pytest.raises(ComponentError) as refused:
        make_strategy(settings_of("btc_basis", *overrides), spec_for)
    assert refused.value.error_code == "CFG-003"
    assert f"leaves {venue} too little margin" in refused.value.message
    assert f"at most {possible} can be held as spot" in refused.value.message


@pytest.mark.parametrize("allocation", ["0.735", "0.5"])
def test_an_allocation_within_the_margin_is_taken(allocation: str) -> None:
    make_strategy(settings_of("btc_basis", f"strategy.spot_allocation={allocation}"), spec_for)


def scripted(*overrides: str, scene: Scene | None = None, drive: str = "segments") -> Run:
    """Buys at rows 3 and 7; the second block is written down first."""
    blocks = [ScriptedBlock(START + 7 * HOUR, BUY), ScriptedBlock(START + 3 * HOUR, BUY)]

    def strategy(_settings: RunSettings) -> ScriptedStrategy:
        return ScriptedStrategy(blocks)

    chosen = settings_of("btc_basis", ONE_VENUE, *overrides)
    return run(chosen, scene or constant_scene(("binance",), 12, 40_000.0), drive=drive, strategy=strategy)


@pytest.mark.parametrize("drive", ["segments", "every_row"])
def test_a_script_runs_its_blocks_at_their_rows_in_the_order_of_time(drive: str) -> None:
    assert [done.row_of(record) for done in [scripted(drive=drive)] for record in done.trades] == [3, 7]


def test_a_script_tells_of_each_block_by_its_place_before_it_runs() -> None:
    blocks = [ScriptedBlock(START + 7 * HOUR, BUY), ScriptedBlock(START + 3 * HOUR, BUY)]
    told: list[int] = []
    chosen = settings_of("btc_basis", ONE_VENUE)
    scene = constant_scene(("binance",), 12, 40_000.0)
    run(chosen, scene, strategy=lambda _settings: ScriptedStrategy(blocks, told.append))
    assert told == [1, 0]


def test_what_a_script_bought_stays_when_the_run_is_asked_to_exit() -> None:
    done = scripted("strategy.exit_at='2024-01-01T05:00Z'")
    assert [done.row_of(record) for record in done.trades] == [3]
    assert done.positions["binance"]["BTC"] > 0
    assert done.rows.halted_at is None


def test_a_block_in_a_row_without_a_price_is_rejected_and_the_script_goes_on() -> None:
    missing = np.zeros(12, dtype=bool)
    missing[3] = True
    scene = msgspec.structs.replace(constant_scene(("binance",), 12, 40_000.0), spot_missing=missing)
    done = scripted(scene=scene)
    assert [record.status for record in done.records] == ["rejected", "filled"]
    assert [bool(record.error_code) for record in done.records] == [True, False]


def test_a_block_that_leaves_too_much_delta_is_reported_as_a_limit() -> None:
    allowed = scripted()
    within = scripted("component_config.risk.max_delta_fraction=0.9")
    assert b'"limit":"delta"' not in b"".join(within.events.values())
    limited = scripted("component_config.risk.max_delta_fraction=0.2")
    assert b'"limit":"delta"' not in b"".join(allowed.events.values())
    assert limited.events["RiskMonitor"].count(b'"limit":"delta"') == 1
    assert limited.rows.failure is None
