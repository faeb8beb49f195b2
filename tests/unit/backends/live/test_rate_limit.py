"""The token bucket in front of a venue."""

from __future__ import annotations

import pytest
from requests.structures import CaseInsensitiveDict

from basis_strategy_v1.backends.live.rate_limit import LimitReachedError, TokenBucket

SECOND = 1_000_000_000


class Time:
    """A clock that waiting moves."""

    def __init__(self) -> None:
        self.now = 1_000 * SECOND
        self.waited = 0.0

    def wait(self, seconds: float) -> None:
        self.waited += seconds
        self.now += int(seconds * SECOND)


def _bucket(time: Time, per_second: float = 10.0, weight_limit: int = 0) -> TokenBucket:
    return TokenBucket(per_second, 15.0, weight_limit, lambda: time.now, time.wait, counts_down=True)


def test_a_burst_passes_and_what_exceeds_it_waits() -> None:
    time = Time()
    bucket = _bucket(time)
    for _ in range(20):
        bucket.throttle(1)
    assert time.waited == 0
    bucket.throttle(5)
    assert time.waited == pytest.approx(0.5)


def test_tokens_come_back_but_never_more_than_a_burst() -> None:
    time = Time()
    bucket = _bucket(time)
    time.now += 3_600 * SECOND
    bucket.throttle(20)
    bucket.throttle(1)
    assert time.waited == pytest.approx(0.1)


def test_over_any_time_no_more_leaves_than_the_rate_and_a_burst() -> None:
    time = Time()
    bucket = _bucket(time)
    start = time.now
    for _ in range(500):
        bucket.throttle(None)
    assert 10 * (time.now - start) / SECOND + 20 + 1e-6 >= 500


def test_a_request_heavier_than_the_bucket_passes_after_it_is_full() -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.throttle(100)
    assert time.waited == 0
    bucket.throttle(1)
    assert time.waited == pytest.approx(8.1)


def test_a_pause_that_the_venue_asks_for_is_kept() -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.observe(429, {"retry-after": "7"})
    bucket.throttle(1)
    assert time.waited == pytest.approx(7)


@pytest.mark.parametrize(("status", "headers"), [(418, {}), (429, {"retry-after": "600"}), (418, {"retry-after": "x"})])
def test_a_long_pause_turns_requests_away(status: int, headers: dict[str, str]) -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.observe(status, headers)
    with pytest.raises(LimitReachedError):
        bucket.throttle(1)
    time.now += 601 * SECOND
    bucket.throttle(1)
    assert time.waited == 0


def test_a_used_up_weight_waits_for_the_next_minute() -> None:
    time = Time()
    time.now = 60 * SECOND * 100 + 50 * SECOND
    bucket = _bucket(time, weight_limit=6_000)
    bucket.observe(200, {"x-mbx-used-weight-1m": "5000"})
    bucket.throttle(1)
    assert time.waited == 0
    bucket.observe(200, {"x-mbx-used-weight-1m": "5500"})
    bucket.throttle(1)
    assert time.waited == pytest.approx(10)


def test_headers_count_however_their_names_are_written() -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.observe(429, CaseInsensitiveDict({"Retry-After": "7"}))
    bucket.throttle(1)
    assert time.waited == pytest.approx(7)


def test_a_used_up_limit_waits_for_its_reset() -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.observe(200, {"x-bapi-limit-status": "0", "x-bapi-limit-reset-timestamp": str(1_002_000)})
    bucket.throttle(1)
    assert time.waited == pytest.approx(2)


def test_a_clock_that_goes_back_gives_no_tokens_away() -> None:
    time = Time()
    bucket = _bucket(time)
    bucket.throttle(20)
    time.now -= 100 * SECOND
    bucket.throttle(1)
    assert time.waited == pytest.approx(0.1)
