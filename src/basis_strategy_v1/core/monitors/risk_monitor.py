"""RiskMonitor: margin ratio of each account, and the limits of the run."""

from __future__ import annotations

from decimal import Decimal
from enum import Enum
from functools import partial
from typing import Any

from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.settings import RiskSettings
from basis_strategy_v1.core.domain.uncertain import Uncertain, UncertainSource, exposure_bounds, least_value
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.margin_account import MarginAccount, MarginState
from basis_strategy_v1.core.monitors.worst_case import worst_margin


class RiskLevel(Enum):
    """How bad it is: beyond the soft limit positions are reduced, beyond the hard one everything is closed."""

    NORMAL = "normal"
    SOFT = "soft"
    HARD = "hard"


_NORMAL, _SOFT, _HARD = RiskLevel


class RiskMonitor:
    """Checks margin and notional after each instruction, delta at the end of a block.

    Holdings must be marked at the current row (``PnLMonitor.mark_to``).

    Attributes:
        uncertain: tells what may have happened or not; every limit is then held against the worst of it. None where no
            answer is ever lost.
    """

    def __init__(self, ledger: Ledger, specs: tuple[VenueSpec, ...], settings: RiskSettings) -> None:
        self._ledger = ledger
        self._specs = {spec.venue: spec for spec in specs}
        self.uncertain: UncertainSource | None = None
        self._accounts = {spec.venue: MarginAccount(ledger, spec) for spec in specs if spec.margin is not None}
        self._soft = settings.margin_ratio_soft
        self._hard = settings.margin_ratio_hard
        self._max_notional = settings.max_notional
        self._max_delta = settings.max_delta_fraction
        self.margins: dict[str, MarginState] = {}
        self.level = _NORMAL
        self.last_update: int | None = None

    def update_state(self, timestamp: int, trigger_source: str, venue: str = "") -> RiskLevel:
        """Re-assess ``venue`` (all venues when empty); the worst level found."""
        self.last_update = timestamp
        if venue:
            account = self._accounts.get(venue)
            self.level = _NORMAL if account is None else self._assess(account)
        else:
            levels = [self._assess(account) for account in self._accounts.values()]
            self.level = _HARD if _HARD in levels else _SOFT if _SOFT in levels else _NORMAL
        return self.level

    def _assess(self, account: MarginAccount) -> RiskLevel:
        state = account.state()
        if self.uncertain is not None and (uncertain := self.uncertain()):
            state = self._worst(account, state, uncertain)
        self.margins[account.venue] = state
        if state.maintenance > self._soft * state.balance:
            return _HARD if state.maintenance > self._hard * state.balance else _SOFT
        if self._max_notional is not None and state.notional > self._max_notional:
            return _SOFT
        return _NORMAL

    def _worst(self, account: MarginAccount, state: MarginState, uncertain: Uncertain) -> MarginState:
        spec = self._specs[account.venue]
        return worst_margin(state, spec, partial(self._ledger.amount, spec.margin_location), uncertain)

    def margin_state(self, spec: VenueSpec) -> MarginState:
        """The margin account of ``spec`` from the ledger's holdings and their current prices."""
        return self._accounts[spec.venue].state()

    def delta_within_limit(self, net_exposure: Decimal, reference: Decimal, nav: Decimal) -> bool:
        """Whether the net delta is within the configured fraction of NAV (always, when none is configured)."""
        if self._max_delta is None:
            return True
        if self.uncertain is not None:
            uncertain = self.uncertain()
            net_exposure = max(map(abs, exposure_bounds(net_exposure, uncertain)))
            nav = least_value(nav, uncertain)
        return abs(net_exposure * reference) <= self._max_delta * nav

    @property
    def ratios(self) -> dict[str, Decimal]:
        """The margin ratio of each account, as of its last assessment."""
        return {venue: state.ratio for venue, state in self.margins.items()}

    def get_state_snapshot(self) -> dict[str, Any]:
        return {
            "last_update": self.last_update,
            "level": self.level.value,
            "margin_ratio": self.ratios,
            "uncertain": [] if self.uncertain is None else [change.name for change in self.uncertain()],
        }
