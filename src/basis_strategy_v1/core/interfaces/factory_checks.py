"""What must hold before an interface is made. Each check raises one EIF code that names what to mend."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import Secret, is_placeholder
from basis_strategy_v1.core.interfaces.factory_context import CredentialSource, FactoryContext
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

COMPONENT = "ExecutionInterfaceFactory"
ENVIRONMENTS = ("dev", "staging", "prod")
_ENVIRONMENT_ALIASES = {"production": "prod"}
LONGEST_TIMEOUT = 120

MAINNET = 1
SEPOLIA = 11_155_111
LOCAL_CHAIN = 31_337
_CHAIN_IDS = {"dev": (LOCAL_CHAIN, SEPOLIA), "staging": (MAINNET,), "prod": (MAINNET,)}


def checked_environment(context: FactoryContext) -> str:
    """The environment's plain name, once it is a known one and the dependencies are there.

    Raises:
        ComponentError: EIF-005 environment, EIF-004 dependency.
    """
    environment = _ENVIRONMENT_ALIASES.get(context.environment, context.environment)
    if environment not in ENVIRONMENTS:
        raise _error("EIF-005", f"environment {context.environment!r} is none of {', '.join(ENVIRONMENTS)}")
    check_dependencies(data_provider=context.data_provider, backends=context.backends)
    return environment


def check_dependencies(**dependencies: object) -> None:
    """Raise EIF-004 naming every dependency that is None."""
    missing = [name for name, dependency in dependencies.items() if dependency is None]
    if missing:
        raise _error("EIF-004", f"missing {', '.join(missing)}")


def check_capabilities(spec: VenueSpec, required: frozenset[str]) -> None:
    """Raise EIF-007 when the venue lacks something the strategy needs of it."""
    lacking = sorted(required - spec.capabilities)
    if lacking:
        raise _error("EIF-007", f"{spec.venue} does not offer {', '.join(lacking)}, which this mode needs of it")


def checked_venue_config(spec: VenueSpec, venue_config: object) -> Mapping[str, Any]:
    """The settings of a venue; raise EIF-008 where they cannot be used."""
    where = f"venue_settings.{spec.venue}"
    if venue_config is None:
        return {}
    if not isinstance(venue_config, Mapping):
        raise _error("EIF-008", f"{where} is no mapping but {type(venue_config).__name__}")
    family = venue_config.get("family", spec.family)
    if family != spec.family:
        raise _error("EIF-008", f"{where}.family is {family!r}; {spec.venue} is of the family {spec.family}")
    testnet = venue_config.get("testnet", False)
    if not isinstance(testnet, bool):
        raise _error("EIF-008", f"{where}.testnet = {testnet!r} is neither true nor false")
    timeout = venue_config.get("timeout")
    if timeout is not None and not (isinstance(timeout, int | float | Decimal) and 0 < timeout < LONGEST_TIMEOUT):
        raise _error("EIF-008", f"{where}.timeout = {timeout!r} is not between 0 and {LONGEST_TIMEOUT} seconds")
    return venue_config


def live_credentials(spec: VenueSpec, environment: str, source: CredentialSource | None) -> Mapping[str, Secret]:
    """The credentials of a venue.

    Raises:
        ComponentError: EIF-004 without a source, EIF-003 one is missing, EIF-006 one is a placeholder. No value is
            ever in a message.
    """
    if not spec.credentials:
        return {}
    check_dependencies(credentials=source)
    assert source is not None
    credentials = source(spec, environment)
    for field in spec.credentials:
        variable = f"BASIS_{environment.upper()}__{field.environment_suffix}"
        secret = credentials.get(field.name)
        if secret is None:
            raise _error("EIF-003", f"{spec.venue}: {variable} is not set")
        if is_placeholder(secret.get_secret_value()):
            raise _error("EIF-006", f"{spec.venue}: {variable} is empty or a placeholder")
    return credentials


def check_environment(
    spec: VenueSpec, environment: str, venue_config: Mapping[str, Any], credentials: Mapping[str, Secret]
) -> None:
    """Raise EIF-012 when chain id or host are another environment's.

    ``dev`` works on the local sandbox, or on a venue's test host (``testnet: true``) or Sepolia; the others on mainnet.
    """
    testnet = bool(venue_config.get("testnet", False))
    if testnet and environment != "dev":
        raise _error("EIF-012", f"venue_settings.{spec.venue}.testnet is true in {environment}, which trades for real")
    host = venue_config.get("host")
    if isinstance(host, str) and not testnet and (environment == "dev") != is_local(host):
        wanted = "the local sandbox" if environment == "dev" else "the venue itself"
        raise _error("EIF-012", f"venue_settings.{spec.venue}.host is {host!r}, but {environment} connects to {wanted}")
    secret = credentials.get("chain_id")
    if secret is None:
        return
    text = secret.get_secret_value().strip()
    allowed = _CHAIN_IDS[environment]
    if text not in {str(chain_id) for chain_id in allowed}:
        ids = " or ".join(map(str, allowed))
        raise _error("EIF-012", f"{spec.venue}: chain id {text} in {environment}, which uses {ids}")


def is_local(host: str) -> bool:
    """Whether ``host`` (a name, an address or a URL) is this machine."""
    name = host.split("://", maxsplit=1)[-1].split("/", maxsplit=1)[0]
    name = name[1:].split("]", maxsplit=1)[0] if name.startswith("[") else name.split(":", maxsplit=1)[0]
    return name in ("localhost", "::1", "") or name.startswith("127.")


def _error(code: str, message: str) -> ComponentError:
    return ComponentError(code, message, COMPONENT)
