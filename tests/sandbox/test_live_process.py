"""``basis sandbox up`` and ``basis live`` as the processes that people start."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from basis_strategy_v1.backends.live.live_time import LocalVenueTime
from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_SECOND, to_iso

HEDGE = "strategy.hedge_allocation={bybit: 1.0}"
BASIS = [sys.executable, "-m", "basis_strategy_v1.cli.main"]


class Sandbox:
    """Local venues in a process of their own.

    Attributes:
        url: where they answer.
        environment: what a client of theirs needs.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("BASIS_")}
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("url"):
                self.url = line.split()[1]
            if line.startswith("export "):
                name, _, value = line.removeprefix("export ").strip().partition("=")
                self.environment[name] = value
            if line.startswith("stop"):
                break


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    arguments = ["sandbox", "up", "--venues", "bybit", "--speed", "manual", "--port", "0"]
    process = subprocess.Popen([*BASIS, *arguments], stdout=subprocess.PIPE, text=True)
    try:
        yield Sandbox(process)
    finally:
        process.terminate()
        process.wait(30)
        if process.stdout is not None:
            process.stdout.close()


def command(sandbox: Sandbox, name: str, *arguments: str) -> list[str]:
    return [*BASIS, name, "btc_basis", "--sandbox", sandbox.url, "--set", HEDGE, *arguments]


def run(sandbox: Sandbox, directory: Path, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(sandbox, name, *arguments),
        env=sandbox.environment,
        cwd=directory,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


TICKS = ("--tick", "3600", "--reconcile", "3600")


def test_a_run_against_local_venues_goes_on_where_it_stopped(sandbox: Sandbox, tmp_path: Path) -> None:
    checked = run(sandbox, tmp_path, "check")
    assert checked.returncode == 0 and "credentials accepted" in checked.stdout
    assert "BTCUSDT: cross margin, leverage 10, one position per symbol" in checked.stdout
    first = run(sandbox, tmp_path, "live", *TICKS, "--until", "2024-01-01T05:00Z")
    assert (first.returncode, first.stderr) == (0, "")
    again = run(sandbox, tmp_path, "live", *TICKS, "--until", "2024-01-01T10:00Z")
    assert (again.returncode, again.stderr) == (0, "")
    status = json.loads((tmp_path / "live" / "btc_basis-dev" / "status.json").read_text(encoding="utf-8"))
    assert status["timestamp"] == "2024-01-01T10:00:00Z" and status["held"] == ""
    recovered = run(sandbox, tmp_path, "recover")
    assert recovered.returncode == 0 and "active" in recovered.stdout


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGHUP, 75)])
def test_a_signal_ends_the_process_in_order(
    sandbox: Sandbox, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        command(sandbox, "live", *TICKS), env=sandbox.environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    equity = tmp_path / "live" / "btc_basis-dev" / "equity.csv"
    assert process.stdout is not None
    process.stdout.readline()
    while not equity.exists() or equity.read_text(encoding="utf-8").count("\n") < 5:
        assert process.poll() is None
    process.send_signal(number)
    rest = process.stdout.read()
    process.stdout.close()
    assert process.wait(60) == status
    assert "stopped after" in rest


def test_a_second_process_of_the_same_run_is_refused(sandbox: Sandbox, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(sandbox, "live", *TICKS), env=sandbox.environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    equity = tmp_path / "live" / "btc_basis-dev" / "equity.csv"
    try:
        while not equity.exists():
            assert process.poll() is None
        second = run(sandbox, tmp_path, "live", *TICKS)
        assert second.returncode == 2 and second.stderr.startswith("RES-001")
    finally:
        process.terminate()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()


def test_an_account_is_held_by_a_process_and_free_again_once_that_was_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command(sandbox, "live", *TICKS), env=sandbox.environment, cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    equity = tmp_path / "live" / "btc_basis-dev" / "equity.csv"
    try:
        while not equity.exists():
            assert process.poll() is None
        elsewhere = run(sandbox, tmp_path, "live", *TICKS, "--dir", "elsewhere")
        assert elsewhere.returncode == 2 and elsewhere.stderr.count("\n") == 1
        assert elsewhere.stderr.startswith(f"RES-001: process {process.pid} on ")
        assert "trades on this account of bybit already" in elsewhere.stderr and str(equity.parent) in elsewhere.stderr
        assert not (tmp_path / "elsewhere").exists()
    finally:
        process.kill()
        process.wait(60)
        if process.stdout is not None:
            process.stdout.close()
    now = LocalVenueTime(sandbox.url, requests.Session(), lambda: False).now()
    again = run(sandbox, tmp_path, "live", *TICKS, "--until", to_iso(now + 3600 * NANOSECONDS_PER_SECOND))
    assert again.returncode == 0, again.stderr


@pytest.mark.parametrize(
    ("environment", "arguments", "code"),
    [
        ({"BASIS_DEV__CEX__BYBIT_SECRET": None}, (), "EIF-003"),
        ({"BASIS_DEV__CEX__BYBIT_SECRET": "your_secret"}, (), "EIF-006"),
        ({"BASIS_DEV__CEX__BYBIT_SECRET": "wrong"}, (), "EXI-004"),
        ({}, ("--env", "nowhere"), "EIF-005"),
        ({}, ("--set", "venue_settings.kraken.timeout=1"), "CFG-003"),
        ({}, ("--set", "initial_capital=5"), "REC-010"),
        ({}, ("--tick", "0"), "CFG-003"),
    ],
)
def test_bad_input_is_one_line_with_its_code_before_any_order(
    sandbox: Sandbox, tmp_path: Path, environment: dict[str, str | None], arguments: tuple[str, ...], code: str
) -> None:
    for name, value in environment.items():
        if value is None:
            sandbox.environment.pop(name)
        else:
            sandbox.environment[name] = value
    refused = run(sandbox, tmp_path, "live", *TICKS, "--until", "2024-01-01T05:00Z", *arguments)
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.startswith(code) and refused.stderr.count("\n") == 1


def test_a_venue_that_cannot_be_reached_at_the_start_is_told_in_one_line(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.process.terminate()
    sandbox.process.wait(30)
    refused = run(sandbox, tmp_path, "live", *TICKS)
    assert refused.returncode == 2, refused.stderr
    assert refused.stderr.startswith("EXI-003") and refused.stderr.count("\n") == 1
