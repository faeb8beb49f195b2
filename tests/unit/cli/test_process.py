"""Settings of the process that are made before anything else is loaded."""

from __future__ import annotations

import atexit
import gc
import os
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from basis_strategy_v1.cli.process import settle_process, tune_process


@pytest.fixture(autouse=True)
def unchanged_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], Any]]]:
    """What would be called at the end of the process; the collector of the tests is left as it was."""
    threshold = gc.get_threshold()
    at_the_end: list[Callable[[], Any]] = []
    monkeypatch.setattr(atexit, "register", at_the_end.append)
    monkeypatch.setattr(os, "environ", dict(os.environ))
    yield at_the_end
    gc.set_threshold(*threshold)


def test_linear_algebra_gets_no_threads_of_its_own() -> None:
    os.environ.pop("OPENBLAS_NUM_THREADS", None)
    tune_process()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "1"


def test_what_the_environment_already_says_stays() -> None:
    os.environ["OPENBLAS_NUM_THREADS"] = "4"
    tune_process()
    assert os.environ["OPENBLAS_NUM_THREADS"] == "4"


def test_a_run_of_years_is_over_before_the_collector_looks_at_it() -> None:
    tune_process()
    assert gc.isenabled()
    assert gc.get_threshold()[0] >= 200_000


def test_the_collector_has_nothing_to_look_at_when_the_process_ends(
    unchanged_afterwards: list[Callable[[], Any]],
) -> None:
    tune_process()
    assert unchanged_afterwards == [gc.freeze]


class _Kept:
    """What may refer to itself."""

    own: object = None


def test_what_lasts_is_taken_out_of_the_collectors_sight_and_what_does_not_is_collected_before() -> None:
    kept, dropped = _Kept(), _Kept()
    dropped.own = dropped
    gone = weakref.ref(dropped)
    del dropped
    try:
        settle_process()
        assert gone() is None and gc.get_freeze_count() > 0
        assert not any(item is kept for item in gc.get_objects())
    finally:
        gc.unfreeze()
