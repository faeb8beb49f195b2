"""From a mode's settings to its strategy. The only place that knows which mode runs."""

from __future__ import annotations

from collections.abc import Callable

from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import venue_of
from basis_strategy_v1.core.strategies.basis_limits import refuse_too_little_margin
from basis_strategy_v1.core.strategies.basis_plan import BasisPlan, HedgeVenue
from basis_strategy_v1.core.strategies.basis_strategy import BasisStrategy
from basis_strategy_v1.core.strategies.strategy import Strategy

SpecOf = Callable[[str], VenueSpec]


def basis_strategy(settings: RunSettings, spec_of: SpecOf) -> Strategy:
    """Spot at the first exchange of the hedge, shorts where ``hedge_allocation`` says."""
    hedges: list[HedgeVenue] = []
    for venue, allocation in settings.strategy.hedge_allocation.items():
        spec = spec_of(venue)
        perp = _instrument(spec, settings.asset, "perp")
        if spec.margin is None:
            raise ComponentError("EIF-007", f"venue {venue} has no margin account", "StrategyModes")
        hedges.append(HedgeVenue(venue, spec, perp, allocation))
    home = hedges[0].spec
    spot = _instrument(home, settings.asset, "spot")
    keeps_spot = settings.currency == settings.asset
    _refuse_elsewhere(settings, keeps_spot)
    plan = BasisPlan(
        base=settings.asset,
        cash=home.margin_currency,
        home=home,
        spot=spot,
        hedges=tuple(hedges),
        settings=settings.strategy,
        max_slippage=settings.execution.max_slippage,
        keeps_spot=keeps_spot,
        max_notional=settings.risk.max_notional,
        max_order_notional=settings.execution.max_order_notional,
    )
    refuse_too_little_margin(plan)
    return BasisStrategy(plan)


def _instrument(spec: VenueSpec, asset: str, trade_type: str) -> Instrument:
    """What trades ``asset`` at a venue: symbols are the venue's own (``BTCUSDT``, or plainly ``BTC``)."""
    for instrument in spec.instruments:
        if (instrument.base, instrument.trade_type) == (asset, trade_type):
            return instrument
    kind = "spot" if trade_type == "spot" else "perpetual"
    raise ComponentError("EIF-007", f"venue {spec.venue} has no {kind} of {asset}", "StrategyModes")


def _refuse_elsewhere(settings: RunSettings, keeps_spot: bool) -> None:
    """Refuse a share class in kind that starts where the strategy fetches nothing from."""
    venues = settings.strategy.hedge_allocation
    elsewhere = sorted({venue_of(location) for location in settings.initial_location} - set(venues))
    if keeps_spot and elsewhere:
        raise ComponentError(
            "CFG-003",
            f"initial_location names {', '.join(elsewhere)}, which strategy.hedge_allocation does not",
            "StrategyModes",
            remedy=f"Start with {settings.asset} at {' or '.join(venues)}; it is sent to the first of them.",
        )


def lending_strategy(settings: RunSettings, spec_of: SpecOf) -> Strategy:
    """All of the share class's currency supplied to Aave."""
    from basis_strategy_v1.core.strategies.lending_strategy import LendingPlan, LendingStrategy

    return LendingStrategy(LendingPlan(token=settings.currency, protocol=spec_of("aave").venue))


STRATEGIES: dict[str, Callable[[RunSettings, SpecOf], Strategy]] = {
    "btc_basis": basis_strategy,
    "eth_basis": basis_strategy,
    "pure_lending": lending_strategy,
}


def make_strategy(settings: RunSettings, spec_of: SpecOf) -> Strategy:
    """The strategy of ``settings.mode``.

    Raises:
        ComponentError: CFG-001 for a mode that does not run, EIF-007 where a venue lacks an instrument.
    """
    maker = STRATEGIES.get(settings.mode)
    if maker is None:
        raise ComponentError("CFG-001", f"mode {settings.mode!r} does not run; {', '.join(STRATEGIES)} do")
    return maker(settings, spec_of)
