"""Bybit: puts its dialect together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from basis_strategy_v1.backends.live.dialects.bybit.account import BybitAccount, BybitQuotes
from basis_strategy_v1.backends.live.dialects.bybit.events import BybitEvents
from basis_strategy_v1.backends.live.dialects.bybit.orders import BybitOrders, read_outgoing
from basis_strategy_v1.backends.live.dialects.bybit.transfers import BybitTransfers
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
TOO_OFTEN = 403
UNIFIED = {"enableUnifiedMargin": False, "enableUnifiedAccount": True, "unifiedMarginStatus": 6}
"""The kind of account, told rather than asked for: only a unified one is supported."""


def read_error(traffic: Traffic) -> tuple[str, str] | None:
    """``{"retCode": 110007, "retMsg": "..."}``; an address that asked too often gets plain words."""
    if traffic.status == TOO_OFTEN and "too frequent" in traffic.body:
        return "10018", traffic.body
    try:
        answer = json.loads(traffic.body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or "retCode" not in answer:
        return None
    code = str(answer["retCode"])
    return (code, str(answer.get("retMsg", ""))) if code != "0" else None


def bybit_dialect(
    spec: VenueSpec, credentials: Mapping[str, Secret], options: LiveVenueOptions, maker: GatewayMaker
) -> Dialect:
    """Bybit: one gateway for everything."""
    gateway = maker.make(
        "v5",
        "bybit",
        {
            "apiKey": credentials["api_key"].get_secret_value(),
            "secret": credentials["secret"].get_secret_value(),
            "options": {"recvWindow": RECEIVE_WINDOW_MS, "fetchMarkets": {"types": ["spot", "linear"]}, **UNIFIED},
        },
        read_error,
        read_outgoing,
    )
    cache = MarketsCache(options.markets_directory, options.markets_max_age)
    wanted = {ccxt_symbol(item): item for item in spec.instruments}

    def load_markets() -> Sequence[Instrument]:
        return [wanted[name] for name in cache.load(gateway, list(wanted), options.now_ns())]

    def now_ms() -> int:
        return options.now_ns() // 1_000_000 + gateway.clock.drift_ms

    return Dialect(
        gateways=(gateway,),
        load_markets=load_markets,
        orders=BybitOrders(gateway, spec.instruments),
        account=BybitAccount(gateway, spec),
        events=BybitEvents(gateway, spec, spec.instruments, now_ms),
        transfers=BybitTransfers(gateway, gateway.clock.milliseconds),
        market=BybitQuotes(gateway),
    )
