"""Opens the connection to a real venue."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from basis_strategy_v1.backends.live.hosts import check_hosts
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import Secret, check_credentials
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

if TYPE_CHECKING:
    from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
    from basis_strategy_v1.backends.live.options import LiveVenueOptions

DIALECTS = ("binance", "bybit", "okx", "hyperliquid")
"""Venues that can be spoken to; each has a package ``dialects.<venue>`` with ``assembly.<venue>_dialect``."""

PUBLIC = ("wallet_address",)
"""Credentials that everybody may know."""


def connect(spec: VenueSpec, credentials: Mapping[str, Secret], options: LiveVenueOptions) -> CcxtExchange:
    """A live backend of ``spec``. Nothing is sent yet: the first call, or ``start``, loads markets and time.

    Raises:
        ComponentError: EIF-002 for a venue that cannot be spoken to, EIF-005 and EIF-012 where environment and host
            do not agree, EXI-004 for a missing or placeholder credential, EIF-007 without the ``live`` extra.
    """
    if spec.venue not in DIALECTS:
        raise ComponentError("EIF-002", f"{spec.venue} has no live connection; known: {', '.join(DIALECTS)}")
    check_hosts(spec.venue, options.environment, options.testnet, options.host, options.adapter is not None)
    check_credentials(spec, credentials)
    try:
        from basis_strategy_v1.backends.live.ccxt_exchange import CcxtExchange
        from basis_strategy_v1.backends.live.gateway_maker import GatewayMaker
    except ModuleNotFoundError as error:
        message = f"{spec.venue}: {error.name} is not installed"
        remedy = "Install the live extra: pip install 'basis-strategy[live]'."
        raise ComponentError("EIF-007", message, original_exception=error, remedy=remedy) from error
    errors = import_module(f"basis_strategy_v1.venues.error_tables.{spec.venue}").ERRORS
    maker = GatewayMaker(spec.venue, errors, options, _hidden(spec, credentials))
    assembly: Any = import_module(f"basis_strategy_v1.backends.live.dialects.{spec.venue}.assembly")
    dialect = getattr(assembly, f"{spec.venue}_dialect")(spec, credentials, options, maker)
    return CcxtExchange(spec, dialect, options)


def _hidden(spec: VenueSpec, credentials: Mapping[str, Secret]) -> tuple[str, ...]:
    """What no text may show: secrets as they were given, and without the prefix that a library takes off a key."""
    given = [credentials[field.name].get_secret_value() for field in spec.credentials if field.name not in PUBLIC]
    return tuple(dict.fromkeys([*given, *(value.removeprefix("0x") for value in given if value != "0x")]))
