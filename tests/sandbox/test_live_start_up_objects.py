"""What the start of a live process has made is not looked at again by the collector while it trades."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from basis_strategy_v1.bootstrap.live.run import run_live
from basis_strategy_v1.bootstrap.live.world import LiveWorld
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.domain.timestamps import to_iso
from basis_strategy_v1.sandbox.server import serve
from local_live import LocalVenues, moving_scene


@pytest.fixture
def local() -> LocalVenues:
    return LocalVenues(["bybit"], moving_scene(["bybit"], 8))


@pytest.fixture
def unfrozen_afterwards() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()


@pytest.mark.parametrize("paper", [False, True])
def test_a_process_is_settled_once_before_its_first_tick(tmp_path: Path, local: LocalVenues, paper: bool) -> None:
    ticks: list[bool] = []
    given = local.live_world()
    world = LiveWorld(
        time=given.time, adapter=given.adapter, begun=lambda: ticks.append((tmp_path / "status.json").exists())
    )
    run_live(local.options(tmp_path, paper=paper), local.environment(), world)
    assert ticks == [False] and (tmp_path / "status.json").exists()


def test_the_command_freezes_what_its_start_has_made_and_names_its_folder(
    tmp_path: Path,
    local: LocalVenues,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    unfrozen_afterwards: None,
) -> None:
    for name, value in local.environment().items():
        monkeypatch.setenv(name, value)
    with serve(local.application, 0) as running:
        where = ["--sandbox", running.url, "--dir", str(tmp_path), "--set", local.overrides[0]]
        assert main(["live", "btc_basis", *where, "--until", to_iso(local.world.clock.now_ns()), "--tick", "3600"]) == 0
    assert gc.get_freeze_count() > 10_000
    assert f"btc_basis live in dev\nits files are in {tmp_path}\n" in capsys.readouterr().out
