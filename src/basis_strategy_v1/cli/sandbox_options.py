"""The options of ``basis sandbox`` as the sandbox takes them; bad ones are told in one line."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from pathlib import Path

from basis_strategy_v1.core.domain.timestamps import to_nanoseconds
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.clock import ClockMode
from basis_strategy_v1.sandbox.faults import FaultRule, parse_fault_rules
from basis_strategy_v1.sandbox.registry import WIRES, check_venues
from basis_strategy_v1.sandbox.world import OPENING_AMOUNT
from basis_strategy_v1.venues.registry import spec_for

DEFAULT_HEDGE = ("binance", "bybit", "okx")
"""The venues of ``strategy.hedge_allocation`` as the modes have it, spot first."""
_SHARES = {1: ("1",), 2: ("0.6", "0.4"), 3: ("0.4", "0.3", "0.3")}


def chosen_venues(text: str) -> list[str]:
    """Venue names from ``a,b``; all where nothing is named.

    Raises:
        ComponentError: EIF-002 for a venue that the sandbox has not.
    """
    names = [name.strip() for name in text.split(",") if name.strip()] or list(WIRES)
    check_venues(names)
    return list(dict.fromkeys(names))


def hedge_option(venues: list[str]) -> str:
    """What a run on these venues needs beside the defaults: its shorts on them, its spot where its capital is.

    Hyperliquid, whose margin is USDC, stands alone.
    """
    alone = [venue for venue in venues if venue == "hyperliquid" == venues[0]]
    hedged = alone or [venue for venue in venues if venue != "hyperliquid"]
    if hedged[0] == DEFAULT_HEDGE[0] and set(hedged) == set(DEFAULT_HEDGE):
        return ""
    shares = ", ".join(f"{venue}: {share}" for venue, share in zip(hedged, _SHARES[len(hedged)], strict=True))
    return f" --set 'strategy.hedge_allocation={{{shares}}}'"


def clock_options(text: str) -> tuple[ClockMode, float]:
    """Mode and speed from ``manual`` or a number above 0.

    Raises:
        ComponentError: CFG-003.
    """
    if text == "manual":
        return "manual", 1.0
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed <= 1e9:
        remedy = "Give venue seconds per real second, such as 60 and at most 1e9, or manual."
        raise ComponentError("CFG-003", f"--speed is {text!r}, neither 'manual' nor a number above 0", remedy=remedy)
    return "scaled", speed


def opening_balances(texts: list[str], venues: list[str]) -> dict[str, dict[str, Decimal]]:
    """Balances from ``PLACE:ASSET=N``. Without any, the first venue holds what a live run starts with by default.

    That lies where such a run looks for it, at the location named like its first venue; not where deposits arrive.

    Raises:
        ComponentError: CFG-003.
    """
    specs = [spec_for(venue) for venue in venues]
    balances: dict[str, dict[str, Decimal]] = {}
    places = [place for spec in specs for place in spec.locations]
    for text in texts:
        place, _, rest = text.partition(":")
        asset, _, number = rest.partition("=")
        amount = _amount(number)
        if place not in places or not asset or amount is None:
            known = ", ".join(places)
            raise ComponentError(
                "CFG-003",
                f"--balance {text!r} is not PLACE:ASSET=AMOUNT with an amount above 0",
                remedy=f"Write for example binance:USDT=50000; places: {known}.",
            )
        balances.setdefault(place, {})[asset.upper()] = amount
    return balances or {specs[0].venue: {specs[0].margin_currency: OPENING_AMOUNT}}


def read_faults(path: Path | None) -> list[FaultRule]:
    """Fault rules from a YAML or JSON file; none without one.

    Raises:
        ComponentError: CFG-003.
    """
    if path is None:
        return []
    import yaml

    remedy = "Give the path of a readable file of rules, in YAML or JSON."
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        message = f"--faults {path} cannot be read: {error.strerror}"
        raise ComponentError("CFG-003", message, remedy=remedy) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        message = f"--faults {path} is not YAML: {' '.join(str(error).split())}"
        raise ComponentError("CFG-003", message, remedy=remedy) from error
    return parse_fault_rules(document)


def start_time(text: str | None) -> int | None:
    """ns UTC.

    Raises:
        ComponentError: CFG-003.
    """
    if text is None:
        return None
    try:
        return to_nanoseconds(text)
    except ValueError as error:
        remedy = "Give an ISO time within the data."
        message = f"--start is {text!r}, not a time such as 2024-05-12T00:00Z"
        raise ComponentError("CFG-003", message, remedy=remedy) from error


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount > 0 else None
