"""Basis: spot held against short perpetuals. Serves ``btc_basis`` and ``eth_basis``.

The rules are written out in ``docs/strategies.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.domain.quantities import ONE, ZERO
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series, any_of
from basis_strategy_v1.core.strategies.backoff import Backoff
from basis_strategy_v1.core.strategies.basis_capital import BasisCapital
from basis_strategy_v1.core.strategies.basis_exit import BasisExit
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.basis_targets import BasisTargets
from basis_strategy_v1.core.strategies.basis_trading import BasisTrading
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import (
    DecisionView,
    OpeningCapital,
    OpeningOutlook,
    Strategy,
    TradingState,
)
from basis_strategy_v1.core.strategies.triggers import Trigger, When

COMPONENT = "BasisStrategy"
OPENING_SHARE = 0.5
MOST_REDEMPTION_TRIES = 10
MOST_HEDGE_TRIES = 3
SMALLEST_IDLE = 1.0
ABOVE, BELOW = "above", "below"
NO_EDGES: frozenset[tuple[str, str]] = frozenset()
"""Venues whose margin ratio is beyond an edge of its band, and which edge."""


def _stopped(missing: str) -> Iterator[InstructionBlock]:
    """A decision that stops before its first block."""
    yield from ()
    raise ComponentError("EXI-003", f"{missing} cannot trade now: nothing is done until it can", COMPONENT)


class BasisStrategy(Strategy):
    """Holds spot at home, short on the hedge venues, margin beside each short."""

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan
        settings = plan.settings
        self._targets = BasisTargets(plan)
        self._capital = BasisCapital(plan)
        orders = BasisOrders(plan)
        self._trading = BasisTrading(plan, self._targets, self._capital, orders)
        self._exit = BasisExit(plan, self._trading, orders)
        self._threshold = float(settings.position_deviation_threshold)
        self._ratio_min = float(settings.margin_ratio_min)
        self._ratio_max = float(settings.margin_ratio_max)
        self._hedge_ratio = float(settings.hedge_ratio)
        self._least_notional = float(plan.spot.min_notional)
        self._lot = float(sum((hedge.perp.step for hedge in plan.hedges), ZERO))
        self._least_order = float(max(hedge.perp.min_notional for hedge in plan.hedges))
        self._opening = {
            hedge.venue: OPENING_SHARE * float(hedge.allocation) * (1.0 - float(settings.spot_allocation))
            for hedge in plan.hedges
        }
        self._unopened = list(plan.hedges)
        self._idle: dict[str, float] = {}
        self._started = False
        self._postponed = False
        self._backoff = Backoff()
        self._capital_wait = Backoff()
        self._hedge_refusals = 0
        self._redemptions: dict[str, Decimal] = {}
        self._redemption_tries = 0
        self._can_cure_margin = plan.keeps_spot or (settings.margin_transfers and len(plan.hedges) > 1)
        self._edges_tried = NO_EDGES
        self._edges_tried_at = -1
        self._triggers: tuple[Trigger, ...] = (
            When(self._drifted),
            When(self._hedge_drifted),
            When(self._can_open),
            When(self._outside_band),
            When(self._owes),
            When(self._unsold),
            When(self._is_unfinished),
        )

    def triggers(self) -> Sequence[Trigger]:
        return self._triggers

    # --- the tests: one expression for triggers and decisions -----------------------------------------------------

    def _drifted(self, view: PortfolioView) -> Series:
        """Spot held is further from its target than the threshold allows."""
        if self._plan.keeps_spot or self._backoff.until is not None:
            return False
        target = self._targets.spot_target(view)
        excess = view.spot_value() - target
        # Less than the venue takes as an order is dust, whatever the target.
        allowed = view.reader.maximum(self._threshold * target, self._least_notional)
        if self._trading.short_of_cash_at == view.anchor.row:
            return excess > allowed
        return abs(excess) > allowed

    def _hedge_drifted(self, view: PortfolioView) -> Series:
        """The short differs from what is held by more than the threshold allows."""
        if self._backoff.until is not None:
            return False
        anchor = view.anchor
        wanted: Series = anchor.base * self._hedge_ratio
        if self._plan.keeps_spot:
            wanted = self._targets.kept_spot_hedge(view)
        short = 0.0
        for leg in anchor.legs:
            short = short - leg.quantity
        # What no venue takes as an order is left alone; it was left at the price of the anchor.
        too_small = self._least_order / (anchor.reference_anchor or 1.0)
        return abs(wanted - short) > view.reader.maximum(self._threshold * abs(wanted), too_small) + self._lot

    def _can_open(self, view: PortfolioView) -> Series:
        """Some venue that carries no short yet has its margin."""
        if not self._unopened or self._backoff.until is not None:
            return False
        return any_of(view.reader, [self._margin_arrived(view, hedge) for hedge in self._unopened])

    def _margin_arrived(self, view: PortfolioView, hedge: HedgeVenue) -> Series:
        account = view.anchor.account(hedge.venue)
        assert account is not None
        available = view.margin_balance(account) + self._idle.get(hedge.venue, 0.0)
        return available >= self._opening[hedge.venue] * view.equity()

    def _outside_band(self, view: PortfolioView) -> Series:
        """Some account's margin ratio has left its band, and capital could cure it."""
        if not self._can_cure_margin:
            return False
        tried = self._edges_tried if self._edges_tried_at == view.anchor.row else NO_EDGES
        outside: Series = False
        for account in view.anchor.accounts:
            above: Series = False if (account.venue, ABOVE) in tried else view.margin_above(account, self._ratio_max)
            below: Series = False if (account.venue, BELOW) in tried else view.margin_below(account, self._ratio_min)
            if above is not False or below is not False:
                outside = any_of(view.reader, (outside, above, below))
        return outside

    def _remember_edges(self, view: PortfolioView, row: int) -> None:
        """What is beyond an edge now is not tried again before the next event; the other edges still are."""
        accounts = view.anchor.accounts
        edges = {(account.venue, ABOVE) for account in accounts if view.margin_above(account, self._ratio_max)}
        edges |= {(account.venue, BELOW) for account in accounts if view.margin_below(account, self._ratio_min)}
        known = self._edges_tried if self._edges_tried_at == row else NO_EDGES
        self._edges_tried = known | edges
        self._edges_tried_at = row

    def _is_curable(self, view: PortfolioView) -> bool:
        """Whether some account can give margin to another, at one row: not when all are beyond the same edge."""
        if self._plan.keeps_spot:
            return True
        accounts = [account for account in view.anchor.accounts if account.legs]
        all_above = all(view.margin_above(account, self._ratio_max) for account in accounts)
        return not all_above and not all(view.margin_below(account, self._ratio_min) for account in accounts)

    def _is_unfinished(self, view: PortfolioView) -> bool:
        """Something is left to the next row: an entry not begun, a hedge that was refused, a transfer, idle cash."""
        left = not self._started or self._postponed or self._capital.interrupted
        return left or self._hedge_refusals > 0 or self._has_idle()

    def _has_idle(self) -> bool:
        """Cash lies idle that a decision would move to where it is margin."""
        kept = self._plan.home.venue if self._trading.keeps_cash else ""
        return any(amount >= SMALLEST_IDLE for venue, amount in self._idle.items() if venue != kept)

    def _look_for_idle(self, portfolio: Portfolio) -> None:
        kept = self._redemptions
        self._idle = {h.venue: float(self._capital.idle_cash(portfolio, h, kept)) for h in self._plan.hedges}

    def notices(self) -> Sequence[str]:
        return (*self._targets.notices(), *self._capital.notices())

    def opening_outlook(self, capital: OpeningCapital) -> OpeningOutlook:
        from basis_strategy_v1.core.strategies.opening_capital import OpeningCheck

        return OpeningCheck(self._plan, capital).outlook()

    def left_out(self, portfolio: Portfolio) -> Sequence[str]:
        from basis_strategy_v1.core.strategies.opening_capital import left_out

        return left_out(self._plan, self._capital, portfolio)

    # --- deciding -------------------------------------------------------------------------------------------------

    def following_trades(self, trade: CexTrade, portfolio: Portfolio) -> Sequence[CexTrade]:
        """Spot that is bought will be sold short."""
        if trade.trade_type != "spot" or trade.side != "buy" or self._plan.keeps_spot:
            return ()
        return self._trading.hedges_of(portfolio, trade.amount)

    def resume(self, portfolio: Portfolio) -> None:
        """Venues that carry a short have opened. Without any, the run begins anew with what is held.

        Where some have not, their margin may have been refused or never sent, or in kind not been sold yet: the first
        row looks after both.
        """
        carrying = {hedge.venue for hedge in self._plan.hedges if portfolio.perp(hedge.spec, hedge.perp.symbol)}
        if carrying:
            self._started = True
            self._unopened = [hedge for hedge in self._unopened if hedge.venue not in carrying]
            self._targets.open(carrying)
            self._capital.interrupted = bool(self._unopened)
            self._trading.unsold_margin = self._plan.keeps_spot and bool(self._unopened)

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        portfolio = view.portfolio
        first = not self._started
        waiting = self._backoff.is_waiting(view.timestamp)
        self._look_for_idle(portfolio)
        owes = bool(self._owes(view))
        outside = bool(self._outside_band(view))
        if outside and not self._is_curable(view):
            outside = False
            self._remember_edges(view, view.anchor.row)
        opens = bool(self._can_open(view))
        drifted = bool(self._drifted(view)) or bool(self._hedge_drifted(view))
        reducing = view.state is TradingState.REDUCING
        unsold = bool(self._unsold(view))
        sends_again = self._capital.interrupted or self._capital_wait.is_over(view.timestamp)
        wanted = first or outside or opens or drifted or reducing or self._has_idle() or owes or unsold or sends_again
        # However little of the spot stands without the hedge that was refused.
        wanted = wanted or self._hedge_refusals > 0
        missing = self._missing(portfolio) if wanted else ""
        was_postponed, self._postponed = self._postponed, bool(missing)
        if missing:
            return () if was_postponed else _stopped(missing)
        if not wanted:
            if not waiting:
                self._backoff.clear()
            return ()
        if outside:
            self._remember_edges(view, view.row)
        if owes:
            self._redemption_tries += 1
        move_capital = first or outside or reducing or owes or sends_again
        return self._adjust(view, move_capital, drifted or opens or first or reducing, outside or reducing or unsold)

    def _missing(self, portfolio: Portfolio) -> str:
        """What has no price at this row and cannot be done without: spot, or every perpetual that could hedge it."""
        plan = self._plan
        if not portfolio.is_tradable(plan.home.venue, plan.spot.symbol, "spot"):
            return f"spot {plan.spot.symbol} at {plan.home.venue}"
        hedges = self._targets.opened or plan.hedges
        if any(portfolio.is_tradable(hedge.venue, hedge.perp.symbol, "perp") for hedge in hedges):
            return ""
        return f"perpetual {plan.spot.symbol} at {', '.join(hedge.venue for hedge in hedges)}"

    def next_time(self) -> int | None:
        """When the wait after a refused order or a refused transfer ends (ns)."""
        ends = [wait.until for wait in (self._backoff, self._capital_wait) if wait.until is not None]
        return min(ends, default=None)

    def note_redemptions(self, redemptions: dict[str, Decimal]) -> None:
        """A redemption that has changed is tried anew; one that cannot be paid is not tried for ever."""
        if redemptions != self._redemptions:
            self._redemptions = dict(redemptions)
            self._redemption_tries = 0
            self._backoff.clear()
            self._targets.reserved = float(sum(redemptions.values(), ZERO))

    def _owes(self, view: PortfolioView) -> bool:
        """Some redemption waits, and it is worth trying to free its cash."""
        waits = bool(self._redemptions) and self._redemption_tries < MOST_REDEMPTION_TRIES
        return waits and self._backoff.until is None

    def _unsold(self, view: PortfolioView) -> bool:
        """The base asset that is to become margin has not all been sold yet."""
        return self._trading.unsold_margin and self._backoff.until is None

    def _adjust(self, view: DecisionView, move_capital: bool, trade: bool, refill: bool) -> Iterator[InstructionBlock]:
        portfolio = view.portfolio
        trading = self._trading
        trading.begin()
        self._capital.begin()
        first = not self._started
        self._started = True
        redemptions = self._trading.owed = self._redemptions
        reserved = sum(redemptions.values(), ZERO)
        if self._plan.keeps_spot:
            yield from self._capital.bring_base_home(portfolio)
            if first or refill or reserved:
                was_unsold = trading.unsold_margin
                yield from trading.sell_for_margin(portfolio, reserved, "entry_full" if first else "rebalance")
                move_capital = move_capital or (was_unsold and not trading.unsold_margin)
        for hedge in self._plan.hedges:
            if not (trading.keeps_cash and hedge is self._plan.home_hedge):
                yield from self._capital.sweep(portfolio, hedge, redemptions)
        if move_capital and self._plan.settings.margin_transfers:
            yield from self._capital.restore_split(portfolio, portfolio.equity() - reserved, redemptions)
        self._note_capital(view.timestamp, moved=move_capital)
        newly = self._open_venues(portfolio, portfolio.equity())
        if trade or newly or reserved:
            purpose = "entry_full" if first else "rebalance"
            if self._plan.keeps_spot:
                yield from trading.trade_hedges(portfolio, purpose)
            else:
                may_buy = not self._hedge_refusals
                yield from trading.trade_in_rounds(view, reserved, purpose, may_buy=may_buy)
        elif self._hedge_refusals:
            yield from trading.trade_hedges(portfolio, "rebalance")
        if reserved:
            yield from self._capital.free_for_redemptions(portfolio, redemptions)
        if trading.refused or self._hedge_refusals:
            yield from self._after_refusal(view)
        elif trading.filled or self._backoff.until is None:
            self._backoff.clear()
        self._look_for_idle(portfolio)

    def _note_capital(self, now: int, *, moved: bool) -> None:
        """A transfer between venues that has not left is tried again after a wait, if it is wanted then."""
        if self._capital.refused:
            self._capital_wait.refused(now)
        elif moved:
            self._capital_wait.clear()

    def _after_refusal(self, view: DecisionView) -> Iterator[InstructionBlock]:
        """Wait before the next try; spot whose hedge is refused again and again does not wait but is sold."""
        trading = self._trading
        if not trading.hedge_refused:
            self._hedge_refusals = 0
            if trading.refused and not trading.filled:
                self._backoff.refused(view.timestamp)
            elif trading.filled or self._backoff.until is None:
                self._backoff.clear()
            return
        self._hedge_refusals += 1
        if self._plan.keeps_spot or self._hedge_refusals >= MOST_HEDGE_TRIES:
            self._hedge_refusals = 0
            if not self._plan.keeps_spot:
                yield from self._exit.sell_unhedged(view.portfolio)
                yield from trading.sweep_home(view.portfolio)
            self._backoff.refused(view.timestamp)

    def _open_venues(self, portfolio: Portfolio, equity: Decimal) -> bool:
        """Let venues whose margin has arrived carry their share."""
        if not self._unopened:
            return False
        margin_share = ONE - self._plan.settings.spot_allocation
        ready = {
            hedge.venue
            for hedge in self._unopened
            if portfolio.margin(hedge.spec).balance * 2 >= hedge.allocation * margin_share * equity
        }
        self._unopened = [hedge for hedge in self._unopened if hedge.venue not in ready]
        self._targets.open(ready)
        return bool(ready)

    # --- leaving --------------------------------------------------------------------------------------------------

    def close(self, view: DecisionView) -> Iterator[InstructionBlock]:
        return self._exit.close(view.portfolio)

    def is_closed(self, view: DecisionView) -> bool:
        return self._exit.is_closed(view.portfolio)

    def after_liquidation(self, view: DecisionView) -> Iterator[InstructionBlock]:
        return self._exit.sell_unhedged(view.portfolio)

    def is_hedged(self, view: DecisionView) -> bool:
        return self._exit.is_hedged(view.portfolio)

    def pay_out(self, view: DecisionView) -> Iterator[InstructionBlock]:
        return self._capital.free_for_redemptions(view.portfolio, view.redemptions)
