"""Hyperliquid: puts its dialect together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.hyperliquid.account import HyperliquidAccount, HyperliquidQuotes
from basis_strategy_v1.backends.live.dialects.hyperliquid.coins import Coins
from basis_strategy_v1.backends.live.dialects.hyperliquid.events import HyperliquidEvents
from basis_strategy_v1.backends.live.dialects.hyperliquid.expiry import ExpiringActions
from basis_strategy_v1.backends.live.dialects.hyperliquid.orders import HyperliquidOrders, read_outgoing
from basis_strategy_v1.backends.live.dialects.hyperliquid.transfers import HyperliquidTransfers
from basis_strategy_v1.backends.live.gateway_maker import GatewayMaker
from basis_strategy_v1.backends.live.markets_cache import MarketsCache
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.options import LiveVenueOptions
    from basis_strategy_v1.backends.live.transport import Traffic

UNREADABLE = 422
"""The status with which the venue turns away a body that it cannot read: nothing was executed."""


def read_error(traffic: Traffic) -> tuple[str, str] | None:
    """Errors are words: of a whole action, or of the one order in it."""
    if traffic.status == UNREADABLE:
        return "malformed", traffic.body
    try:
        answer: Any = json.loads(traffic.body)
    except ValueError:
        return None
    if not isinstance(answer, dict):
        return None
    if answer.get("status") == "unknownOid":
        return "unknownOid", "the venue knows no such order"
    if answer.get("status") == "err":
        return "err", str(answer.get("response"))
    response = answer.get("response")
    data = response.get("data") if isinstance(response, dict) else None
    statuses = data.get("statuses", []) if isinstance(data, dict) else []
    for status in statuses:
        if isinstance(status, dict) and "error" in status:
            return "err", str(status["error"])
    return None


def hyperliquid_dialect(
    spec: VenueSpec, credentials: Mapping[str, Secret], options: LiveVenueOptions, maker: GatewayMaker
) -> Dialect:
    """Hyperliquid: one gateway; the account is the wallet's, the key may be an agent's."""
    user = credentials["wallet_address"].get_secret_value()
    gateway = maker.make(
        "hyperliquid",
        "hyperliquid",
        {
            "walletAddress": user,
            "privateKey": credentials["private_key"].get_secret_value(),
            "options": {"fetchMarkets": {"types": ["spot", "swap"]}},
        },
        read_error,
        read_outgoing,
        strictly_increasing_time=True,
    )
    # It would sign a builder's fee and a referral, in load_markets and in the first order.
    gateway.exchange.initialize_client = _initialized
    ExpiringActions(gateway.exchange)
    coins = Coins(gateway.exchange, spec.instruments)
    cache = MarketsCache(options.markets_directory, options.markets_max_age)
    wanted = {ccxt_symbol(item): item for item in spec.instruments}

    def load_markets() -> Sequence[Instrument]:
        return [wanted[name] for name in cache.load(gateway, list(wanted), options.now_ns())]

    def now_ms() -> int:
        return options.now_ns() // 1_000_000 + gateway.clock.drift_ms

    return Dialect(
        gateways=(gateway,),
        load_markets=load_markets,
        orders=HyperliquidOrders(gateway, coins, user, spec.instruments, now_ms),
        account=HyperliquidAccount(gateway, spec, user),
        events=HyperliquidEvents(gateway, coins, spec, user),
        transfers=HyperliquidTransfers(gateway, spec, user),
        market=HyperliquidQuotes(gateway, coins, now_ms),
    )


def _initialized() -> bool:
    return True
