"""Mishaps at random moments of a live run: scripted faults of the local venues, and deaths of its process."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import wraps
from typing import Any

import requests

from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.sandbox.application import SandboxApplication
from basis_strategy_v1.sandbox.faults import FaultKind, FaultRule, FaultScript
from basis_strategy_v1.sandbox.in_process import InProcessAdapter

JOURNAL_WRITES = ("record_intent", "record_outcome", "record_submission", "record_booking", "set_cursor", "keep_state")
OF_ANY_REQUEST: tuple[FaultKind, ...] = (
    "close_before",
    "http_5xx_before",
    "garbage_200_before",
    "rate_limit_429",
    "banned_418",
    "lose_answer_before",
    "clock_skew",
)
OF_EFFECTS: tuple[FaultKind, ...] = (
    "lose_answer_after",
    "close_after",
    "http_5xx_after",
    "garbage_200_after",
    "lookup_lag",
    "duplicate_delivery",
    "partial_then_cancel",
    "withdrawal_frozen",
)


KNOWS_TWINS = ("bybit",)
"""Where a request that arrives twice happens once. Elsewhere an id is refused only while its order is open."""
WITHDRAWALS = ("/withdraw/apply", "/withdraw/create", "/asset/withdrawal")
QUESTIONS = ("GET ", "POST /info")
LONGEST_LAG = 5
"""Lookups that do not see a new order yet."""


class Death(BaseException):
    """The process is gone. No handler for exceptions may see it."""


class RandomFaults(FaultScript):
    """Strikes requests at random, those that change something more often, and all of a venue while it is down.

    Attributes:
        enabled: whether anything strikes.
        down: the venues that are in maintenance.
        kinds: how often each kind struck.
    """

    def __init__(
        self, chance: random.Random, of_effects: float, of_questions: float, of_withdrawals: float = 0.0
    ) -> None:
        super().__init__()
        self._chance = chance
        # Drawn apart, so that a day with lost withdrawals has the other mishaps of the day without.
        self._astray = random.Random(f"astray {chance.getstate()[1][0]}")
        self._of_withdrawals = of_withdrawals
        self._of_effects = of_effects
        self._of_questions = of_questions
        self.enabled = True
        self.down: set[str] = set()
        self.kinds: Counter[str] = Counter()

    def due(self, venue: str, endpoint: str) -> list[FaultRule]:
        """See ``FaultScript``."""
        if not self.enabled:
            return []
        if venue not in self.down and self._goes_astray(endpoint):
            return [FaultRule(kind="withdrawal_astray", options=self._astray_options())]
        kind = "maintenance" if venue in self.down else self._drawn(not endpoint.startswith(QUESTIONS))
        if kind is None or (kind == "duplicate_delivery" and venue not in KNOWS_TWINS):
            return []
        self.kinds[kind] += 1
        self.struck += 1
        return [FaultRule(kind=kind, options=self._options(kind))]

    def _goes_astray(self, endpoint: str) -> bool:
        if not endpoint.endswith(WITHDRAWALS) or self._astray.random() >= self._of_withdrawals:
            return False
        self.kinds["withdrawal_astray"] += 1
        self.struck += 1
        return True

    def _astray_options(self) -> dict[str, Any]:
        draw = self._astray
        kinds: list[dict[str, Any]] = [
            {"mode": "lost"},
            {"mode": "short", "amount": draw.choice(("0.01", "1", "40"))},
            {"mode": "split", "share": draw.choice(("0.5", "0.7")), "seconds": draw.choice((0, 600, 7_200))},
        ]
        return {**draw.choice(kinds), "untraced": draw.random() < 0.3}

    def _drawn(self, has_effect: bool) -> FaultKind | None:
        if self._chance.random() >= (self._of_effects if has_effect else self._of_questions):
            return None
        return self._chance.choice(OF_ANY_REQUEST + OF_EFFECTS if has_effect else OF_ANY_REQUEST)

    def _options(self, kind: FaultKind) -> dict[str, Any]:
        draw = self._chance
        options: Mapping[str, Callable[[], dict[str, Any]]] = {
            "rate_limit_429": lambda: {"retry_after": draw.randint(1, 20)},
            "banned_418": lambda: {"retry_after": draw.randint(30, 240)},
            "lookup_lag": lambda: {"polls": draw.randint(1, LONGEST_LAG)},
            "duplicate_delivery": lambda: {"answer": draw.choice(("first", "second"))},
            "partial_then_cancel": lambda: {"share": draw.choice(("0.25", "0.5", "0.75"))},
            "clock_skew": lambda: {"ms": draw.choice((-90_000, -7_000, 7_000, 90_000))},
            "withdrawal_frozen": lambda: {"mode": draw.choice(("refused", "held"))},
        }
        return options[kind]() if kind in options else {}


class Mortality:
    """Kills the process at random points: around a request on its way, and around a write of the journal.

    Attributes:
        enabled: whether anything dies.
        places: how often it died where.
    """

    def __init__(self, chance: random.Random, of_request: float, of_write: float) -> None:
        self._chance = chance
        self._of_request = of_request
        self._of_write = of_write
        self.enabled = True
        self.places: Counter[str] = Counter()

    def at_request(self, place: str) -> None:
        """Before or after a request."""
        self._perhaps_die(place, self._of_request)

    def at_write(self, place: str) -> None:
        """Before or after a write."""
        self._perhaps_die(place, self._of_write)

    def _perhaps_die(self, place: str, chance: float) -> None:
        if self.enabled and self._chance.random() < chance:
            self.places[place] += 1
            raise Death(place)


class MortalAdapter(InProcessAdapter):
    """The way to the local venues, on which the process may die."""

    def __init__(self, application: SandboxApplication, mortality: Mortality) -> None:
        super().__init__(application)
        self._mortality = mortality

    def send(self, request: requests.PreparedRequest, *arguments: Any, **named: Any) -> requests.Response:
        """See ``InProcessAdapter``."""
        self._mortality.at_request("before a request")
        response = super().send(request, *arguments, **named)
        self._mortality.at_request("after a request")
        return response


@contextmanager
def mortal_journal(mortality: Mortality) -> Iterator[None]:
    """Let processes die at every write of their journal."""
    originals = {name: getattr(SqlJournal, name) for name in JOURNAL_WRITES}
    for name, write in originals.items():
        setattr(SqlJournal, name, _mortal(name, write, mortality))
    try:
        yield
    finally:
        for name, write in originals.items():
            setattr(SqlJournal, name, write)


def _mortal(name: str, write: Callable[..., Any], mortality: Mortality) -> Callable[..., Any]:
    @wraps(write)
    def wrapped(*arguments: Any, **named: Any) -> Any:
        mortality.at_write(f"before {name}")
        result = write(*arguments, **named)
        mortality.at_write(f"after {name}")
        return result

    return wrapped
