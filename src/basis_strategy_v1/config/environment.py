"""The environment, read once at start.

The mapping is injected and a handful of names is known, so no library is needed for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import msgspec

from basis_strategy_v1.config.problems import invalid_value
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

ENVIRONMENTS = ("dev", "staging", "prod")
_ENVIRONMENT_ALIASES = {"production": "prod"}
_COMPONENTS = "component_config"

KEY_VARIABLES: dict[str, str] = {
    "BASIS_DATA_DIR": "data.data_dir",
    "VENUE_API_TIMEOUT": f"{_COMPONENTS}.execution_interfaces.venue_timeout",
    "VENUE_RETRY_ATTEMPTS": f"{_COMPONENTS}.execution_interfaces.max_retries",
    "VENUE_RATE_LIMIT_DELAY": f"{_COMPONENTS}.execution_interfaces.rate_limit_delay_ms",
    "EXECUTION_INTERFACE_FACTORY_TIMEOUT": f"{_COMPONENTS}.execution_interface_factory.timeout",
    "EXECUTION_INTERFACE_FACTORY_MAX_RETRIES": f"{_COMPONENTS}.execution_interface_factory.max_retries",
    "RECONCILIATION_TOLERANCE": f"{_COMPONENTS}.reconciliation.tolerance_steps",
}
"""Environment variable -> the configuration key it sets."""


class Environment(msgspec.Struct, frozen=True, kw_only=True):
    """What the environment says. ``values`` maps a variable of ``KEY_VARIABLES`` that is set to its text."""

    execution_mode: str = "backtest"
    environment: str = "dev"
    deployment_mode: str = "local"
    data_mode: str = "csv"
    log_level: str = "WARNING"
    values: dict[str, str] = {}


def read_environment(variables: Mapping[str, str]) -> Environment:
    """Read and check the variables the program knows; an empty one counts as not set.

    Raises:
        ComponentError: EIF-005 unknown BASIS_ENVIRONMENT, EIF-011 unknown BASIS_EXECUTION_MODE, REC-008 invalid
            RECONCILIATION_TOLERANCE, CFG-003 any other value that is not allowed.
    """
    values = {name: text for name in KEY_VARIABLES if (text := variables.get(name, "").strip())}
    _check_tolerance(values.get("RECONCILIATION_TOLERANCE"))
    return Environment(
        execution_mode=_execution_mode(variables),
        environment=environment_name(variables),
        deployment_mode=_choice(variables, "BASIS_DEPLOYMENT_MODE", ("local", "docker"), "local"),
        data_mode=_choice(variables, "BASIS_DATA_MODE", ("csv", "db"), "csv"),
        log_level=_choice(variables, "BASIS_LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "WARNING"),
        values=values,
    )


def environment_name(variables: Mapping[str, str]) -> str:
    """``dev``, ``staging`` or ``prod`` from BASIS_ENVIRONMENT (default ``dev``).

    Raises:
        ComponentError: EIF-005 for another name.
    """
    text = variables.get("BASIS_ENVIRONMENT", "").strip().lower() or "dev"
    name = _ENVIRONMENT_ALIASES.get(text, text)
    if name not in ENVIRONMENTS:
        raise ComponentError(
            "EIF-005",
            f"BASIS_ENVIRONMENT is {text}",
            remedy=f"Allowed: {', '.join(ENVIRONMENTS)} (production is prod).",
        )
    return name


def _execution_mode(variables: Mapping[str, str]) -> str:
    text = variables.get("BASIS_EXECUTION_MODE", "").strip().lower() or "backtest"
    if text not in ("backtest", "live"):
        raise ComponentError("EIF-011", f"BASIS_EXECUTION_MODE is {text}", remedy="Allowed: backtest or live.")
    return text


def _choice(variables: Mapping[str, str], name: str, allowed: tuple[str, ...], default: str) -> str:
    text = variables.get(name, "").strip() or default
    for option in allowed:
        if text.lower() == option.lower():
            return option
    raise invalid_value(name, text, " or ".join(allowed), "environment")


def _check_tolerance(text: str | None) -> None:
    if text is None:
        return
    try:
        tolerance = Decimal(text)
    except InvalidOperation:
        tolerance = Decimal("NaN")
    if not tolerance.is_finite() or tolerance < 0:
        raise ComponentError(
            "REC-008",
            f"RECONCILIATION_TOLERANCE is {text}",
            remedy="Give a number of steps of each asset, 0 or more, such as 1.",
        )
