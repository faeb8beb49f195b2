"""What is wrong with an account, seen before any order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from basis_strategy_v1.backends.live.account_check import check_account
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.venue_records import MarginSetting, Permissions
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec
from basis_strategy_v1.venues.registry import spec_for

PERPETUAL = next(item for item in spec_for("bybit").instruments if item.trade_type == "perp")
SPEC = VenueSpec(venue="alpha", family="CEX", description="", capabilities=frozenset(), instruments=(PERPETUAL,))
GOOD = MarginSetting(symbol="BTCUSDT", mode="cross", leverage=None, one_way=True)


class Account:
    def __init__(self, rights: Permissions, margin: tuple[MarginSetting, ...]) -> None:
        self.rights = rights
        self.margin = margin

    def margin_settings(self, perpetuals: Sequence[Instrument]) -> tuple[MarginSetting, ...]:
        return self.margin

    def permissions(self) -> Permissions:
        return self.rights

    def observe(self) -> tuple[()]:
        return ()


class Gateway:
    def __init__(self, offset: int) -> None:
        self.offset = offset
        self.clock = type("Clock", (), {"round_trip_ms": 12})()

    def synchronise(self) -> int:
        return self.offset


def _dialect(rights: Permissions, *margin: MarginSetting) -> Dialect:
    unused: Any = None
    gateways: Any = (Gateway(3), Gateway(-900))
    account: Any = Account(rights, margin)
    return Dialect(gateways, tuple, unused, account, unused, unused, unused)


@pytest.mark.parametrize(
    ("rights", "needed", "codes"),
    [
        (Permissions(trade=True, withdraw=False), False, []),
        (Permissions(trade=True, withdraw=True), True, []),
        (Permissions(trade=True, withdraw=True), None, []),
        (Permissions(), False, []),
        (Permissions(trade=True, withdraw=True), False, ["EXI-004"]),
        (Permissions(trade=True, withdraw=False), True, ["EXI-004"]),
        (Permissions(trade=False, withdraw=False), False, ["EXI-004"]),
    ],
)
def test_rights_are_held_against_what_is_needed(rights: Permissions, needed: bool | None, codes: list[str]) -> None:
    check = check_account(SPEC, _dialect(rights), needed)
    assert [finding.error_code for finding in check.findings] == codes
    assert (check.clock_offset_ms, check.round_trip_ms, check.credentials_valid) == (-900, 12, True)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, []),
        ({"one_way": False}, ["alpha: BTCUSDT is in hedge mode; set it to one position per symbol"]),
        ({"mode": "isolated"}, ["alpha: BTCUSDT is on isolated margin, and cross margin is what the books count with"]),
    ],
)
def test_settings_that_the_books_do_not_count_with_are_found(change: dict[str, Any], words: list[str]) -> None:
    setting = msgspec.structs.replace(GOOD, **change)
    check = check_account(SPEC, _dialect(Permissions(trade=True), setting), None)
    assert check.margin == (setting,)
    assert [finding.message for finding in check.findings] == words
    assert {finding.error_code for finding in check.findings} <= {"EIF-008"}
