"""What is committed speaks of the project alone: no address, no machine, no secret, no foreign data."""

from __future__ import annotations

import re

import pytest

from source_tree import ROOT, committed_files, text_of

# Written in pieces so that this file does not find itself.
ADDRESSES = [
    "py" + "pi.org",
    "python" + "hosted.org",
    "npm" + "js.org",
    "index" + "-url",
    "find" + "-links",
    "trusted" + "-host",
]
MACHINE = [
    "/wo" + "rk/",
    "/op" + "t/",
    "/ro" + "ot/",
    "/tm" + "p/",
    "/ho" + "me/[a-z]",
    "/Us" + "ers/",
    r"\b[C-Z]:\\\w",
]
SECRETS = {
    "a private key in PEM form": "BEGIN [A-Z ]*PRIVATE" + " KEY",
    "a cloud access key": r"\bAKIA[0-9A-Z]{16}\b",
    "a personal access token": r"\bgh[pousr]_[A-Za-z0-9]{36}\b",
    "a chat token": r"\bxox[baprs]-[A-Za-z0-9-]{10,}",
}
HEX_KEY = re.compile(r"\b0x[0-9a-fA-F]{64}\b")
LARGEST_FILE = 5_000_000


def occurrences(patterns: list[str]) -> list[str]:
    expression = re.compile("|".join(patterns))
    return [
        f"{path.relative_to(ROOT)}: {match.group()}"
        for path in committed_files()
        for match in expression.finditer(text_of(path))
    ]


def test_nothing_names_the_address_of_a_package_registry() -> None:
    assert occurrences([re.escape(address) for address in ADDRESSES]) == []


def test_nothing_names_a_path_of_a_machine() -> None:
    assert occurrences(MACHINE) == []


@pytest.mark.parametrize("kind", SECRETS)
def test_nothing_holds_a_secret(kind: str) -> None:
    assert occurrences([SECRETS[kind]]) == [], kind


def test_no_private_key_stands_outside_the_tests() -> None:
    found = [
        str(path.relative_to(ROOT))
        for path in committed_files()
        if path.relative_to(ROOT).parts[0] != "tests" and HEX_KEY.search(text_of(path))
    ]
    assert found == []


def test_no_environment_file_is_committed() -> None:
    assert [path.name for path in committed_files() if path.name == ".env" or path.name.startswith(".env.")] == []


def test_committed_files_are_small() -> None:
    large = {str(path.relative_to(ROOT)): path.stat().st_size for path in committed_files()}
    assert {name: size for name, size in large.items() if size > LARGEST_FILE} == {}


def test_market_data_in_the_package_is_the_synthetic_sample() -> None:
    data = [path for path in committed_files() if path.suffix in (".parquet", ".feather", ".npy")]
    outside = [str(path.relative_to(ROOT)) for path in data if path.relative_to(ROOT).parts[0] not in ("src", "tests")]
    assert outside == []
    for path in data:
        if path.relative_to(ROOT).parts[0] == "src":
            description = (path.parent / "dataset.yaml").read_text(encoding="utf-8")
            assert re.search(r"^synthetic: true$", description, re.MULTILINE), f"{path} does not say it is synthetic"
