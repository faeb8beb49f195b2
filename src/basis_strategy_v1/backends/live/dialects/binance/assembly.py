"""Binance: puts its dialect together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from basis_strategy_v1.backends.live.dialects.binance.account import BinanceAccount
from basis_strategy_v1.backends.live.dialects.binance.events import BinanceEvents
from basis_strategy_v1.backends.live.dialects.binance.orders import BinanceOrders, read_outgoing
from basis_strategy_v1.backends.live.dialects.binance.quotes import BinanceQuotes
from basis_strategy_v1.backends.live.dialects.binance.transfers import BinanceTransfers
from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.gateway_maker import GatewayMaker
from basis_strategy_v1.backends.live.markets_cache import MarketsCache
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.options import LiveVenueOptions
    from basis_strategy_v1.backends.live.transport import Traffic

RECEIVE_WINDOW_MS = 5_000
SPOT_WEIGHT_LIMIT = 6_000
FUTURES_WEIGHT_LIMIT = 2_400


def read_error(traffic: Traffic) -> tuple[str, str] | None:
    """``{"code": -2010, "msg": "..."}``."""
    try:
        answer = json.loads(traffic.body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or "code" not in answer:
        return None
    code = str(answer["code"])
    return (code, str(answer.get("msg", ""))) if code not in ("0", "200") else None


def binance_dialect(
    spec: VenueSpec, credentials: Mapping[str, Secret], options: LiveVenueOptions, maker: GatewayMaker
) -> Dialect:
    """Binance: a gateway for spot and wallet, and one for futures, each with its own key."""
    spot = maker.make(
        "spot",
        "binance",
        _configuration(credentials["spot_api_key"], credentials["spot_secret"], "spot"),
        read_error,
        read_outgoing,
        weight_limit=SPOT_WEIGHT_LIMIT,
    )
    futures = maker.make(
        "usdm",
        "binanceusdm",
        _configuration(credentials["futures_api_key"], credentials["futures_secret"], "linear"),
        read_error,
        read_outgoing,
        weight_limit=FUTURES_WEIGHT_LIMIT,
    )
    cache = MarketsCache(options.markets_directory, options.markets_max_age)

    def load_markets() -> Sequence[Instrument]:
        missing: list[Instrument] = []
        for gateway, trade_type in ((spot, "spot"), (futures, "perp")):
            wanted = {ccxt_symbol(item): item for item in spec.instruments if item.trade_type == trade_type}
            missing += [wanted[name] for name in cache.load(gateway, list(wanted), options.now_ns())]
        return missing

    def now_ms() -> int:
        return options.now_ns() // 1_000_000 + futures.clock.drift_ms

    return Dialect(
        gateways=(spot, futures),
        load_markets=load_markets,
        orders=BinanceOrders(spot, futures, spec.instruments),
        account=BinanceAccount(spot, futures, spec),
        events=BinanceEvents(spot, futures, spec, spec.instruments, now_ms, has_wallet=not options.testnet),
        transfers=BinanceTransfers(spot, spec),
        market=BinanceQuotes(spot, futures),
    )


def _configuration(key: Secret, secret: Secret, market_type: str) -> dict[str, object]:
    return {
        "apiKey": key.get_secret_value(),
        "secret": secret.get_secret_value(),
        "options": {
            "recvWindow": RECEIVE_WINDOW_MS,
            "fetchMarkets": {"types": [market_type]},
            "fetchCurrencies": False,
            "fetchMargins": False,
            "maxRetriesOnFailure": 0,
        },
    }
