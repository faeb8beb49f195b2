"""``basis live``."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from basis_strategy_v1.cli.failures import BAD_INPUT
from basis_strategy_v1.cli.live_options import environment_option, run_name_options, venue_options, with_named_run
from basis_strategy_v1.cli.options import mode_argument
from basis_strategy_v1.cli.process import settle_process
from basis_strategy_v1.cli.telling import tell
from basis_strategy_v1.core.error_codes.exceptions import ComponentError

if TYPE_CHECKING:
    from basis_strategy_v1.bootstrap.live.options import LiveOptions, LiveOutcome

RESTART = 75
"""Exit status that asks a supervisor to start the process again: starting is recovering."""


@click.command
@mode_argument
@environment_option
@click.option("--paper", is_flag=True, help="Real prices, simulated fills; no account is touched.")
@venue_options
@run_name_options
@click.option(
    "--tick", metavar="SECONDS", default=60.0, show_default=True, help="From one look at the market to the next."
)
@click.option(
    "--reconcile",
    metavar="SECONDS",
    default=300.0,
    show_default=True,
    help="From one comparison with every venue to the next.",
)
@click.option(
    "--orders",
    metavar="SECONDS",
    default=300.0,
    show_default=True,
    help="From one look for open orders of others to the next.",
)
@click.option("--until", metavar="ISO", help="End in order after this time.")
@click.option("--adopt", is_flag=True, help="Open the books with whatever is at the venues, positions included.")
@with_named_run
def live(
    named: LiveOptions,
    paper: bool,
    tick: float,
    reconcile: float,
    orders: float,
    until: str | None,
    adopt: bool,
) -> int:
    """Trade a strategy at its venues, or on paper. Stop it with Ctrl-C or SIGTERM; a later start goes on."""
    from basis_strategy_v1.bootstrap.live.run import run_live
    from basis_strategy_v1.config.date_range import parse_time

    options = msgspec.structs.replace(
        named,
        paper=paper,
        tick_seconds=tick,
        reconcile_seconds=reconcile,
        orders_seconds=orders,
        until=parse_time("--until", until),
        adopt=adopt,
    )
    how = "on paper" if paper else "live"
    tell(f"{named.mode} {how} in {named.environment}", sys.stdout)

    def begun() -> None:
        # Not before: a first start that is refused leaves no folder.
        tell(f"its files are in {options.run_directory}", sys.stdout)
        settle_process()

    try:
        outcome = run_live(options, dict(os.environ), begun=begun)
    except ComponentError as error:
        # Whatever a start is refused for, a person has to mend it: a supervisor should not try again.
        tell(error.line, sys.stderr)
        return BAD_INPUT
    return _show(outcome, options.run_directory)


def _show(outcome: LiveOutcome, directory: Path) -> int:
    from basis_strategy_v1.core.engine.live_parts import LiveEnding

    tell(f"{outcome.ending.value} after {outcome.ticks} ticks; NAV {outcome.nav} USD; see {directory}", sys.stdout)
    if outcome.held:
        tell(f"warning: decisions are held: {outcome.held}", sys.stderr)
    if outcome.error is not None:
        tell(outcome.error.line, sys.stderr)
    if outcome.ending is LiveEnding.FAILED or (outcome.restart and outcome.ending is LiveEnding.STOPPED):
        return RESTART
    if outcome.ending is LiveEnding.HALTED:
        tell("The run is halted; 'basis recover MODE' shows why and lifts it with --resume.", sys.stderr)
        return 1
    # A run that was killed, and some of whose orders may still be open.
    return 0 if outcome.error is None else 1
