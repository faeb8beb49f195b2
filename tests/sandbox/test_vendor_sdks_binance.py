from __future__ import annotations

import pytest

import sdk_binance
import sdk_runs


@pytest.mark.parametrize(
    ("sdk", "least"), [(sdk_binance.SPOT, 29), (sdk_binance.FUTURES, 47), (sdk_binance.WALLET, 11)]
)
def test_every_call_of_binances_own_sdks_is_answered_as_they_expect(sdk: str, least: int) -> None:
    if not sdk_runs.is_installed(sdk):
        pytest.skip(f"{sdk} is not installed")
    run = sdk_runs.run_sdk(sdk)
    assert run.problems == []
    assert len(run.calls) >= least
