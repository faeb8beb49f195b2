"""What is settled before anything is connected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests

from basis_strategy_v1.bootstrap.live.options import LiveOptions
from basis_strategy_v1.bootstrap.live.plan import make_plan
from basis_strategy_v1.cli.main import main
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.sandbox.credentials import environment_variables

VENUES = ("binance", "bybit", "okx")


@pytest.mark.parametrize("command", [("check",), ("live",), ("kill",), ("recover",), ("flow",)])
@pytest.mark.parametrize(
    "address",
    [
        "https://api.binance.com",
        "http://api.binance.com\\@127.0.0.1",
        "http://127.0.0.1@api.binance.com",
        "http://127.0.0.1.example.org:80",
        "http://[::1",
        "api.binance.com",
    ],
)
def test_nobody_but_this_machine_is_asked_as_local_venues(
    command: tuple[str, ...],
    address: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    sent: list[str] = []

    def send(session: Any, request: Any, **options: Any) -> Any:
        sent.append(request.url)
        raise requests.ConnectionError

    monkeypatch.setattr(requests.Session, "send", send)
    monkeypatch.chdir(tmp_path)
    for name, value in environment_variables(VENUES).items():
        monkeypatch.setenv(name, value)
    assert main([*command, "btc_basis", "--sandbox", address]) == 2
    assert not sent
    told = capsys.readouterr().err
    assert told.startswith("EIF-012") and told.count("\n") == 1


@pytest.mark.parametrize("address", ["http://127.0.0.1:8765", "http://localhost:1/", "http://[::1]:8765"])
def test_local_venues_belong_to_dev(address: str) -> None:
    options = {"mode": "btc_basis", "sandbox": address}
    environment = environment_variables(VENUES)
    production = {name.replace("_DEV_", "_PROD_"): value for name, value in environment.items()}
    assert make_plan(LiveOptions(**options), environment).specs  # type: ignore[arg-type]
    with pytest.raises(ComponentError) as caught:
        make_plan(LiveOptions(**options, environment="prod"), production)  # type: ignore[arg-type]
    assert caught.value.error_code == "EIF-012"


def test_a_plan_without_credentials_is_only_for_those_who_need_none() -> None:
    options = LiveOptions(mode="btc_basis")
    assert make_plan(options, {}, checks_credentials=False).specs
    with pytest.raises(ComponentError) as caught:
        make_plan(options, {})
    assert caught.value.error_code == "EIF-003"
