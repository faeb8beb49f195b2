"""The venue's instrument lists, kept on disk between starts: fetching and parsing them takes seconds."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ccxt

from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND


class MarketsCache:
    """Loads the markets we trade into ccxt exchanges.

    Args:
        directory: where to keep lists; nowhere when None.
        max_age: seconds after which a kept list is fetched anew.
    """

    def __init__(self, directory: Path | None, max_age: float) -> None:
        self._directory = directory
        self._max_age = max_age

    def load(self, gateway: Gateway, symbols: Sequence[str], now: int) -> frozenset[str]:
        """Give the exchange the markets of ``symbols`` (ccxt's names); those that the venue does not list.

        Raises:
            ComponentError: when the venue cannot be asked.
        """
        exchange = gateway.exchange
        markets = self._kept(gateway, symbols, now)
        if markets is None:
            listed = gateway.ask(exchange.load_markets)
            markets = [listed[symbol] for symbol in symbols if symbol in listed]
            self._keep(gateway, markets, now)
        exchange.set_markets(markets)
        return frozenset(symbols) - {market["symbol"] for market in markets}

    def forget(self, gateway: Gateway) -> None:
        """Fetch anew at the next ``load``."""
        path = self._path(gateway)
        if path is not None:
            path.unlink(missing_ok=True)

    def _kept(self, gateway: Gateway, symbols: Sequence[str], now: int) -> list[dict[str, Any]] | None:
        path = self._path(gateway)
        if path is None or not path.exists():
            return None
        try:
            kept = json.loads(path.read_text())
            age = (now - int(kept["saved_at"])) / NANOSECONDS_PER_SECOND
            markets: list[dict[str, Any]] = kept["markets"]
            # The library describes markets in its own way, another one in each version.
            complete = kept["library"] == ccxt.__version__ and {market["symbol"] for market in markets} >= set(symbols)
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return markets if complete and 0 <= age <= self._max_age else None

    def _keep(self, gateway: Gateway, markets: list[dict[str, Any]], now: int) -> None:
        path = self._path(gateway)
        if path is None:
            return
        unfinished = path.with_suffix(".part")
        # What cannot be kept, on a full disk say, is asked for again.
        with suppress(OSError):
            path.parent.mkdir(parents=True, exist_ok=True)
            unfinished.write_text(json.dumps({"library": ccxt.__version__, "saved_at": now, "markets": markets}))
            unfinished.replace(path)

    def _path(self, gateway: Gateway) -> Path | None:
        if self._directory is None:
            return None
        return self._directory / f"markets-{gateway.venue}-{gateway.scope}.json"
