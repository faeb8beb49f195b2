"""What a strategy is."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from basis_strategy_v1.core.domain.instructions import CexTrade, InstructionBlock
from basis_strategy_v1.core.strategies.decision_view import DecisionView, TradingState
from basis_strategy_v1.core.strategies.portfolio import Portfolio
from basis_strategy_v1.core.strategies.triggers import Trigger

__all__ = ["DecisionView", "OpeningCapital", "OpeningOutlook", "Strategy", "TradingState"]


class OpeningCapital(msgspec.Struct, frozen=True):
    """What a run begins with: USD of cash by venue, base units, and the price of spot."""

    cash: Mapping[str, Decimal]
    base: Decimal
    price: Decimal


class OpeningOutlook(msgspec.Struct, frozen=True):
    """What a strategy could open with it.

    Attributes:
        refusal: why nothing at all; empty where something opens.
        needed: equity in USD with which something would; None where more capital is not what is missing.
        left_out: a line per venue that opens nothing while others do.
    """

    refusal: str = ""
    needed: Decimal | None = None
    left_out: tuple[str, ...] = ()


class Strategy(ABC):
    """Decides what to do. It never executes, and it never learns whether it runs live.

    ``decide`` first tests, on the row's floats, whether there is anything to do, and returns ``()`` if not. Otherwise
    it returns blocks; a generator is run lazily: each block is executed before the next is asked for, so that a hedge
    is sized by what the spot trade really brought. One that cannot go on because nothing trades raises EXI-003: the
    row's decision stops there.
    """

    @abstractmethod
    def triggers(self) -> Sequence[Trigger]:
        """Predicates of which at least one fires at every row where ``decide`` has something to do."""

    @abstractmethod
    def decide(self, view: DecisionView) -> Iterable[InstructionBlock]:
        """The instruction blocks of this row; ``()`` when there is nothing to do."""

    @abstractmethod
    def close(self, view: DecisionView) -> Iterable[InstructionBlock]:
        """Exit in full. Asked again at the next row while ``is_closed`` says no."""

    @abstractmethod
    def is_closed(self, view: DecisionView) -> bool:
        """Whether nothing is left that ``close`` could still close."""

    def next_time(self) -> int | None:
        """A time (ns) known beforehand at which ``decide`` must be asked; None when there is none."""
        return None

    def resume(self, portfolio: Portfolio) -> None:  # noqa: B027
        """Go on with what is held already: told once, before the first row, when another process began the run.

        By default nothing is kept from one row to the next.
        """

    def opening_outlook(self, capital: OpeningCapital) -> OpeningOutlook:
        """Whether ``capital`` is enough for the least orders. By default it is."""
        return OpeningOutlook()

    def left_out(self, portfolio: Portfolio) -> Sequence[str]:
        """Venues that carry nothing as things stand, for the capital is too small for them: a line each."""
        return ()

    def following_trades(self, trade: CexTrade, portfolio: Portfolio) -> Sequence[CexTrade]:
        """What the strategy will trade next because of ``trade``, as far as it is known: a hedge that comes second.

        Asked before ``trade`` is sent, so that it is not sent where what must follow could not be.
        """
        return ()

    def after_liquidation(self, view: DecisionView) -> Iterable[InstructionBlock]:
        """What must be sold when a venue has taken the hedge away; asked at each row until ``is_hedged``.

        By default the strategy is closed.
        """
        return self.close(view)

    def is_hedged(self, view: DecisionView) -> bool:
        """Whether nothing is left that ``after_liquidation`` could still sell."""
        return self.is_closed(view)

    def note_redemptions(self, redemptions: dict[str, Decimal]) -> None:  # noqa: B027
        """Told whenever ``{location: amount}`` waiting to be paid out has changed. By default nothing is kept."""

    def pay_out(self, view: DecisionView) -> Iterable[InstructionBlock]:
        """Bring cash to where ``view.redemptions`` will be paid, once nothing is decided any more."""
        return ()

    def notices(self) -> Sequence[str]:
        """What a person should know of how the strategy could act, a line each; asked after the run."""
        return ()
