"""What a client has to do while it dies: one story for each kind of effect a venue can have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from itertools import combinations
from pathlib import Path
from typing import Any

from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd, end_transfer
from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.instructions import CexTrade, WalletTransfer
from basis_strategy_v1.core.domain.orders import TransferRequest
from crash_lives import Home, Story, replayed
from lossy_venue import Fault, FaultKind, LossyConnection, LossyVenue
from simulated_market import CLASSIC
from tight_loop import market_columns

MARKET = market_columns((50_000.0,))
OPENING: Changes = {"alpha": {"USDT": Decimal(500_000)}, "alpha.derivatives": {"USDT": Decimal(500_000)}}

LIMIT = Decimal(49_000)


def _id(number: int) -> str:
    return f"{number:032x}"


def _trade(number: int, amount: str, **fields: Any) -> CexTrade:
    values: dict[str, Any] = {"trade_type": "perp", "side": "sell", **fields}
    return CexTrade(venue="alpha", symbol="BTCUSDT", amount=Decimal(amount), instruction_id=_id(number), **values)


def _limit(number: int, amount: str) -> CexTrade:
    return _trade(number, amount, side="buy", order_type="limit", price=LIMIT)


def _move(number: int, source: str, target: str) -> WalletTransfer:
    return WalletTransfer(
        from_venue=source, to_venue=target, token="USDT", amount=Decimal(1_000), instruction_id=_id(number)
    )


def _filled(number: int, amount: str) -> tuple[str, str, Any]:
    def fill(venue: LossyVenue) -> None:
        order = venue.latest(_id(number))
        assert order is not None
        venue.fill(order, Decimal(amount))

    return ("happens", f"{amount} of {number} is filled", fill)


def _arrived(number: int, part: str = "") -> tuple[str, str, Any]:
    def arrive(venue: LossyVenue) -> None:
        requests: list[TransferRequest] = [request for request, _ in venue.transfers.values()]
        sent = next(request for request in requests if request.client_transfer_id == _id(number))
        venue.arrive(sent, Decimal(part) if part else None)

    return ("happens", f"{part or 'all'} of {number} arrives", arrive)


def _written_off(number: int) -> tuple[str, str, Any]:
    def write_off(journal: Any, now: int) -> None:
        end = TransferEnd(transfer_id=_id(number), reason="lost", force=True)
        end_transfer(journal, end, now, lambda *_: None, lambda lines: True)

    return ("by hand", f"{_id(number)}.write_off", write_off)


STORIES = (
    Story("a perpetual sold at market", (_trade(1, "0.5"),)),
    Story("a coin bought in two fills, the rest expired", (_trade(1, "2.5", trade_type="spot", side="buy"),)),
    Story("both legs of a hedge", (_trade(1, "0.5", trade_type="spot", side="buy"), _trade(2, "0.5"))),
    Story(
        "a short that is reduced while the outcome of an order beside it is unknown",
        (_trade(1, "0.8"), ("beside", (_trade(2, "0.3"), _trade(3, "0.4", side="buy", reduce_only=True)))),
    ),
    Story("an order that rests and fills in two steps", (_limit(1, "1"), _filled(1, "0.4"), _filled(1, "0.6"))),
    Story("an order cancelled after a part was filled", (_limit(1, "1"), _filled(1, "0.3"), ("cancel", _id(1)))),
    Story(
        "an order changed and then filled",
        (_limit(1, "1"), ("amend", _id(1), Decimal(2), Decimal(49_500)), _filled(1, "2")),
    ),
    Story("a move between the venue's own locations", (_move(1, "alpha", "alpha.derivatives"),)),
    Story("a withdrawal that arrives", (_move(1, "alpha", "beta"), _arrived(1))),
    Story("a withdrawal that arrives in two parts", (_move(1, "alpha", "beta"), _arrived(1, "400"), _arrived(1))),
    Story(
        "a withdrawal of which a part comes, whose rest is written off and comes after all",
        (_move(1, "alpha", "beta"), _arrived(1, "400"), _written_off(1), _arrived(1)),
    ),
)

_ASKING = ("lookup", "lookup_transfer", "open_orders", "poll_events")
_TELLING: tuple[FaultKind, ...] = (
    "lost_before",
    "lost_after",
    "garbage_after",
    "unread_after",
    "late",
    "not_sent",
    "refused_once",
    "told_to_wait",
    "lag",
    "unreachable",
)


def faults_of(story: Story) -> list[Fault]:
    """Every fault that can befall the story's calls, on the first two calls that tell and the first six that ask."""
    found: list[Fault] = []
    for call in _calls(story):
        if call in _ASKING:
            found += [Fault(call, nth, "unreachable") for nth in range(1, 7)]
            found.append(Fault(call, 1, "key_refused"))
            continue
        for nth in (1, 2):
            found += [Fault(call, nth, kind) for kind in _TELLING]
            if _is_repeatable(story, call):
                found.append(Fault(call, nth, "duplicate"))
    return found


def pairs_of(faults: list[Fault]) -> Iterator[tuple[Fault, Fault]]:
    """All pairs that do not befall the same call."""
    return (pair for pair in combinations(faults, 2) if (pair[0].call, pair[0].nth) != (pair[1].call, pair[1].nth))


def _calls(story: Story) -> list[str]:
    calls = ["poll_events"]
    if any(isinstance(item, WalletTransfer) for item in story.instructions):
        return [*calls, "transfer", "lookup_transfer"]
    kinds = {step[0] for step in story.steps if isinstance(step, tuple)} - {"beside"}
    calls += ["place", "lookup", *(kind for kind in ("cancel", "amend") if kind in kinds)]
    return [*calls, "open_orders"] if kinds else calls


def _is_repeatable(story: Story, call: str) -> bool:
    """Whether the venue's own rules make a request that the network delivers twice harmless.

    They do not for an order that fills at once, whose id is free again: no client can prevent a second fill there.
    """
    if call == "transfer":
        return False
    trades = [item for item in story.instructions if isinstance(item, CexTrade)]
    return call != "place" or all(trade.order_type == "limit" for trade in trades)


class _Time:
    def __init__(self, venue: LossyVenue) -> None:
        self._venue = venue

    def now(self) -> int:
        return self._venue.now_ns

    def wait(self, seconds: float) -> None:
        self._venue.pass_time(seconds)


def lossy_home(faults: Sequence[Fault] = ()) -> Home:
    """A venue that loses what ``faults`` say."""
    venue = LossyVenue()
    for location, assets in OPENING.items():
        for asset, amount in assets.items():
            venue.book(location, asset, amount)
    counts: dict[str, int] = {}
    return Home(
        CLASSIC, MARKET, OPENING, _Time(venue), lambda point: LossyConnection(venue, faults, counts, point), venue
    )


def verify(path: Path, story: Story, home: Home) -> None:
    """One effect per instruction at the venue; each effect booked once; nothing else in the replayed ledger."""
    venue: LossyVenue = home.venue
    instructions = story.instructions
    sent = [order.request.client_order_id for order in venue.orders]
    sent += [request.client_transfer_id for request, _ in venue.transfers.values()]
    assert sorted(sent) == sorted(item.instruction_id for item in instructions)
    booked, books = replayed(path, home)
    assert booked == sorted(fill.trade_id for order in venue.orders for fill in order.fills)
    assert books == venue.held()
