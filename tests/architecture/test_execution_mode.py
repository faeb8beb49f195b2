"""Backtest or live is decided once, where objects are built; no component asks afterwards, nor which strategy runs."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath

from source_tree import Module, package_modules

MODES = {
    "pure_lending",
    "btc_basis",
    "eth_basis",
    "eth_staking_only",
    "eth_leveraged",
    "usdt_market_neutral_no_leverage",
    "usdt_market_neutral",
}
FACTORY = {"execution_interface_factory.py", "factory_checks.py", "factory_context.py", "interface_maker.py"}


def may_decide(module: Module) -> bool:
    """``bootstrap``, the factory with the modules it is split into, and the configuration."""
    path = PurePosixPath(module.name)
    return "bootstrap" in (*path.parts, path.stem) or path.name in FACTORY or "config" in path.parts


def mentions_execution_mode(node: ast.AST) -> bool:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and part.id == "execution_mode":
            return True
        if isinstance(part, ast.Attribute) and part.attr == "execution_mode":
            return True
        if isinstance(part, ast.Constant) and part.value == "execution_mode":
            return True
    return False


def decisions(module: Module) -> list[str]:
    """Lines on which the execution mode is compared, matched on, or used to pick something."""
    found = []
    for node in ast.walk(module.tree):
        asked: ast.AST | None = None
        if isinstance(node, ast.Compare):
            asked = node
        elif isinstance(node, ast.Match):
            asked = node.subject
        elif isinstance(node, ast.Subscript):
            asked = node.slice if not isinstance(node.slice, ast.Constant) else None
        if asked is not None and mentions_execution_mode(asked):
            found.append(f"{module.name}:{node.lineno}")
    return found


def test_the_execution_mode_is_compared_in_bootstrap_factory_and_config_only() -> None:
    elsewhere = [module for module in package_modules() if not may_decide(module)]
    assert [line for module in elsewhere for line in decisions(module)] == []


def test_no_component_outside_the_strategies_names_a_mode() -> None:
    packages = ("core", "backends", "venues", "protocols", "data")
    named = [
        f"{module.name}:{node.lineno} {node.value}"
        for package in packages
        for module in package_modules(package)
        if "/core/strategies/" not in module.name
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and node.value in MODES
    ]
    assert named == []


def test_the_detector_sees_a_comparison_a_match_and_a_lookup() -> None:
    source = (
        "if self.execution_mode == 'live': pass\n"
        "match execution_mode:\n    case 'live': pass\n"
        "chosen = table[settings.execution_mode]\n"
        "shown = config['execution_mode']\n"
    )
    module = Module(package_modules()[0].path, "sample", source, ast.parse(source))
    assert len(decisions(module)) == 3
