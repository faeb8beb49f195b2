"""Steers the sandbox over the wire: its clock, its faults, money from outside, and a look inside."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
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


class Administration:
    """``GET clock``, ``state``, ``requests``; ``POST clock/advance``, ``faults``, ``faults/clear``, ``deposit``,
    ``liquidate``, ``deposits``, ``withdrawals/release`` and ``withdrawals/give_back``.
    """

    def __init__(self, world: SandboxWorld) -> None:
        self._world = world

    def handle(self, request: Request) -> Response:
        """Answer one request under ``/sandbox/``; 400 with a message for what makes no sense."""
        name = f"{request.method} {request.path.removeprefix(ADMINISTRATION_PREFIX)}"
        try:
            if request.method == "GET":
                return self._show(name, dict(parse_qsl(request.query)))
            body = msgspec.json.decode(request.body or b"{}")
            return self._steer(name, body)
        except ComponentError as error:
            return json_response(400, {"error": error.line})
        except (*UNREADABLE_JSON, KeyError, ValueError, TypeError, AttributeError) as error:
            return json_response(400, {"error": f"{name}: not understood: {type(error).__name__} {error}"})

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

    def _steer(self, name: str, body: Any) -> Response:
        world = self._world
        if name == "POST clock/advance":
            if "rows" in body:
                world.clock.advance_rows(int(body["rows"]))
            else:
                world.clock.advance(float(body["seconds"]))
            return json_response(200, self._clock())
        if name == "POST faults":
            rules = parse_fault_rules(body)
            world.faults.add(rules)
            return json_response(200, {"added": len(rules)})
        if name == "POST faults/clear":
            world.faults.clear()
            return json_response(200, {})
        if name == "POST deposit":
            return self._deposit(body)
        if name == "POST liquidate":
            return json_response(200, {"liquidation": world.venues[body["venue"]].account.liquidate()})
        if name == "POST withdrawals/release":
            world.venues[body["venue"]].account.money.release()
            return json_response(200, {})
        if name == "POST withdrawals/give_back":
            world.venues[body["venue"]].account.money.give_back()
            return json_response(200, {})
        if name == "POST deposits":
            world.venues[body["venue"]].account.money.deposits_open = bool(body["open"])
            return json_response(200, {})
        return json_response(404, {"error": f"unknown: {name}"})

    def _clock(self) -> dict[str, Any]:
        clock = self._world.clock
        return {
            "now_ms": clock.now_ms(),
            "row": clock.row,
            "last_row": clock.last_row,
            "mode": clock.mode,
            "speed": clock.speed,
        }

    def _deposit(self, body: Any) -> Response:
        location = str(body["location"])
        venue = self._world.venues[location.partition(".")[0]]
        done = venue.account.deposit(location, str(body["asset"]), _amount(body), str(body.get("source", "")))
        if isinstance(done, Refusal):
            return json_response(400, {"error": done.reason})
        return json_response(200, {"deposit": done})


def _amount(body: Any) -> Decimal:
    text = str(body["amount"])
    size = decimal_number(text.removeprefix("-"))
    if size is None:
        raise ValueError(f"amount {text[:40]!r} is no plain number")
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
