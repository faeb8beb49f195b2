"""``basis modes``."""

from __future__ import annotations

import click

from basis_strategy_v1.cli.tables import print_table


@click.command
@click.argument("mode", metavar="[MODE]", required=False, help="One mode only.")
@click.option("--defaults", is_flag=True, help="Print every key with its default, range and meaning.")
def modes(mode: str | None, defaults: bool) -> None:
    """List the strategy modes and the packaged example configurations, or show one mode."""
    if mode is None:
        _list_modes()
        if defaults:
            print("\nName a mode to see its keys: basis modes MODE --defaults")
        else:
            _list_examples()
    elif defaults:
        _show_defaults(mode)
    else:
        _show_mode(mode)


def _list_modes() -> None:
    from basis_strategy_v1.config.packaged import MODES, mode_definition

    rows = []
    for name in MODES:
        definition = mode_definition(name)
        runs = "yes" if definition.available else "not yet"
        rows.append((name, runs, ", ".join(definition.share_classes), definition.description))
    print_table(("mode", "runs", "share class", "what it holds"), rows)


def _list_examples() -> None:
    from basis_strategy_v1.config.packaged import EXAMPLE_PREFIX, example_description, example_names

    print()
    rows = [(EXAMPLE_PREFIX + name, example_description(name)) for name in example_names()]
    print_table(("example for --config", "what it is for"), rows)


def _show_mode(mode: str) -> None:
    from basis_strategy_v1.config.loader import default_config
    from basis_strategy_v1.config.packaged import mode_definition

    definition = mode_definition(mode)
    settings = default_config(mode).settings
    rows = [
        ("mode", mode),
        ("holds", definition.description),
        ("runs", "yes" if definition.available else "not yet"),
        ("share class", ", ".join(definition.share_classes)),
        ("asset", ", ".join(definition.assets)),
        ("capital", f"{settings.initial_capital} {settings.currency}"),
        ("venues", ", ".join(settings.venues)),
        ("keys", f"basis modes {mode} --defaults"),
    ]
    for label, text in rows:
        print(f"{label:<12}  {text}")


def _show_defaults(mode: str) -> None:
    from basis_strategy_v1.config.defaults import describe_defaults

    rows = [(row.key, row.default, row.allowed, row.meaning) for row in describe_defaults(mode)]
    print_table(("key", "default", "range", "meaning"), rows)
