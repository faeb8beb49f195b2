"""The status with which a live run ends tells a supervisor whether to start it again."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live.options import LiveOutcome
from basis_strategy_v1.cli.live import _show
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.engine.live_parts import LiveEnding
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

LEFT_OPEN = ComponentError("EXI-003", "orders may still be open")


@pytest.mark.parametrize(
    ("ending", "error", "restart", "status"),
    [
        (LiveEnding.DONE, None, False, 0),
        (LiveEnding.STOPPED, None, False, 0),
        (LiveEnding.STOPPED, None, True, 75),
        (LiveEnding.FAILED, LEFT_OPEN, False, 75),
        (LiveEnding.HALTED, None, False, 1),
        (LiveEnding.HALTED, None, True, 1),
        (LiveEnding.KILLED, None, False, 0),
        (LiveEnding.KILLED, LEFT_OPEN, False, 1),
        (LiveEnding.KILLED, None, True, 0),
    ],
)
def test_a_run_is_started_again_where_that_may_help_and_left_to_a_person_else(
    ending: LiveEnding, error: ComponentError | None, status: int, *, restart: bool
) -> None:
    outcome = LiveOutcome(ending=ending, ticks=1, nav="1", directory=Path(), error=error, restart=restart)
    assert _show(outcome, Path()) == status


def test_a_refused_start_names_no_folder_that_it_has_not_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "run"
    assert main(["live", "btc_basis", "--env", "dev", "--dir", str(folder)]) == 2
    told = capsys.readouterr()
    assert str(folder) not in told.out + told.err
    assert not folder.exists()
