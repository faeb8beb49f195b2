"""What is wrong with an account, seen before any order."""

from __future__ import annotations

from typing import Any

import pytest

from basis_strategy_v1.backends.live.account_check import check_account
from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.venue_records import Permissions
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

SPEC = VenueSpec(venue="alpha", family="CEX", description="", capabilities=frozenset())


class Account:
    def __init__(self, rights: Permissions) -> None:
        self.rights = rights

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


def _dialect(rights: Permissions) -> Dialect:
    unused: Any = None
    gateways: Any = (Gateway(3), Gateway(-900))
    account: Any = Account(rights)
    return Dialect(gateways, tuple, unused, account, unused, unused, unused)


@pytest.mark.parametrize(
    ("rights", "needed", "codes"),
    [
        (Permissions(trade=True, withdraw=False, one_way=True), False, []),
        (Permissions(trade=True, withdraw=True, one_way=True), True, []),
        (Permissions(trade=True, withdraw=True, one_way=True), None, []),
        (Permissions(), False, []),
        (Permissions(trade=True, withdraw=True, one_way=True), False, ["EXI-004"]),
        (Permissions(trade=True, withdraw=False, one_way=True), True, ["EXI-004"]),
        (Permissions(trade=False, withdraw=False, one_way=True), False, ["EXI-004"]),
        (Permissions(trade=True, withdraw=False, one_way=False), False, ["EIF-008"]),
    ],
)
def test_rights_are_held_against_what_is_needed(rights: Permissions, needed: bool | None, codes: list[str]) -> None:
    check = check_account(SPEC, _dialect(rights), needed)
    assert [finding.error_code for finding in check.findings] == codes
    assert (check.clock_offset_ms, check.round_trip_ms, check.credentials_valid) == (-900, 12, True)
