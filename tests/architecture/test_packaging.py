"""A fresh machine needs two commands; versions are exact; every dependency has a reason."""

from __future__ import annotations

import re
import tomllib

import pytest

from source_tree import ROOT, text_of

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PIN = re.compile(r"^[A-Za-z0-9][A-Za-z0-9._-]*==[A-Za-z0-9.!+_-]+$")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[<>=!~ \[;]", name, maxsplit=1)[0]).lower()


def pins(lock: str) -> dict[str, str]:
    lines = [line for line in text_of(ROOT / lock).splitlines() if line and not line.startswith("#")]
    assert all(PIN.match(line) for line in lines), f"{lock} holds something else than exact versions"
    return {canonical(line): line.split("==")[1] for line in lines}


def makefile_targets() -> dict[str, str]:
    text = text_of(ROOT / "Makefile")
    return dict(re.findall(r"^([a-z-]+):[^#\n]*## (.+)$", text, re.MULTILINE))


@pytest.mark.parametrize(
    ("lock", "extras"),
    [("requirements.lock", []), ("requirements-dev.lock", ["dev", "live", "sandbox"])],
    ids=["runtime", "dev"],
)
def test_a_lock_pins_everything_that_is_declared(lock: str, extras: list[str]) -> None:
    declared = [*PROJECT["dependencies"]]
    for extra in extras:
        declared += PROJECT["optional-dependencies"][extra]
    missing = {canonical(name) for name in declared} - set(pins(lock))
    assert missing == set()


def test_both_locks_agree_on_every_version() -> None:
    runtime, development = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: version for name, version in runtime.items() if development.get(name) != version} == {}


def test_the_lock_of_the_vendors_sdks_adds_to_the_development_lock() -> None:
    development, sdks = pins("requirements-dev.lock"), pins("requirements-sdk.lock")
    assert {canonical(name) for name in PROJECT["optional-dependencies"]["sandbox-sdk"]} - set(sdks) == set()
    assert set(development) & set(sdks) == set()


def test_every_dependency_has_a_reason() -> None:
    reasons = text_of(ROOT / "docs" / "adr" / "0013-dependencies.md")
    declared = [
        *PROJECT["dependencies"],
        *(name for names in PROJECT["optional-dependencies"].values() for name in names),
    ]
    names = {re.split(r"[<>=!~ \[;]", requirement, maxsplit=1)[0] for requirement in declared}
    assert {name for name in names if f"`{name}`" not in reasons} == set()


def test_the_extras_are_those_that_the_readme_names() -> None:
    assert set(PROJECT["optional-dependencies"]) == {
        "live",
        "dashboard",
        "cluster",
        "sandbox",
        "sandbox-sdk",
        "dev",
    }


def test_every_target_of_the_makefile_has_a_line_of_help() -> None:
    phony = set(re.findall(r"^\.PHONY: (.+)$", text_of(ROOT / "Makefile"), re.MULTILINE))
    assert phony == set(makefile_targets())
    assert {"demo", "test", "bench", "lint", "format", "lock", "clean", "coverage", "help"} <= phony


def test_continuous_integration_runs_make_test() -> None:
    assert "make test" in text_of(ROOT / ".ci" / "run")


def test_templates_settings_and_sample_are_packaged() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    globs = configuration["tool"]["setuptools"]["package-data"]["basis_strategy_v1"]
    packaged = {glob.rsplit(".", maxsplit=1)[-1] for glob in globs if glob.startswith("**/*.")} | {"typed", "py"}
    package = ROOT / "src" / "basis_strategy_v1"
    made_here = {"__pycache__", "_compiled"}
    files = [path for path in package.rglob("*") if path.is_file() and not made_here & set(path.parts)]
    assert {str(path.relative_to(package)) for path in files if path.suffix.lstrip(".") not in packaged} == set()


def test_the_changelog_names_the_version_or_what_is_unreleased() -> None:
    text = text_of(ROOT / "CHANGELOG.md")
    assert f"## [{PROJECT['version']}]" in text or "## [Unreleased]" in text
