"""The optional compiled build: the same modules as C extensions, used only where they were made from these sources.

``make compiled`` puts them into ``_compiled`` beside this file, never beside a source, where the interpreter would
prefer them whatever their age. ``stamp`` there names every source they were made from; one that has changed since makes
the whole build unused, and the package runs as pure Python. ``BASIS_COMPILED=0`` leaves it unused as well.
"""

# Runs at every start, where pathlib would cost more than all of it.
# ruff: noqa: PTH100, PTH116, PTH118, PTH120, PTH123

from __future__ import annotations

import os
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec

PACKAGE = os.path.dirname(os.path.abspath(__file__))
FOLDER = os.path.join(PACKAGE, "_compiled")
STAMP = "stamp"
SHARED_LIBRARY = "basis_core__mypyc"
SWITCH = "BASIS_COMPILED"


class CompiledModules:
    """Finds the compiled modules by name, before their sources are looked for."""

    def __init__(self, files: dict[str, str]) -> None:
        self._files = files

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """The compiled module of that name; None where there is none."""
        file = self._files.get(name)
        if file is None:
            return None
        spec = ModuleSpec(name, ExtensionFileLoader(name, file), origin=file)
        spec.has_location = True
        return spec


def is_active() -> bool:
    """Whether this process runs compiled modules."""
    return any(isinstance(finder, CompiledModules) for finder in sys.meta_path)


def describe() -> str:
    """Which build this process runs, in words."""
    return "compiled modules" if is_active() else "pure Python"


def digest_of(path: str) -> str:
    """What a source's contents are recognised by."""
    from hashlib import sha256

    with open(path, "rb") as file:
        return sha256(file.read()).hexdigest()


def stamp_line(name: str) -> str:
    """A source's line in the stamp; ``name`` is its path below the package."""
    path = os.path.join(PACKAGE, name)
    status = os.stat(path)
    return f"{digest_of(path)} {status.st_size} {status.st_mtime_ns} {name}\n"


def _is_unchanged(line: str) -> bool:
    """Whether a source is what it was; one with another time is read, for it may only have been checked out again."""
    digest, size, changed, name = line.rstrip("\n").split(" ", 3)
    path = os.path.join(PACKAGE, name)
    try:
        status = os.stat(path)
    except OSError:
        return False
    if status.st_size != int(size):
        return False
    return status.st_mtime_ns == int(changed) or digest_of(path) == digest


def _files() -> dict[str, str]:
    """The compiled modules by name, the library that they share among them; empty where one is missing."""
    suffix = EXTENSION_SUFFIXES[0]
    files: dict[str, str] = {}
    for folder, _, names in os.walk(FOLDER):
        for name in names:
            if name.endswith(suffix):
                path = os.path.join(folder, name)
                module = os.path.relpath(path, FOLDER)[: -len(suffix)].replace(os.sep, ".")
                files[module] = path
    return files if SHARED_LIBRARY in files else {}


def use_compiled_modules() -> None:
    """Import compiled modules from now on, where they are there, fit this interpreter and no source has changed."""
    if os.environ.get(SWITCH) == "0":
        return
    try:
        with open(os.path.join(FOLDER, STAMP), encoding="utf-8") as file:
            lines = file.readlines()
    except OSError:
        return
    if not all(map(_is_unchanged, lines)):
        sys.stderr.write("compiled modules stay unused, for a source has changed since: make compiled\n")
        return
    files = _files()
    if files:
        sys.meta_path.insert(0, CompiledModules(files))
