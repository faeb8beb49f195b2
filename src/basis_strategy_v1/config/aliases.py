"""Other spellings of configuration keys, normalised once, before anything is checked."""

from __future__ import annotations

from typing import Any

from basis_strategy_v1.core.error_codes.exceptions import ComponentError

KEY_ALIASES: dict[str, str] = {
    "strategy_mode": "mode",
    "venue_configs": "venue_settings",
    "venue_timeout": "component_config.execution_interfaces.venue_timeout",
    "max_retry_attempts": "component_config.execution_interfaces.max_retries",
    "max_retries_per_venue": "component_config.execution_interfaces.max_retries",
    "retry_delay_seconds": "component_config.execution_interfaces.retry_delay",
    "enable_atomic_chaining": "component_config.execution_interface_manager.enable_atomic_chaining",
    "execution_interface_factory_settings": "component_config.execution_interface_factory",
    "venues.cex": "venue_settings",
    "venues.dex": "venue_settings",
    "venues.onchain": "venue_settings",
    "component_config.execution_interfaces.max_retry_attempts": "component_config.execution_interfaces.max_retries",
    "component_config.execution_interfaces.max_retries_per_venue": "component_config.execution_interfaces.max_retries",
    "component_config.execution_interfaces.retry_delay_seconds": "component_config.execution_interfaces.retry_delay",
    "component_config.execution_interfaces.timeout": "component_config.execution_interfaces.venue_timeout",
}
"""Dotted alias -> dotted key."""

VENUE_ALIASES = {"alchemy": "wallet"}


def canonical_path(path: list[str]) -> list[str]:
    """``path`` of a dotted key with the longest alias at its head replaced."""
    for length in range(len(path), 0, -1):
        target = KEY_ALIASES.get(".".join(path[:length]))
        if target is not None:
            path = [*target.split("."), *path[length:]]
            break
    if len(path) > 1 and path[0] == "venue_settings":
        path = [path[0], VENUE_ALIASES.get(path[1], path[1]), *path[2:]]
    return path


def normalise(document: dict[str, Any], where: str) -> dict[str, Any]:
    """``document`` with every alias replaced by the key it stands for.

    Raises:
        ComponentError: CFG-003 when a key is given under two spellings.
    """
    result = {name: _copy(value) for name, value in document.items()}
    for alias, key in KEY_ALIASES.items():
        found, value = _take(result, alias.split("."))
        if found:
            _put(result, key.split("."), value, alias, where)
    if result.get("venues") == {}:
        del result["venues"]
    settings = result.get("venue_settings")
    for alias, venue in VENUE_ALIASES.items():
        if isinstance(settings, dict) and alias in settings:
            _put(result, ["venue_settings", venue], settings.pop(alias), f"venue_settings.{alias}", where)
    return result


def _copy(value: Any) -> Any:
    return {name: _copy(inner) for name, inner in value.items()} if isinstance(value, dict) else value


def _take(document: dict[str, Any], path: list[str]) -> tuple[bool, Any]:
    section: Any = document
    for name in path[:-1]:
        section = section.get(name) if isinstance(section, dict) else None
    if not isinstance(section, dict) or path[-1] not in section:
        return False, None
    return True, section.pop(path[-1])


def _put(document: dict[str, Any], path: list[str], value: Any, alias: str, where: str) -> None:
    section = document
    for name in path[:-1]:
        inner = section.get(name)
        if not isinstance(inner, dict):
            inner = section[name] = {}
        section = inner
    old = section.get(path[-1])
    if isinstance(old, dict) and isinstance(value, dict) and not old.keys() & value.keys():
        old.update(value)
        return
    if path[-1] in section:
        key = ".".join(path)
        raise ComponentError(
            "CFG-003", f"{key} is given twice in {where}, once as {alias}", remedy=f"Keep {key} and drop {alias}."
        )
    section[path[-1]] = value
