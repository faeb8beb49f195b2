"""One instrument's side of a simulated exchange: where it trades at a row and how much of it can."""

from __future__ import annotations

from decimal import Decimal
from math import inf

from basis_strategy_v1.backends.simulated.fills import ImpactCurve
from basis_strategy_v1.core.domain.conversions import decimal_from_float
from basis_strategy_v1.core.domain.market import InstrumentColumns
from basis_strategy_v1.core.domain.quantities import ZERO, divide_down, step_down

VOLUME_SHARE = Decimal("0.05")
"""The share of a row's volume that one account can fill."""

UNKNOWN_VOLUME_NOTIONAL = Decimal(5_000_000)
"""What a row can fill where its volume is not known, in the quote currency."""

_SHARE = float(VOLUME_SHARE)
_NOTIONAL = float(UNKNOWN_VOLUME_NOTIONAL)
_CLEARLY_WITHIN = 0.999
"""Below this share of the capacity floats decide; nearer to it the exact comparison does."""


class Desk:
    """Prices and liquidity of one instrument, and what this account has used of them in the current row.

    Attributes:
        maker_rate, taker_rate: fees as fractions of notional.
        used: how much of the row last asked about has been filled.
        is_free: whether takers pay the row's price, whatever they take.
        first_tier: what is known of its margin up to the second maintenance tier; None until ``Account`` needs it.
    """

    __slots__ = (
        "_no_volume",
        "_prices",
        "_row",
        "_ticks_per_unit",
        "_volumes",
        "columns",
        "curve",
        "first_tier",
        "instrument",
        "is_free",
        "is_perp",
        "maker_rate",
        "min_notional",
        "min_quantity",
        "price_column",
        "step",
        "symbol",
        "taker_rate",
        "tick",
        "used",
    )

    def __init__(
        self, columns: InstrumentColumns, curve: ImpactCurve, maker_rate: Decimal, taker_rate: Decimal
    ) -> None:
        instrument = columns.instrument
        self.instrument = instrument
        self.columns = columns
        self.curve = curve
        self.maker_rate = maker_rate
        self.taker_rate = taker_rate
        self.symbol = instrument.symbol
        self.is_perp = instrument.trade_type == "perp"
        self.first_tier: tuple[int, Decimal | None] | None = None
        self.tick = instrument.tick
        self.step = instrument.step
        self.min_quantity = instrument.min_quantity
        self.min_notional = instrument.min_notional
        self.price_column = columns.price
        self._ticks_per_unit = 1 / float(instrument.tick)
        self.is_free = not curve.half_spread and not curve.coefficient
        # A memory view is read without a call of a Python function, which counts on every order.
        self._prices = columns.price.floats
        self._volumes = None if columns.volume is None else columns.volume.floats
        self._no_volume = None if columns.volume is None else columns.volume.missing
        self._row = -1
        self.used = ZERO

    def taker_price(self, row: int, quantity: Decimal, buying: bool) -> Decimal:
        """The mean price of taking ``quantity`` at ``row``: the row's price, moved against the taker, on the tick."""
        exact = self.price_column.decimal(row)
        if self.is_free:
            return exact
        price = self._prices[row]
        ticks = self.curve.offset_ticks(price * self._ticks_per_unit, price * float(quantity))
        if not ticks:
            return exact
        offset = self.tick * ticks
        return exact + offset if buying else max(exact - offset, self.tick)

    def fillable(self, row: int, quantity: Decimal) -> Decimal:
        """The part of ``quantity`` that this row can still fill, in whole steps."""
        if row != self._row:
            self._row = row
            self.used = ZERO
        if not self.used:
            volume = None if self._volumes is None else self._known_volume(row)
            rough_capacity = _NOTIONAL / self._prices[row] if volume is None else _SHARE * volume
            if float(quantity) < _CLEARLY_WITHIN * rough_capacity:
                return quantity
        left = self._capacity(row) - self.used
        return min(quantity, max(left, ZERO))

    def quantity_within(self, row: int, quantity: Decimal, limit: Decimal, buying: bool) -> Decimal:
        """The most of ``quantity`` whose mean price is no worse than ``limit``."""
        steps_within, steps_beyond = 0, int(quantity // self.step) + 1
        if self._is_within(row, quantity, limit, buying):
            return quantity
        while steps_beyond - steps_within > 1:
            middle = (steps_within + steps_beyond) // 2
            if self._is_within(row, self.step * middle, limit, buying):
                steps_within = middle
            else:
                steps_beyond = middle
        return self.step * steps_within

    def _is_within(self, row: int, quantity: Decimal, limit: Decimal, buying: bool) -> bool:
        price = self.taker_price(row, quantity, buying)
        return price <= limit if buying else price >= limit

    def _known_volume(self, row: int) -> float | None:
        if self._volumes is None or (self._no_volume is not None and self._no_volume[row]):
            return None
        volume = self._volumes[row]
        return volume if 0.0 < volume < inf else None

    def _capacity(self, row: int) -> Decimal:
        volume = self._known_volume(row)
        if volume is None:
            return divide_down(UNKNOWN_VOLUME_NOTIONAL, self.price_column.decimal(row), self.step)
        return step_down(VOLUME_SHARE * decimal_from_float(volume), self.step)
