"""Lists records of a log, a line each, as they are read."""

from __future__ import annotations

import csv
import io
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from textwrap import indent

from tunewise.asking.explaining import said_at, stamp
from tunewise.asking.filters import Filter
from tunewise.errors import harmless
from tunewise.inventories.csv_injection import escape_formula
from tunewise.log.batch_runs import run_in_words
from tunewise.log.form import HumanDecision
from tunewise.log.human_decisions import HumanDecisions, standing, standing_overrides
from tunewise.log.reading import Log, LogEntry, Tick
from tunewise.log.selecting import Chosen, records
from tunewise.record.decision import as_json

NAME = 48
"""Characters of a name that a line shows."""
NARROWEST_NAME, BESIDE = 16, 80
"""Characters of a name that a narrow terminal shows, and of what else stands on a line."""


@dataclass(frozen=True, slots=True)
class Row:
    """A record in a list; `by`, `role` and `decided` are whose word `people` is, as what, and when they gave it."""

    record: int
    written: str
    name: str
    recommendation: str
    margin: int | None
    vetoes: int
    rulebook: str
    digest: str
    owner: str
    people: str
    id: str = ""
    inventory_row: int | None = None
    by: str = ""
    role: str = ""
    decided: str = ""


def rows(
    log: Log, wanted: Filter, tick: Tick, people: HumanDecisions, overridden: bool = False
) -> Iterator[Row]:
    """Yield the records that a filter admits; raise UserError where it asks for what no rulebook knows.

    `overridden` admits those alone of which people put another option in the place of the recommended one.
    """
    test = wanted.test(log.path)
    for chosen in records(log, tick):
        if test(chosen.record):
            found = standing(people.get(chosen.entry.computed, ()))
            if not overridden or standing_overrides(found):
                yield _row(chosen, found)


def _row(chosen: Chosen, found: Sequence[HumanDecision]) -> Row:
    record = chosen.record
    return Row(
        record=chosen.entry.line,
        written=stamp(record) or record.as_of.isoformat(),
        name=record.case.name,
        recommendation=" ".join(record.recommendation.values()),
        margin=record.decisions[0].margin,
        vetoes=len({v for d in record.decisions for o in d.options for v in o.vetoed_by}),
        rulebook=record.rulebook.version,
        digest=record.digest,
        owner=record.case.owner,
        people=_said(standing_overrides(found)),
        id=record.case.id or "",
        inventory_row=record.case.row or None,
        by=_each(one.by for one in found),
        role=_each(one.role for one in found),
        decided=_each(said_at(one.written) for one in found),
    )


def _each(words: Iterable[str]) -> str:
    """Return what is said of the decisions that stand, each thing once."""
    return "; ".join(dict.fromkeys(words))


def _said(overrides: Mapping[str, str] | None) -> str:
    """Return what people made of a recommendation, '' where nobody decided on it."""
    if overrides is None:
        return ""
    instead = " ".join(f"{decision}={option}" for decision, option in overrides.items())
    return f"overridden: {instead}" if instead else "approved"


def as_text(found: Iterable[Row]) -> Iterator[str]:
    """Yield a line for each record, cut where a terminal is narrower, and how many there are."""
    count, room = 0, shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    name = NAME if room is None else max(NARROWEST_NAME, min(NAME, room - BESIDE))
    for count, row in enumerate(found, 1):  # noqa: B007 - the last one is the count
        lead = "alone" if row.margin is None else f"+{row.margin}"
        short = _cut(harmless(" ".join(_called(row).split())), name)
        line = (
            f"{row.record:>6}  {row.written:<20}  {short:<{name}}  {lead:>5}  {row.recommendation}"
            + _whose(row)
        )
        yield f"{_cut(line, room)}\n"
    yield f"{count:,} record{'s' * (count != 1)}\n"


def _whose(row: Row) -> str:
    """Return what people made of a record, and who they are, for the end of its line."""
    by = _cut(harmless(" ".join(row.by.split())), NAME)
    return f"  {harmless(row.people)}, by {by}" if row.people else ""


def _called(row: Row) -> str:
    """Return a name with what tells it from others of the same inventory."""
    told = row.id or (f"row {row.inventory_row}" if row.inventory_row else "")
    return f"{row.name} · {told}" if told else row.name


def run_lines(runs: Iterable[LogEntry]) -> Iterator[str]:
    """Yield what each run of a batch read, and what was rejected and why, under the line that it stands on."""
    for entry in runs:
        assert entry.run is not None  # noqa: S101 - as the caller picked them
        lead, *reasons = map(harmless, run_in_words(entry.run))
        yield f"{entry.line:>6}  {lead}\n"
        yield from (f"{'':>6}  {reason}\n" for reason in reasons)


def _cut(text: str, room: int | None) -> str:
    return text if room is None or len(text) <= room else f"{text[: room - 1]}…"


def as_csv(found: Iterable[Row]) -> Iterator[str]:
    """Yield the records as CSV; a cell that a spreadsheet would take for a formula is made inert."""
    names = tuple(Row.__dataclass_fields__)
    yield _line(names)
    for row in found:
        yield _line(
            tuple(
                "" if v is None else escape_formula(harmless(str(v))) for v in asdict(row).values()
            )
        )


def _line(cells: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def rows_json(found: Iterable[Row]) -> Iterator[str]:
    """Yield the records as one JSON list, as they are read."""
    lead = "[\n"
    for row in found:
        yield f"{lead}{indent(as_json(asdict(row)).rstrip(), '  ')}"
        lead = ",\n"
    yield "[]\n" if lead.startswith("[") else "\n]\n"


WRITERS: Mapping[str, Callable[[Iterable[Row]], Iterator[str]]] = {
    "text": as_text,
    "csv": as_csv,
    "json": rows_json,
}
