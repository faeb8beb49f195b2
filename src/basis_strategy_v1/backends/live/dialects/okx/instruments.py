"""OKX: its names of instruments, and what a contract holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.understanding import asks
from basis_strategy_v1.backends.live.dialects.venue_records import decimal, plain
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.quantities import ONE


class Contracts:
    """Sizes on the wire are contracts for a swap and base units for spot; the markets say what a contract holds.

    Args:
        exchange: the ccxt exchange, whose markets are read when they are needed.
        instruments: those we trade.
    """

    def __init__(self, exchange: Any, instruments: Sequence[Instrument]) -> None:
        self._exchange = exchange
        self._by_id = {instrument_id(item): item for item in instruments}
        self._values: dict[str, Decimal] = {}

    @asks
    def find(self, name: str) -> Instrument | None:
        """The instrument of that id; None where it is none of ours."""
        return self._by_id.get(name)

    def size(self, instrument: Instrument, quantity: Decimal) -> Decimal:
        """Base units as size on the wire."""
        return quantity / self._value(instrument)

    def quantity(self, instrument: Instrument, size: Any) -> Decimal:
        """A size on the wire in base units."""
        return plain(decimal(size) * self._value(instrument))

    def _value(self, instrument: Instrument) -> Decimal:
        if instrument.trade_type == "spot":
            return ONE
        value = self._values.get(instrument.symbol)
        if value is None:
            information: Mapping[str, Any] = self._exchange.market(ccxt_symbol(instrument))["info"]
            value = decimal(information["ctVal"]) * decimal(information.get("ctMult") or "1")
            self._values[instrument.symbol] = value
        return value


def instrument_id(instrument: Instrument) -> str:
    """``BTC-USDT`` for spot, ``BTC-USDT-SWAP`` for a perpetual."""
    pair = f"{instrument.base}-{instrument.quote}"
    return pair if instrument.trade_type == "spot" else f"{pair}-SWAP"


def instrument_type(instrument: Instrument) -> str:
    """``SPOT`` or ``SWAP``."""
    return "SPOT" if instrument.trade_type == "spot" else "SWAP"
