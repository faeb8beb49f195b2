"""The lives of ``crash_lives`` against local venues: real ccxt, the real wire, in process or over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

from basis_strategy_v1.backends.live.connect import connect
from basis_strategy_v1.backends.live.expected_arrivals import ExpectedArrivals
from basis_strategy_v1.backends.live.options import LiveVenueOptions
from basis_strategy_v1.backends.simulated.fills import fill_model
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.market import Instrument, MarketColumns
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.domain.quantities import round_nearest, use_ledger_context
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.faults import FaultKind, FaultRule
from basis_strategy_v1.sandbox.in_process import InProcessAdapter
from basis_strategy_v1.sandbox.world import SandboxWorld, build_world, opening_balances
from basis_strategy_v1.venues.registry import spec_for
from crash_lives import Home, Story, replayed
from live_venues import secrets
from local_venues import small_market

Point = Callable[[str], None]
VENUES = ("binance", "bybit", "okx", "hyperliquid")
LAG = 3
"""Lookups that a lagging venue hides an order from; the venue's own list hides it as long."""

DUST = Decimal("1e-8")
"""What a venue rounds a balance to where it shows it."""


class PointedAdapter(BaseAdapter):
    """Carries requests, with a point before and after each."""

    def __init__(self, inner: BaseAdapter, point: Point) -> None:
        super().__init__()
        self._inner = inner
        self._point = point

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        where = f"{request.method} {urlsplit(str(request.url)).path}"
        self._point(f"before {where}")
        response = self._inner.send(request, *args, **kwargs)
        self._point(f"after {where}")
        return response

    def close(self) -> None:
        self._inner.close()


class ServerAdapter(HTTPAdapter):
    """Leads every request to a local server, which tells venues apart by the host."""

    def __init__(self, url: str) -> None:
        super().__init__(max_retries=0)
        self._url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        parts = urlsplit(str(request.url))
        request.headers["Host"] = parts.netloc
        request.url = self._url + parts.path + (f"?{parts.query}" if parts.query else "")
        return super().send(request, *args, **kwargs)


class WorldTime:
    """The time of local venues in the same process."""

    def __init__(self, world: SandboxWorld) -> None:
        self.now = world.clock.now_ns
        self.wait = world.clock.advance


@cache
def market_of(venue: str) -> MarketColumns:
    return small_market((venue,))


def opening(spec: VenueSpec) -> Changes:
    return opening_balances((spec,))


def home_of(venue: str, adapter: Callable[[], BaseAdapter], time: Any, kept: Path, world: Any = None) -> Home:
    """A venue reached through ``adapter``; its instrument lists are kept in the folder ``kept``."""
    spec = spec_for(venue)

    def connected(point: Point) -> Any:
        options = LiveVenueOptions(
            now_ns=time.now,
            wait=time.wait,
            adapter=PointedAdapter(adapter(), point),
            arrivals=ExpectedArrivals(),
            markets_directory=kept,
        )
        return connect(spec, secrets(spec), options)

    return Home(spec, market_of(venue), opening(spec), time, connected, world)


def local_home(venue: str, kept: Path, faults: Sequence[FaultRule] = ()) -> Home:
    """A local venue in this process."""
    use_ledger_context()
    world = build_world(market_of(venue), (venue,), model=fill_model("none"), faults=faults)
    application = SandboxApplication(world)
    return home_of(venue, lambda: InProcessAdapter(application), WorldTime(world), kept, world)


def stories_of(venue: str) -> dict[str, Story]:
    """What is done at a venue, by a short name."""
    spec = spec_for(venue)
    perp, spot = (_instrument(spec, kind) for kind in ("perp", "spot"))
    limit = round_nearest(Decimal(90_000), perp.tick)
    resting = _trade(perp, 1, "buy", order_type="limit", price=limit)
    stories = {
        "perp": Story(f"{venue}: a perpetual sold", (_trade(perp, 1, "sell"),)),
        "spot": Story(f"{venue}: a coin bought", (_trade(spot, 1, "buy"),)),
        "hedge": Story(f"{venue}: both legs of a hedge", (_trade(spot, 1, "buy"), _trade(perp, 2, "sell"))),
        "resting": Story(f"{venue}: an order that rests", (resting, ("cancel", resting.instruction_id))),
    }
    changed = ("amend", resting.instruction_id, Decimal("0.02"), round_nearest(Decimal(91_000), perp.tick))
    ended = ("cancel", resting.instruction_id)
    stories["changed"] = Story(f"{venue}: an order that is changed", (resting, changed, ended))
    if len(spec.locations) > 1:
        source, target = spec.locations[:2]
        moves = [_move(spec, number, source, target) for number in (1, 2)]
        stories["move"] = Story(f"{venue}: a move inside", (moves[0],))
        stories["alike"] = Story(f"{venue}: two moves that are alike", tuple(moves))
    return stories


def effects(world: SandboxWorld, venue: str, *, replaces: bool = False) -> Mapping[str, int]:
    """How many orders and transfers the venue has taken, by client id (transfers inside all under ``move``).

    ``replaces``: the venue changes an order by ending it and making another under its client id.
    """
    account = world.venues[venue].account
    for _ in range(LAG):
        account.latest(f"{1:032x}")
    found: dict[str, int] = {}
    for order in account.orders():
        if order.is_rejected:
            continue
        client_id = order.client_id.removeprefix("0x")
        is_replaced = replaces and not order.is_open and not order.filled and client_id in found
        found[client_id] = found.get(client_id, 0) + (not is_replaced)
    if account.transfers():
        found["move"] = len(account.transfers())
    return found


def verify_local(path: Path, story: Story, home: Home) -> None:
    """One effect per instruction at the venue; each fill booked once; the replayed ledger is what the venue holds."""
    venue = home.spec.venue
    wanted: dict[str, int] = {}
    for step in story.steps:
        if isinstance(step, CexTrade):
            wanted[step.instruction_id] = 1
        elif isinstance(step, WalletTransfer):
            wanted["move"] = wanted.get("move", 0) + 1
    is_changed = any(isinstance(step, tuple) and step[0] == "amend" for step in story.steps)
    assert effects(home.venue, venue, replaces=is_changed and venue == "hyperliquid") == wanted
    booked, books = replayed(path, home)
    assert len(booked) == len(set(booked)) == len(home.venue.venues[venue].account.trades())
    connection = home.connect(lambda name: None)
    for report in connection.observe():
        _compare(report, books.get(report.location, {}))


def _compare(report: LocationReport, books: Mapping[str, Decimal]) -> None:
    quotes = sum((amount for asset, amount in books.items() if asset.endswith(".quote")), Decimal(0))
    entry = sum((position.entry_cost for position in report.positions.values()), Decimal(0))
    for asset in {*report.balances, *books}:
        amount = books.get(asset, Decimal(0))
        if asset.endswith("-PERP"):
            position = report.positions.get(asset.removesuffix("-PERP"))
            assert amount == (position.quantity if position else 0), (report, books)
        elif not asset.endswith(".quote"):
            shown = report.balances.get(asset, Decimal(0))
            if asset in ("USDT", "USDC") and (quotes or entry):
                shown, amount = shown - entry, amount + quotes
            assert abs(shown - amount) <= DUST, (report, books)


def _instrument(spec: VenueSpec, trade_type: str) -> Instrument:
    return next(item for item in spec.instruments if item.trade_type == trade_type and item.base == "BTC")


def _move(spec: VenueSpec, number: int, source: str, target: str) -> WalletTransfer:
    return WalletTransfer(
        from_venue=source,
        to_venue=target,
        token=spec.margin_currency,
        amount=Decimal(250),
        instruction_id=f"{number:032x}",
    )


def _trade(instrument: Instrument, number: int, side: Any, **fields: Any) -> CexTrade:
    return CexTrade(
        venue=instrument.venue,
        trade_type=instrument.trade_type,
        symbol=instrument.symbol,
        side=side,
        amount=Decimal("0.01"),
        instruction_id=f"{number:032x}",
        **fields,
    )


TOLD: dict[str, dict[str, str]] = {
    "binance": {
        "place": "POST /*api/v*/order",
        "cancel": "DELETE /*api/v*/order",
        "amend": "PUT /*api/v*/order",
        "move": "POST /sapi/*/transfer",
    },
    "bybit": {"place": "POST /v5/order/create", "cancel": "POST /v5/order/cancel", "amend": "POST /v5/order/amend"},
    "okx": {
        "place": "POST /api/v5/trade/order",
        "cancel": "POST /api/v5/trade/cancel-order",
        "amend": "POST /api/v5/trade/amend-order",
        "move": "POST /api/v5/asset/transfer",
    },
    "hyperliquid": {
        "place": "POST /exchange order",
        "cancel": "POST /exchange cancel*",
        "amend": "POST /exchange *odify*",
        "move": "POST /exchange usdClassTransfer",
    },
}
"""Endpoints by what they are told."""

ASKED = {
    "binance": "GET /*api/v*/order",
    "bybit": "GET /v5/order/realtime",
    "okx": "GET /api/v5/trade/order",
    "hyperliquid": "POST /info orderStatus",
}
"""Endpoints that tell of an order."""

LOST: tuple[FaultKind, ...] = (
    "lose_answer_before",
    "lose_answer_after",
    "close_before",
    "close_after",
    "http_5xx_before",
    "http_5xx_after",
    "garbage_200_before",
    "garbage_200_after",
)
ELSE: tuple[FaultKind, ...] = ("rate_limit_429", "maintenance", "clock_skew")


def scripted_faults(venue: str, name: str) -> list[tuple[FaultRule, ...]]:
    """Faults, alone and in pairs, that a story of ``stories_of`` can meet."""
    told = TOLD[venue]
    calls = {"resting": ("place", "cancel"), "changed": ("amend",), "move": ("move",), "alike": ("move",)}.get(
        name, ("place",)
    )
    single = [FaultRule(kind=kind, endpoint=told[call]) for call in calls for kind in (*LOST, *ELSE)]
    if "move" not in calls:
        single.append(FaultRule(kind="lookup_lag", endpoint=told["place"], options={"polls": LAG}))
        single += [FaultRule(kind=kind, endpoint=ASKED[venue]) for kind in ("close_before", "garbage_200_before")]
    if name == "perp":
        single.append(FaultRule(kind="partial_then_cancel", endpoint=told["place"]))
    if name == "resting":
        again: dict[str, object] = {"answer": "second"}
        single += [FaultRule(kind="duplicate_delivery", endpoint=told[call], options=again) for call in calls]
    twice = [FaultRule(kind=kind, endpoint=told[calls[0]], nth=2) for kind in LOST]
    lost = [rule for rule in single if rule.kind in LOST and rule.endpoint == told[calls[0]]]
    return [*((rule,) for rule in single), *((first, second) for first in lost for second in twice)]
