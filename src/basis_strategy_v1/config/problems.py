"""What is wrong with a configuration, in one line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from basis_strategy_v1.config.sections import Path, RefusedError, Section, leaf_entries, read_section, unknown_path
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

COMPONENT = "Configuration"
S = TypeVar("S", bound=Section)


def validate(section: type[S], document: dict[str, Any], origin_of: Callable[[str], str], prefix: str = "") -> S:
    """``document`` as a frozen ``section``. ``prefix`` stands before every key in errors.

    Raises:
        ComponentError: CFG-002 for a key that does not exist, CFG-003 for a value that is missing or not allowed.
    """
    unknown = unknown_path(section, document)
    if unknown is not None:
        key = _dotted(unknown, prefix)
        raise unknown_key(key, _known_keys(section, unknown, prefix), origin_of(key))
    try:
        return read_section(section, document)
    except RefusedError as refused:
        key = _dotted(refused.path, prefix)
        origin = origin_of(key)
        if refused.missing:
            message = f"{key} is missing{_from(origin)}"
            raise ComponentError("CFG-003", message, COMPONENT, remedy=f"Give {refused.allowed}.") from None
        raise invalid_value(key, refused.value, refused.allowed, origin) from None


def unknown_key(key: str, known: Iterable[str], origin: str) -> ComponentError:
    """CFG-002 for ``key``, with the nearest of ``known``."""
    close = nearest(key, list(known))
    remedy = f"Did you mean {close}?" if close else "`basis modes MODE --defaults` lists every key."
    return ComponentError("CFG-002", f"there is no key {key}{_from(origin)}", COMPONENT, remedy=remedy)


def invalid_value(key: str, value: object, allowed: str, origin: str) -> ComponentError:
    """CFG-003 for the value at ``key``."""
    message = f"{key} is {_shown(value)}{_from(origin)}"
    # In YAML {binance:1} is a map of the name "binance:1" to nothing.
    hint = " Put a space after the colon." if value is None and ":" in key else ""
    return ComponentError("CFG-003", message, COMPONENT, remedy=f"Allowed: {allowed}.{hint}")


def nearest(name: str, known: list[str]) -> str:
    """The one of ``known`` that ``name`` most likely means, or empty text.

    The same last part in another section wins over a similar spelling.
    """
    from difflib import get_close_matches

    last = name.rsplit(".", 1)[-1]
    section = name.removesuffix(last)
    siblings = [section + key.removeprefix(section).partition(".")[0] for key in known if key.startswith(section)]
    elsewhere = [key for key in known if key.rsplit(".", 1)[-1] == last]
    if elsewhere:
        return elsewhere[0]
    for candidates in (siblings, known):
        parts = {key.rsplit(".", 1)[-1]: key for key in candidates}
        for part in get_close_matches(last, parts, n=1):
            return parts[part]
    return ""


def _dotted(path: Path, prefix: str) -> str:
    return prefix + ".".join(str(part) for part in path)


def _known_keys(section: type[Section], path: Path, prefix: str) -> Iterator[str]:
    """The keys there are; those of a list only where ``path`` lies in it, and then with the number of its part."""
    for name, _ in leaf_entries(section):
        listed, in_list, inner = name.partition("[].")
        if not in_list:
            yield f"{prefix}{name}"
        elif path[0] == listed and len(path) > 1:
            yield f"{prefix}{listed}.{path[1]}.{inner}"


def _from(origin: str) -> str:
    return f" ({origin})" if origin else ""


def _shown(value: object) -> str:
    text = "null" if value is None else str(value)
    text = " ".join(text.split())
    return (text if len(text) <= 60 else text[:57] + "...") or "empty"
