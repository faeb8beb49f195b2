"""Steers the sandbox over the wire: its clock, its faults, money from outside, and a look inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.addresses import deposit_address
from basis_strategy_v1.sandbox.faults import parse_fault_rules
from basis_strategy_v1.sandbox.numerals import decimal_number
from basis_strategy_v1.sandbox.records import Refusal
from basis_strategy_v1.sandbox.wire import UNREADABLE_JSON, Request, Response, json_response
from basis_strategy_v1.sandbox.world import SandboxVenue, SandboxWorld

ADMINISTRATION_PREFIX = "/sandbox/"
BodyT = TypeVar("BodyT", bound=msgspec.Struct)


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How far the clock goes: one of both."""

    rows: int | None = None
    seconds: float | None = None


class AtVenue(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What concerns a venue as a whole."""

    venue: str


class DepositsAt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a venue takes deposits."""

    venue: str
    open: bool


class Money(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money from outside; below 0 it is taken away."""

    location: str
    asset: str
    amount: str | int | float
    source: str = ""


class Administration:
    """``GET clock``, ``addresses``, ``state``, ``requests``; ``POST clock/advance``, ``faults``, ``faults/clear``,
    ``deposit``, ``liquidate``, ``deposits``, ``withdrawals/release`` and ``withdrawals/give_back``.
    """

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world

    def handle(self, request: Request) -> Response:
        """Answer one request under ``/sandbox/``; 400 with a message for what makes no sense."""
        name = f"{request.method} {request.path.removeprefix(ADMINISTRATION_PREFIX)}"
        try:
            if request.method == "GET":
                return self._show(name, dict(parse_qsl(request.query)))
            return self._steer(name, request.body or b"{}")
        except (ComponentError, msgspec.ValidationError) as error:
            return json_response(
                400, {"error": error.line if isinstance(error, ComponentError) else f"{name}: {error}"}
            )
        except UNREADABLE_JSON as error:
            return json_response(400, {"error": f"{name}: the body is no JSON: {error}"})

    def _show(self, name: str, query: dict[str, str]) -> Response:
        world = self._world
        if name == "GET clock":
            return json_response(200, self._clock())
        if name == "GET addresses":
            return json_response(200, {venue: deposit_address(venue) for venue in world.venues})
        if name == "GET state":
            return json_response(200, {venue: _state(found) for venue, found in world.venues.items()})
        if name == "GET requests":
            seen = world.requests.latest(query.get("venue", ""), query.get("endpoint", ""))
            return json_response(200, {"total": world.requests.total, "requests": seen})
        return json_response(404, {"error": f"unknown: {name}"})

    def _steer(self, name: str, body: bytes) -> Response:
        world = self._world
        if name == "POST clock/advance":
            return self._advance(_read(body, Advance))
        if name == "POST faults":
            rules = parse_fault_rules(msgspec.json.decode(body))
            world.faults.add(rules)
            return json_response(200, {"added": len(rules)})
        if name == "POST faults/clear":
            world.faults.clear()
            return json_response(200, {})
        if name == "POST deposit":
            return self._deposit(_read(body, Money))
        if name == "POST liquidate":
            return json_response(200, {"liquidation": self._venue(_read(body, AtVenue).venue).account.liquidate()})
        if name == "POST withdrawals/release":
            self._venue(_read(body, AtVenue).venue).account.money.release()
            return json_response(200, {})
        if name == "POST withdrawals/give_back":
            self._venue(_read(body, AtVenue).venue).account.money.give_back()
            return json_response(200, {})
        if name == "POST deposits":
            told = _read(body, DepositsAt)
            self._venue(told.venue).account.money.deposits_open = told.open
            return json_response(200, {})
        return json_response(404, {"error": f"unknown: {name}"})

    def _venue(self, name: str) -> SandboxVenue:
        venue = self._world.venues.get(name)
        if venue is None:
            remedy = f"Open: {', '.join(self._world.venues)}."
            raise ComponentError("CFG-003", f"no venue {name!r} is open here", remedy=remedy)
        return venue

    def _advance(self, told: Advance) -> Response:
        clock = self._world.clock
        if (told.rows is None) == (told.seconds is None):
            remedy = 'Send {"rows": 1} or {"seconds": 60}.'
            raise ComponentError("CFG-003", "the clock goes ahead by one of 'rows' and 'seconds'", remedy=remedy)
        if told.rows is not None:
            clock.advance_rows(told.rows)
        elif told.seconds is not None:
            clock.advance(told.seconds)
        return json_response(200, self._clock())

    def _clock(self) -> dict[str, Any]:
        clock = self._world.clock
        return {
            "now_ms": clock.now_ms(),
            "row": clock.row,
            "last_row": clock.last_row,
            "mode": clock.mode,
            "speed": clock.speed,
        }

    def _deposit(self, money: Money) -> Response:
        venue = self._venue(money.location.partition(".")[0])
        done = venue.account.deposit(money.location, money.asset, _amount(money), money.source)
        if isinstance(done, Refusal):
            return json_response(400, {"error": done.reason})
        return json_response(200, {"deposit": done})


def _read(body: bytes, kind: type[BodyT]) -> BodyT:
    return msgspec.json.decode(body, type=kind)


def _amount(money: Money) -> Decimal:
    text = str(money.amount)
    size = decimal_number(text.removeprefix("-"))
    if size is None:
        remedy = "Send digits alone, such as 100.5, or -20 for what is taken away."
        raise ComponentError("CFG-003", f"amount {text[:40]!r} is no plain number", remedy=remedy)
    return -size if text.startswith("-") else size


def _state(venue: SandboxVenue) -> dict[str, Any]:
    account = venue.account
    return {
        "balances": {place: account.balances(place) for place in venue.spec.locations},
        "positions": account.positions(),
        "margin": account.margin() if venue.spec.margin else None,
        "open_orders": account.resting_orders(),
        "withdrawals": account.withdrawals(),
        "deposits": account.deposits(),
        "liquidations": account.liquidations(),
    }
