"""The commands, put together. Only the module of the command that is called gets imported."""

from __future__ import annotations

import click

from basis_strategy_v1.cli.lazy_group import LazyGroup

_HELP = "Backtest crypto basis, carry and DeFi-yield strategies through the components that trade them live."
_PACKAGE = "basis_strategy_v1.cli"
_PLACES = {
    "backtest": f"{_PACKAGE}.backtest:backtest",
    "execute": f"{_PACKAGE}.execute:execute",
    "live": f"{_PACKAGE}.live:live",
    "check": f"{_PACKAGE}.care:check",
    "flow": f"{_PACKAGE}.care:flow",
    "kill": f"{_PACKAGE}.care:kill",
    "recover": f"{_PACKAGE}.care:recover",
    "modes": f"{_PACKAGE}.modes:modes",
    "venues": f"{_PACKAGE}.venues:venues",
    "errors": f"{_PACKAGE}.errors:errors",
    "report": f"{_PACKAGE}.report:report",
    "data": f"{_PACKAGE}.data:data",
    "runs": f"{_PACKAGE}.runs:runs",
    "sandbox": f"{_PACKAGE}.sandbox:sandbox",
}


def application() -> click.Group:
    """The whole ``basis`` command."""
    return LazyGroup(
        name="basis",
        help=_HELP,
        places=_PLACES,
        params=[
            click.Option(
                ["--version"],
                is_flag=True,
                expose_value=False,
                is_eager=True,
                callback=_print_version,
                help="Print the version and leave.",
            ),
            click.Option(["--debug"], is_flag=True, expose_value=False, help="Show the trace of an unexpected error."),
        ],
        no_args_is_help=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def _print_version(context: click.Context, _option: click.Parameter, asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        click.echo(f"basis {version('basis-strategy')}")
        context.exit()
