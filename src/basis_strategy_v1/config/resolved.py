"""A checked configuration becomes the frozen settings that the core takes, and a document to keep."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

from basis_strategy_v1.config.checks import WALLET, check_location
from basis_strategy_v1.config.environment import Environment
from basis_strategy_v1.config.models import RunConfig
from basis_strategy_v1.config.packaged import ModeDefinition
from basis_strategy_v1.config.problems import invalid_value
from basis_strategy_v1.config.sections import plain_section
from basis_strategy_v1.config.settings import run_settings
from basis_strategy_v1.config.venue_models import VenueSettings
from basis_strategy_v1.config.venues import venue_settings
from basis_strategy_v1.core.domain.settings import RunSettings

Origin = Callable[[str], str]


class ResolvedConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A run's configuration.

    Attributes:
        settings: what the core takes.
        document: plain values in a fixed order, every key resolved, without secrets; it can be read back as a
            configuration file and then gives the same document.
        sha256: of the document without ``data.data_dir``: where the data lies does not change a run.
        venues: the settings of each venue of the run.
        log_level: of the operator's log.
    """

    settings: RunSettings
    document: dict[str, Any]
    sha256: str
    venues: dict[str, VenueSettings]
    log_level: str = "WARNING"


def resolve(config: RunConfig, mode: ModeDefinition, surroundings: Environment, origin_of: Origin) -> ResolvedConfig:
    """Settle what depends on other keys: where the capital starts, which venues are needed, each venue's fees.

    Raises:
        ComponentError: CFG-002 or CFG-003 for a venue's settings, CFG-003 for a venue that cannot hold a hedge.
    """
    locations = config.initial_location or {_first_location(config, mode): Decimal(1)}
    names = _venue_names(config, mode, locations)
    for name in config.venue_settings:
        check_location(f"venue_settings.{name}", name, origin_of)
    # Settings of venues that the run does not use are checked too: a typing error there is still one.
    every = {name: _venue(name, config, origin_of) for name in dict.fromkeys([*names, *config.venue_settings])}
    venues = {name: every[name] for name in names}
    _check_hedge_venues(config, mode, venues, origin_of)
    document = _document(config, locations, venues)
    return ResolvedConfig(
        settings=run_settings(config, locations, venues, surroundings),
        document=document,
        sha256=document_sha256(document),
        venues=venues,
        log_level=surroundings.log_level,
    )


def document_sha256(document: dict[str, Any]) -> str:
    """The hash that stands for a configuration, whatever folder its data lies in."""
    data = {name: value for name, value in document["data"].items() if name != "data_dir"}
    text = json.dumps({**document, "data": data}, separators=(",", ":"), ensure_ascii=True)
    return sha256(text.encode()).hexdigest()


def _first_location(config: RunConfig, mode: ModeDefinition) -> str:
    return next(iter(config.strategy.hedge_allocation), WALLET) if mode.hedged else WALLET


def _venue_names(config: RunConfig, mode: ModeDefinition, locations: dict[str, Decimal]) -> tuple[str, ...]:
    hedges = list(config.strategy.hedge_allocation) if mode.hedged else []
    starts = [location.partition(".")[0] for location in locations]
    flows = [flow.venue.partition(".")[0] for flow in config.flows]
    return tuple(dict.fromkeys([*hedges, *starts, *flows, *mode.venues]))


def _venue(name: str, config: RunConfig, origin_of: Origin) -> VenueSettings:
    settings = venue_settings(name, config.venue_settings.get(name) or {}, origin_of)
    timeout = settings.timeout or config.component_config.execution_interfaces.venue_timeout
    gas_strategy = settings.gas_strategy or config.execution_settings.gas_price_strategy
    return msgspec.structs.replace(settings, timeout=timeout, gas_strategy=gas_strategy)


def _check_hedge_venues(
    config: RunConfig, mode: ModeDefinition, venues: dict[str, VenueSettings], origin_of: Origin
) -> None:
    for name in config.strategy.hedge_allocation if mode.hedged else ():
        if venues[name].family != "CEX":
            key = f"strategy.hedge_allocation.{name}"
            raise invalid_value(key, name, "exchanges: binance, bybit, okx, hyperliquid", origin_of(key))


def _document(config: RunConfig, locations: dict[str, Decimal], venues: dict[str, VenueSettings]) -> dict[str, Any]:
    resolved = msgspec.structs.replace(config, initial_location=locations, venue_settings={})
    document = plain_section(resolved)
    for name, venue in venues.items():
        document["venue_settings"][name] = plain_section(venue)
        del document["venue_settings"][name]["family"]
    return document
