"""Capital of a basis strategy: margin goes where shorts are carried, and back to the split when it has drifted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal

from basis_strategy_v1.core.domain.instructions import WalletTransfer
from basis_strategy_v1.core.domain.quantities import ONE, ZERO, divide_down, step_down
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.portfolio import Portfolio

CENT = Decimal("0.01")
SMALLEST_TRANSFER = Decimal(10)
LEAST_GAP = Decimal("0.1")
Kept = Mapping[str, Decimal]
"""Cash by location that is owed to somebody."""
NOTHING: Kept = {}


class BasisCapital:
    """Transfers, and nothing else.

    Attributes:
        refused: whether, since ``begin``, a transfer between venues has not left.
        interrupted: whether the last decision ended within such a transfer, for its outcome was not known, or another
            process may have left one undone.
    """

    def __init__(self, plan: BasisPlan) -> None:
        self._plan = plan
        self.refused = False
        self.interrupted = False
        self._not_sent: dict[str, str] = {}
        self._idle_locations = {
            hedge.venue: tuple(name for name in hedge.spec.locations if name != hedge.spec.margin_location)
            for hedge in plan.hedges
        }

    def begin(self) -> None:
        """A new decision."""
        self.refused = self.interrupted = False

    def notices(self) -> tuple[str, ...]:
        """A line per venue whose margin was too little to be sent, so that it did not open."""
        return tuple(self._not_sent.values())

    def idle_cash(self, portfolio: Portfolio, hedge: HedgeVenue, kept: Kept = NOTHING) -> Decimal:
        """Cash of a venue that is no margin yet, beyond what is ``kept`` at a location."""
        cash = self._plan.cash
        total = ZERO
        for location in self._idle_locations[hedge.venue]:
            amount = portfolio.amount(location, cash)
            total += max(amount - kept[location], ZERO) if location in kept else amount
        return total

    def sweep(self, portfolio: Portfolio, hedge: HedgeVenue, kept: Kept = NOTHING) -> Iterator[WalletTransfer]:
        """Move all idle cash of a venue into its margin account: instant and free."""
        for location in self._idle_locations[hedge.venue]:
            amount = portfolio.amount(location, self._plan.cash) - kept.get(location, ZERO)
            if amount > 0:
                yield self._transfer(location, hedge.spec.margin_location, amount, "sweep")

    def bring_base_home(self, portfolio: Portfolio) -> Iterator[WalletTransfer]:
        """Send the base asset that lies at another hedge venue home, where it is sold for margin."""
        plan = self._plan
        for hedge in plan.hedges[1:]:
            for location in hedge.spec.locations:
                amount = portfolio.amount(location, plan.base)
                if amount * portfolio.reference_price() < SMALLEST_TRANSFER:
                    continue
                if location != hedge.spec.deposit_location:
                    yield self._transfer(location, hedge.spec.deposit_location, amount, "sweep", plan.base)
                yield from self._between(portfolio, hedge, plan.home_hedge, amount, "sweep", plan.base)

    def provide_spot_cash(self, portfolio: Portfolio, amount: Decimal, purpose: str) -> Iterator[WalletTransfer]:
        """Bring the home spot wallet to ``amount``, as far as the home margin account can pay."""
        plan = self._plan
        yield from self._bring(portfolio, plan.home_hedge, plan.home.spot_location, amount, purpose)

    def spendable(self, portfolio: Portfolio) -> Decimal:
        """Cash that a spot purchase at home can spend: of the spot wallet, or of a wallet that is margin as well."""
        plan = self._plan
        if plan.home.margin_location == plan.home.spot_location:
            return self.withdrawable(portfolio, plan.home_hedge)
        return portfolio.amount(plan.home.spot_location, plan.cash)

    def free_for_redemptions(self, portfolio: Portfolio, redemptions: Kept) -> Iterator[WalletTransfer]:
        """Bring cash from margin accounts to where it will be paid out, as far as they can pay."""
        for location, amount in redemptions.items():
            for hedge in self._plan.hedges:
                if location in hedge.spec.locations:
                    yield from self._bring(portfolio, hedge, location, amount, "exit_partial")

    def _bring(
        self, portfolio: Portfolio, hedge: HedgeVenue, location: str, amount: Decimal, purpose: str
    ) -> Iterator[WalletTransfer]:
        source = hedge.spec.margin_location
        missing = amount - portfolio.amount(location, self._plan.cash)
        if source == location or missing <= 0:
            return
        missing = min(self._round_up(missing), self.withdrawable(portfolio, hedge))
        if missing > 0:
            yield self._transfer(source, location, missing, purpose)

    def withdrawable(self, portfolio: Portfolio, hedge: HedgeVenue) -> Decimal:
        """What can leave a margin account: of the wallet, without unrealised profit, above the margin in use."""
        rules = hedge.spec.margin
        assert rules is not None
        state = portfolio.margin(hedge.spec)
        wallet = portfolio.wallet_balance(hedge.spec.margin_location, self._plan.cash)
        in_use = divide_down(state.notional, Decimal(rules.default_leverage), CENT) + CENT if state.notional else ZERO
        return max(step_down(min(wallet, state.balance - in_use), CENT), ZERO)

    def restore_split(
        self, portfolio: Portfolio, equity: Decimal, redemptions: Kept = NOTHING
    ) -> Iterator[WalletTransfer]:
        """Move margin from venues that have too much to those that have too little.

        ``equity`` is what stays after ``redemptions``; what a venue has to pay out is none of its margin.
        """
        plan = self._plan
        margin_share = ONE - plan.settings.spot_allocation
        missing: list[tuple[HedgeVenue, Decimal]] = []
        spare: list[tuple[HedgeVenue, Decimal]] = []
        for hedge in plan.hedges:
            target = hedge.allocation * margin_share * equity
            if hedge.venue == plan.home.venue:
                target += self._spot_purchase(portfolio, equity)
            incoming = portfolio.incoming(hedge.venue, plan.cash)
            owed = sum((redemptions.get(location, ZERO) for location in hedge.spec.locations), ZERO)
            have = portfolio.margin(hedge.spec).balance + self.idle_cash(portfolio, hedge) + incoming - owed
            # Gaps come and go with fills and prices, and closing a small one cures nothing. What is owed is moved.
            slack = ZERO if redemptions else max(SMALLEST_TRANSFER, LEAST_GAP * target)
            if have < target - slack:
                missing.append((hedge, step_down(target - have, CENT)))
            elif have > target:
                spare.append((hedge, step_down(have - target, CENT)))
            elif 2 * have < target and hedge.venue not in self._not_sent:
                self._not_sent[hedge.venue] = (
                    f"{hedge.venue} carried no hedge while its margin was {have:.2f} of {target:.2f} {plan.cash}: "
                    f"no less than {SMALLEST_TRANSFER} {plan.cash} is sent."
                )
        for to_hedge, amount in missing:
            yield from self._collect(portfolio, to_hedge, amount, spare)

    def _spot_purchase(self, portfolio: Portfolio, equity: Decimal) -> Decimal:
        """Cash that will be spent on spot and belongs at home until then; spot that is kept is never added to."""
        if self._plan.keeps_spot:
            return ZERO
        held = portfolio.base_held() * portfolio.reference_price()
        return max(self._plan.settings.spot_allocation * equity - held, ZERO)

    def _collect(
        self, portfolio: Portfolio, to_hedge: HedgeVenue, amount: Decimal, spare: list[tuple[HedgeVenue, Decimal]]
    ) -> Iterator[WalletTransfer]:
        for position, (donor, available) in enumerate(spare):
            part = min(amount, available, self.withdrawable(portfolio, donor))
            if part < SMALLEST_TRANSFER:
                continue
            yield from self._send(portfolio, donor, to_hedge, part)
            spare[position] = (donor, available - part)
            amount -= part

    def _send(
        self, portfolio: Portfolio, donor: HedgeVenue, to_hedge: HedgeVenue, amount: Decimal
    ) -> Iterator[WalletTransfer]:
        source = donor.spec.deposit_location
        if source != donor.spec.margin_location:
            missing = amount - portfolio.amount(source, self._plan.cash)
            if missing > 0:
                yield self._transfer(donor.spec.margin_location, source, missing, "margin_transfer")
        yield from self._between(portfolio, donor, to_hedge, amount, "margin_transfer", self._plan.cash)

    def _between(
        self, portfolio: Portfolio, donor: HedgeVenue, receiver: HedgeVenue, amount: Decimal, purpose: str, token: str
    ) -> Iterator[WalletTransfer]:
        source = donor.spec.deposit_location
        before = portfolio.amount(source, token)
        self.interrupted = True
        yield self._transfer(source, receiver.spec.deposit_location, amount, purpose, token)
        self.interrupted = False
        self.refused = self.refused or portfolio.amount(source, token) == before

    def _transfer(self, source: str, target: str, amount: Decimal, purpose: str, token: str = "") -> WalletTransfer:
        return WalletTransfer(
            from_venue=source, to_venue=target, token=token or self._plan.cash, amount=amount, purpose=purpose
        )

    @staticmethod
    def _round_up(amount: Decimal) -> Decimal:
        lower = step_down(amount, CENT)
        return lower if lower == amount else lower + CENT
