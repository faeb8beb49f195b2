"""What a taker pays beyond the row's price: slippage models and their calibrated default.

All three models are one curve per kind of instrument and asset, ``bps = half_spread + coefficient * notional **
exponent``: the mean cost of the whole order against the middle of the book, in basis points of its notional (in the
quote currency).
"""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from typing import Literal, assert_never

import msgspec

SlippageModelName = Literal["none", "fixed_bps", "square_root"]

_ROUNDING_NOISE = 1e-6
"""In ticks: a float product that exceeds a whole number of ticks by less than this is that whole number."""


class ImpactCurve(msgspec.Struct, frozen=True):
    """Cost in bps of taking ``notional`` at once: ``half_spread + coefficient * notional ** exponent``."""

    half_spread: float
    coefficient: float = 0.0
    exponent: float = 0.5

    def cost_bps(self, notional: float) -> float:
        """The mean cost of the whole order in bps."""
        if not self.coefficient:
            return self.half_spread
        return self.half_spread + self.coefficient * float(notional**self.exponent)

    def offset_ticks(self, price_ticks: float, notional: float) -> int:
        """The cost in whole ticks, rounded against the taker."""
        bps = self.cost_bps(notional) if self.coefficient else self.half_spread
        return ceil(price_ticks * bps * 1e-4 - _ROUNDING_NOISE)


CALIBRATED: dict[tuple[str, str], ImpactCurve] = {
    ("spot", "BTC"): ImpactCurve(0.000811, 5.62e-06, 0.93),
    ("spot", "ETH"): ImpactCurve(0.01865, 7.37e-05, 0.79),
    ("perp", "BTC"): ImpactCurve(0.00810, 8.96e-06, 0.84),
    ("perp", "ETH"): ImpactCurve(0.01865, 2.76e-04, 0.66),
}
"""Fitted per kind of instrument and asset by ``scripts/calibrate_slippage.py``.

From walks of a large exchange's recorded spot and USD-margined order books over ten minutes: mean of the buy and the
sell cost at 10 k, 100 k, 1 M and 5 M quote units (5 M is where a row's fills are capped). The half spread is half the
median spread; coefficient and exponent minimise the squared error in bps over a grid of exponents of 0.01. The name
``square_root`` is the model family's; the books walked are nearer to linear, and so are the fitted exponents.
"""

_UNKNOWN_ASSET = "ETH"
"""Whose curve stands in for an asset without one: the dearer of the two."""


class FillModel(msgspec.Struct, frozen=True, kw_only=True):
    """Impact curves by ``(trade type, base asset)``, and the one for everything else of a trade type."""

    name: str
    curves: dict[tuple[str, str], ImpactCurve]
    fallback: dict[str, ImpactCurve]

    def curve(self, trade_type: str, base: str) -> ImpactCurve:
        """The curve of an instrument."""
        return self.curves.get((trade_type, base)) or self.fallback[trade_type]


def _flat(name: str, bps: float) -> FillModel:
    curve = ImpactCurve(bps)
    return FillModel(name=name, curves={}, fallback={"spot": curve, "perp": curve})


def fill_model(name: SlippageModelName, bps: Decimal = Decimal(2)) -> FillModel:
    """The fill model of that name; ``bps`` is the cost of ``fixed_bps``."""
    match name:
        case "none":
            return _flat(name, 0.0)
        case "fixed_bps":
            return _flat(name, float(bps))
        case "square_root":
            fallback = {kind: CALIBRATED[kind, _UNKNOWN_ASSET] for kind in ("spot", "perp")}
            return FillModel(name=name, curves=CALIBRATED, fallback=fallback)
        case _:
            assert_never(name)
