"""A group of commands that are imported when they are wanted."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """Imports the module of the command that was asked for; those of all only to show them in the help."""

    def __init__(self, *, places: Mapping[str, str], **settings: Any) -> None:
        """``places``: for each command, in the order of the help, its module and the name it has there, as
        ``package.module:name``."""
        super().__init__(**settings)
        self._places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names, in the order in which the help shows them."""
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name; None where there is none."""
        module, _, name = self._places.get(cmd_name, "").partition(":")
        return getattr(import_module(module), name) if module else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that ``args`` begin with, and the arguments left for it.

        Raises:
            click.NoSuchCommand: with the names that look like the one given.
        """
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:
            raise click.NoSuchCommand(error.command_name, possibilities=self._places, ctx=ctx) from None
