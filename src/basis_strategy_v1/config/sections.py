"""Sections of the configuration: frozen structs that know all their keys, read from mappings and written back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

import msgspec

from basis_strategy_v1.config.keys import Key
from basis_strategy_v1.config.values import NotTakenError

Path = tuple[str | int, ...]
S = TypeVar("S", bound="Section")


class Section(msgspec.Struct, frozen=True, kw_only=True):
    """A part of the configuration.

    Each attribute is a section itself, optional or not, a tuple of sections, or ``Annotated[type, key]`` with one of
    the constructors of ``config.keys``.
    """


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute of a section: a ``section`` of its own, or a value with its ``key``; ``items`` for listed ones."""

    name: str
    key: Key | None
    section: type[Section] | None
    items: type[Section] | None
    nullable: bool
    required: bool

    @property
    def allowed(self) -> str:
        """What it takes, in words."""
        words = self.key.allowed if self.key is not None else "a mapping"
        return f"{words}, or null" if self.nullable else words


class RefusedError(Exception):
    """What is wrong with one value of a document: where it lies, what was given, what is allowed there."""

    def __init__(self, path: Path, value: object, allowed: str, *, missing: bool = False) -> None:
        super().__init__(path)
        self.path = path
        self.value = value
        self.allowed = allowed
        self.missing = missing


@cache
def entries(section: type[Section]) -> dict[str, Entry]:
    """The attributes of a section by name, in order."""
    return {field.name: _entry(field) for field in msgspec.structs.fields(section)}


def leaf_entries(section: type[Section], prefix: str = "") -> Iterator[tuple[str, Entry]]:
    """Every dotted key of ``section`` that holds a value, in order; a key of listed sections has ``[]`` before it."""
    for name, entry in entries(section).items():
        if entry.section is not None:
            yield from leaf_entries(entry.section, f"{prefix}{name}.")
            continue
        yield f"{prefix}{name}", entry
        if entry.items is not None:
            yield from leaf_entries(entry.items, f"{prefix}{name}[].")


def unknown_path(section: type[Section], document: Any, path: Path = ()) -> Path | None:
    """The path of a key that ``section`` does not know, or None. Parts that are no mappings are left to reading."""
    if not isinstance(document, dict):
        return None
    known = entries(section)
    for name, value in document.items():
        for inner, part, below in _inside(known[name], value, (*path, name)) if name in known else ():
            found = unknown_path(inner, part, below)
            if found is not None:
                return found
    return next(((*path, str(name)) for name in document if name not in known), None)


def read_section(section: type[S], document: Any, path: Path = ()) -> S:
    """``document`` as a ``section``; keys that it does not know are not looked at.

    Raises:
        RefusedError: the first value that is missing or not allowed.
    """
    if not isinstance(document, dict):
        raise RefusedError(path, document, "a mapping")
    values = {}
    for name, entry in entries(section).items():
        if name in document:
            values[name] = _read(entry, document[name], (*path, name))
        elif entry.required:
            raise RefusedError((*path, name), None, entry.allowed, missing=True)
    return section(**values)


def plain_section(section: Section) -> dict[str, Any]:
    """``section`` as plain data, in order, which ``read_section`` takes again."""
    return {name: _plain(entry, getattr(section, name)) for name, entry in entries(type(section)).items()}


def _inside(entry: Entry, value: Any, path: Path) -> list[tuple[type[Section], Any, Path]]:
    """The sections that lie in ``value``, each with its document and path."""
    if entry.section is not None:
        return [(entry.section, value, path)]
    if entry.items is not None and isinstance(value, list | tuple):
        return [(entry.items, part, (*path, number)) for number, part in enumerate(value)]
    return []


def _read(entry: Entry, value: Any, path: Path) -> Any:
    if value is None and entry.nullable:
        return None
    if entry.section is not None:
        return read_section(entry.section, value, path)
    if entry.items is not None:
        if not isinstance(value, list | tuple):
            raise RefusedError(path, value, entry.allowed)
        return tuple(read_section(entry.items, part, (*path, number)) for number, part in enumerate(value))
    assert entry.key is not None
    try:
        return entry.key.read(value)
    except NotTakenError as error:
        allowed = f"{entry.allowed}, {error.limit}" if error.limit else entry.allowed
        raise RefusedError((*path, *error.path), error.value, allowed) from None


def _plain(entry: Entry, value: Any) -> Any:
    if value is None:
        return None
    if entry.section is not None:
        return plain_section(value)
    if entry.items is not None:
        return [plain_section(part) for part in value]
    assert entry.key is not None
    return entry.key.write(value)


def _entry(field: msgspec.structs.FieldInfo) -> Entry:
    annotation = field.type
    key = next((item for item in getattr(annotation, "__metadata__", ()) if isinstance(item, Key)), None)
    bare = annotation.__origin__ if key is not None else annotation
    parts = get_args(bare)
    sections = [part for part in (bare, *parts) if isinstance(part, type) and issubclass(part, Section)]
    inside = sections[0] if sections else None
    is_list = get_origin(bare) is tuple
    return Entry(
        name=field.name,
        key=key,
        section=None if is_list else inside,
        items=inside if is_list else None,
        nullable=NoneType in parts,
        required=field.required,
    )
