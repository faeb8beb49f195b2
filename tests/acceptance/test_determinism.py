"""The same inputs give the same bytes, in another process and with other hashes too."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from basis_strategy_v1.cli.main import main

TIMINGS = ("elapsed_s", "rows_per_s")
SAMPLE = ("--data", "sample:", "--end", "2024-02-15")


def files(folder: Path) -> dict[str, bytes]:
    """Every file but the report, without the two timing fields."""
    found: dict[str, bytes] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "report.html"):
        content = path.read_bytes()
        if path.name == "summary.json":
            summary = json.loads(content)
            content = json.dumps({key: value for key, value in summary.items() if key not in TIMINGS}).encode()
        found[str(path.relative_to(folder))] = content
    return found


def run_in_a_process(out: Path, hash_seed: str, *arguments: str) -> None:
    variables = {name: value for name, value in os.environ.items() if not name.startswith("BASIS_")}
    done = subprocess.run(
        [sys.executable, "-m", "basis_strategy_v1.cli.main", "backtest", *arguments, *SAMPLE, "--out", str(out)],
        env={**variables, "PYTHONHASHSEED": hash_seed, "TZ": "Asia/Kathmandu" if hash_seed == "2" else "UTC"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "arguments",
    [("btc_basis",), ("eth_basis", "--set", "share_class=eth_directional"), ("pure_lending",)],
    ids=" ".join,
)
def test_two_processes_write_the_same_bytes(arguments: tuple[str, ...], tmp_path: Path) -> None:
    for hash_seed in ("1", "2"):
        run_in_a_process(tmp_path / hash_seed, hash_seed, *arguments, "--seed", "7", "--no-report")
    first, second = files(tmp_path / "1"), files(tmp_path / "2")
    assert list(first) == list(second)
    assert [name for name in first if first[name] != second[name]] == []


def test_a_report_changes_no_other_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, options in (("with", ()), ("without", ("--no-report",))):
        assert main(["backtest", "pure_lending", *SAMPLE, "--out", str(tmp_path / name), *options]) == 0
    assert files(tmp_path / "with") == files(tmp_path / "without")


def test_a_second_run_into_the_same_folder_stands_beside_the_first_and_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["backtest", "pure_lending", *SAMPLE, "--out", str(tmp_path), "--no-report"]
    assert main(command) == 0
    assert main(command) == 0
    first, second = sorted(tmp_path.iterdir(), key=lambda path: len(path.name))
    assert second.name == f"{first.name}-2"
    assert files(first) == files(second)


def test_another_configuration_is_another_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for capital in ("100000", "100001"):
        override = ("--set", f"initial_capital={capital}")
        assert main(["backtest", "pure_lending", *SAMPLE, *override, "--out", str(tmp_path), "--no-report"]) == 0
    names = [path.name for path in tmp_path.iterdir()]
    assert len({name.split("-")[1] for name in names}) == 2
    assert len({name.split("-")[2] for name in names}) == 1
