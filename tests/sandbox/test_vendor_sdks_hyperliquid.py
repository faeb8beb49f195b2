from __future__ import annotations

import pytest

import sdk_hyperliquid
import sdk_runs


@pytest.mark.skipif(not sdk_runs.is_installed(sdk_hyperliquid.SDK), reason="hyperliquid-python-sdk is not installed")
def test_every_call_of_hyperliquids_own_sdk_is_answered_as_it_expects() -> None:
    run = sdk_runs.run_sdk(sdk_hyperliquid.SDK)
    assert run.problems == []
    assert len(run.calls) >= 51
