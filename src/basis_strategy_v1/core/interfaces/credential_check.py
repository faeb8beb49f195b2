"""Whether an interface was given real credentials."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec


class Secret(Protocol):
    """A value that does not show itself when printed."""

    def get_secret_value(self) -> str:
        """The value."""


def is_placeholder(value: str) -> bool:
    """Whether ``value`` was never filled in: ``0x...``, ``your_...`` or nothing."""
    text = value.strip()
    return not text or text == "0x..." or text.lower().startswith("your_")


def check_credentials(spec: VenueSpec, credentials: Mapping[str, Secret] | None) -> None:
    """Look whether every credential of ``spec`` is there; None means that none are needed.

    Raises:
        ComponentError: EXI-004, naming the credential but never its value.
    """
    if credentials is None:
        return
    for field in spec.credentials:
        secret = credentials.get(field.name)
        if secret is None or is_placeholder(secret.get_secret_value()):
            state = "missing" if secret is None else "a placeholder"
            message = f"{spec.venue}: credential {field.name} ({field.environment_suffix}) is {state}"
            raise ComponentError("EXI-004", message, "ExecutionInterfaces")
