"""The options of `tunewise batch` that say how an inventory is read, and the mapping file that it proposes."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, cast

import click

from tunewise.commands import options
from tunewise.commands.options import Command
from tunewise.errors import harmless

if TYPE_CHECKING:
    from tunewise.inventories.mapping import RegisterMapping

READING_OPTIONS = (
    click.option(
        "--mapping",
        "mapping_file",
        type=options.FILE_PATH,
        metavar="FILE",
        help="A mapping file, which says how the inventory is read.",
    ),
    click.option("--sheet", metavar="NAME", help="The sheet of a workbook; the first if left out."),
    click.option("--list", metavar="KEY", help="The list of cases in a json or yaml file."),
    click.option(
        "--header-row",
        type=click.IntRange(1, 1_000),
        metavar="N",
        help="The row with the names of the columns; the first if left out.",
    ),
    click.option(
        "--encoding",
        metavar="NAME",
        help="The encoding of a text file, such as cp1252; told by its bytes if left out.",
    ),
    click.option(
        "--map",
        "pairs",
        metavar="COLUMN=FACT",
        multiple=True,
        help="Say which fact a column is, such as 'Calls=requests_per_month per day', or that it is 'extra' or to "
        "'ignore'; may be repeated.",
    ),
    click.option("--keep-extra", is_flag=True, help="Carry columns that are no facts through."),
    click.option(
        "--unknown",
        metavar="WORD",
        multiple=True,
        help="A word for what is not known, beside the usual ones; may be repeated.",
    ),
)


@dataclass(frozen=True, slots=True)
class ReadingChoice:
    """How the user wants an inventory read: the options of that name, as written."""

    mapping_file: str | None
    sheet: str | None
    list: str | None
    header_row: int | None
    encoding: str | None
    pairs: tuple[str, ...]
    keep_extra: bool
    unknown: tuple[str, ...]

    @property
    def mapping(self) -> RegisterMapping:
        """What the mapping file says, and what options say over it; raises UserError where one of them is wrong."""
        from tunewise.inventories.mapping import AS_IT_STANDS, option_columns, read_mapping

        found = AS_IT_STANDS if self.mapping_file is None else read_mapping(self.mapping_file)
        return found.over(
            option_columns(self.pairs),
            sheet=self.sheet,
            list=self.list,
            header_row=self.header_row,
            encoding=self.encoding,
            other_columns="extra" if self.keep_extra else None,
            unknown=(*found.text.unknown, *self.unknown) if self.unknown else None,
        )


def reading_options(command: Command) -> Command:
    """Add the options on reading; the command gets them together as `reading`."""

    @functools.wraps(command)
    def read(**given: Any) -> Any:
        own = {field.name: given.pop(field.name) for field in fields(ReadingChoice)}
        return command(reading=ReadingChoice(**own), **given)

    for option in reversed(READING_OPTIONS):
        option(read)
    return cast("Command", read)


def propose_mapping(inventory: str, target: str, given: Mapping[str, Any]) -> int:
    """Write a mapping file for an inventory; raise UserError where it cannot be read, or the file is there."""
    from tunewise.inventories.proposing import propose

    facts = options.rulebook(given["rules"], given["as_of"]).facts
    reading: ReadingChoice = given["reading"]
    said = propose(inventory, target, given["input_format"], facts, reading.mapping)
    for line in said:
        click.echo(harmless(line), err=True)
    return 0
