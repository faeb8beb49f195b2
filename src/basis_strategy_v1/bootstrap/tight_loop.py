"""The tight loop of one run: the books, the monitors on them, reconciliation and the handler that drives them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Protocol

import msgspec

from basis_strategy_v1.core.domain.clock import SimulationClock
from basis_strategy_v1.core.domain.conversions import float_from_decimal
from basis_strategy_v1.core.domain.ledger import Ledger
from basis_strategy_v1.core.domain.market import MarketColumns
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.event_logger import EventLogger
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import HoldingCatalog
from basis_strategy_v1.core.monitors.exposure_monitor import ExposureMonitor
from basis_strategy_v1.core.monitors.pnl_monitor import PnLMonitor
from basis_strategy_v1.core.monitors.position_monitor import PositionMonitor
from basis_strategy_v1.core.monitors.risk_monitor import RiskMonitor
from basis_strategy_v1.core.reconciliation.compare import Tolerances
from basis_strategy_v1.core.reconciliation.outside_money import comes_from_outside
from basis_strategy_v1.core.reconciliation.reconciliation_component import ReconciliationComponent
from basis_strategy_v1.core.strategies.components.position_update_handler import PositionUpdateHandler

MILLISECONDS_PER_SECOND = 1_000.0
REQUESTS_PER_OBSERVATION = 4
"""At most: a request for each wallet, its positions and their orders."""
QUESTIONS = 3
"""In time when they were asked, and answered late: the last two looks, and what happened meanwhile between them."""


class ObservationPace(Protocol):
    """When a venue that differs, or is silent, is asked again: in the time that venues go by."""

    def elapsed_ms(self) -> float:
        """Milliseconds on a clock that only moves forward."""

    def wait(self, observations: int) -> None:
        """Let time pass before the next look; ``observations`` were made."""


class TightLoop(msgspec.Struct, frozen=True):
    """What runs after every executed instruction."""

    positions: PositionMonitor
    pnl: PnLMonitor
    exposure: ExposureMonitor
    risk: RiskMonitor
    reconciliation: ReconciliationComponent
    handler: PositionUpdateHandler


def tight_loop(
    settings: RunSettings,
    specs: tuple[VenueSpec, ...],
    market: MarketColumns,
    clock: SimulationClock,
    events: EventLogger,
    pace: ObservationPace | None = None,
) -> TightLoop:
    """Monitors over one empty ledger; reconciliation still lacks the accounts it asks.

    ``pace`` says when a venue is asked again; a backtest asks at once, and few times.
    """
    ledger = Ledger(HoldingCatalog(market, settings.asset, clock))
    positions = PositionMonitor(ledger)
    pnl = PnLMonitor(ledger, market, 0)
    exposure = ExposureMonitor(ledger)
    risk = RiskMonitor(ledger, specs, settings.risk)
    patience: dict[str, Any] = {}
    if pace is not None:
        patience = {"clock": pace, "wait": pace.wait, "until_timeout": True}
        patience["from_outside"] = comes_from_outside(settings.asset)
    limit: dict[str, Any] = {} if pace is None else {"time_limit_ms": _longest_loop_ms(settings)}
    reconciliation = ReconciliationComponent(
        settings.reconciliation, positions, tolerances(settings, specs), events, **patience
    )
    handler = PositionUpdateHandler(positions, reconciliation, exposure, risk, pnl, events, clock, **limit)
    return TightLoop(positions, pnl, exposure, risk, reconciliation, handler)


def _longest_loop_ms(settings: RunSettings) -> float:
    """How long a loop may take whose venue answers as slowly as the settings permit.

    Stopping earlier would leave the first leg of a block without its second, for the sake of a slow answer.
    """
    late_answers = settings.execution.venue_timeout * REQUESTS_PER_OBSERVATION * QUESTIONS
    return float_from_decimal(settings.reconciliation.timeout + late_answers) * MILLISECONDS_PER_SECOND


def tolerances(settings: RunSettings, specs: tuple[VenueSpec, ...]) -> Tolerances:
    """How far books and venue may differ: counted in each perpetual's smallest step over all venues, and known dust."""
    steps: dict[str, Decimal] = {}
    dust: dict[str, Decimal] = {}
    for spec in specs:
        dust.update(spec.known_dust)
        for instrument in spec.instruments:
            if instrument.trade_type == "perp":
                steps[instrument.asset] = min(instrument.step, steps.get(instrument.asset, instrument.step))
    return Tolerances(settings.reconciliation.tolerance_steps, steps, dust=dust)
