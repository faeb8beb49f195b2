"""Books and venues compared in a live run, and what follows from what differs: a hold, a flow, or being set aside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import ExecutionDeltas
from basis_strategy_v1.core.domain.error_notes import ErrorNote
from basis_strategy_v1.core.domain.settings import Flow
from basis_strategy_v1.core.engine.foreign_orders import ForeignOrders
from basis_strategy_v1.core.engine.live_parts import IN_DOUBT, LiveParts
from basis_strategy_v1.core.engine.live_rows import LiveRowStep
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.reconciliation.compare import Difference
from basis_strategy_v1.core.reconciliation.outside_money import can_be_a_flow, is_money
from basis_strategy_v1.core.reconciliation.records import ReconciliationResult

COMPONENT = "EventDrivenStrategyEngine"
MONEY, DIFFERS = "REC-010", "REC-001"
FOREIGN = "what this run did not do"
LATE_LOOKS = 3
LATE_SECONDS = 5.0
"""How often and how far apart a venue that disagrees with the books is asked again, by a start and in an exit: a wallet
can show what the records do not list yet, funding of this minute, say."""
NO_ANSWER = frozenset({"REC-002", "REC-006", "REC-007"})


class VenueComparison:
    """Compares venues with the books and holds decisions while something stands between them.

    An exit is not held for money: what can be one is booked as a flow at once, anything else is set aside.

    Args:
        orders: looks for orders of others.

    Attributes:
        silent: venues that did not answer when they were asked last.
    """

    def __init__(self, parts: EngineParts, rows: LiveRowStep, live: LiveParts, orders: ForeignOrders) -> None:
        self._parts = parts
        self._rows = rows
        self._live = live
        self._orders = orders
        self._said: set[str] = set()
        self._differing: set[str] = set()
        self.silent: set[str] = set()
        self._looked_for: set[tuple[str, str, Decimal]] = set()
        self._booked = 0

    def all(self, now: int) -> None:
        """Compare every venue; ``held`` of the rows says what stands in between."""
        found = [text for venue in self._parts.reconciliation.venues if (text := self._stands_between(now, venue))]
        found += [text for venue in self._parts.reconciliation.venues if (text := self._orders.look(venue, now))]
        found += [text for venue in self._parts.interfaces if (text := self._open_doubts(venue))]
        self._rows.held = "; ".join(found)

    def before_trading(self, now: int) -> bool:
        """Compare the venues that trade now, before anything is sent; whether something was booked.

        One that does not answer cannot trade in this row: its share is passed on.
        """
        before = self._booked
        found = [text for venue in self._trading() if (text := self._stands_between(now, venue))]
        self._rows.held = "; ".join(found)
        return self._booked > before

    def flows_booked(self, flows: Sequence[tuple[str, Flow]], now: int) -> None:
        """Ask every venue before anything is decided on money that is declared: one that does not show it holds.

        Without flows some venue differs after an event of its own: one that is silent now may be it.
        """
        self._rows.unshown.booked(flows)
        if not flows:
            self._differing.update(self._parts.reconciliation.venues)
        self.all(now)
        # What happened in this row was booked without being looked at, for these flows were to come first.
        self._parts.exposure_monitor.update_state(now, "engine")
        self._parts.risk_monitor.update_state(now, "engine")

    def _trading(self) -> list[str]:
        """Venues with an instrument that can be traded at this row."""
        can_trade = self._parts.portfolio.has_price
        asked = self._parts.reconciliation.venues
        return [
            spec.venue
            for spec in self._parts.specs
            if spec.venue in asked and any(can_trade(spec.venue, i.symbol, i.trade_type) for i in spec.instruments)
        ]

    def untradable(self) -> tuple[str, ...]:
        """Venues with an instrument of the run that cannot be traded at this row."""
        market, can_trade = self._parts.market, self._parts.portfolio.is_tradable
        traded = [columns.instrument for columns in (*market.spot.values(), *market.perp.values())]
        return tuple(sorted({i.venue for i in traded if not can_trade(i.venue, i.symbol, i.trade_type)}))

    def _open_doubts(self, venue: str) -> str:
        """Instructions whose outcome is not known yet: though books and venue agree, they may still be executed."""
        unresolved = self._parts.interfaces[venue].unresolved_instructions
        return f"PUH-012: the outcome of {', '.join(unresolved)} at {venue} is unknown" if unresolved else ""

    def _stands_between(self, now: int, venue: str) -> str:
        """What holds decisions. A venue that does not answer trades nothing, which holds nobody else.

        It does where it differed when it was last heard, or has not shown money that is declared.
        """
        found = self._compare(now, venue)
        if found is None:
            self.silent.add(venue)
            self._live.market.suspend(venue)
            is_holding = venue in self._differing or self._rows.unshown.are_at(self._places(venue))
            return f"{venue} does not answer" if is_holding else ""
        self.silent.discard(venue)
        (self._differing.add if found else self._differing.discard)(venue)
        return found

    def _places(self, venue: str) -> Sequence[str]:
        return [place for spec in self._parts.specs if spec.venue == venue for place in spec.locations]

    def _compare(self, now: int, venue: str) -> str | None:
        """What stands between the books and a venue; empty when they agree, None where it does not answer."""
        reconciliation = self._parts.reconciliation
        unresolved = self._parts.interfaces[venue].unresolved_instructions
        for instruction_id in reconciliation.unresolved_instructions(venue):
            if instruction_id not in unresolved:
                reconciliation.resolve_instruction(venue, instruction_id)
        result = self._asked(now, venue)
        if result is not None and not unresolved and self._is_money_in_an_exit(result):
            result = self._looked_up(now, venue, result)
        if result is None:
            return None
        found = result.differences
        if unresolved and found:
            # It may explain everything: what is foreign stays as it was found before.
            return _listed(result)
        if not found:
            self._live.differs(venue, ())
            self._rows.unshown.agreed(self._places(venue))
            return ""
        if self._is_money_in_an_exit(result):
            self._live.differs(venue, self._take_in(now, venue, found))
            return ""
        self._live.differs(venue, found)
        # What is traded there at a hard limit must not fail for a difference that is known.
        reconciliation.hold_instruction(venue, FOREIGN)
        declared = self._rows.unshown.explain(found)
        for line in self._rows.unshown.untold(declared):
            self._say(now, line)
        return "; ".join([_listed(result), *declared])

    def _asked(self, now: int, venue: str) -> ReconciliationResult | None:
        """How a venue and the books compare; None where it does not answer."""
        reconciliation = self._parts.reconciliation
        try:
            return reconciliation.reconcile_account(now, venue)
        except ComponentError as error:
            if error.error_code not in NO_ANSWER or _is_critical(error.original_exception):
                raise
            reconciliation.resume()
            self._note_silence(now, venue, error)
            return None

    def _note_silence(self, now: int, venue: str, error: ComponentError) -> None:
        data = {"venue": venue, "message": error.message}
        self._parts.event_logger.log_event(now, "venue_unavailable", COMPONENT, data)

    # --- money in an exit ----------------------------------------------------------------------------------------

    def _is_money_in_an_exit(self, result: ReconciliationResult) -> bool:
        found = result.differences
        return bool(found and self._rows.closing) and result.error_code == MONEY and is_money(found)

    def _looked_up(self, now: int, venue: str, result: ReconciliationResult) -> ReconciliationResult | None:
        """The comparison once what the venue has done itself is booked: its records may tell of it later than its
        wallet, and it is no money from outside.

        What was looked for in vain is not looked for again: an exit compares more than once a row.
        """
        handler = self._parts.position_update_handler
        compared: ReconciliationResult | None = result
        for look in range(1 + LATE_LOOKS):
            if compared is None or not any(map(self._is_worth_a_look, compared.differences)):
                break
            if look:
                self._live.time.wait(LATE_SECONDS)
            assert handler.happened_meanwhile is not None
            for item in handler.happened_meanwhile(venue):
                handler.handle_position_update(now, item, more_follow=True)
                self._rows.note_money()
            compared = self._asked(now, venue)
            if compared is not None and compared.differences and self._book_own_trades(now, venue):
                compared = self._asked(now, venue)
        return compared

    def _is_worth_a_look(self, difference: Difference) -> bool:
        """Whether it can become a flow, and was not looked for in vain before."""
        return can_be_a_flow(difference, self._parts.settings.asset) and _place_of(difference) not in self._looked_for

    def _book_own_trades(self, now: int, venue: str) -> bool:
        """Book what the run's own orders have traded there and no answer has told; whether there was any."""
        before = self._booked
        for deltas in self._own_trades(now, venue):
            self._parts.position_update_handler.handle_position_update(now, deltas, more_follow=True)
            self._booked += 1
            self._rows.note_money()
            self._parts.event_logger.log_event(now, "error", COMPONENT, own_trade_note(deltas))
        return self._booked > before

    def _own_trades(self, now: int, venue: str) -> Iterator[ExecutionDeltas]:
        """As far as the venue says."""
        try:
            yield from self._live.own_trades(venue, now)
        except ComponentError as error:
            # What is in doubt is looked up by the next start before anything is booked beside it.
            if error.severity == "CRITICAL" or error.error_code == IN_DOUBT:
                raise
            self._note_silence(now, venue, error)

    def _take_in(self, now: int, venue: str, found: Iterable[Difference]) -> tuple[Difference, ...]:
        """Book what can be a flow, and set the rest aside, which is returned: an exit waits for neither."""
        aside = []
        for difference in found:
            why = self._why_no_flow(difference)
            if not why:
                self._book(now, difference)
                continue
            aside.append(difference)
            self._looked_for.add(_place_of(difference))
            line = f"{difference}: {why}, so it is set aside, and the exit goes on without it"
            if line not in self._said:
                self._said.add(line)
                self._say(now, line)
        if aside:
            self._parts.reconciliation.set_aside(venue, aside)
        return tuple(aside)

    def _why_no_flow(self, difference: Difference) -> str:
        """Why it is not booked as a flow; empty where it is."""
        if not can_be_a_flow(difference, self._parts.settings.asset):
            return f"{difference.asset} has no price in this run"
        if difference.actual > difference.expected:
            return self._live.may_be_transfer(difference.location, difference.asset)
        return ""

    def _book(self, now: int, difference: Difference) -> None:
        """Book money that nobody declared: an exit on risk must not wait for a person's word on it.

        It is no profit: subscriptions and redemptions are what comes and goes from outside.
        """
        handler = self._parts.position_update_handler
        place, asset = difference.location, difference.asset
        first = flow_id = f"undeclared.{now}.{place}.{asset}"
        number = 1
        while handler.has_booked(flow_id):
            number += 1
            flow_id = f"{first}.{number}"
        handler.book_flow(now, flow_id, place, asset, difference.actual - difference.expected)
        self._booked += 1
        self._rows.note_money()
        self._say(now, f"booked as a flow, for an exit is due: {difference}")

    def _say(self, now: int, text: str) -> None:
        self._parts.event_logger.log_event(now, "error", COMPONENT, ErrorNote(MONEY, text, "MEDIUM"))


def _place_of(difference: Difference) -> tuple[str, str, Decimal]:
    """Where, of what and how much more is there than is expected."""
    return difference.location, difference.asset, difference.actual - difference.expected


def own_trade_note(deltas: ExecutionDeltas) -> ErrorNote:
    """What is said of a trade of the run's own that was booked because the venue lists it."""
    told = ", ".join(f"{fill.quantity} {fill.symbol} at {fill.price}" for fill in deltas.fills)
    return ErrorNote(DIFFERS, f"{deltas.venue}: {told}: booked as the trade it was, {deltas.reason}", "MEDIUM")


def _listed(result: ReconciliationResult) -> str:
    """What stands between the books and a venue, in words."""
    return f"{result.error_code} at {result.venue}: " + ", ".join(map(str, result.differences))


def _is_critical(error: BaseException | None) -> bool:
    """Whether a venue did not answer for a reason that asking again does not mend: credentials, say."""
    return isinstance(error, ComponentError) and error.severity == "CRITICAL"
