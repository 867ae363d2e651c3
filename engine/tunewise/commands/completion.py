"""`tunewise completion`: what a shell needs to complete commands, options, facts, values, rules and assumptions."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TUNEWISE_COMPLETE"


@click.command("completion", short_help="Print what a shell needs to complete commands.")
@click.argument("shell", type=click.Choice(SHELLS))
def completion_command(shell: str) -> None:
    """Print the script that has a shell complete commands, options, facts, values, rules and assumption keys.

    Put the example's line into the file that the shell reads as it starts; for fish, pipe it into 'source'.
    """
    from tunewise.commands.program import app

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click knows these three
    click.echo(found(app, {}, "tunewise", VARIABLE).source())
