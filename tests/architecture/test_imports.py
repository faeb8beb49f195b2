"""Imports go one way, and only to what is declared."""

from __future__ import annotations

import re
import sys
import tomllib

import pytest

from source_tree import ROOT, imported_names, package_modules

# Where the name to import differs from the name to install.
MODULE_OF = {"pyyaml": "yaml", "eth-account": "eth_account"}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def module_names(requirements: list[str]) -> set[str]:
    names = (re.split(r"[<>=!~ \[;]", requirement, maxsplit=1)[0].lower() for requirement in requirements)
    return {MODULE_OF.get(name, name.replace("-", "_")) for name in names}


def test_imports_keep_to_the_contracts(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    from importlinter.cli import lint_imports

    monkeypatch.chdir(ROOT)
    status = lint_imports(config_filename="pyproject.toml", no_cache=True)
    assert status == 0, capfd.readouterr().out


def test_every_library_that_is_imported_is_declared() -> None:
    optional = PROJECT["optional-dependencies"]
    runtime = module_names(PROJECT["dependencies"])
    extras = module_names([name for extra, names in optional.items() if extra != "dev" for name in names])
    known = runtime | extras | set(sys.stdlib_module_names) | {"basis_strategy_v1"}
    strangers = [
        f"{module.name}:{line} {name}"
        for module in package_modules()
        for line, name in imported_names(module.tree)
        if name.split(".", maxsplit=1)[0] not in known
    ]
    assert strangers == []


def test_only_optional_packages_import_the_libraries_of_extras() -> None:
    """A core install, without extras, runs backtests."""
    optional = PROJECT["optional-dependencies"]
    extras = module_names([name for extra, names in optional.items() if extra != "dev" for name in names])
    allowed = ("/backends/live/", "/bootstrap/live/", "/dashboard/", "/sandbox/", "/cluster/")
    users = [
        f"{module.name}:{line} {name}"
        for module in package_modules()
        for line, name in imported_names(module.tree)
        if name.split(".", maxsplit=1)[0] in extras and not any(folder in module.name for folder in allowed)
    ]
    assert users == []


def test_nothing_is_imported_by_a_relative_name() -> None:
    import ast

    relative = [
        f"{module.name}:{node.lineno}"
        for module in package_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []
