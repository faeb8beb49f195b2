"""Prices, premiums, funding and volume of the synthetic market, block by block."""

from __future__ import annotations

import math

import numpy as np

from basis_strategy_v1.core.domain.market import FloatArray
from basis_strategy_v1.core.domain.timestamps import SECONDS_PER_YEAR
from basis_strategy_v1.data.processes import MeanReverting, Smoothed, stream
from basis_strategy_v1.data.synthetic_model import HOUR, AssetModel, MarketModel, VenueModel

Columns = dict[str, FloatArray]
_PERPETUAL_TURNOVER = 6.0
Reaches = tuple[FloatArray, FloatArray]


class IndexPrices:
    """The index price of each asset: correlated diffusions with jumps at common times."""

    def __init__(self, model: MarketModel, seed: int, step: float) -> None:
        self._model = model
        self._years = step / SECONDS_PER_YEAR
        self._common = stream(seed, "common")
        self._jump_times = stream(seed, "jump times")
        self._jump_sizes = stream(seed, "jump sizes")
        self._own = {asset.symbol: stream(seed, f"index.{asset.symbol}") for asset in model.assets}
        self._log = {asset.symbol: math.log(asset.start) for asset in model.assets}

    def block(self, steps: int) -> dict[str, FloatArray]:
        """The next ``steps + 1`` index prices by symbol."""
        common = self._common.standard_normal(steps)
        counts = self._jump_times.poisson(self._model.jumps_per_year * self._years, steps)
        hit = np.flatnonzero(counts)
        shared_jumps = self._jump_sizes.standard_normal(len(hit)) * np.sqrt(counts[hit])
        return {asset.symbol: self._path(asset, common, hit, shared_jumps) for asset in self._model.assets}

    def _path(self, asset: AssetModel, common: FloatArray, hit: np.ndarray, jumps: FloatArray) -> FloatArray:
        own = self._own[asset.symbol]
        model = self._model
        # Two assets that each load sqrt(rho) on a common factor are correlated by rho.
        noise = own.standard_normal(len(common)) * math.sqrt(1 - model.correlation)
        noise += math.sqrt(model.correlation) * common
        noise *= asset.volatility * math.sqrt(self._years)
        # The drift is that of the price; half the variance turns it into that of its logarithm.
        jump_variance = model.jumps_per_year * asset.jump_deviation**2
        noise += (model.drift - (asset.volatility**2 + jump_variance) / 2) * self._years
        noise[hit] += asset.jump_deviation * jumps
        path = np.concatenate(([self._log[asset.symbol]], noise))
        np.cumsum(path, out=path)
        self._log[asset.symbol] = float(path[-1])
        return np.exp(path)


class VenueMarket:
    """One asset at one venue: spot, perpetual, mark with extremes, funding and volume."""

    def __init__(self, model: MarketModel, asset: AssetModel, venue: VenueModel, seed: int, step: float) -> None:
        name = f"{venue.venue}.{asset.symbol}"
        self._model, self._asset, self._venue, self._step = model, asset, venue, step
        self._spot = MeanReverting(stream(seed, f"spot.{name}"), venue.spot_deviation, model.spot_half_life, step)
        self._premium = MeanReverting(
            stream(seed, f"premium.{name}"), venue.premium_deviation, model.venue_half_life, step
        )
        self._mark = Smoothed(model.mark_half_life, step)
        self._volume = stream(seed, f"volume.{name}")
        self._funding = FundingClock(model, step)

    def block(self, index: FloatArray, common_premium: FloatArray, reaches: Reaches, first_row: int) -> Columns:
        """The columns of ``len(index) - 1`` rows."""
        steps = len(index) - 1
        premium = self._venue.premium_mean + common_premium + self._premium.block(steps)
        spot = index * (1 + self._spot.block(steps))
        mark = np.round(index * (1 + self._mark.block(premium)), self._asset.mark_decimals)
        high, low = self._bar_extremes(mark, reaches)
        hours = self._step / HOUR
        name = f"{self._venue.venue}.{self._asset.symbol}"
        traded = self._traded(steps, hours)
        return {
            f"spot.{name}": np.round(spot[:-1], self._asset.spot_decimals),
            f"perp.{name}": np.round((index * (1 + premium))[:-1], self._asset.mark_decimals),
            f"mark.{name}": mark[:-1],
            f"mark_high.{name}": high,
            f"mark_low.{name}": low,
            f"funding.{name}": self._funding.block(premium[:-1], first_row),
            f"volume.{self._venue.venue}_spot.{self._asset.symbol}": traded[:, 0],
            f"volume.{self._venue.venue}_perp.{self._asset.symbol}": traded[:, 1],
        }

    def _bar_extremes(self, mark: FloatArray, reaches: Reaches) -> tuple[FloatArray, FloatArray]:
        """Highest and lowest mark over [t, t + 1 step), given both ends: the law of a Brownian bridge.

        ``max = (a + b + sqrt((b - a)^2 - 2 v ln U)) / 2`` with variance v over the bar; ``reaches`` holds ``-ln U``,
        the same for every venue of the asset, so that a spike is seen everywhere.
        """
        before, after = mark[:-1], mark[1:]
        years = self._step / SECONDS_PER_YEAR
        twice_variance = (before * self._asset.volatility) ** 2 * (2 * years)
        middle, square = (before + after) / 2, (after - before) ** 2
        upward, downward = (np.sqrt(square + twice_variance * reach) / 2 for reach in reaches)
        decimals = self._asset.mark_decimals
        high = np.maximum(np.round(middle + upward, decimals), before)
        low = np.minimum(np.maximum(np.round(middle - downward, decimals), 10.0**-decimals), before)
        return high, low

    def _traded(self, steps: int, hours: float) -> FloatArray:
        """Volume of spot and perpetual, a row each, drawn in pairs: lognormal around the venue's mean."""
        mean = self._asset.volume_per_hour * self._venue.volume_share * hours
        noise = np.exp(0.6 * self._volume.standard_normal((steps, 2)) - 0.18)
        return np.round(noise * (mean, _PERPETUAL_TURNOVER * mean), 3)


class FundingClock:
    """Funding every interval from the mean premium since the last settlement, as exchanges publish the formula:

    ``premium + clamp(interest - premium, +-clamp)``, capped.
    """

    def __init__(self, model: MarketModel, step: float) -> None:
        self._model = model
        self._interval = max(1, round(model.funding_interval / step))
        self._sum = 0.0
        self._count = 0

    def block(self, premium: FloatArray, first_row: int) -> FloatArray:
        """Rates at the rows that settle, NaN elsewhere; a premium counts from its row on."""
        rates = np.full(len(premium), np.nan)
        start = 0
        first_due = -first_row % self._interval
        for due in range(first_due, len(premium), self._interval):
            self._add(premium[start:due])
            rates[due] = self._settle(float(premium[due]))
            start = due
        self._add(premium[start:])
        return rates

    def _add(self, premium: FloatArray) -> None:
        self._sum += float(premium.sum())
        self._count += len(premium)

    def _settle(self, current: float) -> float:
        model = self._model
        mean = self._sum / self._count if self._count else current
        self._sum, self._count = 0.0, 0
        towards = min(max(model.funding_interest - mean, -model.funding_clamp), model.funding_clamp)
        return round(min(max(mean + towards, -model.funding_cap), model.funding_cap), 8)
