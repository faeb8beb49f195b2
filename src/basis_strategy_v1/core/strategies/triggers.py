"""Triggers: vectorised predicates that tell the engine at which rows a strategy may have something to do.

A trigger only has to be necessary. It may wake a strategy for nothing, never too late: ``decide`` tests the same
expression on the row's floats.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from basis_strategy_v1.core.monitors.portfolio_view import PortfolioView, Series


class Trigger(Protocol):
    """A predicate over derived series."""

    def fires(self, view: PortfolioView) -> Any:
        """True where the strategy must be asked: a bool, or an array of bool over the view's rows."""


class EveryRow:
    """Asks at each row: for strategies that cannot say when."""

    def fires(self, view: PortfolioView) -> bool:
        return True


class Deviation:
    """Fires where ``|current - target| > threshold x target``.

    Args:
        current, target: series of a view.
        threshold: a fraction of the target.
    """

    def __init__(
        self, current: Callable[[PortfolioView], Series], target: Callable[[PortfolioView], Series], threshold: float
    ) -> None:
        self._current = current
        self._target = target
        self._threshold = threshold

    def fires(self, view: PortfolioView) -> Series:
        target = self._target(view)
        return abs(self._current(view) - target) > self._threshold * target


class MarginRatioAbove:
    """Fires where the margin ratio of ``venue`` exceeds ``ratio``."""

    def __init__(self, venue: str, ratio: float) -> None:
        self._venue = venue
        self._ratio = ratio

    def fires(self, view: PortfolioView) -> Series:
        account = view.anchor.account(self._venue)
        return False if account is None else view.margin_above(account, self._ratio)


class MarginRatioBelow:
    """Fires where the margin ratio of ``venue`` is under ``ratio``."""

    def __init__(self, venue: str, ratio: float) -> None:
        self._venue = venue
        self._ratio = ratio

    def fires(self, view: PortfolioView) -> Series:
        account = view.anchor.account(self._venue)
        return False if account is None else view.margin_below(account, self._ratio)


class NavChange:
    """Fires where equity has moved by more than ``fraction`` of what it was at the last event."""

    def __init__(self, fraction: float) -> None:
        self._fraction = fraction

    def fires(self, view: PortfolioView) -> Series:
        nav = view.anchor.nav
        return abs(view.equity() - nav) > self._fraction * nav


class When:
    """Fires where a custom predicate of the view holds."""

    def __init__(self, predicate: Callable[[PortfolioView], Any]) -> None:
        self._predicate = predicate

    def fires(self, view: PortfolioView) -> Any:
        return self._predicate(view)
