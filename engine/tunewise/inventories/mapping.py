"""The mapping file of a register: where its table stands, what its columns and words mean, kept beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tunewise.errors import Problem, UserError, shown
from tunewise.reading import Document, Where, read
from tunewise.structure import Frozen, Problems

MAX_HEADER_ROW = 1_000
"""The lowest row that can hold the names of the columns."""
HeaderRow = Annotated[int, Meta(ge=1, le=MAX_HEADER_ROW)]
OtherColumns = Literal["refuse", "extra", "ignore"]
MAPPING_OPTION = "--map"


class MappingText(Frozen, frozen=True, kw_only=True):
    """A mapping as its file writes it; see docs/inventories.md."""

    sheet: str | None = None
    list: str | None = None
    header_row: HeaderRow | None = None
    encoding: str | None = None
    decimal_comma: bool | None = None
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    other_columns: OtherColumns = "refuse"
    values: dict[str, dict[str, Any]] = msgspec.field(default_factory=dict)
    constants: dict[str, Any] = msgspec.field(default_factory=dict)
    unknown: tuple[str, ...] = ()
    skip_rows: dict[str, tuple[str, ...]] = msgspec.field(default_factory=dict)


NOTHING_SAID = MappingText()


@dataclass(frozen=True)
class RegisterMapping:
    """How a register is read: what a mapping file says, and what options say over it.

    `options` are the columns that `--map` names, with what each is said to be.
    """

    text: MappingText = NOTHING_SAID
    document: Document | None = None
    options: tuple[tuple[str, str], ...] = ()

    def problem(self, where: Where, message: str) -> Problem:
        """Return a problem with a part of the file."""
        document = self.document or Document(MAPPING_OPTION, None)
        return document.problem(where, message)

    @property
    def targets(self) -> tuple[tuple[str, str, Where | None], ...]:
        """What each column is said to be, with the place in the file, None for an option; options come last."""
        named = dict(self.options)
        own = [(n, t, ("columns", n)) for n, t in self.text.columns.items() if n not in named]
        return (*own, *((name, target, None) for name, target in self.options))

    def over(self, columns: Iterable[tuple[str, str]] = (), **said: Any) -> RegisterMapping:
        """Return the mapping with what options say, where they say anything, in the place of the file's own."""
        changed = {name: value for name, value in said.items() if value is not None}
        text = msgspec.structs.replace(self.text, **changed)
        return replace(self, text=text, options=(*self.options, *columns))

    def as_record(self) -> dict[str, Any]:
        """Return all that was said, as plain data; what is left out was not said."""
        said = msgspec.to_builtins(self.text)
        plain = msgspec.to_builtins(NOTHING_SAID)
        found = {name: value for name, value in said.items() if value != plain[name]}
        if self.options:
            found["columns"] = {**found.get("columns", {}), **dict(self.options)}
        return found


AS_IT_STANDS = RegisterMapping()
"""The mapping of a register that needs none."""


def read_mapping(path: str | os.PathLike[str]) -> RegisterMapping:
    """Return the mapping in a YAML or JSON file; raise UserError with every mistake in its form, and its line."""
    document = read(path)
    problems = Problems(document)
    text = problems.build(MappingText, document.data if document.data is not None else {}, ())
    if text is None or problems.found:
        raise UserError(problems.found)
    return RegisterMapping(text, document)


def option_columns(pairs: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Return what `--map` says of each column; a column's name may hold an equals sign.

    Raises UserError where one says nothing, or a column is named twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        column, equals, target = (part.strip() for part in pair.rpartition("="))
        if not equals:
            raise UserError(f"--map: expected column=fact, found {shown(pair)}")
        if column in found:
            raise UserError(f"--map: the column {shown(column)} is named twice")
        found[column] = target
    return tuple(found.items())
