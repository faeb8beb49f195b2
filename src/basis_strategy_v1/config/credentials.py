"""Credentials: live only, from the environment, chosen by environment name, never shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.credential_check import is_placeholder
from basis_strategy_v1.core.interfaces.venue_spec import CredentialField

if TYPE_CHECKING:
    from pydantic import SecretStr


def variable_name(environment_name: str, suffix: str) -> str:
    """``BASIS_DEV__CEX__BYBIT_API_KEY``."""
    return f"BASIS_{environment_name.upper()}__{suffix}"


def credentials_for(
    venue_credential_fields: Iterable[CredentialField], environment_name: str, environ: Mapping[str, str]
) -> dict[str, SecretStr]:
    """The credentials of a venue, by the interface's name for each. No value appears in any text or error.

    Raises:
        ComponentError: EIF-003 when one is not set, EIF-006 when one is empty, a placeholder, or has a line break or
            another character that no credential has and no header of a request can carry.
    """
    from pydantic import SecretStr

    found: dict[str, SecretStr] = {}
    for field in venue_credential_fields:
        name = variable_name(environment_name, field.environment_suffix)
        value = environ.get(name)
        if value is None:
            raise ComponentError("EIF-003", f"{name} is not set", remedy=f"Set {name} in the environment.")
        if is_placeholder(value):
            raise ComponentError("EIF-006", f"{name} is empty or a placeholder", remedy=f"Give {name} its real value.")
        given = value.strip()
        if not (given.isascii() and given.isprintable()):
            message = f"{name} has a line break or a character that no credential has"
            raise ComponentError("EIF-006", message, remedy=f"Give {name} its real value, on one line.")
        found[field.name] = SecretStr(given)
    return found
