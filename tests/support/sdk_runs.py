"""Runs the vendors' SDKs over a socket against local venues, each SDK against fresh accounts."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import sdk_binance
import sdk_bybit
import sdk_hyperliquid
import sdk_okx
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.credentials import CREDENTIALS
from basis_strategy_v1.sandbox.server import serve
from basis_strategy_v1.sandbox.world import build_world
from sdk_calls import SdkRun
from venue_market import venue_market


def _binance_spot(url: str) -> SdkRun:
    key = CREDENTIALS["binance"].keys[0]
    return sdk_binance.run_spot(url, key.key, key.secret)


def _binance_futures(url: str) -> SdkRun:
    key = CREDENTIALS["binance"].keys[1]
    return sdk_binance.run_futures(url, key.key, key.secret)


def _binance_wallet(url: str) -> SdkRun:
    key = CREDENTIALS["binance"].keys[0]
    return sdk_binance.run_wallet(url, key.key, key.secret)


def _bybit(url: str) -> SdkRun:
    (key,) = CREDENTIALS["bybit"].keys
    return sdk_bybit.run_bybit(url, key.key, key.secret)


def _okx(url: str) -> SdkRun:
    (key,) = CREDENTIALS["okx"].keys
    return sdk_okx.run_okx(url, key.key, key.secret, key.passphrase)


def _hyperliquid(url: str) -> SdkRun:
    return sdk_hyperliquid.run_hyperliquid(url, CREDENTIALS["hyperliquid"].private_key)


RUNS: dict[str, tuple[str, str, Callable[[str], SdkRun]]] = {
    sdk_binance.SPOT: ("binance_sdk_spot", "binance", _binance_spot),
    sdk_binance.FUTURES: ("binance_sdk_derivatives_trading_usds_futures", "binance", _binance_futures),
    sdk_binance.WALLET: ("binance_sdk_wallet", "binance", _binance_wallet),
    sdk_bybit.SDK: ("pybit", "bybit", _bybit),
    sdk_okx.SDK: ("okx", "okx", _okx),
    sdk_hyperliquid.SDK: ("hyperliquid", "hyperliquid", _hyperliquid),
}
"""``{distribution: (module, venue, run)}``."""


def is_installed(sdk: str) -> bool:
    """Whether the SDK can be imported."""
    return find_spec(RUNS[sdk][0]) is not None


def run_sdk(sdk: str) -> SdkRun:
    """Try every call of one SDK; a defect of the sandbox itself counts as a failed call.

    Raises:
        AssertionError: when the local venue failed inside.
    """
    _, venue, run = RUNS[sdk]
    application = SandboxApplication(build_world(venue_market((venue,)), (venue,)))
    with serve(application) as server:
        result = run(server.url)
    assert not application.failures, application.failures[0]
    return result
