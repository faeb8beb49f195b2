"""What ``basis recover`` understands, and what it asks before it books."""

from __future__ import annotations

import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import click
import pytest

from basis_strategy_v1.bootstrap.live import care
from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
from basis_strategy_v1.cli.main import main

SHOWN = ["transfer t: 10 USDT are written off, a loss in the P&L bucket 'transfer'."]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    seen: dict[str, Any] = {}

    def recover(
        options: Any, environment: Any, *, end: TransferEnd | None, confirm: Callable[[list[str]], bool], **flags: Any
    ) -> list[str]:
        seen.update(end=end, **flags)
        if end is None:
            return ["Nothing is open"]
        return ["Booked."] if confirm(SHOWN) else ["Nothing was booked."]

    monkeypatch.setattr(care, "recover", recover)
    return seen


def test_nothing_is_booked_where_nothing_is_asked(asked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", "btc_basis"]) == 0
    assert asked == {"end": None, "resume": False, "cancel_foreign": False, "adopt": False}
    assert capsys.readouterr().out == "Nothing is open\n"


def test_a_loss_is_shown_before_it_is_booked(asked: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recover", "btc_basis", "--write-off", "t", "--reason", "gone"]) == 0
    assert asked["end"] == TransferEnd(transfer_id="t", reason="gone")
    assert capsys.readouterr().out == SHOWN[0] + "\nBooked.\n"


def test_a_person_at_a_terminal_is_asked(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "confirm", lambda question: False)
    assert main(["recover", "btc_basis", "--write-off", "t"]) == 0
    assert capsys.readouterr().out.endswith("Nothing was booked.\n")


def test_control_c_at_the_question_books_nothing(
    asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(question: str) -> bool:
        raise click.Abort

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr(click, "confirm", interrupt)
    assert main(["recover", "btc_basis", "--write-off", "t"]) == 130
    assert capsys.readouterr().err == "Interrupted: nothing half-written was left behind.\n"


def test_an_arrival_names_its_amount(asked: dict[str, Any]) -> None:
    assert main(["recover", "btc_basis", "--arrived", "t", "--amount", "9.5", "--force"]) == 0
    assert asked["end"] == TransferEnd(transfer_id="t", amount=Decimal("9.5"), force=True)


@pytest.mark.parametrize(
    "options",
    [
        ["--arrived", "t"],
        ["--arrived", "t", "--amount", "much"],
        ["--arrived", "t", "--amount", "-1"],
        ["--arrived", "t", "--amount", "inf"],
        ["--amount", "1"],
        ["--reason", "gone"],
        ["--force"],
        ["--arrived", "t", "--write-off", "t", "--amount", "1"],
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_line(
    options: list[str], asked: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recover", "btc_basis", *options]) == 2
    error = capsys.readouterr().err
    assert error.startswith("CFG-003") and error.count("\n") == 1
    assert not asked
