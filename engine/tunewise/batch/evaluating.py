"""What a worker process does: checks rows, evaluates those that are right, and writes their part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from tunewise.batch.entries import portfolio_entry
from tunewise.batch.parts import PackedLines, PartCounts, Piece, write_part
from tunewise.batch.results import Results
from tunewise.batch.tasks import BatchSettings, RowsTask
from tunewise.cases.case import Case
from tunewise.errors import UserError, harmless
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.certainty import TOO_EARLY
from tunewise.inventories.checking import CheckedChunk, check_chunk
from tunewise.inventories.headers import Header
from tunewise.inventories.raw import RawColumn, cell_text
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.log.content import encoded
from tunewise.log.table_content import RowRecords
from tunewise.record.decision import case_record
from tunewise.record.table import TableEvaluation


def checking(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """Return what checks the rows of a task and writes a part with their problems alone."""

    def done(task: RowsTask) -> PartCounts:
        checked = check_chunk(task.chunk, settings.rulebook.facts)
        return _written(settings, task, _piece(checked.rejects, checked.accepted, checked.rejected))

    return done


def evaluating(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """Return what evaluates the rows of a task, writes their part and returns their counts."""
    evaluation = Evaluating(settings)

    def done(task: RowsTask) -> PartCounts:
        piece = doomed(task) if task.fate else evaluation.piece(task)
        return _written(settings, task, piece)

    return done


def doomed(task: RowsTask) -> Piece:
    """Return the piece of a row that is rejected unseen."""
    return _piece([Reject(int(task.chunk.rows[0]), "", "", task.fate, "")], 0, 1)


class Evaluating:
    """Turns the rows of tasks into pieces."""

    def __init__(self, settings: BatchSettings) -> None:
        self._facts, self._privacy = settings.rulebook.facts, settings.privacy
        self._evaluator = TableEvaluator(
            settings.rulebook, settings.as_of, settings.overrides, settings.shown_in
        )
        self._results = Results(settings.rulebook, settings.header)

    def piece(self, task: RowsTask) -> Piece:
        """Return what the rows of a task became: those that fail are rejected like those that are wrong."""
        checked = check_chunk(task.chunk, self._facts)
        evaluation = self._evaluator.evaluate(checked.facts)
        rejects = rejects_of(checked, evaluation, task.chunk.header)
        accepted = checked.accepted - len(evaluation.failed)
        early = sum(
            one == TOO_EARLY and i not in evaluation.failed
            for i, one in enumerate(evaluation.certainty)
        )
        piece = _piece(rejects, accepted, checked.read - accepted, early)
        self._fill(piece, checked, evaluation)
        return piece

    def _fill(self, piece: Piece, checked: CheckedChunk, evaluation: TableEvaluation) -> None:
        """Add the lines of the rows that were evaluated."""
        encode = msgspec.json.encode
        records = RowRecords(evaluation, encoded=self._privacy is None)
        first = next(iter(evaluation.decisions.values()))
        for i, row in enumerate(self._results.rows(checked, evaluation)):
            if i not in evaluation.failed:
                record, number = records.content(i, _case(checked, i)), int(checked.rows[i])
                told = portfolio_entry(
                    record,
                    first[i].decisive,
                    evaluation.unknown[i],
                    evaluation.certainty[i],
                    number,
                )
                piece.results.append(encode(row))
                piece.entries.append(encode(told))
                shown = record if self._privacy is None else self._privacy.applied(record)
                piece.contents.append(encoded(shown))


def _case(checked: CheckedChunk, i: int) -> dict[str, Any]:
    """Return what a case says of itself."""
    case = Case(checked.names[i], {}, checked.descriptions[i], checked.owners[i], checked.tags[i])
    return case_record(case)


def rejects_of(checked: CheckedChunk, evaluation: TableEvaluation, header: Header) -> list[Reject]:
    """Return all problems in the order of the rows: of those that are wrong, and of those that fail."""
    late = [_failure(checked, header, *one) for one in evaluation.failed.items()]
    return sorted([*checked.rejects, *late], key=lambda reject: reject.row)


def _failure(checked: CheckedChunk, header: Header, i: int, error: UserError) -> Reject:
    """Return the reject of a row that is right in itself but cannot be evaluated."""
    row, message = int(checked.rows[i]), error.problems[0].message
    fact, _, reason = message.partition(": ")
    for column in header.of("fact"):
        if column.meaning == fact:
            given = _text(checked.given[column.name], i)
            return Reject(row, harmless(column.said), given, reason, "")
    return Reject(row, "", "", message, "")


def _text(column: RawColumn, i: int) -> str:
    return shortened_cell(cell_text(column.cells[column.codes[i]]))


def _piece(rejects: Iterable[Reject], accepted: int, rejected: int, early: int = 0) -> Piece:
    """Return the piece of some rows that has their rejects already."""
    lines = PackedLines(msgspec.json.encode(reject) for reject in rejects)
    return Piece(PartCounts(accepted, rejected, early), rejects=lines)


def _written(settings: BatchSettings, task: RowsTask, piece: Piece) -> PartCounts:
    write_part(settings.parts, task.first, task.stop, piece)
    return piece.counts
