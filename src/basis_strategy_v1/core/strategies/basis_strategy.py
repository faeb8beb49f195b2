"""Basis: spot held against short perpetuals. Serves ``btc_basis`` and ``eth_basis``.

The rules are written out in ``docs/strategies.md``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock, Side
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down, step_down
from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series, any_of
from basis_strategy_v1.core.strategies.basis_capital import BasisCapital
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.basis_targets import BasisTargets
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import DecisionView, Strategy, TradingState
from basis_strategy_v1.core.strategies.triggers import Trigger, When

OPENING_SHARE = 0.5
MOST_REDEMPTION_TRIES = 10
LARGEST_ROUND_TRIP = Decimal(2_500_000)
SMALLEST_IDLE = 1.0


class BasisStrategy(Strategy):
    """Holds spot at home, short on the hedge venues, margin beside each short."""

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan
        settings = plan.settings
        self._targets = BasisTargets(plan)
        self._capital = BasisCapital(plan)
        self._threshold = float(settings.position_deviation_threshold)
        self._ratio_min = float(settings.margin_ratio_min)
        self._ratio_max = float(settings.margin_ratio_max)
        self._hedge_ratio = float(settings.hedge_ratio)
        self._least_notional = float(plan.spot.min_notional)
        self._lot = float(sum((hedge.perp.step for hedge in plan.hedges), ZERO))
        self._opening = {
            hedge.venue: OPENING_SHARE * float(hedge.allocation) * (1.0 - float(settings.spot_allocation))
            for hedge in plan.hedges
        }
        self._unopened = list(plan.hedges)
        self._idle: dict[str, float] = {}
        self._started = False
        self._postponed = False
        self._redemptions: dict[str, Decimal] = {}
        self._redemption_tries = 0
        self._unsold_margin = False
        self._owed: Mapping[str, Decimal] = {}
        self._can_cure_margin = plan.keeps_spot or (settings.margin_transfers and len(plan.hedges) > 1)
        self._band_tried_at = -1
        self._short_of_cash_at = -1
        self._triggers: tuple[Trigger, ...] = (
            When(self._drifted),
            When(self._hedge_drifted),
            When(self._can_open),
            When(self._outside_band),
            When(self._owes),
            When(self._unsold),
            When(self._is_postponed),
        )

    def triggers(self) -> Sequence[Trigger]:
        return self._triggers

    # --- the tests: one expression for triggers and decisions -----------------------------------------------------

    def _drifted(self, view: PortfolioView) -> Series:
        """Spot held is further from its target than the threshold allows."""
        if self._plan.keeps_spot:
            return False
        target = self._targets.spot_target(view)
        excess = view.spot_value() - target
        # Less than the venue takes as an order is dust, whatever the target.
        allowed = view.reader.maximum(self._threshold * target, self._least_notional)
        if self._short_of_cash_at == view.anchor.row:
            return excess > allowed
        return abs(excess) > allowed

    def _hedge_drifted(self, view: PortfolioView) -> Series:
        """The short differs from what is held by more than the threshold allows."""
        anchor = view.anchor
        wanted = anchor.base * self._hedge_ratio
        if self._plan.keeps_spot:
            wanted = wanted * self._opened_allocation()
        short = 0.0
        for leg in anchor.legs:
            short = short - leg.quantity
        return abs(wanted - short) > self._threshold * abs(wanted) + self._lot

    def _opened_allocation(self) -> float:
        allocation = 0.0
        for hedge in self._targets.opened:
            allocation = allocation + float(hedge.allocation)
        return allocation

    def _can_open(self, view: PortfolioView) -> Series:
        """Some venue that carries no short yet has its margin."""
        if not self._unopened:
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
        if self._band_tried_at == view.anchor.row:
            return False
        accounts = view.anchor.accounts
        above = [view.margin_above(account, self._ratio_max) for account in accounts]
        below = [view.margin_below(account, self._ratio_min) for account in accounts]
        return any_of(view.reader, above + below)

    def _is_postponed(self, view: PortfolioView) -> bool:
        """Spot had no price when there was something to do: it is tried again at each row."""
        return self._postponed

    # --- deciding -------------------------------------------------------------------------------------------------

    def decide(self, view: DecisionView) -> Iterator[InstructionBlock] | tuple[()]:
        portfolio = view.portfolio
        first = not self._started
        kept = self._redemptions
        self._idle = {h.venue: float(self._capital.idle_cash(portfolio, h, kept)) for h in self._plan.hedges}
        owes = bool(self._owes(view))
        outside = bool(self._outside_band(view))
        opens = bool(self._can_open(view))
        drifted = bool(self._drifted(view)) or bool(self._hedge_drifted(view))
        reducing = view.state is TradingState.REDUCING
        unsold = bool(self._unsold(view))
        idle = any(amount >= SMALLEST_IDLE for amount in self._idle.values())
        wanted = first or outside or opens or drifted or reducing or idle or owes or unsold
        tradable = self._can_trade(portfolio)
        self._postponed = wanted and not tradable
        if not wanted or not tradable:
            return ()
        if outside:
            self._band_tried_at = view.row
        if owes:
            self._redemption_tries += 1
        move_capital = first or outside or reducing or owes
        return self._adjust(view, move_capital, drifted or opens or first or reducing, outside or reducing or unsold)

    def _can_trade(self, portfolio: Portfolio) -> bool:
        """Whether spot has a price at this row, and so has some perpetual that can hedge it."""
        plan = self._plan
        if not portfolio.is_tradable(plan.home.venue, plan.spot.symbol, "spot"):
            return False
        hedges = self._targets.opened or plan.hedges
        return any(portfolio.is_tradable(hedge.venue, hedge.perp.symbol, "perp") for hedge in hedges)

    def note_redemptions(self, redemptions: dict[str, Decimal]) -> None:
        """A redemption that has changed is tried anew; one that cannot be paid is not tried for ever."""
        # What is counted in the base asset is redeemed in it: no cash has to be freed.
        owed = {} if self._plan.keeps_spot else redemptions
        if owed != self._redemptions:
            self._redemptions = dict(owed)
            self._redemption_tries = 0
            self._targets.reserved = float(sum(owed.values(), ZERO))

    def _owes(self, view: PortfolioView) -> bool:
        """Some redemption waits, and it is worth trying to free its cash."""
        return bool(self._redemptions) and self._redemption_tries < MOST_REDEMPTION_TRIES

    def _unsold(self, view: PortfolioView) -> bool:
        """The base asset that is to become margin has not all been sold yet."""
        return self._unsold_margin

    def _adjust(self, view: DecisionView, move_capital: bool, trade: bool, refill: bool) -> Iterator[InstructionBlock]:
        portfolio = view.portfolio
        first = not self._started
        self._started = True
        redemptions = self._owed = self._redemptions
        reserved = sum(redemptions.values(), ZERO)
        if self._plan.keeps_spot and (first or refill):
            yield from self._sell_for_margin(portfolio, "entry_full" if first else "rebalance")
        for hedge in self._plan.hedges:
            yield from self._capital.sweep(portfolio, hedge, redemptions)
        if move_capital and self._plan.settings.margin_transfers:
            yield from self._capital.restore_split(portfolio, portfolio.equity() - reserved, redemptions)
        newly = self._open_venues(portfolio, portfolio.equity())
        if trade or newly or reserved:
            purpose = "entry_full" if first else "rebalance"
            if not self._plan.keeps_spot:
                yield from self._trade_spot(view, portfolio.equity() - reserved, purpose)
            yield from self._trade_hedges(portfolio, purpose)
        if reserved:
            yield from self._capital.free_for_redemptions(portfolio, redemptions)

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

    def _sell_for_margin(self, portfolio: Portfolio, purpose: str) -> Iterator[InstructionBlock]:
        """Sell as much of the base asset as brings margin to its share of equity."""
        spot = self._plan.spot
        price = portfolio.reference_price()
        held = portfolio.amount(self._plan.home.spot_location, spot.base)
        excess = portfolio.base_held() * price - self._plan.settings.spot_allocation * portfolio.equity()
        wanted = divide_down(max(excess, ZERO), price, spot.step)
        amount = min(wanted, step_down(held, spot.step))
        if self._is_sellable(portfolio, amount):
            yield self._spot_order("sell", amount, purpose)
        sold = held - portfolio.amount(self._plan.home.spot_location, spot.base)
        self._unsold_margin = self._is_sellable(portfolio, amount - sold)

    def _trade_spot(self, view: DecisionView, equity: Decimal, purpose: str) -> Iterator[InstructionBlock]:
        portfolio = view.portfolio
        spot = self._plan.spot
        price = portfolio.reference_price()
        target = sum(self._targets.shares(portfolio, equity).values(), ZERO)
        difference = target - portfolio.base_held() * price
        amount = divide_down(abs(difference), price, spot.step)
        if difference > 0:
            if view.state is TradingState.REDUCING or amount * price < spot.min_notional:
                return
            yield from self._buy_spot(view, amount, price, purpose)
        else:
            amount = min(amount, step_down(portfolio.amount(self._plan.home.spot_location, spot.base), spot.step))
            if amount >= spot.min_quantity and amount * price >= spot.min_notional:
                yield self._spot_order("sell", amount, purpose)
                yield from self._sweep_home(portfolio)

    def _buy_spot(
        self, view: DecisionView, amount: Decimal, price: Decimal, purpose: str
    ) -> Iterator[InstructionBlock]:
        plan = self._plan
        portfolio = view.portfolio
        bound = price * (ONE + plan.max_slippage)
        location = plan.home.spot_location
        owed = self._owed.get(location, ZERO)
        yield from self._capital.provide_spot_cash(portfolio, amount * bound + owed, "sweep")
        missing = amount * bound + owed - self._capital.spendable(portfolio)
        if missing > 0:
            before = self._short(portfolio)
            yield from self._realise_profit(portfolio, missing, purpose)
            if not self._is_hedged_as_before(portfolio, before):
                yield from self._sweep_home(portfolio)
                return
            yield from self._capital.provide_spot_cash(portfolio, amount * bound + owed, "sweep")
        cash = self._capital.spendable(portfolio) - owed
        if cash < amount * bound:
            amount = divide_down(max(cash, ZERO), bound, plan.spot.step)
            self._short_of_cash_at = view.row
        if amount >= plan.spot.min_quantity and amount * price >= plan.spot.min_notional:
            yield self._spot_order("buy", amount, purpose)
        yield from self._sweep_home(portfolio)

    def _realise_profit(self, portfolio: Portfolio, missing: Decimal, purpose: str) -> Iterator[InstructionBlock]:
        """Buy back and sell again as much of the home short as frees ``missing``: its profit is no cash before."""
        hedge = self._plan.home_hedge
        if not portfolio.is_tradable(hedge.venue, hedge.perp.symbol, "perp"):
            return
        perp = hedge.perp
        short = -portfolio.perp(hedge.spec, perp.symbol)
        price = portfolio.price(hedge.venue, perp.symbol, "perp")
        profit = -portfolio.entry_cost(hedge.spec, perp.symbol) - short * price
        if short <= 0 or profit <= 0:
            return
        units = min(divide_down(missing * short, profit, perp.step) + perp.step, short)
        units = min(units, divide_down(LARGEST_ROUND_TRIP, price, perp.step))
        if units * price < perp.min_notional:
            return
        yield self._perp_order(hedge, "buy", units, purpose)
        bought = short + portfolio.perp(hedge.spec, perp.symbol)
        if bought > 0:
            yield self._perp_order(hedge, "sell", bought, purpose)

    def _is_hedged_as_before(self, portfolio: Portfolio, before: Decimal) -> bool:
        """Whether a round trip has left the shorts as they were; a thin row may have taken only one side of it."""
        return self._short(portfolio) >= before

    def _short(self, portfolio: Portfolio) -> Decimal:
        symbol = self._plan.spot.symbol
        return -sum((portfolio.perp(hedge.spec, symbol) for hedge in self._plan.hedges), ZERO)

    def _sweep_home(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        yield from self._capital.sweep(portfolio, self._plan.home_hedge, self._owed)

    def _trade_hedges(self, portfolio: Portfolio, purpose: str) -> Iterator[InstructionBlock]:
        plan = self._plan
        total = portfolio.base_held() * plan.settings.hedge_ratio
        if plan.keeps_spot:
            shares = {hedge.venue: hedge.allocation for hedge in self._targets.opened}
            total *= sum(shares.values(), ZERO)
        else:
            shares = self._targets.shares(portfolio, portfolio.equity())
        shorts = self._targets.shorts(portfolio, total, shares)
        for hedge in self._targets.opened:
            yield from self._trade_perp(portfolio, hedge, -shorts[hedge.venue], purpose)

    def _trade_perp(
        self, portfolio: Portfolio, hedge: HedgeVenue, target: Decimal, purpose: str
    ) -> Iterator[InstructionBlock]:
        perp = hedge.perp
        change = target - portfolio.perp(hedge.spec, perp.symbol)
        amount = abs(change)
        if amount < perp.min_quantity or not portfolio.is_tradable(hedge.venue, perp.symbol, "perp"):
            return
        closes = change > 0
        price = portfolio.price(hedge.venue, perp.symbol, "perp")
        if not closes and amount * price < perp.min_notional:
            return
        yield self._perp_order(hedge, "buy" if closes else "sell", amount, purpose)

    def _perp_order(self, hedge: HedgeVenue, side: Side, amount: Decimal, purpose: str) -> CexTrade:
        return CexTrade(
            venue=hedge.venue,
            trade_type="perp",
            symbol=hedge.perp.symbol,
            side=side,
            amount=amount,
            reduce_only=side == "buy",
            max_slippage=self._plan.max_slippage,
            purpose=purpose,
        )

    def _spot_order(self, side: Side, amount: Decimal, purpose: str) -> CexTrade:
        return CexTrade(
            venue=self._plan.home.venue,
            trade_type="spot",
            symbol=self._plan.spot.symbol,
            side=side,
            amount=amount,
            max_slippage=self._plan.max_slippage,
            purpose=purpose,
        )

    # --- leaving --------------------------------------------------------------------------------------------------

    def close(self, view: DecisionView) -> Iterator[InstructionBlock]:
        """Sell the spot and buy the shorts back, in step: where the market is thin, what is held stays hedged."""
        portfolio = view.portfolio
        plan = self._plan
        spot = plan.spot
        before = portfolio.base_held()
        held = step_down(portfolio.amount(plan.home.spot_location, spot.base), spot.step)
        if not plan.keeps_spot and self._is_sellable(portfolio, held):
            yield self._spot_order("sell", held, "exit_full")
            yield from self._sweep_home(portfolio)
        left = portfolio.base_held()
        stays_hedged = not plan.keeps_spot and self._is_sellable(portfolio, step_down(left, spot.step))
        for hedge in plan.hedges:
            short = -portfolio.perp(hedge.spec, hedge.perp.symbol)
            kept = divide_down(short * left, before, hedge.perp.step) if stays_hedged else ZERO
            yield from self._trade_perp(portfolio, hedge, -kept, "exit_full")

    def _is_sellable(self, portfolio: Portfolio, amount: Decimal) -> bool:
        spot = self._plan.spot
        return amount >= spot.min_quantity and amount * portfolio.reference_price() >= spot.min_notional

    def is_closed(self, view: DecisionView) -> bool:
        portfolio = view.portfolio
        if not portfolio.is_flat():
            return False
        if self._plan.keeps_spot:
            return True
        held = portfolio.amount(self._plan.home.spot_location, self._plan.spot.base)
        return not self._is_sellable(portfolio, step_down(held, self._plan.spot.step))

    def after_liquidation(self, view: DecisionView) -> Iterator[InstructionBlock]:
        """Sell the spot that has lost its hedge."""
        amount = self._unhedged(view.portfolio)
        if self._is_sellable(view.portfolio, amount):
            yield self._spot_order("sell", amount, "exit_partial")

    def is_hedged(self, view: DecisionView) -> bool:
        return not self._is_sellable(view.portfolio, self._unhedged(view.portfolio))

    def _unhedged(self, portfolio: Portfolio) -> Decimal:
        """Spot at home, in whole steps, that no short stands against."""
        spot = self._plan.spot
        unhedged = portfolio.base_held() * self._plan.settings.hedge_ratio - self._short(portfolio)
        available = portfolio.amount(self._plan.home.spot_location, spot.base)
        return step_down(max(min(unhedged, available), ZERO), spot.step)

    def pay_out(self, view: DecisionView) -> Iterator[InstructionBlock]:
        return self._capital.free_for_redemptions(view.portfolio, view.redemptions)
