from __future__ import annotations

import pytest

import sdk_bybit
import sdk_runs


@pytest.mark.skipif(not sdk_runs.is_installed(sdk_bybit.SDK), reason="pybit is not installed")
def test_every_call_of_bybits_own_sdk_is_answered_as_it_expects() -> None:
    run = sdk_runs.run_sdk(sdk_bybit.SDK)
    assert run.problems == []
    assert len(run.calls) >= 47
