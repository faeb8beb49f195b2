"""``basis check``, ``flow``, ``kill`` and ``recover``: looking after live runs."""

from __future__ import annotations

import os
import sys
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

import click

from basis_strategy_v1.cli.failures import BAD_INPUT
from basis_strategy_v1.cli.live_options import environment_option, run_name_options, venue_options, with_named_run
from basis_strategy_v1.cli.options import mode_argument
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from basis_strategy_v1.backends.live.account_check import AccountCheck
    from basis_strategy_v1.bootstrap.live.options import LiveOptions
    from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd

MILLISECONDS_PER_DAY = 86_400_000


@click.command
@mode_argument
@environment_option
@venue_options
@with_named_run
def check(options: LiveOptions) -> int:
    """Ask every venue of a mode about credentials, rights, clock, markets and balances. Places nothing."""
    from basis_strategy_v1.bootstrap.live.care import check_accounts

    try:
        checks = check_accounts(options, dict(os.environ))
    except ComponentError as error:
        # Local venues that do not answer are what was asked about, like any other venue.
        print(error.line, file=sys.stderr)
        return BAD_INPUT
    for found in checks:
        print("\n".join(_lines_of(found)))
    findings = [finding for found in checks for finding in found.findings]
    for finding in findings:
        print(ComponentError(finding.error_code, finding.message, remedy=finding.remedy).line, file=sys.stderr)
    return BAD_INPUT if findings else 0


def _lines_of(found: AccountCheck) -> list[str]:
    if not found.reachable:
        return [f"{found.venue}: not reached"]
    rights = ", ".join(
        f"{name} {'yes' if right else 'no' if right is False else 'not told'}"
        for name, right in (("trade", found.may_trade), ("withdraw", found.may_withdraw))
    )
    accepted = {True: "accepted", False: "not accepted", None: "not looked at"}[found.credentials_valid]
    account = f" account {found.account}" if found.account else ""
    clock = f"clock {_offset(found.clock_offset_ms)}, round trip {found.round_trip_ms} ms"
    lines = [
        f"{found.venue}{account}: reached, credentials {accepted} ({rights})",
        f"  {clock}, {len(found.markets_missing)} markets missing",
    ]
    for setting in found.margin:
        sides = "one position" if setting.one_way else "a long and a short position"
        leverage = "no leverage set" if setting.leverage is None else f"leverage {setting.leverage}"
        lines.append(f"  {setting.symbol}: {setting.mode} margin, {leverage}, {sides} per symbol")
    for report in found.locations:
        held = ", ".join(f"{amount} {asset}" for asset, amount in report.balances.items() if amount) or "nothing"
        lines.append(f"  {report.location}: {held}")
        lines += [f"  {report.location}: {item.quantity} {symbol}" for symbol, item in report.positions.items()]
    return lines


def _offset(milliseconds: int) -> str:
    """The venue's clock against this machine's. That of local venues may be years away."""
    if abs(milliseconds) < MILLISECONDS_PER_DAY:
        return f"{milliseconds:+d} ms"
    return f"{milliseconds / MILLISECONDS_PER_DAY:+.1f} days"


@click.command
@mode_argument
@click.option("--amount", metavar="NUMBER", default="", help="What came (> 0) or went (< 0).")
@click.option("--venue", metavar="LOCATION", default="", help="Where, such as binance.")
@click.option("--asset", metavar="TOKEN", default="USDT", show_default=True, help="Which token.")
@click.option("--cancel", metavar="ID", default="", help="Take a declared flow back that is not booked yet.")
@click.option("--force", is_flag=True, help="Though it looks like the run's own transfer, or is more than was there.")
@environment_option
@venue_options
@run_name_options
@with_named_run
def flow(
    options: LiveOptions,
    amount: str,
    venue: str,
    asset: str,
    cancel: str,
    force: bool,
) -> int:
    """Declare a deposit or withdrawal that has happened, so that a live run books it as a flow and not as profit.

    Without --amount and --cancel it lists what is declared and not booked.
    """
    from basis_strategy_v1.bootstrap.live import care

    declared = _declared_amount(amount, venue, cancel)
    if cancel:
        care.cancel_flow(options, dict(os.environ), cancel)
        print(f"taken back {cancel}")
    elif declared is None:
        waiting = [care.flow_line(*item) for item in care.declared_flows(options, dict(os.environ))]
        print("\n".join(waiting or ["No flow waits to be booked."]))
    else:
        flow_id = care.declare_flow(options, dict(os.environ), declared, asset, venue, force=force)
        print(f"declared {flow_id}: {declared} {asset} at {venue}; the run books it at its next tick")
    return 0


def _declared_amount(amount: str, venue: str, cancel: str) -> Decimal | None:
    """How much is declared; None where nothing is.

    Raises:
        ComponentError: CFG-003 for what is no number, and for options that do not go together.
    """
    from basis_strategy_v1.config.problems import invalid_value

    if cancel and (amount or venue):
        raise invalid_value("--cancel", cancel, "an id alone, without --amount and --venue", "command line")
    if bool(amount) != bool(venue):
        raise invalid_value("--amount", amount or "missing", "--amount and --venue together", "command line")
    try:
        return Decimal(amount) if amount else None
    except InvalidOperation:
        raise invalid_value("--amount", amount, "a number other than 0", "command line") from None


@click.command
@mode_argument
@click.option(
    "--reason", metavar="TEXT", default="by a person", show_default=True, help="Why; shown by 'basis recover'."
)
@environment_option
@venue_options
@run_name_options
@with_named_run
def kill(options: LiveOptions, reason: str) -> int:
    """Cancel every open order of a live run and stop it; positions stay as they are."""
    from basis_strategy_v1.bootstrap.live import care

    print("\n".join(care.kill(options, dict(os.environ), reason)))
    return 0


@click.command
@mode_argument
@click.option("--arrived", metavar="ID", default="", help="Book the arrival of a transfer; needs --amount.")
@click.option("--amount", metavar="NUMBER", default="", help="What of it has arrived.")
@click.option("--write-off", metavar="ID", default="", help="Book a transfer as lost: a cost of transfers.")
@click.option("--reason", metavar="TEXT", default="", help="Why; kept with the booking.")
@click.option("--force", is_flag=True, help="Though it may still arrive, or its receiver does not list it.")
@click.option("--resume", is_flag=True, help="Lift HALTED.")
@click.option("--cancel-foreign", is_flag=True, help="Cancel open orders that the run did not place.")
@click.option("--adopt", is_flag=True, help="Book trades and settlements that the run did not make.")
@environment_option
@venue_options
@run_name_options
@with_named_run
def recover(
    options: LiveOptions,
    arrived: str,
    amount: str,
    write_off: str,
    reason: str,
    force: bool,
    resume: bool,
    cancel_foreign: bool,
    adopt: bool,
) -> int:
    """Show how a live run stands: transfers on their way, outcomes unknown. Mend what only a person may mend."""
    from basis_strategy_v1.bootstrap.live import care

    end = _transfer_end(arrived, amount, write_off, reason, force)
    lines = care.recover(
        options,
        dict(os.environ),
        resume=resume,
        cancel_foreign=cancel_foreign,
        adopt=adopt,
        end=end,
        confirm=_confirmed,
    )
    print("\n".join(lines))
    return 0


def _transfer_end(arrived: str, amount: str, write_off: str, reason: str, force: bool) -> TransferEnd | None:
    """What was found out of a transfer, None where nothing is said of one.

    Raises:
        ComponentError: CFG-003 for options that do not go together.
    """
    from basis_strategy_v1.bootstrap.live.transfer_ends import TransferEnd
    from basis_strategy_v1.config.problems import invalid_value

    if arrived and write_off:
        raise invalid_value("--arrived", arrived, "either --arrived or --write-off, not both", "command line")
    if amount and not arrived:
        raise invalid_value("--amount", amount, "--arrived ID beside it", "command line")
    if (reason or force) and not (arrived or write_off):
        raise invalid_value("--reason" if reason else "--force", reason or "given", "a transfer's id", "command line")
    if not arrived:
        return TransferEnd(transfer_id=write_off, reason=reason, force=force) if write_off else None
    number = _number(amount)
    if not number > 0:
        raise invalid_value("--amount", amount, "what has arrived, a number above 0", "command line")
    return TransferEnd(transfer_id=arrived, amount=number, reason=reason, force=force)


def _number(text: str) -> Decimal:
    """A finite number; 0 where ``text`` is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal(0)
    return number if number.is_finite() else Decimal(0)


def _confirmed(lines: Sequence[str]) -> bool:
    """Show what will be booked, and ask the person at the terminal, if there is one."""
    print("\n".join(lines), flush=True)
    return not sys.stdin.isatty() or click.confirm("Book it?")
