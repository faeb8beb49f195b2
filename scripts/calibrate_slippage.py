"""Fit the default slippage curves to recorded order book walks and print them with their errors.

    python scripts/calibrate_slippage.py WALKS.parquet

The file has one row per snapshot: ``venue`` (``*_spot`` or ``*_usdm``), ``symbol``, ``spread_bps`` and, per notional in
the quote currency, ``buy_<notional>_bps`` and ``sell_<notional>_bps``: the mean cost against the middle of the book,
half spread included.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

NOTIONALS = (10_000, 100_000, 1_000_000, 5_000_000)
EXPONENTS = np.arange(0.30, 1.51, 0.01)


def mean_costs(walks: pd.DataFrame) -> np.ndarray:
    """Mean of buy and sell cost at each notional, in bps."""
    return np.array([walks[[f"buy_{size}_bps", f"sell_{size}_bps"]].to_numpy().mean() for size in NOTIONALS])


def fit(walks: pd.DataFrame) -> tuple[float, float, float, np.ndarray]:
    """``half_spread, coefficient, exponent`` and the error at each notional in bps."""
    half_spread = float(walks["spread_bps"].median()) / 2
    costs = mean_costs(walks)
    excess = costs - half_spread
    notionals = np.array(NOTIONALS, dtype=float)
    best = (np.inf, 0.0, 0.0)
    for exponent in EXPONENTS:
        powers = notionals**exponent
        coefficient = float((powers * excess).sum() / (powers * powers).sum())
        squared_error = float(((coefficient * powers - excess) ** 2).sum())
        best = min(best, (squared_error, coefficient, float(exponent)))
    _, coefficient, exponent = best
    return half_spread, coefficient, exponent, half_spread + coefficient * notionals**exponent - costs


def main(path: str) -> None:
    """Print one line per kind of instrument and asset."""
    walks = pd.read_parquet(path)
    for (venue, symbol), group in walks.groupby(["venue", "symbol"]):
        half_spread, coefficient, exponent, errors = fit(group)
        print(
            f"{venue} {symbol}: half_spread {half_spread:.6f} coefficient {coefficient:.3g} exponent {exponent:.2f}; "
            f"observed {mean_costs(group).round(3)} bps, model minus observed {errors.round(3)} bps"
        )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
