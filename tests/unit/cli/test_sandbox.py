"""``basis sandbox up``: its options, what it prints, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from decimal import Decimal
from pathlib import Path

import pytest

from basis_strategy_v1.cli.main import main
from basis_strategy_v1.cli.sandbox_options import (
    chosen_venues,
    clock_options,
    hedge_option,
    opening_balances,
    read_faults,
    start_time,
)
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.registry import WIRES
from basis_strategy_v1.venues.registry import spec_for
from engine_runs import settings_of


def test_all_venues_are_opened_unless_some_are_named() -> None:
    assert chosen_venues("") == ["binance", "bybit", "okx", "hyperliquid"]
    assert chosen_venues("okx, binance,okx") == ["okx", "binance"]


def test_speed_is_a_number_or_manual() -> None:
    assert clock_options("manual") == ("manual", 1.0)
    assert clock_options("3600") == ("scaled", 3600.0)


def test_only_what_is_named_is_held() -> None:
    balances = opening_balances(["binance:usdt=5", "binance:BTC=0.5"], ["binance", "okx"])
    assert balances == {"binance": {"USDT": Decimal(5), "BTC": Decimal("0.5")}}


def test_without_a_name_the_first_venue_holds_what_a_live_run_starts_with() -> None:
    for venue in WIRES:
        settings = settings_of("btc_basis", f"strategy.hedge_allocation={{{venue}: 1.0}}")
        (place,) = settings.initial_location
        assert opening_balances([], [venue, "binance"])[place] == {spec_for(venue).margin_currency: Decimal(100_000)}


def test_faults_are_read_from_yaml(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("faults:\n  - kind: maintenance\n    venue: okx\n    nth: 3\n")
    (rule,) = read_faults(path)
    assert (rule.kind, rule.venue, rule.nth) == ("maintenance", "okx", 3)
    assert read_faults(None) == []


def test_a_start_is_a_time() -> None:
    assert start_time("1970-01-01T00:00:01Z") == 1_000_000_000
    assert start_time(None) is None
    with pytest.raises(ComponentError, match="CFG-003"):
        start_time("tomorrow")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--venues", "kraken"], "EIF-002"),
        (["--speed", "fast"], "CFG-003"),
        (["--speed", "0"], "CFG-003"),
        (["--speed", "nan"], "CFG-003"),
        (["--balance", "binance"], "CFG-003"),
        (["--balance", "binance:USDT=-5"], "CFG-003"),
        (["--balance", "binance:USDT=NaN"], "CFG-003"),
        (["--balance", "mars:USDT=5"], "CFG-003"),
        (["--start", "tomorrow"], "CFG-003"),
        (["--start", "2050-01-01"], "CFG-005"),
        (["--data", "nowhere"], "DAT-001"),
        (["--faults", "nowhere.yaml"], "CFG-003"),
        (["--port", "70000"], "CFG-003"),
    ],
)
def test_bad_options_are_one_line_and_exit_code_2(
    arguments: list[str], code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["sandbox", "up", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.err.startswith(f"{code}: ")
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize("text", ["faults: {", "faults: [{kind: meteor}]", "just words"])
def test_bad_fault_files_are_told(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    assert main(["sandbox", "up", "--faults", str(path)]) == 2
    assert capsys.readouterr().err.startswith("CFG-003: ")


def test_it_serves_until_it_is_told_to_stop() -> None:
    command = [sys.executable, "-m", "basis_strategy_v1.cli.main", "sandbox", "up", "--port", "0", "--speed", "manual"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as process:
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout is not None
        printed = []
        for line in process.stdout:
            printed.append(line)
            if line.startswith("stop"):
                break
        url = printed[0].split()[1]
        with urllib.request.urlopen(f"{url}/sandbox/clock", timeout=10) as answer:
            assert json.load(answer)["mode"] == "manual"
        with urllib.request.urlopen(f"{url}/api/v3/time", timeout=10) as answer:
            assert json.load(answer)["serverTime"] > 0
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        assert process.wait(timeout=30) == 0
        watchdog.cancel()
    text = "".join(printed)
    assert "export BASIS_DEV__CEX__BINANCE_SPOT_API_KEY=sandbox-binance-spot" in text
    assert f"basis live btc_basis --env dev --sandbox {url}" in text
    assert rest.startswith("stopped  after 1 requests")


@pytest.mark.parametrize(
    ("venues", "option"),
    [
        ("", ""),
        ("binance,okx,bybit", ""),
        ("binance,bybit", " --set 'strategy.hedge_allocation={binance: 0.6, bybit: 0.4}'"),
        ("okx", " --set 'strategy.hedge_allocation={okx: 1}'"),
        ("hyperliquid", " --set 'strategy.hedge_allocation={hyperliquid: 1}'"),
        ("hyperliquid,okx", " --set 'strategy.hedge_allocation={hyperliquid: 1}'"),
        ("okx,hyperliquid", " --set 'strategy.hedge_allocation={okx: 1}'"),
        ("okx,binance,bybit", " --set 'strategy.hedge_allocation={okx: 0.4, binance: 0.3, bybit: 0.3}'"),
    ],
)
def test_what_is_printed_to_try_fits_the_venues_that_are_open(venues: str, option: str) -> None:
    names = chosen_venues(venues)
    assert hedge_option(names) == option
    overrides = [option.partition("'")[2].rstrip("'")] if option else []
    settings = settings_of("btc_basis", *overrides)
    assert set(settings.venues) - {"wallet"} <= set(names)
    assert list(settings.initial_location) == list(opening_balances([], names))


@pytest.mark.parametrize("speed", ["-1", "0", "nan", "fast"])
def test_a_refused_speed_says_what_would_do(speed: str) -> None:
    with pytest.raises(ComponentError) as caught:
        clock_options(speed)
    assert "manual" in caught.value.remedy


@pytest.mark.parametrize("times", ["nth: 0", "nth: 3, last: 2", "nth: -1, last: 0"])
def test_a_fault_that_never_strikes_is_refused(tmp_path: Path, times: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(f"faults: [{{kind: maintenance, {times}}}]")
    with pytest.raises(ComponentError) as caught:
        read_faults(path)
    assert caught.value.error_code == "CFG-003"
