"""A plain installation has no live libraries, and says so in one line."""

from __future__ import annotations

import pytest

from basis_strategy_v1.cli import extras
from basis_strategy_v1.cli.main import main

COMMANDS = [
    ["live", "btc_basis"],
    ["check", "btc_basis"],
    ["flow", "btc_basis", "--amount", "1", "--venue", "binance"],
    ["kill", "btc_basis"],
    ["recover", "btc_basis"],
    ["sandbox", "up"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=[command[0] for command in COMMANDS])
def test_a_live_command_without_its_libraries_is_one_line_with_its_code(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(extras, "find_spec", lambda name: None)
    assert main(command) == 2
    error = capsys.readouterr().err
    assert error.startswith("EIF-007") and error.count("\n") == 1 and "Install the extra" in error
