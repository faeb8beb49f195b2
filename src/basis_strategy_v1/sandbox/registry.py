"""The venues that have a wire module, by name."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.account import SandboxAccount
from basis_strategy_v1.sandbox.clock import VenueClock
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.market_view import MarketView
from basis_strategy_v1.sandbox.wire import VenueWire

WIRES = {"binance": "BinanceWire", "bybit": "BybitWire", "okx": "OKXWire", "hyperliquid": "HyperliquidWire"}
"""``{venue: entry class}``; it lives in ``sandbox.<venue>.venue``."""


def check_venues(venues: Iterable[str]) -> None:
    """Refuse venues without a wire module.

    Raises:
        ComponentError: EIF-002 for the first one.
    """
    for venue in venues:
        if venue not in WIRES:
            raise ComponentError("EIF-002", f"the sandbox has no venue {venue!r}; it has {', '.join(WIRES)}")


def make_wire(venue: str, account: SandboxAccount, market_view: MarketView, clock: VenueClock) -> VenueWire:
    """The wire module of ``venue``, which is one of ``WIRES``, on its account.

    Raises:
        ComponentError: EIF-007 where a library of the ``sandbox`` extra is missing.
    """
    try:
        module = import_module(f"basis_strategy_v1.sandbox.{venue}.venue")
    except ModuleNotFoundError as error:
        raise ComponentError(
            "EIF-007",
            f"the local {venue} needs {error.name}, which is not installed",
            remedy="Install the sandbox extra (pip install 'basis-strategy[sandbox]') or leave the venue out.",
        ) from error
    entry: Any = getattr(module, WIRES[venue])
    wire: VenueWire = entry(account, market_view, clock, CREDENTIALS[venue])
    return wire
