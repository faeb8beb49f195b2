"""The optional compiled build: what it is made of, when it is used, and that nobody can tell it by the results."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from basis_strategy_v1 import compiled_build
from source_tree import PACKAGE, ROOT

LISTED = [
    line
    for line in (ROOT / "scripts" / "compiled_modules.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]
PROBE = "from basis_strategy_v1 import compiled_build; print(compiled_build.is_active())"
SETTINGS = ["strategy.position_deviation_threshold=0.01", "strategy.hedge_allocation={binance: 0.5, bybit: 0.5}"]


def test_the_list_names_modules_that_exist_in_order_and_once() -> None:
    assert [name for name in LISTED if not (PACKAGE / name).is_file()] == []
    assert sorted(set(LISTED)) == LISTED


def test_a_struct_of_a_listed_module_has_its_options_from_its_base() -> None:
    trees = {name: ast.parse((PACKAGE / name).read_text(encoding="utf-8")) for name in LISTED}
    found = [
        f"{name} {node.name}"
        for name, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and "msgspec.Struct" in map(ast.unparse, node.bases)
    ]
    assert found == []


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one source, and a build that was made from it."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "ledger.py").write_text("AMOUNT = 1\n", encoding="utf-8")
    monkeypatch.setattr(compiled_build, "PACKAGE", str(tmp_path))
    monkeypatch.setattr(compiled_build, "FOLDER", str(tmp_path / "_compiled"))
    monkeypatch.setattr(sys, "meta_path", [item for item in sys.meta_path if not is_ours(item)])
    monkeypatch.delenv("BASIS_COMPILED", raising=False)
    folder = tmp_path / "_compiled"
    folder.mkdir()
    (folder / f"{compiled_build.SHARED_LIBRARY}{EXTENSION_SUFFIXES[0]}").touch()
    (folder / "stamp").write_text(compiled_build.stamp_line("core/ledger.py"), encoding="utf-8")
    return tmp_path


def is_ours(finder: object) -> bool:
    return isinstance(finder, compiled_build.CompiledModules)


def is_used() -> bool:
    compiled_build.use_compiled_modules()
    return compiled_build.is_active()


def test_a_build_of_these_sources_is_used(package: Path) -> None:
    assert is_used()
    assert compiled_build.describe() == "compiled modules"


def test_a_build_without_its_shared_library_for_this_interpreter_stays_unused(package: Path) -> None:
    library = next((package / "_compiled").glob(f"{compiled_build.SHARED_LIBRARY}*"))
    library.rename(library.with_name(f"{compiled_build.SHARED_LIBRARY}.cpython-399.so"))
    assert not is_used()


@pytest.mark.parametrize("text", ["AMOUNT = 2\n", "AMOUNT = 10\n"], ids=["same length", "other length"])
def test_a_build_stays_unused_once_a_source_was_edited(
    text: str, package: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "core" / "ledger.py").write_text(text, encoding="utf-8")
    assert not is_used()
    assert compiled_build.describe() == "pure Python"
    assert "make compiled" in capsys.readouterr().err


def test_a_build_stays_unused_once_a_source_is_gone(package: Path) -> None:
    (package / "core" / "ledger.py").unlink()
    assert not is_used()


def test_a_source_that_was_written_again_unchanged_keeps_its_build(package: Path) -> None:
    os.utime(package / "core" / "ledger.py", ns=(1, 1))
    assert is_used()


def test_a_build_that_was_broken_off_stays_unused(package: Path) -> None:
    (package / "_compiled" / "stamp").unlink()
    assert not is_used()


def test_the_environment_can_ask_for_pure_python(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BASIS_COMPILED", "0")
    assert not is_used()


def environment(build: str) -> dict[str, str]:
    return {**os.environ, "BASIS_COMPILED": build}


def files_of_a_run(build: str, out: Path) -> dict[str, bytes]:
    """Every file of a run on the sample, by its path; the times of the summary are left out."""
    settings = [part for setting in SETTINGS for part in ("--set", setting)]
    run = ["backtest", "btc_basis", "--data", "sample:", "--out", str(out), *settings, "--no-report"]
    command = [sys.executable, "-m", "basis_strategy_v1.cli.main", *run]
    subprocess.run(command, env=environment(build), check=True, capture_output=True)
    files = {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    for name in list(files):
        if name.endswith("summary.json"):
            summary = json.loads(files[name])
            del summary["elapsed_s"], summary["rows_per_s"]
            files[name] = json.dumps(summary).encode()
    return files


def test_both_builds_write_the_same_bytes(tmp_path: Path) -> None:
    probe = [sys.executable, "-c", PROBE]
    found = subprocess.run(probe, env=environment("1"), check=True, capture_output=True, text=True)
    if found.stdout.strip() != "True":
        pytest.skip("no compiled modules fit these sources: make compiled")
    pure, compiled = (files_of_a_run(build, tmp_path / build) for build in ("0", "1"))
    assert len(pure) > 5
    assert {name for name in pure if pure[name] != compiled.get(name)} == set()
    assert pure.keys() == compiled.keys()
