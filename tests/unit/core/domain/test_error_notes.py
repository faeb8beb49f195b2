"""Every error event says code, message, severity and stack, whichever component writes it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.core.domain.error_notes import ErrorNote, note_of, stack_of
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from engine_runs import constant_scene, run, settings_of


def _fail() -> None:
    raise ComponentError("EXI-001", "refused")


def _wrap() -> None:
    try:
        _fail()
    except ComponentError as error:
        raise ComponentError("EIM-006", "failed", original_exception=error) from error


def test_a_note_holds_what_a_reader_needs_to_find_the_cause() -> None:
    with pytest.raises(ComponentError) as raised:
        _wrap()
    note = note_of(raised.value)
    assert (note.error_code, note.message, note.severity) == ("EIM-006", "failed", "HIGH")
    frames = [frame.split()[1] for frame in note.stack.split(" > ")]
    assert frames == ["test_a_note_holds_what_a_reader_needs_to_find_the_cause", "_wrap", "_wrap", "_fail"]
    assert "/" not in note.stack


def test_what_was_never_raised_has_no_stack() -> None:
    assert stack_of(ComponentError("EXI-001", "refused")) == ""
    assert ErrorNote("EXI-001", "refused", "HIGH").stack == ""


def test_the_errors_of_a_run_all_say_code_message_severity_and_stack() -> None:
    def break_books(assembly: Any) -> None:
        books = assembly.world.exchanges["binance"].books
        books.add("binance", "USDT", Decimal(1))

    chosen = settings_of("btc_basis", "strategy.hedge_allocation={binance: 1.0}")
    done = run(chosen, constant_scene(("binance",), 20, 50_000.0), before=break_books)
    events = [msgspec.json.decode(line) for lines in done.events.values() for line in lines.splitlines()]
    errors = [event["data"] for event in events if event["event_type"] == "error"]
    assert {error["error_code"] for error in errors} >= {"REC-001"}
    for error in errors:
        assert error["message"] and error["severity"] and error["stack"]
