"""btc_basis and eth_basis in a plain loop over the rows: the rules of ``docs/strategies.md`` a second time.

Only what happens without transfers between venues, flows, limits breached and liquidations; at the soft limit the
reference refuses to go on. A row fills no more than a twentieth of its volume. Tests (``when``) are float64, sizes
are decimal.
"""

from __future__ import annotations

from decimal import Context, Decimal, localcontext

from tests.acceptance.reference.parameters import BasisRun, HedgeVenue, Market, Order, Outcome, State
from tests.acceptance.reference.series import Dataset
from tests.acceptance.reference.short_account import CENT, ZERO, ShortAccount

SOFT_LIMIT = 0.05
SHARE_OF_VOLUME = Decimal("0.05")
LARGEST_NOTIONAL = Decimal(5_000_000)

FACTOR_STEP = Decimal("0.0001")
LEAST_FACTOR = Decimal("1.05")


def run_basis(run: BasisRun, data: Dataset) -> Outcome:
    """The run over all rows of ``data``."""
    with localcontext(Context(prec=60)):
        return _Reference(run, data).compute()


class _Reference:
    def __init__(self, run: BasisRun, data: Dataset) -> None:
        self.run = run
        self.timestamps = data.timestamps
        self.spot = data.series(run.spot.price, run.spot.tick)
        self.spot_prices = self.spot.decimals()
        self.prices = [data.series(v.perpetual.price, v.perpetual.tick).values() for v in run.venues]
        self.marks = [data.series(v.mark, v.perpetual.tick).decimals() for v in run.venues]
        self.spot_volume = _volumes(data, run.spot)
        self.volumes = [_volumes(data, venue.perpetual) for venue in run.venues]
        self.rates = [_funding(data, venue, run.funding_unit) for venue in run.venues]
        self.caps = [(run.margin_ratio_max / v.maintenance_rate / run.hedge_ratio) // CENT * CENT for v in run.venues]
        self.accounts = [ShortAccount() for _ in run.venues]
        self.beside = [ZERO for _ in run.venues]
        self.opened = [False for _ in run.venues]
        self.held = ZERO
        self.short_of_cash = False
        self.outcome = Outcome(timestamps=data.timestamps)

    def compute(self) -> Outcome:
        for venue, account in zip(self.run.venues, self.accounts, strict=True):
            cash = self.run.capital * venue.initial_share
            if venue.holds_cash_beside:
                self.beside[self.run.venues.index(venue)] = cash
            else:
                account.cash = cash
        for row in range(len(self.timestamps)):
            self.settle_funding(row)
            if not self.spot.missing[row] and self.wants_to_trade(row):
                self.rebalance(row)
            self.refuse_what_is_not_covered(row)
            self.outcome.nav.append(self.nav(row))
            balances = tuple(a.balance(m[row]) for a, m in zip(self.accounts, self.marks, strict=True))
            self.outcome.states.append(State(self.held, tuple(a.short for a in self.accounts), balances))
        self.outcome.final_nav = self.outcome.nav[-1]
        return self.outcome

    def settle_funding(self, row: int) -> None:
        for account, marks, rates in zip(self.accounts, self.marks, self.rates, strict=True):
            rate = rates[row]
            if rate is not None:
                self.outcome.funding += account.receive_funding(marks[row], rate)

    def nav(self, row: int) -> Decimal:
        margin = sum((a.balance(m[row]) for a, m in zip(self.accounts, self.marks, strict=True)), ZERO)
        return margin + sum(self.beside, ZERO) + self.held * self.spot_prices[row]

    def spot_terms(self, row: int, equity: Decimal, wanted: list[Decimal] | None = None) -> list[Decimal]:
        """What each venue's part of the spot target is; the target is their sum."""
        wishes = wanted or [venue.weight * self.run.spot_allocation * equity for venue in self.run.venues]
        terms = [ZERO for _ in self.run.venues]
        # Home is the first venue and comes last: what it can carry depends on what the others do.
        for index in reversed(range(len(self.run.venues))):
            if not self.opened[index]:
                continue
            balance = self.accounts[index].balance(self.marks[index][row])
            carried = self.caps[index] * balance
            if index == 0:
                factor = self.caps[0] / (1 + self.caps[0]) // FACTOR_STEP * FACTOR_STEP
                carried = factor * (balance + self.held * self.spot_prices[row] - sum(terms))
            terms[index] = max(ZERO, min(wishes[index], carried))
            if terms[index] < self.least_term(row, index):
                terms[index] = ZERO
        return terms

    def least_term(self, row: int, index: int) -> Decimal:
        """Below a minimum notional and a lot nothing is carried; half of it keeps a short that is there."""
        market = self.run.venues[index].perpetual
        least = (market.min_notional + market.step * self.spot_prices[row]) * LEAST_FACTOR / self.run.hedge_ratio
        return least / 2 if self.accounts[index].short else least

    def traded_terms(self, row: int, equity: Decimal) -> list[Decimal]:
        """The same at a row where a venue is down: it stays with what its short covers, and the others are asked."""
        terms = self.spot_terms(row, equity)
        up = [index for index in range(len(terms)) if self.opened[index] and self.prices[index][row] is not None]
        down = [index for index in range(len(terms)) if self.opened[index] and index not in up]
        if not up or not down:
            return terms
        wishes = [venue.weight * self.run.spot_allocation * equity for venue in self.run.venues]
        unplaced = ZERO
        for index in down:
            covered = self.accounts[index].short * self.spot_prices[row] / self.run.hedge_ratio // CENT * CENT
            wishes[index] = min(terms[index], covered)
            unplaced += terms[index] - wishes[index]
        weights = sum((self.run.venues[index].weight for index in up), ZERO)
        for index in up:
            wishes[index] += unplaced * self.run.venues[index].weight / weights // CENT * CENT
        return self.spot_terms(row, equity, wishes)

    def is_any_down(self, row: int) -> bool:
        return any(opened and prices[row] is None for opened, prices in zip(self.opened, self.prices, strict=True))

    def can_open(self, row: int, index: int) -> bool:
        if self.opened[index]:
            return False
        balance = float(self.accounts[index].balance(self.marks[index][row]) + self.beside[index])
        share = float(self.run.venues[index].weight) * (1 - float(self.run.spot_allocation))
        return balance >= 0.5 * share * float(self.nav(row))

    def wants_to_trade(self, row: int) -> bool:
        if any(self.can_open(row, index) for index in range(len(self.run.venues))):
            return True
        target = float(sum(self.spot_terms(row, self.nav(row))))
        excess = float(self.held) * float(self.spot_prices[row]) - target
        if excess > self.run.threshold * target:
            return True
        if -excess > self.run.threshold * target and not self.short_of_cash:
            return True
        wanted = float(self.run.hedge_ratio) * float(self.held)
        gap = abs(sum(float(account.short) for account in self.accounts) - wanted)
        lots = sum(float(venue.perpetual.step) for venue in self.run.venues)
        return gap > self.run.threshold * wanted + lots

    def rebalance(self, row: int) -> None:
        self.short_of_cash = False
        openable = [self.can_open(row, index) for index in range(len(self.run.venues))]
        for index, account in enumerate(self.accounts):
            account.cash += self.beside[index]
            self.beside[index] = ZERO
            self.opened[index] = self.opened[index] or openable[index]
        self.trade_spot(row)
        self.trade_shorts(row)

    def trade_spot(self, row: int) -> None:
        market, home, price = self.run.spot, self.accounts[0], self.spot_prices[row]
        target = sum(self.traded_terms(row, self.nav(row)), ZERO)
        change = target - self.held * price
        if self.is_any_down(row) and abs(change) <= Decimal(str(self.run.threshold)) * target:
            return
        quantity = _down(abs(change) / price, market.step)
        if change > 0 and _is_large_enough(quantity, price, market):
            quantity = self.what_cash_buys(row, quantity)
        if not _is_large_enough(quantity, price, market):
            return
        quantity = _filled(quantity, price, self.spot_volume[row], market)
        if change > 0:
            home.cash -= quantity * price
            self.held += quantity * (1 - market.taker_fee)
        else:
            home.cash += quantity * price * (1 - market.taker_fee)
            self.held -= quantity
        self.outcome.fees += quantity * price * market.taker_fee
        self.note(row, 0, "spot", quantity if change > 0 else -quantity, price)

    def what_cash_buys(self, row: int, quantity: Decimal) -> Decimal:
        """``quantity`` cut to the cash that the home margin account can pay, once its profit is realised if need be.

        What is brought into the spot wallet and not spent goes back at once, so only its amount matters.
        """
        home = self.accounts[0]
        unit_cost = self.spot_prices[row] * (1 + self.run.max_slippage)
        need = quantity * unit_cost
        cash = self.payable(row)
        if cash < need:
            home.cash -= cash
            self.realise_profit(row, need - cash)
            home.cash += cash
            cash = self.payable(row)
        if cash >= need:
            return quantity
        self.short_of_cash = True
        return _down(cash / unit_cost, self.run.spot.step)

    def payable(self, row: int) -> Decimal:
        return self.accounts[0].payable(self.marks[0][row], self.run.venues[0].leverage)

    def realise_profit(self, row: int, missing: Decimal) -> None:
        """Buy back and sell again as much of the home short as frees ``missing``."""
        account, market, price = self.accounts[0], self.run.venues[0].perpetual, self.prices[0][row]
        if price is None or account.entry_value <= account.short * price:
            return
        profit = account.entry_value - account.short * price
        quantity = min(_down(missing * account.short / profit, market.step) + market.step, account.short)
        if quantity * price >= market.min_notional:
            self.trade_perpetual(row, 0, quantity, price)
            self.trade_perpetual(row, 0, -quantity, price)

    def trade_shorts(self, row: int) -> None:
        terms = self.traded_terms(row, self.nav(row))
        total = self.run.hedge_ratio * self.held
        tradable = []
        for index, opened in enumerate(self.opened):
            if opened and self.prices[index][row] is None:
                total -= self.accounts[index].short
            elif opened:
                tradable.append(index)
        left, weights = total, sum((terms[index] for index in tradable), ZERO)
        passed, targets = ZERO, dict.fromkeys(tradable, ZERO)
        tradable = [index for index in tradable if terms[index]]
        for index in tradable:
            market, price, short = self.run.venues[index].perpetual, self.prices[index][row], self.accounts[index].short
            assert price is not None
            part = left if index == tradable[-1] else _down(total * terms[index] / weights, market.step) + passed
            wanted = _down(max(ZERO, part), market.step)
            if wanted > short and not _is_large_enough(wanted - short, price, market):
                targets[index] = short
            else:
                targets[index] = wanted
            passed = wanted - targets[index]
            left -= targets[index]
        for index, wanted in targets.items():
            self.move_short(row, index, wanted)

    def move_short(self, row: int, index: int, wanted: Decimal) -> None:
        price = self.prices[index][row]
        assert price is not None
        if self.accounts[index].short != wanted:
            self.trade_perpetual(row, index, self.accounts[index].short - wanted, price)

    def trade_perpetual(self, row: int, index: int, quantity: Decimal, price: Decimal) -> None:
        """Buy (> 0) or sell as much of ``quantity`` as the row fills."""
        market = self.run.venues[index].perpetual
        filled = _filled(abs(quantity), price, self.volumes[index][row], market).copy_sign(quantity)
        self.outcome.fees += self.accounts[index].trade(filled, price, market.taker_fee)
        self.note(row, index, "perp", filled, price)

    def note(self, row: int, index: int, trade_type: str, quantity: Decimal, price: Decimal) -> None:
        if quantity == 0:
            return
        name = self.run.venues[index].name
        self.outcome.orders.append(Order(self.timestamps[row], name, trade_type, quantity, price))

    def refuse_what_is_not_covered(self, row: int) -> None:
        for account, marks, venue in zip(self.accounts, self.marks, self.run.venues, strict=True):
            need = float(venue.maintenance_rate * account.short * marks[row])
            assert need <= SOFT_LIMIT * float(account.balance(marks[row])), f"row {row}: {venue.name} is at its limit"


def _funding(data: Dataset, venue: HedgeVenue, unit: Decimal) -> list[Decimal | None]:
    return data.series(venue.funding, unit).values()


def _volumes(data: Dataset, market: Market) -> list[float | None]:
    """What trades after each row, in base units; None where the data does not say."""
    if market.volume is None:
        return [None] * len(data.timestamps)
    return [volume if volume > 0 else None for volume in data.raw(market.volume)]


def _filled(quantity: Decimal, price: Decimal, volume: float | None, market: Market) -> Decimal:
    """What a row fills of a market order: a twentieth of its volume at most; the rest expires."""
    most = LARGEST_NOTIONAL / price if volume is None else SHARE_OF_VOLUME * Decimal(repr(volume))
    return min(quantity, _down(most, market.step))


def _down(value: Decimal, step: Decimal) -> Decimal:
    return value // step * step


def _is_large_enough(quantity: Decimal, price: Decimal, market: Market) -> bool:
    return quantity >= market.min_quantity and quantity * price >= market.min_notional
