"""Times of any spelling become nanoseconds, and nanoseconds become text."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from basis_strategy_v1.core.domain.timestamps import NANOSECONDS_PER_HOUR, to_iso, to_nanoseconds

MAY = 1_715_472_000_000_000_000


@pytest.mark.parametrize(
    "value",
    [
        MAY,
        "2024-05-12",
        "2024-05-12T00:00:00",
        " 2024-05-12T00:00Z ",
        "2024-05-12T02:00:00+02:00",
        datetime(2024, 5, 12, tzinfo=UTC),
        datetime(2024, 5, 12),  # noqa: DTZ001 - a naive time is read as UTC
        datetime(2024, 5, 11, 19, tzinfo=timezone(timedelta(hours=-5))),
        date(2024, 5, 12),
        pd.Timestamp("2024-05-12"),
        pd.Timestamp("2024-05-12T02:00", tz="Europe/Paris"),
    ],
    ids=repr,
)
def test_every_spelling_of_a_time_is_the_same_time(value: object) -> None:
    assert to_nanoseconds(value) == MAY


def test_nanoseconds_of_a_pandas_timestamp_are_kept() -> None:
    assert to_nanoseconds(pd.Timestamp(MAY + 123_456_789, tz="UTC")) == MAY + 123_456_789


@pytest.mark.parametrize("value", [None, True, 1.5, "yesterday", "", [MAY], "2024-13-01"])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(ValueError):
        to_nanoseconds(value)


@pytest.mark.parametrize(
    ("nanoseconds", "text"),
    [
        (0, "1970-01-01T00:00:00Z"),
        (MAY, "2024-05-12T00:00:00Z"),
        (MAY + 1, "2024-05-12T00:00:00.000000001Z"),
        (MAY + 500_000_000, "2024-05-12T00:00:00.5Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
    ],
)
def test_text_has_a_fraction_only_where_there_is_one(nanoseconds: int, text: str) -> None:
    assert to_iso(nanoseconds) == text


@given(st.integers(-(10**6), 10**6).map(lambda count: count * NANOSECONDS_PER_HOUR + count * 1_000))
def test_text_reads_back_to_the_same_microsecond(nanoseconds: int) -> None:
    assert to_nanoseconds(to_iso(nanoseconds)) == nanoseconds
