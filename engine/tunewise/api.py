"""Tunewise from Python: one case or a whole table in, decisions with reasons and costs out."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from tunewise.errors import UserError, shown
from tunewise.evaluation.cache import KEPT, Cache

if TYPE_CHECKING:
    from tunewise.arrow import TableWork
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.inventories.frames import Frame
    from tunewise.knowledge.rulebook import Rulebook

_turn = threading.RLock()
"""The rule engine takes one case at a time."""


class ArrowStream(Protocol):
    """A table of any library that speaks Arrow's PyCapsule interface: pyarrow, polars, pandas and others."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the table as an Arrow stream."""
        ...


@dataclass(frozen=True, slots=True)
class _Options:
    """What is decided by, in a form that can be compared."""

    rules: str | None
    organisation: str | None
    as_of: date
    assume: tuple[tuple[str, str], ...]
    shown_in: tuple[str | None, str | None]


def evaluate(
    case: Mapping[str, Any] | str | os.PathLike[str],
    *,
    rules: str | os.PathLike[str] | None = None,
    organisation: str | os.PathLike[str] | None = None,
    as_of: date | str | None = None,
    assume: Mapping[str, Any] | None = None,
    currency: str | None = None,
    fx: str | float | None = None,
) -> dict[str, Any]:
    """Return the decision on a case as plain data, as `tunewise decide --format json` prints it.

    `case` is the path of a case file, or what one holds: `{"name": ..., "facts": {id: value}}`. `rules` is the
    folder of another rulebook, `organisation` the file of your organisation's policy, `as_of` the date whose prices
    count (today where left out), `assume` holds cost assumptions by key, `currency` and `fx` what sums are shown in;
    amounts in the data stay in USD. Raises UserError with every mistake, one line each.
    """
    from tunewise.cases.case import parse_case
    from tunewise.evaluation.evaluator import Evaluator
    from tunewise.reading import Document, read
    from tunewise.record.decision import as_record
    from tunewise.whatif.single_answers import with_single_answers

    document = Document("case", dict(case)) if isinstance(case, Mapping) else read(case)
    with _turn:
        evaluator = _ready(Evaluator, _options(rules, organisation, as_of, assume, currency, fx))
        found = parse_case(document, evaluator.rulebook.facts, evaluator.costs.checks)
        evaluation = evaluator.evaluate(found)
        return as_record(with_single_answers(evaluator, evaluation))


def evaluate_table(
    table: ArrowStream,
    *,
    mapping: Mapping[str, str] | None = None,
    keep_extra: bool = False,
    rules: str | os.PathLike[str] | None = None,
    organisation: str | os.PathLike[str] | None = None,
    as_of: date | str | None = None,
    assume: Mapping[str, Any] | None = None,
) -> Frame:
    """Return a table with the decision on each of its rows to the right of its own columns, as a polars frame.

    Columns are matched to facts as `tunewise batch` matches them: by id, other name or question; `mapping` says
    for a column which fact it is, `keep_extra` carries columns along that are no facts. Every row comes back,
    in its place: one with mistakes has them all in `rejected`, and nothing in the other results; the others
    have no value there. Results are those of `tunewise batch`, amounts in USD. An own column of the same name
    comes back as `... (given)`. The function depends on nothing but its arguments and the rulebook, and can be
    sent to other processes: to spawned ones; a fork of a process that used tables is refused, as polars hangs there.
    Raises UserError where no row could be right: for columns that cannot be told, and for wrong options.
    """
    from tunewise.arrow import TableWork
    from tunewise.inventories.frames import ArrowTable

    with _turn:
        work = _ready(TableWork, _options(rules, organisation, as_of, assume, None, None))
        return work.on(ArrowTable(table, "table"), mapping or {}, keep_extra)


def _options(
    rules: str | os.PathLike[str] | None,
    organisation: str | os.PathLike[str] | None,
    as_of: date | str | None,
    assume: Mapping[str, Any] | None,
    currency: str | None,
    fx: str | float | None,
) -> _Options:
    return _Options(
        None if rules is None else os.fspath(rules),
        None if organisation is None else os.fspath(organisation),
        _day(as_of),
        tuple(sorted((str(key), str(value)) for key, value in (assume or {}).items())),
        (currency, None if fx is None else str(fx)),
    )


def _day(as_of: date | str | None) -> date:
    if as_of is None:
        return datetime.now().astimezone().date()
    if isinstance(as_of, datetime):
        return as_of.date()
    try:
        return as_of if isinstance(as_of, date) else date.fromisoformat(as_of)
    except (TypeError, ValueError):
        message = f"as_of: expected a date such as 2026-11-22, found {shown(as_of)}"
        raise UserError(message) from None


def _rulebook(folder: str | None) -> Rulebook:
    """Return a rulebook; a folder is read each time, as somebody may be writing in it."""
    from tunewise.loading.folder import texts_of

    return _shipped() if folder is None else _assembled(folder, tuple(texts_of(folder).items()))


@lru_cache(1)
def _shipped() -> Rulebook:
    from tunewise.loading.assembly import load

    return load()


@lru_cache(KEPT)
def _assembled(folder: str, texts: tuple[tuple[str, str], ...]) -> Rulebook:
    from tunewise.loading.assembly import assemble

    return assemble(dict(texts), folder)


@lru_cache(KEPT)
def _governed(options: _Options, _sha256: str, _policy: str) -> Rulebook:
    """Return a rulebook under an organisation's policy; both are read anew where either is another one."""
    from tunewise.organisation.rulebooks import under_organisation

    assert options.organisation is not None  # noqa: S101 - whoever calls has it
    return under_organisation(_rulebook(options.rules), options.organisation, options.as_of)


_Made = TypeVar("_Made", "Evaluator", "TableWork")
_cache: Cache[Any] = Cache()


def _ready(kind: type[_Made], options: _Options) -> _Made:
    """Return what works under these options; the least used is freed where many were asked for."""
    from tunewise.reading import read_text

    rulebook = _rulebook(options.rules)
    if options.organisation is not None:
        policy = read_text(options.organisation, encoding="utf-8")
        rulebook = _governed(options, rulebook.sha256, policy)
    make = partial(kind, rulebook, options.as_of, dict(options.assume), options.shown_in)
    made: _Made = _cache.get((kind, options, rulebook.sha256), make)
    return made
