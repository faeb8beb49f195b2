"""What a basis strategy trades once it has decided to: spot at home, and the shorts that stand against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock, Side
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down, step_down
from basis_strategy_v1.core.strategies.basis_capital import BasisCapital
from basis_strategy_v1.core.strategies.basis_orders import BasisOrders
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.basis_targets import BasisTargets
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.strategy import DecisionView, TradingState

LARGEST_ROUND_TRIP = Decimal(2_500_000)
THINNER = 0.5
MOST_ROUNDS = 100
"""Rounds of spot and hedge in one row; what is left is for the next."""


class BasisTrading:
    """Sizes orders with exact amounts at the current row.

    Attributes:
        owed: cash by location that is set aside for redemptions.
        short_of_cash_at: the row at which cash did not pay for all spot that was wanted; -1 if it always did.
        unsold_margin: whether the base asset that is to become margin has not all been sold yet.
        filled, refused, hedge_refused: whether, since ``begin``, an order was filled at least in part; whether one was
            not filled at all; whether one of a perpetual was not.
        keeps_cash: whether the cash of a purchase that was refused waits in the spot wallet for the next try.
    """

    def __init__(self, plan: BasisPlan, targets: BasisTargets, capital: BasisCapital, orders: BasisOrders) -> None:
        self._plan = plan
        self._targets = targets
        self._capital = capital
        self._orders = orders
        self._threshold = plan.settings.position_deviation_threshold
        self.owed: Mapping[str, Decimal] = {}
        self.short_of_cash_at = -1
        self.unsold_margin = False
        self.keeps_cash = False
        self._is_cut = False
        self._went_down = False
        self.begin()

    def begin(self) -> None:
        """A new decision."""
        self.filled = self.refused = self.hedge_refused = False

    def _place_spot(
        self, portfolio: Portfolio, side: Side, amount: Decimal, purpose: str
    ) -> Iterator[InstructionBlock]:
        before = portfolio.base_held()
        yield self._orders.spot(side, amount, purpose)
        self._note(portfolio.base_held() != before)

    def _place_perp(
        self, portfolio: Portfolio, hedge: HedgeVenue, side: Side, amount: Decimal, purpose: str
    ) -> Iterator[InstructionBlock]:
        before = portfolio.perp(hedge.spec, hedge.perp.symbol)
        yield self._orders.perp(hedge, side, amount, purpose)
        is_filled = portfolio.perp(hedge.spec, hedge.perp.symbol) != before
        self._note(is_filled)
        if not is_filled:
            self.hedge_refused = True
            self._went_down = self._went_down or not portfolio.is_tradable(hedge.venue, hedge.perp.symbol, "perp")

    def _note(self, is_filled: bool) -> None:
        if is_filled:
            self.filled = True
        else:
            self.refused = True

    def sell_for_margin(self, portfolio: Portfolio, reserved: Decimal, purpose: str) -> Iterator[InstructionBlock]:
        """Sell as much of the base asset as brings margin to its share of equity, and cash to what is ``reserved``."""
        spot = self._plan.spot
        price = portfolio.reference_price()
        held = portfolio.amount(self._plan.home.spot_location, spot.base)
        excess = portfolio.base_held() * price - self._plan.settings.spot_allocation * (portfolio.equity() - reserved)
        wanted = divide_down(max(excess, ZERO), price, spot.step)
        amount = min(wanted, step_down(held, spot.step))
        if self._orders.is_spot_order(portfolio, amount):
            yield from self._place_spot(portfolio, "sell", amount, purpose)
        sold = held - portfolio.amount(self._plan.home.spot_location, spot.base)
        arriving = portfolio.incoming(self._plan.home.venue, spot.base)
        amount = min(wanted, step_down(held + arriving, spot.step))
        self.unsold_margin = self._orders.is_spot_order(portfolio, amount - sold)

    def trade_in_rounds(
        self, view: DecisionView, reserved: Decimal, purpose: str, *, may_buy: bool
    ) -> Iterator[InstructionBlock]:
        """Spot and the shorts against it, by turns: at most ``max_order_notional`` of spot is ever without its hedge.

        Where the book of a perpetual is thinner than that of the spot, a round begins with the short.
        """
        portfolio = view.portfolio
        for _ in range(MOST_ROUNDS):
            self._is_cut = False
            held = portfolio.base_held()
            equity = portfolio.equity() - reserved
            if may_buy and self._is_hedge_thinner(portfolio):
                yield from self.trade_hedges(portfolio, purpose, ahead=self._next_purchase(view, equity))
            yield from self.trade_spot(view, equity, purpose, may_buy=may_buy)
            yield from self.trade_hedges(portfolio, purpose)
            if not self._is_cut or self.refused or portfolio.base_held() == held:
                return

    def _is_hedge_thinner(self, portfolio: Portfolio) -> bool:
        """Whether some perpetual that trades offers less than half as much at its best price as the spot does."""
        spot = self._plan.spot
        offered = portfolio.best_offer(spot.venue, spot.symbol, "spot", "buy")
        if offered is None:
            return False
        bids = [portfolio.best_offer(h.venue, h.perp.symbol, "perp", "sell") for h in self._targets.opened]
        return any(bid is not None and bid < THINNER * offered for bid in bids)

    def _next_purchase(self, view: DecisionView, equity: Decimal) -> Decimal:
        """Base units that the next purchase of spot would bring after its fee; 0 where none is due."""
        if view.state is TradingState.REDUCING:
            return ZERO
        portfolio = view.portfolio
        price = portfolio.reference_price()
        target = sum(self._targets.shares(portfolio, equity).values(), ZERO)
        wanted = min(target - portfolio.base_held() * price, self._plan.max_order_notional or target)
        amount = divide_down(max(wanted, ZERO), price, self._plan.spot.step)
        fees = self._plan.home.fees
        return amount if fees is None else amount * (ONE - fees.spot_taker)

    def trade_spot(
        self, view: DecisionView, equity: Decimal, purpose: str, *, may_buy: bool = True
    ) -> Iterator[InstructionBlock]:
        """Buy or sell towards the target; cash that an earlier try left in the spot wallet goes back unless spent."""
        buys = may_buy and view.state is not TradingState.REDUCING
        yield from self._trade_towards(view, equity, purpose, buys)
        if self.keeps_cash and not self.refused:
            yield from self.sweep_home(view.portfolio)

    def _trade_towards(
        self, view: DecisionView, equity: Decimal, purpose: str, buys: bool
    ) -> Iterator[InstructionBlock]:
        portfolio = view.portfolio
        spot = self._plan.spot
        price = portfolio.reference_price()
        target = sum(self._targets.shares(portfolio, equity).values(), ZERO)
        difference = target - portfolio.base_held() * price
        if abs(difference) <= self._threshold * target and self._targets.is_partial(portfolio):
            return
        amount = self._within_an_order(divide_down(abs(difference), price, spot.step), price)
        if difference > 0:
            if buys and amount * price >= spot.min_notional:
                yield from self._buy_spot(view, amount, price, purpose)
        else:
            amount = min(amount, step_down(portfolio.amount(self._plan.home.spot_location, spot.base), spot.step))
            if amount >= spot.min_quantity and amount * price >= spot.min_notional:
                yield from self._place_spot(portfolio, "sell", amount, purpose)
                yield from self.sweep_home(portfolio)

    def _within_an_order(self, amount: Decimal, price: Decimal) -> Decimal:
        """``amount``, cut to what one order may be."""
        within = self._orders.within_an_order(amount, price, self._plan.spot.step)
        # What fees took from the rounds before is no reason for another one.
        largest = self._plan.max_order_notional
        self._is_cut = largest is not None and amount * price > largest * (ONE + self._threshold)
        return within

    def _buy_spot(
        self, view: DecisionView, amount: Decimal, price: Decimal, purpose: str
    ) -> Iterator[InstructionBlock]:
        plan = self._plan
        portfolio = view.portfolio
        bound = price * (ONE + plan.max_slippage)
        location = plan.home.spot_location
        owed = self.owed.get(location, ZERO)
        yield from self._capital.provide_spot_cash(portfolio, amount * bound + owed, "sweep")
        missing = amount * bound + owed - self._capital.spendable(portfolio)
        if missing > 0:
            before = self.short(portfolio)
            yield from self._realise_profit(portfolio, missing, purpose)
            if not self._is_hedged_as_before(portfolio, before):
                yield from self.sweep_home(portfolio)
                return
            yield from self._capital.provide_spot_cash(portfolio, amount * bound + owed, "sweep")
        cash = self._capital.spendable(portfolio) - owed
        if cash < amount * bound:
            amount = divide_down(max(cash, ZERO), bound, plan.spot.step)
            self.short_of_cash_at = view.row
        if amount >= plan.spot.min_quantity and amount * price >= plan.spot.min_notional:
            held = portfolio.base_held()
            yield from self._place_spot(portfolio, "buy", amount, purpose)
            if portfolio.base_held() == held:
                self.keeps_cash = True
                if location != plan.home.margin_location:
                    self._targets.spot_cash = max(portfolio.amount(location, plan.cash) - owed, ZERO)
                return
        yield from self.sweep_home(portfolio)

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
        yield from self._place_perp(portfolio, hedge, "buy", units, purpose)
        bought = short + portfolio.perp(hedge.spec, perp.symbol)
        if bought > 0:
            yield from self._place_perp(portfolio, hedge, "sell", bought, purpose)

    def _is_hedged_as_before(self, portfolio: Portfolio, before: Decimal) -> bool:
        """Whether a round trip has left the shorts as they were; a thin row may have taken only one side of it."""
        return self.short(portfolio) >= before

    def short(self, portfolio: Portfolio) -> Decimal:
        return -sum((portfolio.perp(hedge.spec, hedge.perp.symbol) for hedge in self._plan.hedges), ZERO)

    def sweep_home(self, portfolio: Portfolio) -> Iterator[InstructionBlock]:
        self.keeps_cash = False
        self._targets.spot_cash = ZERO
        yield from self._capital.sweep(portfolio, self._plan.home_hedge, self.owed)

    def trade_hedges(self, portfolio: Portfolio, purpose: str, *, ahead: Decimal = ZERO) -> Iterator[InstructionBlock]:
        """Bring the shorts to what is held, and to ``ahead`` base units that are about to be bought.

        Where a venue goes down meanwhile, which only a real one does, the others take its share. Was that all of it, no
        hedge is refused: another try would have them buy back what they have taken.
        """
        was_refused, went_down = self.hedge_refused, False
        for _ in self._targets.opened:
            self._went_down = False
            yield from self._bring_shorts(portfolio, purpose, ahead)
            went_down = went_down or self._went_down
            if not self._went_down:
                break
        if went_down:
            self.hedge_refused = was_refused or not self._is_hedged(portfolio, ahead)

    def _bring_shorts(self, portfolio: Portfolio, purpose: str, ahead: Decimal) -> Iterator[InstructionBlock]:
        """Up to where a venue goes down: what the others are to carry is another amount then."""
        targets = self._targets
        if self._plan.keeps_spot:
            shares = targets.kept_spot_shares(portfolio)
        else:
            shares = targets.shares(portfolio, portfolio.equity(), is_bought=True)
        shorts = targets.shorts(portfolio, self._wanted_short(portfolio, ahead), shares)
        for hedge in self._targets.opened:
            yield from self.trade_perp(portfolio, hedge, -shorts[hedge.venue], purpose)
            if self._went_down:
                return

    def _wanted_short(self, portfolio: Portfolio, ahead: Decimal) -> Decimal:
        if self._plan.keeps_spot:
            return self._targets.kept_spot_short(portfolio)
        return (portfolio.base_held() + ahead) * self._plan.settings.hedge_ratio

    def _is_hedged(self, portfolio: Portfolio, ahead: Decimal) -> bool:
        """Whether the shorts are off by less than the least order of some perpetual, as they are once rounded."""
        missing = abs(self._wanted_short(portfolio, ahead) - self.short(portfolio))
        perps = [hedge.perp for hedge in self._targets.opened]
        prices = [portfolio.price(perp.venue, perp.symbol, "perp") for perp in perps]
        return any(
            missing < perp.min_quantity or missing * price < perp.min_notional
            for perp, price in zip(perps, prices, strict=True)
        )

    def hedges_of(self, portfolio: Portfolio, bought: Decimal) -> list[CexTrade]:
        """The shorts that ``bought`` base units more will need, as far as they open something."""
        targets = self._targets
        total = (portfolio.base_held() + bought) * self._plan.settings.hedge_ratio
        shorts = targets.shorts(portfolio, total, targets.shares(portfolio, portfolio.equity(), is_bought=True))
        trades = []
        for hedge in targets.opened:
            amount = shorts[hedge.venue] + portfolio.perp(hedge.spec, hedge.perp.symbol)
            price = portfolio.price(hedge.venue, hedge.perp.symbol, "perp")
            if amount >= hedge.perp.min_quantity and amount * price >= hedge.perp.min_notional:
                trades.append(self._orders.perp(hedge, "sell", amount, ""))
        return trades

    def trade_perp(
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
        yield from self._place_perp(portfolio, hedge, "buy" if closes else "sell", amount, purpose)
