"""The core is a function of its inputs: no clock, no chance, no machine; and money is never a float."""

from __future__ import annotations

import ast

from source_tree import Module, dotted, imported_names, package_modules

IMPURE_MODULES = {"time", "random", "secrets", "uuid", "socket", "platform", "getpass", "pandas", "ccxt", "web3"}
IMPURE_NAMES = {"os.environ", "os.getenv", "datetime.now", "datetime.utcnow", "datetime.today", "date.today"}
CONVERSIONS = {"conversions.py", "market.py"}


def impurities(module: Module) -> list[str]:
    found = [
        f"{module.name}:{line} imports {name}"
        for line, name in imported_names(module.tree)
        if name.split(".", maxsplit=1)[0] in IMPURE_MODULES or name in IMPURE_NAMES
    ]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Attribute):
            name = dotted(node)
            if any(name == impure or name.endswith("." + impure) for impure in IMPURE_NAMES):
                found.append(f"{module.name}:{node.lineno} uses {name}")
    return found


def float_uses(module: Module) -> list[str]:
    return [
        f"{module.name}:{node.lineno}"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "float"
    ]


def test_the_core_reads_no_clock_no_chance_and_no_environment() -> None:
    assert [line for module in package_modules("core") for line in impurities(module)] == []


def test_protocol_maths_reads_no_clock_no_chance_and_no_environment() -> None:
    assert [line for module in package_modules("protocols") for line in impurities(module)] == []


def test_the_domain_turns_nothing_into_a_float_outside_its_conversions() -> None:
    domain = [module for module in package_modules("core", "domain") if module.path.name not in CONVERSIONS]
    assert [line for module in domain for line in float_uses(module)] == []


def test_protocol_maths_has_no_float_at_all() -> None:
    literals = [
        f"{module.name}:{node.lineno}"
        for module in package_modules("protocols")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, float)
    ]
    assert literals == []
    assert [line for module in package_modules("protocols") for line in float_uses(module)] == []


def test_the_detectors_see_what_they_look_for() -> None:
    source = "import os, time\nfrom datetime import datetime\ndatetime.now()\nos.environ['A']\nfloat('1')\n"
    module = Module(package_modules()[0].path, "sample", source, ast.parse(source))
    assert len(impurities(module)) == 3
    assert len(float_uses(module)) == 1
