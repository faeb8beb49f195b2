"""Lets scripted faults strike around a venue's handling of one request."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

from basis_strategy_v1.sandbox.faults import FaultKind, FaultRule
from basis_strategy_v1.sandbox.mishaps import mishap_of
from basis_strategy_v1.sandbox.wire import JSON_TYPE, Dropped, RefusalKind, Request, Response

if TYPE_CHECKING:
    from collections.abc import Iterator

    from basis_strategy_v1.sandbox.world import SandboxVenue

_REFUSALS: dict[FaultKind, RefusalKind] = {
    "http_5xx_before": "http_5xx",
    "http_5xx_after": "http_5xx",
    "rate_limit_429": "rate_limit_429",
    "banned_418": "banned_418",
    "maintenance": "maintenance",
}
_DROPS: dict[FaultKind, Dropped] = {
    "close_before": Dropped(),
    "close_after": Dropped(),
    "lose_answer_before": Dropped(hangs=True),
    "lose_answer_after": Dropped(hangs=True),
}
_AFTER: frozenset[FaultKind] = frozenset({"lose_answer_after", "close_after", "http_5xx_after", "garbage_200_after"})
_GARBAGE: frozenset[FaultKind] = frozenset({"garbage_200_before", "garbage_200_after"})


def answer_with_faults(venue: SandboxVenue, request: Request, rules: Sequence[FaultRule]) -> Response | Dropped:
    """The answer that reaches the client when ``rules`` strike this request."""
    for rule in rules:
        replaced = None if rule.kind in _AFTER else _replacement(venue, rule)
        if replaced is not None:
            return replaced
    with _disturbed(venue, rules):
        answer = venue.wire.handle(request)
        for rule in rules:
            if rule.kind == "duplicate_delivery":
                second = venue.wire.handle(request)
                answer = second if rule.options.get("answer") == "second" else answer
    for rule in rules:
        replaced = _replacement(venue, rule) if rule.kind in _AFTER else None
        if replaced is not None:
            return replaced
    return answer


def _replacement(venue: SandboxVenue, rule: FaultRule) -> Response | Dropped | None:
    """What comes in the place of the venue's answer, if the fault has such a thing."""
    if rule.kind in _DROPS:
        return _DROPS[rule.kind]
    if rule.kind in _GARBAGE:
        return Response(200, str(rule.options.get("body", '{"garbled')).encode(), (JSON_TYPE,))
    refusal = _REFUSALS.get(rule.kind)
    return None if refusal is None else venue.wire.refuse(refusal, rule.options)


@contextmanager
def _disturbed(venue: SandboxVenue, rules: Sequence[FaultRule]) -> Iterator[None]:
    account, clock = venue.account, venue.clock
    mode, skew, mishap = account.money.withdrawals_mode, clock.skew_ms, account.money.mishap
    for rule in rules:
        options = rule.options
        if rule.kind == "lookup_lag":
            account.arm_lookup_lag(int(options.get("polls", 1)))
        elif rule.kind == "partial_then_cancel":
            account.arm_partial_fill(Decimal(str(options.get("share", "0.5"))))
        elif rule.kind == "clock_skew":
            clock.skew_ms = int(options.get("ms", 7000))
        elif rule.kind == "liquidation":
            account.liquidate()
        elif rule.kind == "withdrawal_frozen":
            account.money.withdrawals_mode = "held" if options.get("mode") == "held" else "refused"
        elif rule.kind == "withdrawal_astray":
            account.money.mishap = mishap_of(options)
    try:
        yield
    finally:
        account.money.withdrawals_mode, clock.skew_ms, account.money.mishap = mode, skew, mishap
        account.disarm()
