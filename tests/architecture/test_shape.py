"""Small files, short functions, nothing left half done."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator

import pytest

from source_tree import ROOT, Module, modules_under, package_modules

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
WANTED_FUNCTION = 40
UNFINISHED = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b")


def all_modules() -> list[Module]:
    folders = ("src", "tests", "benchmarks", "scripts", "examples")
    return [module for folder in folders for module in modules_under(ROOT / folder)]


def functions(module: Module) -> Iterator[tuple[str, int]]:
    """Place and length of every function, its docstring not counted."""
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                length -= (first.end_lineno or first.lineno) - first.lineno + 1
            yield f"{module.name}:{node.lineno} {node.name} has {length} lines", length


def test_no_file_is_longer_than_400_lines() -> None:
    long = {module.name: lines for module in all_modules() if (lines := module.text.count("\n")) > LONGEST_FILE}
    assert long == {}


def test_no_function_is_longer_than_60_lines() -> None:
    places = [place for module in package_modules() for place, length in functions(module) if length > LONGEST_FUNCTION]
    assert places == []


def test_functions_of_more_than_40_lines_are_pointed_out() -> None:
    places = [place for module in package_modules() for place, length in functions(module) if length > WANTED_FUNCTION]
    if places:
        warnings.warn("long functions: " + "; ".join(places), stacklevel=1)
    assert len(places) <= len(package_modules()) // 10


def test_nothing_is_left_unfinished() -> None:
    left = []
    for module in all_modules():
        left += [f"{module.name} {match.group()}" for match in UNFINISHED.finditer(module.text)]
    for module in package_modules():
        left += [
            f"{module.name}:{node.lineno}"
            for node in ast.walk(module.tree)
            if isinstance(node, ast.Name) and node.id == "NotImplemented" + "Error"
        ]
    assert left == []


def test_no_exception_is_swallowed_whole() -> None:
    swallowed = [
        f"{module.name}:{node.lineno}"
        for module in package_modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in ("Exception", "BaseException")))
        and all(isinstance(statement, ast.Pass) for statement in node.body)
    ]
    assert swallowed == []


@pytest.mark.parametrize("module", package_modules(), ids=lambda module: module.name)
def test_a_module_says_what_it_is_for(module: Module) -> None:
    if module.tree.body:
        assert ast.get_docstring(module.tree), f"{module.name} has no docstring"


def test_modules_postpone_the_evaluation_of_annotations() -> None:
    """Types may then be named in annotations without being imported on the run path."""
    missing = [
        module.name
        for module in package_modules()
        if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in module.tree.body)
        and "from __future__ import annotations" not in module.text
    ]
    assert missing == []
