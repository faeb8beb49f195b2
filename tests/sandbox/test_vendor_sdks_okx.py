from __future__ import annotations

import pytest

import sdk_okx
import sdk_runs


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.skipif(not sdk_runs.is_installed(sdk_okx.SDK), reason="python-okx is not installed")
def test_every_call_of_okxs_own_sdk_is_answered_as_it_expects() -> None:
    run = sdk_runs.run_sdk(sdk_okx.SDK)
    assert run.problems == []
    assert len(run.calls) >= 54
