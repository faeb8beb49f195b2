"""The slow series of the synthetic market (lending, staking, gas), drawn whole on a grid of an hour or more."""

from __future__ import annotations

import math

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray
from basis_strategy_v1.core.domain.timestamps import SECONDS_PER_YEAR
from basis_strategy_v1.data.plan import BASE_FEE, PRIORITY_FEE, TOTAL_GAS
from basis_strategy_v1.data.processes import MeanReverting, ShotNoise, stream
from basis_strategy_v1.data.synthetic_model import DAY, HOUR, LendingModel, MarketModel, StakingModel

Columns = dict[str, FloatArray]
_STABLE_TOKENS = ("USDT", "USDC")


def slow_columns(model: MarketModel, seed: int, points: int, step: float) -> Columns:
    """All slow columns over ``points`` grid points of ``step`` seconds (prices of tokens in ETH or USD)."""
    columns: Columns = {}
    for reserve in model.lending:
        columns.update(_lending(reserve, seed, points, step))
    for token in _STABLE_TOKENS:
        peg = MeanReverting(stream(seed, f"oracle.{token}"), 0.0006, 3 * DAY, step).block(points)[:-1]
        columns[f"oracle.aave_v3.{token}"] = np.round(1 + peg, 8)
    for staked in model.staking:
        columns.update(_staking(staked, seed, points, step))
    columns["market_rate.curve.stETH"] = _steth(columns)
    columns.update(_gas(model, seed, points, step))
    return columns


def _lending(reserve: LendingModel, seed: int, points: int, step: float) -> Columns:
    name = f"aave_v3.{reserve.token}"
    centre = math.log(reserve.utilisation / (1 - reserve.utilisation))
    wander = MeanReverting(stream(seed, f"utilisation.{name}"), reserve.utilisation_deviation, 4 * DAY, step)
    utilisation = np.round(1 / (1 + np.exp(-(centre + wander.block(points)[:-1]))), 6)
    below = np.minimum(utilisation / reserve.kink, 1.0)
    above = np.maximum(utilisation - reserve.kink, 0.0) / (1 - reserve.kink)
    borrow = np.round(reserve.base + reserve.slope_1 * below + reserve.slope_2 * above, 10)
    supply = np.round(borrow * utilisation * (1 - reserve.reserve_factor), 10)
    return {
        f"supply_apr.{name}": supply,
        f"borrow_apr.{name}": borrow,
        f"utilisation.{name}": utilisation,
        f"supply_index.{name}": _daily(_grown(supply, step), step),
        f"borrow_index.{name}": _daily(_grown(borrow, step), step),
    }


def _grown(rates: FloatArray, step: float) -> FloatArray:
    """An index that starts at 1 and grows by each rate until the next point."""
    factors = np.concatenate(([1.0], 1 + rates[:-1] * step / SECONDS_PER_YEAR))
    return np.cumprod(factors, dtype=np.float64)


def _staking(staked: StakingModel, seed: int, points: int, step: float) -> Columns:
    yearly = MeanReverting(stream(seed, f"staking.{staked.token}"), 0.003, 10 * DAY, step).block(points)[:-1]
    rate = _daily(staked.start * _grown(np.maximum(staked.yearly_rate + yearly, 0.0), step), step)
    noise = MeanReverting(stream(seed, f"market.{staked.token}"), 0.0004, DAY, step).block(points)[:-1]
    depeg = ShotNoise(
        stream(seed, f"depeg.{staked.token}"), staked.depegs_per_year, staked.depeg_size, 5 * DAY, step
    ).block(points)[:-1]
    discount = np.minimum(np.abs(noise) + depeg, 0.5)
    return {
        f"lst_rate.{staked.protocol}.{staked.token}": np.round(rate, 12),
        f"market_rate.daily.{staked.token}": np.round(rate * (1 - discount), 8),
    }


def _steth(columns: Columns) -> FloatArray:
    """stETH in ETH: the same discount as its wrapped form."""
    return np.round(columns["market_rate.daily.wstETH"] / columns["lst_rate.lido.wstETH"], 8)


def _gas(model: MarketModel, seed: int, points: int, step: float) -> Columns:
    level = MeanReverting(stream(seed, "gas.base"), model.gas_deviation, model.gas_half_life, step).block(points)[:-1]
    spikes = ShotNoise(
        stream(seed, "gas.spikes"), model.gas_spikes_per_year, model.gas_spike_size, 3 * HOUR, step
    ).block(points)[:-1]
    base = np.round(model.gas_gwei * np.exp(level - model.gas_deviation**2 / 2) * (1 + spikes), 4)
    tip = MeanReverting(stream(seed, "gas.priority"), 0.5, 2 * HOUR, step).block(points)[:-1]
    priority = np.round(0.1 * np.exp(tip) * (1 + spikes), 4)
    return {BASE_FEE: base, PRIORITY_FEE: priority, TOTAL_GAS: np.round(base + priority, 4)}


def _daily(values: FloatArray, step: float) -> FloatArray:
    """The value at the start of each day, held through it."""
    per_day = max(1, round(DAY / step))
    return np.repeat(values[::per_day], per_day)[: len(values)]
