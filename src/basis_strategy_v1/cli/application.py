"""The commands, put together. Their modules import what they need when they run: `basis --help` stays quick."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated

import typer

from basis_strategy_v1.cli import backtest, care, data, errors, execute, live, modes, report, runs, sandbox, venues

_HELP = "Backtest crypto basis, carry and DeFi-yield strategies through the components that trade them live."
_SETTINGS = {"help_option_names": ["-h", "--help"]}


def application() -> typer.Typer:
    """The whole ``basis`` command."""
    app = typer.Typer(
        name="basis",
        help=_HELP,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=_SETTINGS,
    )
    app.callback()(_root)
    app.command("backtest")(backtest.backtest)
    app.command("execute")(execute.execute)
    app.command("live")(live.live)
    app.command("check")(care.check)
    app.command("flow")(care.flow)
    app.command("kill")(care.kill)
    app.command("recover")(care.recover)
    app.command("modes")(modes.modes)
    app.command("venues")(venues.venues)
    app.command("errors")(errors.errors)
    app.command("report")(report.report)
    app.add_typer(_group(data.COMMANDS), name="data", help="Look at datasets and make synthetic ones.")
    app.add_typer(_group(runs.COMMANDS), name="runs", help="Work with finished runs.")
    app.add_typer(_group(sandbox.COMMANDS), name="sandbox", help="Local venues that speak the real protocols.")
    return app


def _group(commands: Mapping[str, Callable[..., object]]) -> typer.Typer:
    group = typer.Typer(rich_markup_mode=None, context_settings=_SETTINGS)
    for name, command in commands.items():
        group.command(name)(command)
    return group


def _print_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"basis {version('basis-strategy')}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the trace of an unexpected error.")] = False,
) -> None:
    """Options of every command."""
