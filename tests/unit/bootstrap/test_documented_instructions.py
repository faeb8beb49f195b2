"""Every example of docs/instructions.md is a file that runs to a good end."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from basis_strategy_v1.bootstrap import DryRunReport, ExecuteOptions, FinishedRun, run_execute
from basis_strategy_v1.data.sample import sample_directory

PAGE = Path(__file__).parents[3] / "docs" / "instructions.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def test_every_kind_of_instruction_has_an_example() -> None:
    text = "\n".join(EXAMPLES)
    for words in ("cex_trade", "wallet_transfer", "smart_contract_action", "operation:", "pair:", "atomic: true"):
        assert words in text


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_checked_and_runs(example: str, tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    file.write_text(example, encoding="utf-8")
    overrides = tuple(re.findall(r"^# --set (\S+)$", example, re.MULTILINE))
    mode = "pure_lending" if overrides else "btc_basis"
    options = ExecuteOptions(
        file=file, mode=mode, data_dir=sample_directory(), overrides=overrides, out=tmp_path / "out", report=False
    )
    checked = run_execute(msgspec.structs.replace(options, dry_run=True), {})
    assert isinstance(checked, DryRunReport)
    assert checked.ok, checked.lines
    outcome = run_execute(options, {})
    assert isinstance(outcome, FinishedRun)
    assert outcome.exit_code == 0, outcome.summary["failure"]
    assert not outcome.summary["halted_at"]
