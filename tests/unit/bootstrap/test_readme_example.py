"""The instructions that the README shows are checked and run as it says."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from basis_strategy_v1.bootstrap import DryRunReport, ExecuteOptions, FinishedRun, run_execute
from basis_strategy_v1.data.sample import sample_directory

README = Path(__file__).parents[3] / "README.md"


def test_the_example_of_the_readme_runs(tmp_path: Path) -> None:
    blocks = re.findall(r"```yaml\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    (example,) = [block for block in blocks if "instruction_type" in block]
    file = tmp_path / "orders.yaml"
    file.write_text(example, encoding="utf-8")
    options = ExecuteOptions(file=file, data_dir=sample_directory(), out=tmp_path / "out", report=False)
    checked = run_execute(msgspec.structs.replace(options, dry_run=True), {})
    assert isinstance(checked, DryRunReport)
    assert checked.ok, checked.lines
    outcome = run_execute(options, {})
    assert isinstance(outcome, FinishedRun)
    assert outcome.exit_code == 0
