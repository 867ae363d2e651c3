"""A group of commands whose modules are loaded when they are called, so that help costs no more than click."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import click

from tunewise.commands.examples import with_example
from tunewise.errors import harmless, nearest


class LazyGroup(click.Group):
    """Commands by name, each with its line of help, and `MODULE:NAME` where it is found."""

    def __init__(self, *args: Any, listed: Mapping[str, tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.listed = listed

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(self.listed)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command, or None where there is none of that name."""
        if name not in self.listed:
            return None
        module, _, attribute = self.listed[name][0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        with_example(command, f"{ctx.command_path} {name}".partition(" ")[2])
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; fail with the nearest name."""
        if args and args[0] not in self.listed and not args[0].startswith("-"):
            near = nearest(args[0], self.listed)
            hint = f"did you mean '{near}'?" if near else f"commands: {', '.join(self.listed)}"
            ctx.fail(f"no command '{harmless(args[0])}'; {hint}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in self.listed.items()])
