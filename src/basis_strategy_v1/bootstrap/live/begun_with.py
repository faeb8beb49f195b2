"""What positions were made for: a share class, and the venue where spot is held. Neither changes under them.

Another share class would hedge another share of what is held, another home could not sell it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from basis_strategy_v1.core.domain.deltas import Changes
from basis_strategy_v1.core.domain.market import PERP_SUFFIX
from basis_strategy_v1.core.domain.quantities import ZERO
from basis_strategy_v1.core.domain.settings import RunSettings
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.execution.journal import RunJournal
from basis_strategy_v1.core.execution.restore import RestoredState
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.core.monitors.catalog import venue_of

COMPONENT = "BasisStrategy"
CODE = "CFG-003"
KEPT_AS = "begun_with "
"""Before the names under which the journal keeps them, beside the venues' cursors."""
SHARE_CLASS = "share_class"
HOME = "home"
AT = " at "
DUST = Decimal(10)
"""USD of coins that are too few to be sold."""


def refuse_changed_terms(journal: RunJournal, restored: RestoredState, settings: RunSettings) -> None:
    """Raise CFG-003 where share class or home are others than those that the run's positions were made for.

    So it is where perpetuals are held at a venue that is no hedge any more: no exit would close them. Where nothing is
    held all of it may change; what holds from now on is kept in the journal.
    """
    terms = {SHARE_CLASS: settings.share_class, HOME: home_of(settings)}
    units = _units(restored, settings.asset)
    left = [name for name in units if PERP_SUFFIX in name and _venue(name) not in settings.strategy.hedge_allocation]
    if left:
        message = f"strategy.hedge_allocation leaves out where the run holds {', '.join(left)}"
        remedy = "Start it with the venues it was begun with; a share of 0 closes what is there."
        raise ComponentError(CODE, message, COMPONENT, remedy=remedy)
    held = ", ".join(f"{amount} {name}" for name, amount in units.items())
    if not held and (restored.unresolved or restored.unbooked):
        held = "instructions that are not booked yet"
    for name, wanted in terms.items():
        kept = restored.cursors.get(KEPT_AS + name)
        if kept == wanted:
            continue
        if kept is not None and held:
            raise ComponentError(CODE, _words(name, kept, wanted, held), COMPONENT, remedy=_remedy(name, kept))
        journal.set_cursor(KEPT_AS + name, wanted)


def home_of(settings: RunSettings) -> str:
    """The venue where spot is held; empty where none is."""
    return next(iter(settings.strategy.hedge_allocation), "")


def places_of_coins(settings: RunSettings, specs: Sequence[VenueSpec]) -> tuple[str, ...]:
    """Where coins of the run's asset may come in: at home, and in a share class in kind at any other hedge venue."""
    hedges = [spec for spec in specs if spec.venue in settings.strategy.hedge_allocation]
    is_in_kind = settings.currency == settings.asset
    away = [place for spec in hedges if spec.venue != home_of(settings) for place in _takes_coins(spec)]
    at_home = [spec.spot_location for spec in hedges if spec.venue == home_of(settings)]
    return (*at_home, *(away if is_in_kind else ()))


def _takes_coins(spec: VenueSpec) -> list[str]:
    """The locations of a venue but for a wallet that is for margin alone: it shows no coins."""
    return [place for place in spec.locations if place != spec.margin_location or place == spec.spot_location]


def refuse_coins_elsewhere(opening: Changes, settings: RunSettings, specs: Sequence[VenueSpec], price: Decimal) -> None:
    """Raise CFG-003 where the books would open with coins that the run cannot sell, for they are not at home."""
    places = places_of_coins(settings, specs)
    for location, assets in opening.items():
        units = assets.get(settings.asset, ZERO)
        if places and location not in places and units * price >= DUST:
            message = f"{location} holds {units} {settings.asset}, which this run sells at {places[0]} only"
            remedy = f"Move it to {places[0]}, or name the venue where it is first in strategy.hedge_allocation."
            raise ComponentError(CODE, message, COMPONENT, remedy=remedy)


def _units(restored: RestoredState, base: str) -> dict[str, Decimal]:
    """Coins and perpetuals that the run holds, by ``asset at location``; without dust."""
    if restored.pnl is None:
        return {}
    units: dict[str, Decimal] = {}
    for booking in restored.bookings:
        for location, assets in booking.changes.items():
            for asset, amount in assets.items():
                if asset == base or asset.endswith(PERP_SUFFIX):
                    name = f"{asset}{AT}{location}"
                    units[name] = units.get(name, ZERO) + amount
    price = restored.pnl.reference
    return {
        name: amount
        for name, amount in units.items()
        if amount and (amount * price >= DUST or not name.startswith(f"{base}{AT}"))
    }


def _venue(name: str) -> str:
    return venue_of(name.partition(AT)[2])


def _words(name: str, kept: str, wanted: str, held: str) -> str:
    if name == HOME:
        return f"{wanted} comes first in strategy.hedge_allocation, but the run holds its spot at {kept}: {held}"
    return f"share_class is {wanted}, but the run was begun with {kept}, and holds {held}"


def _remedy(name: str, kept: str) -> str:
    setting = f"{kept} first in strategy.hedge_allocation" if name == HOME else f"share_class={kept}"
    return f"Start it with {setting}; leave everything with strategy.exit_at before it is changed."
