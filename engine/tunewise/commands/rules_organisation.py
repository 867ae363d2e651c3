"""`tunewise rules organisation new`: start an organisation's policy."""

from __future__ import annotations

import os
import sys
from importlib.resources import files
from pathlib import Path

import click

from tunewise.commands import options
from tunewise.errors import Problem, UserError, harmless

POLICY_TEMPLATE, POLICY_SCHEMA = "organisation.yaml", "organisation.schema.json"


@click.group("organisation", short_help="Start an organisation's policy.")
def organisation() -> None:
    """Start an organisation's policy over the rulebook; 'rules diff --organisation FILE' says what it changes."""


@organisation.command("new", short_help="Write a commented policy, to be filled in.")
@click.argument("file", type=options.FILE_PATH, metavar="FILE")
def new_policy(file: str) -> None:
    """Write a file that shows every part of a policy in comments: take the mark away from what you need.

    Its first line names the schema by which an editor completes and checks it.
    """
    from tunewise.writing import write_whole

    path = Path(file)
    if path.exists():
        raise UserError(Problem(file, None, "", "is there already; name another file"))
    schema = Path(str(files("tunewise.rules"))) / "schemas" / POLICY_SCHEMA
    text = files("tunewise.templates").joinpath(POLICY_TEMPLATE).read_text("utf-8")
    write_whole(path, text.replace("{schema}", os.path.relpath(schema, path.parent.absolute())))
    sys.stdout.write(
        f"{harmless(file)}: take the '# ' away from what you need, then see what it changes with\n"
        f"tunewise rules diff --organisation {harmless(file)}\n"
    )
