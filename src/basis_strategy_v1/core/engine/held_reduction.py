"""What is done at a hard limit though decisions are held: only what reduces positions under every outcome.

Decisions are held while something stands between books and venues: an order of unknown outcome, a position that this
run did not open, a venue that differed and is silent now. A margin account beyond its hard limit waits for none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock, Side, WalletTransfer
from basis_strategy_v1.core.domain.ledger import PERP, Holding
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.uncertain import certain_amount, exposure_bounds
from basis_strategy_v1.core.engine.closing import HARD, LIQUIDATION, is_limit_open
from basis_strategy_v1.core.engine.parts import EngineParts
from basis_strategy_v1.core.engine.stopped_decision import ends_the_run, is_held
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.uncertain_exposure import reducing_part
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.risk_monitor import RiskLevel
from basis_strategy_v1.core.strategies.strategy import DecisionView

COMPONENT = "RiskMonitor"
DELTA = "delta"
BREACH = "PUH-011"
PURPOSE = "exit_partial"
StopsBefore = Callable[[InstructionBlock], bool]


def _never(block: InstructionBlock) -> bool:
    return False


class HeldReduction:
    """Reduces what is certainly this run's, at the venues and by the amounts that no doubt touches."""

    def __init__(self, parts: EngineParts) -> None:
        self._parts = parts
        self._specs = {spec.venue: spec for spec in parts.specs}
        self._margins = frozenset(spec.margin_location for spec in parts.specs if spec.margin is not None)
        self._waiting = ""

    def limit(self, closing: str, now: int) -> str:
        """The hard limit that is broken in the worst case, or for which all is being closed; empty when none is."""
        parts = self._parts
        if not is_limit_open(closing):
            return closing
        parts.pnl_monitor.mark_to(parts.clock.row)
        if parts.risk_monitor.update_state(now, "engine") is RiskLevel.HARD:
            return HARD
        reference = parts.market.reference
        if reference is None:
            return ""
        price, net = reference.decimal(parts.clock.row), parts.portfolio.net_exposure()
        return "" if parts.risk_monitor.delta_within_limit(net, price, parts.pnl_monitor.nav) else DELTA

    def run(self, view: DecisionView, limit: str, held: str, stops_before: StopsBefore = _never) -> bool:
        """Do what reduces under every outcome, and say what waits; whether anything was tried.

        Args:
            stops_before: whether a person has asked for an end before this block.

        Raises:
            ComponentError: what ends the run.
        """
        tried = False
        for block in self._blocks(view, limit, held):
            if stops_before(block):
                break
            tried = True
            data = {"limit": limit, "held": held, "reduces": _words(block)}
            self._parts.event_logger.log_event(view.timestamp, "risk_limit", COMPONENT, data)
            result = self._parts.execution_manager.execute_block(view.timestamp, block)
            if result.error is not None:
                _pass_over(result.error)
            elif result.is_unknown:
                break
        return tried

    def _blocks(self, view: DecisionView, limit: str, held: str) -> Iterator[InstructionBlock]:
        strategy = self._parts.strategy
        unhedged = limit in (DELTA, LIQUIDATION)
        wanted = strategy.after_liquidation(view) if unhedged else strategy.close(view)
        waiting: list[str] = []
        for block in _as_far_as_possible(wanted):
            certain = self._certain(block, limit)
            if certain is not None:
                yield certain
            else:
                waiting.append(_words(block))
        yield from self._shrink(view, limit)
        self._say(view.timestamp, limit, held, ", ".join(waiting))

    def _say(self, now: int, limit: str, held: str, waiting: str) -> None:
        """Write down what waits, once."""
        if waiting and waiting != self._waiting:
            data = {"limit": limit, "held": held, "waits": waiting}
            self._parts.event_logger.log_event(now, "risk_limit", COMPONENT, data)
        self._waiting = waiting

    def _certain(self, block: InstructionBlock, limit: str) -> CexTrade | WalletTransfer | None:
        """As much of ``block`` as is right whatever happened; None where that is nothing."""
        if isinstance(block, CexTrade):
            amount = block.amount
            if limit == DELTA:
                amount = min(amount, max(self._exposure()[0], ZERO))
            if block.trade_type == "spot":
                amount = min(amount, max(self._parts.portfolio.base_held() - self._out_of_reach(), ZERO))
            return self._reducing(msgspec.structs.replace(block, amount=amount))
        return self._top_up(block) if isinstance(block, WalletTransfer) else None

    def _out_of_reach(self) -> Decimal:
        """Units short at venues where nothing trades just now: the coins that hedge them are kept."""
        tradable = self._parts.portfolio.is_tradable
        held = [(spec.venue, item) for spec in self._specs.values() for item in self._perps_of(spec)]
        return sum((max(-item.amount, ZERO) for venue, item in held if not tradable(venue, item.symbol, "perp")), ZERO)

    def _reducing(self, trade: CexTrade) -> CexTrade | None:
        spec = self._specs[trade.venue]
        instrument = spec.instrument(trade.symbol, trade.trade_type)
        if instrument is None:
            return None
        location = spec.margin_location if trade.trade_type == "perp" else spec.spot_location
        held = self._parts.portfolio.amount(location, instrument.asset)
        return reducing_part(trade, spec, held, self._parts.uncertain())

    def _top_up(self, transfer: WalletTransfer) -> WalletTransfer | None:
        """Cash that is certainly there may become margin; margin stays where it is."""
        source = transfer.from_venue
        if transfer.to_venue not in self._margins or source in self._margins:
            return None
        there = self._parts.portfolio.amount(source, transfer.token)
        amount = min(transfer.amount, certain_amount(there, source, transfer.token, self._parts.uncertain()))
        return msgspec.structs.replace(transfer, amount=amount) if amount > 0 else None

    def _exposure(self) -> tuple[Decimal, Decimal]:
        return exposure_bounds(self._parts.portfolio.net_exposure(), self._parts.uncertain())

    def _shrink(self, view: DecisionView, limit: str) -> Iterator[InstructionBlock]:
        """Shrink perpetuals that are too many under every outcome, and more of those of accounts beyond the hard limit.

        Where spot cannot be sold for the doubt about it, its hedge is not closed with it. The worst account comes
        first, and is shrunk by as much as leaves net exposure no further from zero than it may be already.
        """
        ratios = self._parts.risk_monitor.ratios
        for spec in sorted(self._specs.values(), key=lambda spec: ratios.get(spec.venue, ZERO), reverse=True):
            for holding in self._perps_of(spec):
                side: Side = "buy" if holding.amount < 0 else "sell"
                amount = min(abs(holding.amount), self._room(view, limit, spec, side))
                trade = CexTrade(
                    venue=spec.venue,
                    trade_type="perp",
                    symbol=holding.symbol,
                    side=side,
                    amount=amount,
                    purpose=PURPOSE,
                )
                certain = self._reducing(trade)
                if certain is not None and self._parts.portfolio.is_tradable(spec.venue, holding.symbol, "perp"):
                    yield certain

    def _room(self, view: DecisionView, limit: str, spec: VenueSpec, side: Side) -> Decimal:
        """How many units may be traded at a venue without its spot."""
        low, high = self._exposure()
        if limit != DELTA:
            level = self._parts.risk_monitor.update_state(view.timestamp, "engine", spec.venue)
            if level is RiskLevel.HARD:
                return max(-(low + high) if side == "buy" else low + high, ZERO)
        return max(-high if side == "buy" else low, ZERO)

    def _perps_of(self, spec: VenueSpec) -> list[Holding]:
        if spec.margin is None:
            return []
        holdings = self._parts.position_monitor.ledger.at(spec.margin_location).values()
        return [item for item in holdings if item.kind is PERP and item.amount]


def _as_far_as_possible(blocks: Iterable[InstructionBlock]) -> Iterator[InstructionBlock]:
    """``blocks`` up to where the strategy says that nothing trades."""
    try:
        yield from blocks
    except ComponentError as error:
        if error.error_code != "EXI-003":
            raise


def _pass_over(error: ComponentError) -> None:
    """Go on after a block that failed: what keeps one venue from trading does not keep the others.

    The doubt that holds decisions stands behind a comparison that is held as well, and the limit is broken already.
    """
    if error.error_code != BREACH and not is_held(error) and ends_the_run(error, is_live=True):
        raise error


def _words(block: InstructionBlock) -> str:
    if isinstance(block, CexTrade):
        return f"{block.side} {block.amount} {block.trade_type} {block.symbol} at {block.venue}"
    if isinstance(block, WalletTransfer):
        return f"{block.amount} {block.token} from {block.from_venue} to {block.to_venue}"
    return "a block of several instructions"
