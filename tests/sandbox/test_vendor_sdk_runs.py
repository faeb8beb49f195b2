"""The runs of the vendors' SDKs would notice a venue that answers wrongly."""

from __future__ import annotations

import logging
from typing import Any

import sdk_runs
from sdk_calls import SdkRun

REFUSED = {"code": "51000", "msg": "no"}


def run_of_dictionaries() -> SdkRun:
    return SdkRun("an SDK", reason=lambda answer: "" if answer["code"] == "0" else f"{answer['code']} {answer['msg']}")


def warning(answer: Any) -> Any:
    logging.getLogger("sdk").warning("the answer did not match the declared types")
    return answer


def test_a_call_fails_by_exception_refusal_warning_or_unexpected_data() -> None:
    run = run_of_dictionaries()
    run.call("raises", lambda: 1 / 0)
    run.call("is refused", lambda: REFUSED)
    run.call("warns", lambda: warning({"code": "0"}))
    run.call("says something else", lambda: {"code": "0"}, check=lambda data: "rows" in data)
    assert [call.name for call in run.calls if call.problem] == [call.name for call in run.calls]
    assert len(run.problems) == 4


def test_a_call_that_does_what_it_should_is_no_problem() -> None:
    run = run_of_dictionaries()
    assert run.call("answers", lambda: {"code": "0", "rows": []}, check=lambda data: "rows" in data) is not None
    assert run.problems == []


def test_a_refusal_must_come_and_say_why() -> None:
    run = run_of_dictionaries()
    run.refused("says why", "51000", lambda: REFUSED)
    run.refused("says something else", "51008", lambda: REFUSED)
    run.refused("accepts", "51000", lambda: {"code": "0"})
    assert [bool(call.problem) for call in run.calls] == [False, True, True]


def test_every_run_names_a_venue_and_a_module() -> None:
    assert {venue for _, venue, _ in sdk_runs.RUNS.values()} == {"binance", "bybit", "okx", "hyperliquid"}
