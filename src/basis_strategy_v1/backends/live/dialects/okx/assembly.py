"""OKX: puts its dialect together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.okx.account import OkxAccount, OkxQuotes
from basis_strategy_v1.backends.live.dialects.okx.events import OkxEvents
from basis_strategy_v1.backends.live.dialects.okx.expiry import ExpiringOrders
from basis_strategy_v1.backends.live.dialects.okx.instruments import Contracts
from basis_strategy_v1.backends.live.dialects.okx.orders import OkxOrders, read_outgoing
from basis_strategy_v1.backends.live.dialects.okx.transfers import OkxTransfers
from basis_strategy_v1.backends.live.gateway_maker import GatewayMaker
from basis_strategy_v1.backends.live.markets_cache import MarketsCache
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.credential_check import Secret
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.options import LiveVenueOptions
    from basis_strategy_v1.backends.live.transport import Traffic


def read_error(traffic: Traffic) -> tuple[str, str] | None:
    """``{"code": "50011", "msg": "..."}``, or ``code`` 1 with the order's own ``sCode`` and ``sMsg``."""
    try:
        answer: Any = json.loads(traffic.body)
    except ValueError:
        return None
    if not isinstance(answer, dict) or "code" not in answer:
        return None
    for item in answer.get("data") or ():
        if isinstance(item, dict) and str(item.get("sCode", "0")) != "0":
            return str(item["sCode"]), str(item.get("sMsg", ""))
    code = str(answer["code"])
    return (code, str(answer.get("msg", ""))) if code != "0" else None


def okx_dialect(
    spec: VenueSpec, credentials: Mapping[str, Secret], options: LiveVenueOptions, maker: GatewayMaker
) -> Dialect:
    """OKX: one gateway for everything. Orders go to the single-order endpoint."""
    gateway = maker.make(
        "v5",
        "okx",
        {
            "apiKey": credentials["api_key"].get_secret_value(),
            "secret": credentials["secret"].get_secret_value(),
            "password": credentials["passphrase"].get_secret_value(),
            "options": {"fetchMarkets": {"types": ["spot", "swap"]}, "createOrder": "privatePostTradeOrder"},
        },
        read_error,
        read_outgoing,
    )
    ExpiringOrders(gateway.exchange)
    contracts = Contracts(gateway.exchange, spec.instruments)
    cache = MarketsCache(options.markets_directory, options.markets_max_age)
    wanted = {ccxt_symbol(item): item for item in spec.instruments}

    def load_markets() -> Sequence[Instrument]:
        return [wanted[name] for name in cache.load(gateway, list(wanted), options.now_ns())]

    def now_ms() -> int:
        return options.now_ns() // 1_000_000 + gateway.clock.drift_ms

    return Dialect(
        gateways=(gateway,),
        load_markets=load_markets,
        orders=OkxOrders(gateway, contracts, spec.instruments),
        account=OkxAccount(gateway, contracts, spec),
        events=OkxEvents(gateway, contracts, spec, now_ms),
        transfers=OkxTransfers(gateway, spec),
        market=OkxQuotes(gateway, contracts),
    )
