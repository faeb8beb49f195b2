"""Tells the parts of a live instruction's time apart: probes at the doors between our code and what it stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from basis_strategy_v1.backends.live import live_time
from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
from basis_strategy_v1.backends.live.clock_offset import ClockOffset
from basis_strategy_v1.backends.live.gateway import Gateway
from basis_strategy_v1.backends.live.journal_database import JournalDatabase
from basis_strategy_v1.backends.live.journal_sql import SqlJournal
from basis_strategy_v1.backends.live.rate_limit import TokenBucket
from basis_strategy_v1.backends.live.transport import VenueTransport
from basis_strategy_v1.core.event_logger.rotating_files import RotatingEventFiles
from basis_strategy_v1.core.execution.pre_trade import PreTradeChecks
from basis_strategy_v1.core.reconciliation.observer import Observer
from benchmarks.own_time import Parts

WIRE = "wire"
CCXT = "ccxt"
COMMIT = "commit"
OWN = "manager, interface, books"
STATEMENTS = "SQLite's statements"
JOURNAL = "journal's entries"
EVENTS = "event log"
GUARD = "guard of the wire"
READING = "venue's answers"
CHECKS = "checks before a trade"
COMPARISON = "comparison of the books"

JOURNAL_CALLS = ("record_intent", "record_submission", "submission", "record_outcome", "record_booking", "record_sent")


class Patches:
    """Attributes of classes replaced for a while."""

    def __init__(self) -> None:
        self._kept: list[tuple[Any, str, Any]] = []

    def replace(self, owner: Any, name: str, value: Any) -> None:
        """Put ``value`` in the place of an attribute."""
        self._kept.append((owner, name, owner.__dict__[name]))
        setattr(owner, name, value)

    def restore(self) -> None:
        """Put back what was there."""
        for owner, name, value in reversed(self._kept):
            setattr(owner, name, value)
        self._kept.clear()


class _Probed:
    """Another object, some of whose methods are probed."""

    def __init__(self, target: Any, probed: dict[str, Callable[..., Any]]) -> None:
        self._target = target
        self.__dict__.update(probed)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._target, name)


@contextmanager
def install(parts: Parts, *, inside: bool) -> Iterator[Patches]:
    """Probe the live path while this lasts; objects made meanwhile stay probed.

    Args:
        inside: also tell the parts of our own code apart, which adds the time of twice as many probes.
    """
    patches = Patches()
    try:
        _probe_wire(patches, parts)
        _probe_journal(patches, parts)
        if inside:
            _probe_our_parts(patches, parts)
        yield patches
    finally:
        patches.restore()


def _probe_wire(patches: Patches, parts: Parts) -> None:
    original = Gateway._run

    def run(gateway: Gateway, call: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
        return original(gateway, parts.during(CCXT, call), arguments)

    patches.replace(Gateway, "_run", run)
    patches.replace(VenueTransport, "send", parts.during(GUARD, VenueTransport.send))
    patches.replace(VenueTransport, "_carry", parts.during(WIRE, VenueTransport._carry))
    # The clock of local venues is asked for over HTTP; that of a real venue is the machine's.
    patches.replace(live_time, "local_answer", parts.during(WIRE, live_time.local_answer))
    for owner, name in ((TokenBucket, "throttle"), (ClockOffset, "milliseconds")):
        patches.replace(owner, name, parts.during(GUARD, getattr(owner, name)))


def _probe_journal(patches: Patches, parts: Parts) -> None:
    original = JournalDatabase.__init__

    def make(database: JournalDatabase, url: str) -> None:
        original(database, url)
        transaction = database._transaction
        database._commit = parts.during(COMMIT, database._commit)  # type: ignore[method-assign]
        cursor = transaction._cursor
        names = ("execute", "executemany", "fetchone", "fetchall")
        probed = {name: parts.during(STATEMENTS, getattr(cursor, name)) for name in names}
        transaction._cursor = _Probed(cursor, probed)

    patches.replace(JournalDatabase, "__init__", make)


def _probe_our_parts(patches: Patches, parts: Parts) -> None:
    for name in JOURNAL_CALLS:
        patches.replace(SqlJournal, name, parts.during(JOURNAL, getattr(SqlJournal, name)))
    for owner, name, part in (
        (CcxtExchange, "place_order", READING),
        (CcxtExchange, "observe", READING),
        (CcxtExchange, "mean_price", READING),
        (RotatingEventFiles, "append", EVENTS),
        (PreTradeChecks, "check", CHECKS),
        (Observer, "observe", COMPARISON),
    ):
        patches.replace(owner, name, parts.during(part, getattr(owner, name)))
