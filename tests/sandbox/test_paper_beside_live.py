"""A paper run leaves the files of a live run of the same name alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from local_live import LocalVenues, moving_scene


def test_a_paper_run_has_a_folder_of_its_own() -> None:
    live, paper = (LiveOptions(mode="btc_basis", environment="prod", paper=paper) for paper in (False, True))
    assert (str(live.run_directory), str(paper.run_directory)) == ("live/btc_basis-prod", "live/btc_basis-prod-paper")


def test_a_paper_run_in_the_folder_of_a_live_run_is_refused(tmp_path: Path) -> None:
    venues = LocalVenues(["bybit"], moving_scene(["bybit"], 24))
    venues.run(tmp_path, 3)
    status = (tmp_path / "status.json").read_bytes()
    with pytest.raises(ComponentError) as caught:
        venues.run(tmp_path, 8, paper=True)
    assert caught.value.error_code == "CFG-003"
    assert (tmp_path / "status.json").read_bytes() == status
