"""What an endpoint of Binance is: how it is secured, which parameters it reads, what answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import msgspec

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.binance.errors import invalid_symbol
from basis_strategy_v1.sandbox.binance.parameters import Parameters
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import SandboxCredentials
from basis_strategy_v1.sandbox.market_view import MarketView

Security = Literal["none", "key", "signed"]
Handler = Callable[[Parameters], Any]


class Route(msgspec.Struct, frozen=True):
    """One endpoint: ``parameters`` are the names it reads, ``weight`` what it costs of the rate limit.

    ``is_strict`` endpoints refuse parameters they do not read.
    """

    handler: Handler
    security: Security
    parameters: frozenset[str] = frozenset()
    weight: int = 1
    is_order: bool = False
    is_strict: bool = True


Routes = dict[str, Route]
"""``{'GET /api/v3/time': Route}``."""


class Context(msgspec.Struct, frozen=True):
    """What every endpoint of the venue works on."""

    account: SandboxAccount
    market_view: MarketView
    clock: VenueClock
    credentials: SandboxCredentials

    def spot(self, parameters: Parameters) -> Instrument:
        """The spot instrument named by ``symbol``.

        Raises:
            BinanceError: -1102, -1121.
        """
        return self._instrument(parameters.need("symbol"), "spot")

    def perpetual(self, parameters: Parameters) -> Instrument:
        """The perpetual named by ``symbol``.

        Raises:
            BinanceError: -1102, -1121.
        """
        return self._instrument(parameters.need("symbol"), "perp")

    def instruments(self, parameters: Parameters, trade_type: str) -> list[Instrument]:
        """The instrument named by ``symbol``, or all where it was not sent."""
        symbol = parameters.text("symbol")
        if symbol is None:
            return self.market_view.instruments(trade_type)
        return [self._instrument(symbol, trade_type)]

    def _instrument(self, symbol: str, trade_type: str) -> Instrument:
        instrument = self.market_view.instrument(symbol, trade_type)
        if instrument is None:
            raise invalid_symbol()
        return instrument


def names(text: str) -> frozenset[str]:
    """Parameter names from text, parted by spaces."""
    return frozenset(text.split())
