"""`tunewise rules new`, `docs`, `export` and `copy`: start a rule; write out and copy them all."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options, outputs
from tunewise.errors import Problem, UserError, harmless

if TYPE_CHECKING:
    from tunewise.authoring.scaffold import Added, Scaffold

RULES_FOLDER = "rules"
"""Where a checkout keeps its rulebook."""


@click.command("new", short_help="Start a rule and its two cases.")
@click.argument("id", metavar="FILE.NAME")
@click.option(
    "--rules", metavar="DIR", help="The rulebook to add to; the folder 'rules' if left out."
)
@click.option("--cases", metavar="DIR", help="Where its cases go; tests/cases if left out.")
def new(id: str, rules: str | None, cases: str | None) -> None:
    """Add a rule to rules/FILE.yaml, and two cases that test it, to be filled in.

    'tunewise rules check' complains about both until their sentences are written.
    """
    from tunewise.authoring.rulecases import DEFAULT
    from tunewise.authoring.scaffold import scaffold

    if rules is None and not Path(RULES_FOLDER).is_dir():
        message = f"no rulebook to add to: give --rules DIR, or start where there is a folder '{RULES_FOLDER}'"
        raise UserError(message)
    folder, place = Path(rules or RULES_FOLDER), Path(cases or DEFAULT)
    made = scaffold(id, options.rulebook(str(folder)), folder, place, options.day(None))
    _write(made)
    sys.stdout.write(_said(made, str(folder), str(place)))


def _write(made: Scaffold) -> None:
    """Write both files, or neither."""
    from tunewise.authoring.publishing import make_folder
    from tunewise.writing import write_whole

    make_folder(made.cases.path.parent)
    write_whole(made.rule.path, made.rule.text)
    try:
        write_whole(made.cases.path, made.cases.text)
    except UserError:
        _undo(made.rule)
        raise


def _undo(added: Added) -> None:
    from tunewise.writing import write_whole

    if added.before is None:
        added.path.unlink()
    else:
        write_whole(added.path, added.before)


def _said(made: Scaffold, rules: str, cases: str) -> str:
    where = f"--rules {shlex.quote(rules)}"
    lines = [
        f"{made.rule.path}:{made.rule.line}: rule {made.id}",
        f"{made.cases.path}:{made.cases.line}: its two cases",
        "",
        "Next:",
        "1. Write the rule: when it applies, what follows, why in a sentence, from which sources.",
        "2. Write the cases: one in which it fires, and beside it one in which it does not.",
        f"3. tunewise rules check {where} --cases {shlex.quote(cases)}",
        f"4. tunewise rules test {shlex.quote(cases)} {where}",
    ]
    return "".join(f"{harmless(line)}\n" for line in lines)


@click.command("docs", short_help="Write the rulebook as Markdown for people.")
@click.option(
    "-o", "--output", metavar="DIR", required=True, help="The folder that the pages are written to."
)
@options.rulebook_options
@options.as_of_option
def docs(output: str, rules: options.RulebookChoice, as_of: str | None) -> None:
    """Write the rulebook as Markdown: an index, a page for each file of rules, and the sources.

    Pages of an earlier run that are no longer part of it are deleted; nothing else is overwritten or deleted.
    """
    from tunewise.authoring.handbook import handbook_pages
    from tunewise.authoring.publishing import publish

    wanted = handbook_pages(options.rulebook(rules, as_of))
    publish(wanted, Path(output))
    sys.stderr.write(f"wrote {len(wanted)} pages\n")


@click.command("export", short_help="Write the rulebook as a query of a database.")
@click.option("--sql", type=click.Choice(("duckdb",)), help="The database that runs the query.")
@outputs.output_option
@options.rulebook_options
@options.as_of_option
def export(
    sql: str | None, output: str | None, rules: options.RulebookChoice, as_of: str | None
) -> None:
    """Write the rulebook as one SQL query that decides on a table.

    The table is called facts: a row a use case, a column a fact, costs and other computed facts included. The query
    gives each decision, the points of its options and the rules that fired, and carries other columns through.
    """
    from tunewise.warehouse.query import duckdb_query

    if sql is None:
        raise click.UsageError("name the database that the query is for: --sql duckdb")
    outputs.put(duckdb_query(options.rulebook(rules, as_of)), output)


@click.command("copy", short_help="Copy the rulebook, to change it.")
@click.argument("folder", type=options.FILE_PATH, metavar="DIR")
@options.rules_option
def copy(folder: str, rules: str | None) -> None:
    """Write the files of the rulebook into a new folder: the shipped one, or one that a log stored.

    'tunewise rules diff' tells later what you changed, and --rules DIR uses it.
    """
    from tunewise.authoring.publishing import make_folder
    from tunewise.writing import write_whole

    rulebook, target = options.rulebook(rules), Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise UserError(Problem(folder, None, "", "is there already, and not empty; name another"))
    for name, text in rulebook.own_texts.items():
        make_folder((target / name).parent)
        write_whole(target / name, text)
    sys.stdout.write(f"{harmless(folder)}: {len(rulebook.own_texts)} files\n")
