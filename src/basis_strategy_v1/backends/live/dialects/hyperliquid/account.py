"""Hyperliquid: balances, positions, leverage and rights; prices."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from basis_strategy_v1.backends.live.dialects.ccxt_calls import ccxt_symbol
from basis_strategy_v1.backends.live.dialects.hyperliquid.coins import Coins, token
from basis_strategy_v1.backends.live.dialects.understanding import asks, tells
from basis_strategy_v1.backends.live.dialects.venue_records import (
    Level,
    MarginSetting,
    Permissions,
    Quote,
    decimal,
    plain,
)
from basis_strategy_v1.backends.live.gateway import COMPONENT, Gateway, VenueError
from basis_strategy_v1.core.domain.instructions import Side
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LocationReport, PerpPosition
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

HOUR_MS = 3_600_000
TWO_WALLETS = ("disabled", "default", "dexAbstraction")
"""Kinds of account that keep the margin of perpetuals apart from spot, as the books count."""
PRIVATE_KEY = re.compile("(0x)?[0-9a-fA-F]{64}")


class HyperliquidAccount:
    """What sits in the perpetuals account and in the spot wallet of ``user``."""

    def __init__(self, gateway: Gateway, spec: VenueSpec, user: str) -> None:
        self._gateway = gateway
        self._spec = spec
        self._user = user

    @asks
    def observe(self) -> Sequence[LocationReport]:
        """See ``AccountView``. The wallet is the account's value less what is unrealised."""
        state, spot = self._info("clearinghouseState"), self._info("spotClearinghouseState")
        listed = [item["position"] for item in state["assetPositions"]]
        unrealised = sum((decimal(item["unrealizedPnl"]) for item in listed), ZERO)
        wallet = decimal(state["marginSummary"]["accountValue"]) - unrealised
        positions = {item["coin"]: _position(item) for item in listed if decimal(item["szi"])}
        held = {token(item["coin"]): decimal(item["total"]) for item in spot["balances"]}
        return (
            LocationReport(
                self._spec.margin_location, {self._spec.margin_currency: wallet} if wallet else {}, positions
            ),
            LocationReport(self._spec.spot_location, {asset: amount for asset, amount in held.items() if amount}),
        )

    @tells
    def set_leverage(self, instrument: Instrument, leverage: int) -> None:
        """See ``AccountView``: cross margin."""
        exchange = self._gateway.exchange
        self._gateway.tell(exchange.set_leverage, leverage, ccxt_symbol(instrument), {"marginMode": "cross"})

    @asks
    def margin_settings(self, perpetuals: Sequence[Instrument]) -> Sequence[MarginSetting]:
        """See ``AccountView``. The venue has no hedge mode.

        An account may be of a kind in which what is on spot is margin as well; both wallets are then listed otherwise.
        """
        kind = str(self._info("userAbstraction")).strip('"')
        if kind not in TWO_WALLETS:
            return tuple(
                MarginSetting(symbol=item.symbol, mode=kind, leverage=None, one_way=True) for item in perpetuals
            )
        told = [self._info("activeAssetData", coin=item.symbol)["leverage"] for item in perpetuals]
        return tuple(
            MarginSetting(symbol=item.symbol, mode=str(entry["type"]), leverage=decimal(entry["value"]), one_way=True)
            for item, entry in zip(perpetuals, told, strict=True)
        )

    def set_cross_margin(self, perpetual: Instrument) -> None:
        """See ``AccountView``: said together with the leverage, which stays."""
        (setting,) = self.margin_settings([perpetual])
        if setting.leverage is None:
            raise VenueError("not_sent", "EIF-008", "it is changed on the venue's own pages only")
        self.set_leverage(perpetual, int(setting.leverage or 1))

    @asks
    def permissions(self) -> Permissions:
        """See ``AccountView``. A key may trade that is the account's own or an agent's that it approved."""
        signer = _address_of(self._gateway.exchange)
        if signer == self._user.lower():
            return Permissions(trade=True, withdraw=True, account=self._user.lower())
        agents = self._info("extraAgents") or []
        if signer not in [str(agent["address"]).lower() for agent in agents]:
            message = f"hyperliquid: the private key is neither the wallet's ({self._user}) nor an approved agent's"
            raise ComponentError("EXI-004", message, COMPONENT)
        return Permissions(trade=True, withdraw=False, account=self._user.lower())

    def _info(self, kind: str, **fields: str) -> Any:
        question = {"type": kind, "user": self._user, **fields}
        return self._gateway.ask(self._gateway.exchange.publicPostInfo, question)


class HyperliquidQuotes:
    """Quotes of both wallets' markets.

    Args:
        now_ms: the venue's time, by which the next hourly funding is known.
    """

    def __init__(self, gateway: Gateway, coins: Coins, now_ms: Callable[[], int]) -> None:
        self._gateway = gateway
        self._coins = coins
        self._now_ms = now_ms

    @asks
    def quotes(self, instruments: Sequence[Instrument]) -> Sequence[Quote]:
        """See ``QuoteFeed``."""
        contexts: dict[str, Mapping[str, Any]] = {}
        if any(item.trade_type == "perp" for item in instruments):
            universe, values = self._ask("metaAndAssetCtxs")
            contexts = {asset["name"]: value for asset, value in zip(universe["universe"], values, strict=True)}
        return tuple(self._quote(item, contexts) for item in instruments)

    @asks
    def offers(self, instrument: Instrument, side: Side) -> Iterator[Level]:
        """See ``QuoteFeed``."""
        bids, offers = self._ask("l2Book", coin=self._coins.coin(instrument))["levels"]
        return ((decimal(level["px"]), decimal(level["sz"])) for level in (offers if side == "buy" else bids))

    def _quote(self, instrument: Instrument, contexts: Mapping[str, Mapping[str, Any]]) -> Quote:
        coin = self._coins.coin(instrument)
        book = self._ask("l2Book", coin=coin)
        bids, asks = book["levels"]
        bid, ask = decimal(bids[0]["px"]), decimal(asks[0]["px"])
        perp = instrument.trade_type == "perp"
        context = contexts[coin] if perp else {}
        next_hour = (self._now_ms() // HOUR_MS + 1) * HOUR_MS
        return Quote(
            symbol=instrument.symbol,
            trade_type=instrument.trade_type,
            bid=bid,
            ask=ask,
            last=decimal(context.get("midPx") or (bid + ask) / 2),
            bid_size=decimal(bids[0]["sz"]),
            ask_size=decimal(asks[0]["sz"]),
            observed_at=int(book["time"]) * 1_000_000,
            mark=decimal(context["markPx"]) if perp else None,
            funding_rate=decimal(context["funding"]) if perp else None,
            next_funding_at=next_hour * 1_000_000 if perp else 0,
        )

    def _ask(self, kind: str, **fields: Any) -> Any:
        return self._gateway.ask(self._gateway.exchange.publicPostInfo, {"type": kind, **fields})


def _address_of(exchange: Any) -> str:
    """Whom the private key signs for.

    Raises:
        ComponentError: EXI-004 for a key that is none: nothing of it is shown.
    """
    key = str(exchange.privateKey)
    if not PRIVATE_KEY.fullmatch(key):
        raise ComponentError("EXI-004", "hyperliquid: the private key is not of 64 hexadecimal digits", COMPONENT)
    try:
        return str(exchange.eth_get_address_from_private_key(key)).lower()
    except ValueError:
        # Zero, or beyond the order of the curve; the library's own words may repeat the key.
        raise ComponentError("EXI-004", "hyperliquid: the private key is not a valid one", COMPONENT) from None


def _position(item: Mapping[str, Any]) -> PerpPosition:
    """Signed size, and its value at the mark less its unrealised profit: what it cost."""
    size = decimal(item["szi"])
    value = decimal(item["positionValue"])
    return PerpPosition(size, plain((value if size > 0 else -value) - decimal(item["unrealizedPnl"])))
