"""What can be said of a connection before any order is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from basis_strategy_v1.backends.live.dialects.dialect import Dialect
from basis_strategy_v1.backends.live.dialects.venue_records import CROSS, MarginSetting, Permissions
from basis_strategy_v1.core.domain.market import Instrument
from basis_strategy_v1.core.domain.orders import LocationReport
from basis_strategy_v1.core.error_codes.exceptions import ComponentError
from basis_strategy_v1.core.interfaces.venue_spec import VenueSpec

WRONG_CLOCK, REFUSED_CREDENTIALS = "DAT-005", "EXI-004"
SET_THE_CLOCK = "Set the clock, then start again."
AT_THE_VENUE = "Change it at the venue once nothing is held there."


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it should be; without a ``remedy`` that of its code holds."""

    error_code: str
    message: str
    remedy: str = ""


class AccountCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one account.

    Attributes:
        reachable: whether the venue told its time.
        credentials_valid: whether it let us in; None where it has not said so, under maintenance, say.
        account: the venue's own id of it; empty where the venue does not tell.
        may_trade, may_withdraw: rights of the credentials; None where the venue does not tell.
        clock_offset_ms, round_trip_ms: the venue's clock against ours.
        markets_missing: instruments (``spot BTCUSDT``) that the venue does not list.
        margin: how the perpetuals that are traded are margined.
        locations: balances and positions.
        findings: what is wrong, each with its code.
    """

    venue: str
    reachable: bool = False
    credentials_valid: bool | None = None
    account: str = ""
    may_trade: bool | None = None
    may_withdraw: bool | None = None
    clock_offset_ms: int = 0
    round_trip_ms: int = 0
    markets_missing: tuple[str, ...] = ()
    margin: tuple[MarginSetting, ...] = ()
    locations: tuple[LocationReport, ...] = ()
    findings: tuple[Finding, ...] = ()


def check_account(
    spec: VenueSpec, dialect: Dialect, withdrawals_needed: bool | None, clock_problem: Callable[[], str] = str
) -> AccountCheck:
    """Ask the venue for everything ``basis check`` shows; what cannot be asked is a finding, never an exception.

    Args:
        withdrawals_needed: held against the right to withdraw; None where that right is of no concern.
        clock_problem: says what is wrong with the clock, nothing where it is right.
    """
    check = AccountCheck(venue=spec.venue)
    try:
        offsets = [(gateway.synchronise(), gateway.clock.round_trip_ms) for gateway in dialect.gateways]
        worst = max(offsets, key=lambda offset: abs(offset[0]))
        check = msgspec.structs.replace(check, reachable=True, clock_offset_ms=worst[0], round_trip_ms=worst[1])
        if problem := clock_problem():
            check = msgspec.structs.replace(check, findings=(Finding(WRONG_CLOCK, problem, SET_THE_CLOCK),))
        missing = tuple(f"{item.trade_type} {item.symbol}" for item in dialect.load_markets())
        findings = tuple(Finding("EXI-005", f"{spec.venue} does not list {name}") for name in missing)
        check = msgspec.structs.replace(check, markets_missing=missing, findings=(*check.findings, *findings))
        rights = dialect.account.permissions()
        check = msgspec.structs.replace(check, credentials_valid=True)
        perpetuals = [item for item in perpetuals_of(spec) if f"perp {item.symbol}" not in missing]
        margin = tuple(dialect.account.margin_settings(perpetuals)) if perpetuals else ()
        wrong = tuple(Finding("EIF-008", words, AT_THE_VENUE) for words in wrong_settings(spec.venue, margin))
        check = msgspec.structs.replace(
            check,
            account=rights.account,
            may_trade=rights.trade,
            may_withdraw=rights.withdraw,
            margin=margin,
            locations=tuple(dialect.account.observe()),
            findings=(*check.findings, *_about_rights(spec.venue, rights, withdrawals_needed), *wrong),
        )
    except ComponentError as error:
        finding = Finding(error.error_code, error.message, error.remedy)
        is_let_in = False if error.error_code == REFUSED_CREDENTIALS else check.credentials_valid
        check = msgspec.structs.replace(check, credentials_valid=is_let_in, findings=(*check.findings, finding))
    return check


def perpetuals_of(spec: VenueSpec) -> tuple[Instrument, ...]:
    """The perpetuals of a venue."""
    return tuple(item for item in spec.instruments if item.trade_type == "perp")


def wrong_settings(venue: str, margin: Sequence[MarginSetting]) -> list[str]:
    """What stands against trading with these settings, in words; empty where nothing does."""
    hedged = [item.symbol for item in margin if not item.one_way]
    words = [f"{venue}: {symbol} is in hedge mode; set it to one position per symbol" for symbol in hedged]
    if any(not item.single_asset for item in margin):
        words.append(f"{venue}: all assets are margin (multi-assets mode); set the account to single-asset mode")
    return words + [
        f"{venue}: {item.symbol} is on {item.mode} margin, and cross margin is what the books count with"
        for item in margin
        if item.mode != CROSS
    ]


def _about_rights(venue: str, rights: Permissions, needed: bool | None) -> list[Finding]:
    findings = []
    withdraw = rights.withdraw
    if rights.trade is False:
        findings.append(Finding("EXI-004", f"{venue}: the credentials may not trade"))
    if withdraw and needed is False:
        remedy = "Take that right from the key at the venue."
        findings.append(Finding("EXI-004", f"{venue}: the credentials may withdraw, which nothing here needs", remedy))
    if needed and withdraw is False:
        message = f"{venue}: withdrawals are configured and the credentials may not withdraw"
        findings.append(Finding("EXI-004", message, "Give the key that right, or leave withdrawal_addresses out."))
    return findings
