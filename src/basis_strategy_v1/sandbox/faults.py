"""Scripted faults: which request of which venue meets which mishap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any, Literal, get_args

import msgspec

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.fault_options import check_options

FaultKind = Literal[
    "close_before",
    "http_5xx_before",
    "garbage_200_before",
    "rate_limit_429",
    "banned_418",
    "maintenance",
    "lose_answer_before",
    "lose_answer_after",
    "close_after",
    "http_5xx_after",
    "garbage_200_after",
    "lookup_lag",
    "duplicate_delivery",
    "partial_then_cancel",
    "clock_skew",
    "liquidation",
    "withdrawal_frozen",
    "withdrawal_astray",
]
"""``before`` happens instead of the request, ``after`` once the venue has carried it out. The rest:

``lookup_lag``: the order this request makes is out of sight of the next ``polls`` lookups.
``duplicate_delivery``: the venue gets the request twice and treats the second by its own rules; ``answer`` says which
of both answers arrives (``first``, the default, or ``second``).
``partial_then_cancel``: the order fills at most ``share`` (0.5) of its quantity, and the venue cancels the rest.
``clock_skew``: during the request the venue's clock is wrong by ``ms``.
``liquidation``: the venue takes over every perpetual of the account before the request.
``withdrawal_frozen``: withdrawals are refused, or with ``mode: held`` taken and not sent until they are released.
``withdrawal_astray``: the withdrawal arrives ``amount`` short (``mode: short``), in two parts (``split``: ``share``
first, the rest ``seconds`` later) or never (``lost``); ``untraced``: under a transaction that the sender does not show.
``rate_limit_429`` and ``banned_418`` take ``retry_after`` in seconds, ``http_5xx_*`` takes ``status``.
"""


class FaultRule(msgspec.Struct, frozen=True, kw_only=True):
    """A fault of the requests that match, counted from 1: the ``nth`` one, or all up to ``last`` (0: for ever).

    ``venue`` and ``endpoint`` are patterns as of file names (``POST /fapi/v1/order``, ``POST */order``).
    """

    kind: FaultKind
    venue: str = "*"
    endpoint: str = "*"
    nth: int = 1
    last: int | None = None
    options: dict[str, Any] = {}

    def matches(self, venue: str, endpoint: str) -> bool:
        """Whether a request is one of those that are counted."""
        return fnmatchcase(venue, self.venue) and fnmatchcase(endpoint, self.endpoint)

    def strikes(self, count: int) -> bool:
        """Whether the ``count``-th matching request meets the fault."""
        if self.last is None:
            return count == self.nth
        return count >= self.nth and (self.last == 0 or count <= self.last)


class FaultScript:
    """Rules and how many requests each has seen."""

    def __init__(self, rules: Iterable[FaultRule] = ()) -> None:
        self._rules: list[FaultRule] = list(rules)
        self._counts: list[int] = [0] * len(self._rules)
        self.struck = 0

    def add(self, rules: Iterable[FaultRule]) -> None:
        """Append rules; they count from now on."""
        for rule in rules:
            self._rules.append(rule)
            self._counts.append(0)

    def clear(self) -> None:
        """Forget all rules."""
        self._rules.clear()
        self._counts.clear()

    def due(self, venue: str, endpoint: str) -> list[FaultRule]:
        """Count one request and return the faults it meets, in the order of the rules."""
        found = []
        for position, rule in enumerate(self._rules):
            if rule.matches(venue, endpoint):
                self._counts[position] += 1
                if rule.strikes(self._counts[position]):
                    found.append(rule)
        self.struck += len(found)
        return found


def parse_fault_rules(document: Any) -> list[FaultRule]:
    """Rules from a list of mappings, or from a mapping with the key ``faults``.

    Raises:
        ComponentError: CFG-003, naming the rule and what is wrong with it.
    """
    items = document.get("faults") if isinstance(document, Mapping) else document
    if not isinstance(items, list):
        message = "faults must be a list of rules, each a mapping with at least a kind"
        raise ComponentError("CFG-003", message, remedy="Write for example [{kind: maintenance, venue: okx}].")
    return [_rule(position, item) for position, item in enumerate(items)]


def _rule(position: int, item: Any) -> FaultRule:
    try:
        rule = msgspec.convert(item, FaultRule)
    except msgspec.ValidationError as error:
        kinds = ", ".join(get_args(FaultKind))
        raise ComponentError("CFG-003", f"faults[{position}]: {error}", remedy=f"Kinds: {kinds}.") from error
    unknown = sorted(set(item) - set(FaultRule.__struct_fields__))
    if unknown:
        known = ", ".join(FaultRule.__struct_fields__)
        raise ComponentError("CFG-003", f"faults[{position}] has unknown keys {unknown}", remedy=f"Known: {known}.")
    if rule.nth < 1 or (rule.last and rule.last < rule.nth):
        message = f"faults[{position}] never strikes: nth is {rule.nth}, last {rule.last}"
        raise ComponentError("CFG-003", message, remedy="Count from nth: 1 to a last that is not less, or 0: for ever.")
    check_options(rule.kind, rule.options)
    return rule
