"""What the README shows of the first run is what that run prints."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from basis_strategy_v1.cli.main import main

README = Path(__file__).parents[2] / "README.md"
TIMING = "time  "


def test_the_output_in_the_readme_is_what_its_command_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    blocks = re.findall(r"```\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (shown,) = [block for block in blocks if block.startswith("mode ")]
    monkeypatch.chdir(tmp_path)
    assert main(["backtest", "btc_basis", "--data", "sample:", "--out", "runs"]) == 0
    printed = capsys.readouterr().out
    assert _without_timing(printed) == _without_timing(shown)


def _without_timing(output: str) -> list[str]:
    return [line.rstrip() for line in output.strip().splitlines() if not line.startswith(TIMING)]
