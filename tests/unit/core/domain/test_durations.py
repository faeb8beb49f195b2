"""Times between two moments, as people say them."""

from __future__ import annotations

import pytest

from basis_strategy_v1.core.domain.durations import duration_text

SECOND = 1_000_000_000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (3_660, "1 h 1 min"),
        (3_601, "1 h"),
        (90_061, "1 d 1 h"),
        (-7_200, "2 h"),
    ],
)
def test_a_duration_is_said_in_its_two_largest_units(seconds: int, text: str) -> None:
    assert duration_text(seconds * SECOND) == text
