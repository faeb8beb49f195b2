"""The project's own files, parsed: what the architecture tests look at."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "basis_strategy_v1"


class Module(NamedTuple):
    """A Python file: ``name`` is its path from the root of the project."""

    path: Path
    name: str
    text: str
    tree: ast.Module


@cache
def parse(path: Path) -> Module:
    text = path.read_text(encoding="utf-8")
    return Module(path, path.relative_to(ROOT).as_posix(), text, ast.parse(text))


def modules_under(folder: Path) -> list[Module]:
    """Every Python file under ``folder``."""
    return [parse(path) for path in sorted(folder.rglob("*.py"))]


def package_modules(*parts: str) -> list[Module]:
    """Every module of the package, or of one of its sub-packages (``package_modules("core", "domain")``)."""
    return modules_under(PACKAGE.joinpath(*parts))


def imported_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of everything imported, wherever it stands; ``from a import b`` gives ``a.b``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                yield node.lineno, f"{node.module}.{alias.name}"


def dotted(node: ast.AST) -> str:
    """``a.b.c`` of an expression of names and attributes; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        owner = dotted(node.value)
        return f"{owner}.{node.attr}" if owner else node.attr
    return ""


@cache
def committed_files() -> tuple[Path, ...]:
    """Files that are or would be committed; every file where git does not know the folder."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        return tuple(path for path in sorted(ROOT.rglob("*")) if path.is_file() and ".venv" not in path.parts)
    names = sorted({name for name in listing.stdout.decode().split("\0") if name})
    return tuple(ROOT / name for name in names if (ROOT / name).is_file())


@cache
def text_of(path: Path) -> str:
    """The text of a file; empty for a binary one."""
    content = path.read_bytes()
    return "" if b"\0" in content else content.decode("utf-8", errors="replace")
