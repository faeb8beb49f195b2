"""A live run against local venues whose one transfer between them has a mishap, looked after by a person."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from basis_strategy_v1.backends.live.journal_sql import open_journal
from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.execution.restore import RestoredState, restore
from basis_strategy_v1.sandbox.faults import FaultRule
from local_live import LocalVenues, moving_scene

WITHDRAW = "POST /sapi/v1/capital/withdraw/apply"


class Way:
    """A run that sends its margin from Binance to Bybit in its first row, over a network with a mishap."""

    def __init__(self, directory: Path, kind: Any = "withdrawal_astray", **options: Any) -> None:
        self.directory = directory
        self.venues = LocalVenues(["binance", "bybit"], moving_scene(["binance", "bybit"], 96))
        self.venues.world.faults.add([FaultRule(kind=kind, endpoint=WITHDRAW, options=options)])
        self.number = ""

    def run(self, last_row: int) -> LiveOutcome:
        outcome = self.venues.run(self.directory, last_row)
        found = self.restored().withdrawals
        self.number = self.number or (found[0].client_id if found else "")
        return outcome

    def status(self) -> dict[str, Any]:
        status: dict[str, Any] = json.loads((self.directory / "status.json").read_text(encoding="utf-8"))
        return status

    def restored(self) -> RestoredState:
        journal = open_journal(
            str(self.directory / "journal.sqlite"), mode="btc_basis", environment="dev", exclusive=False
        )
        try:
            return restore(journal)
        finally:
            journal.close()

    def in_transit(self) -> Decimal:
        """By the replay of all bookings."""
        changes = (booking.changes.get("in_transit", {}) for booking in self.restored().bookings)
        return sum((amount for assets in changes for amount in assets.values()), Decimal(0))

    def transfer_cost(self) -> Decimal:
        pnl = self.restored().pnl
        assert pnl is not None
        return -pnl.buckets["transfer"]

    def recover(self, **options: Any) -> list[str]:
        return care.recover(
            self.venues.options(self.directory),
            self.venues.environment(),
            world=self.venues.live_world(),
            **options,
        )

    def end(self, amount: str | None = None, **fields: Any) -> list[str]:
        end = TransferEnd(transfer_id=self.number, amount=None if amount is None else Decimal(amount), **fields)
        return self.recover(end=end)

    def flow(self, amount: Decimal, location: str = "bybit", *, force: bool = False) -> str:
        """Declare money that came to a place; the flow's id."""
        options, environment = self.venues.options(self.directory), self.venues.environment()
        return care.declare_flow(options, environment, amount, "USDT", location, self.venues.live_world(), force=force)

    def events(self, code: str) -> list[str]:
        files = (self.directory / "logs" / "events").glob("**/*.jsonl")
        events = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines()]
        errors = [event["data"] for event in events if event["event_type"] == "error"]
        return [str(error["message"]) for error in errors if error["error_code"] == code]


def fee(way: Way) -> Decimal:
    return way.venues.world.venues["binance"].account.withdrawals()[0].fee


def fees(way: Way) -> Decimal:
    """Of all withdrawals, as the venues took them."""
    accounts = [venue.account for venue in way.venues.world.venues.values()]
    return sum((item.fee for account in accounts for item in account.withdrawals()), Decimal(0))


def closes(way: Way, last_row: int) -> None:
    """A further start agrees with every venue, and its P&L adds up to the last digit."""
    outcome = way.run(last_row)
    assert (outcome.ending, outcome.held, outcome.error) == (LiveEnding.DONE, "", None)
    pnl = way.restored().pnl
    assert pnl is not None
    assert pnl.nav == pnl.explained == pnl.initial_nav + pnl.flows + sum(pnl.buckets.values(), Decimal(0))
