"""What a live loop works with beside the engine's parts."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from typing import Protocol

import msgspec

from basis_strategy_v1.core.domain.deltas import Changes, ExecutionDeltas
from basis_strategy_v1.core.domain.live_market import LiveMarket
from basis_strategy_v1.core.domain.quotes import InstrumentQuote
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.foreign_orders import ForeignOrderSource, no_orders
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.strategies.strategy import TradingState

ORDERS_SECONDS = 300.0


class QuoteSource(Protocol):
    """Where prices come from."""

    def read(self, now: int) -> Sequence[InstrumentQuote]:
        """The quotes that can be had now; a venue that does not answer is left out, and says so by itself."""


class LiveTime(Protocol):
    """The venues' time, in which a live run lives."""

    def now(self) -> int:
        """Nanoseconds since the epoch, UTC."""

    def wait(self, seconds: float) -> None:
        """Let that much of it pass; return early when the process is asked to stop."""


class DeclaredFlow(msgspec.Struct, frozen=True):
    """Money that a person says has come (> 0) or gone (< 0)."""

    flow_id: str
    flow: Flow


class KillRequest(msgspec.Struct, frozen=True):
    """Cancel everything that is open, and decide nothing any more."""

    reason: str


class StopRequest(msgspec.Struct, frozen=True):
    """End the process in order; a later start goes on."""


Command = DeclaredFlow | KillRequest | StopRequest


class Commands(Protocol):
    """What people ask of a running process."""

    def take(self) -> Sequence[Command]:
        """What was asked since the last call, in order."""

    def pending(self) -> KillRequest | StopRequest | None:
        """The end that was asked for, if one was; it stays asked for."""


class Tick(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood at the end of a tick. Money in USD.

    Attributes:
        held: why nothing is decided, if so.
        untradable: venues where something cannot trade now: without a fresh price, or silent about what they hold.
        margin_ratio, risk_level: in the worst case of what is uncertain.
        net_exposure: the least and the most of it, in base units.
        uncertain: what may have happened or not: what each would change.
        health: components that are not healthy, and how they are.
        left_out: venues that carry nothing, for the capital is too small for them: a line each.
        error: what ended the run in the middle of this tick, if so: not all that venues told may be booked.
    """

    timestamp: int
    nav: Decimal
    state: str
    held: str
    margin_ratio: Mapping[str, Decimal]
    risk_level: str
    net_exposure: tuple[Decimal, Decimal]
    uncertain: Mapping[str, Changes]
    positions: Mapping[str, Mapping[str, Decimal]]
    buckets: Mapping[str, Decimal]
    health: Mapping[str, str] = {}
    left_out: Sequence[str] = ()
    untradable: Sequence[str] = ()
    error: str = ""


class StateKeeper(Protocol):
    """Keeps what must outlive the process, and what people look at."""

    def keep_state(self, state: TradingState, closing: str, halted_at: int | None) -> None:
        """The trading state, durable when this returns."""

    def keep_tick(self, tick: Tick) -> None:
        """How things stand."""


class LiveEnding(Enum):
    """Why a live loop ended."""

    DONE = "done"
    STOPPED = "stopped"
    KILLED = "killed"
    HALTED = "halted"
    FAILED = "failed"


class LiveEnd(msgspec.Struct, frozen=True):
    """How a live loop ended; ``error`` where it failed."""

    ending: LiveEnding
    ticks: int
    error: ComponentError | None = None


def _note_nothing(venue: str, found: tuple[Difference, ...]) -> None:
    """On paper nobody else trades."""


def _no_transfer(location: str, asset: str) -> str:
    """On paper transfers arrive as they were sent."""
    return ""


IN_DOUBT = "REC-011"
"""The code of an order that was closed without an effect, and may have one after all."""

OwnTradeSource = Callable[[str, int], Iterable[ExecutionDeltas]]
"""What a run's own orders have traded at a venue, and is not in its books; the time is now. Raises IN_DOUBT.

Each is to be booked before the next is asked for.
"""


def no_trades(venue: str, now: int) -> Iterable[ExecutionDeltas]:
    """On paper nothing is sent that could be delivered twice."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveParts:
    """A live loop's surroundings.

    Attributes:
        tick_seconds: from one look at the market to the next.
        reconcile_seconds: from one comparison with every venue to the next.
        orders_seconds: from one look at a venue's open orders to the next.
        foreign_orders: asks a venue for open orders that are not the run's.
        differs: told what a venue holds that the books cannot explain; nothing when they agree.
        may_be_transfer: which transfers of the run's own money at ``(location, asset)`` may be, in words; empty where
            none is on its way there.
        own_trades: asks a venue for trades of the run's own orders that no answer has told.
        health: tells which components are not healthy, and how they are.
        until: time (ns) of the last tick; None for ever.
    """

    market: LiveMarket
    quotes: QuoteSource
    time: LiveTime
    commands: Commands
    keeper: StateKeeper
    tick_seconds: float
    reconcile_seconds: float
    orders_seconds: float = ORDERS_SECONDS
    foreign_orders: ForeignOrderSource = no_orders
    differs: Callable[[str, tuple[Difference, ...]], None] = _note_nothing
    may_be_transfer: Callable[[str, str], str] = _no_transfer
    own_trades: OwnTradeSource = no_trades
    health: Callable[[], Mapping[str, str]] = dict
    until: int | None = None
