"""What a worker process does: checks rows, evaluates those that are right, and writes their part."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache, partial

import msgspec

from tunewise.batch.entries import looked_at, portfolio_entry
from tunewise.batch.looking import CloseLook, brief_line
from tunewise.batch.parts import PackedLines, PartCounts, Piece, write_part
from tunewise.batch.results import Results
from tunewise.batch.tasks import BatchSettings, RowsTask
from tunewise.cases.case import Case
from tunewise.errors import UserError, harmless
from tunewise.evaluation.table import TableEvaluator
from tunewise.explaining.certainty import TOO_EARLY
from tunewise.exports.cost_lines import CostLines, CostRow, costed_row
from tunewise.inventories.checking import CheckedChunk, check_chunk
from tunewise.inventories.headers import Header
from tunewise.inventories.raw import RawColumn, cell_text
from tunewise.inventories.rejects import Reject, shortened_cell
from tunewise.log.content import encoded
from tunewise.log.table_content import RowRecords
from tunewise.record.decision import case_record
from tunewise.record.table import TableEvaluation


def checking(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """Return what checks the rows of a task, and prices them, and writes a part with their problems alone."""
    evaluation = Evaluating(settings)

    def done(task: RowsTask) -> PartCounts:
        piece = doomed(task) if task.fate else evaluation.checked(task)
        return _written(settings, task, piece)

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
    return _piece([Reject(int(task.chunk.rows[0]), "", "", task.fate, "")], PartCounts(0, 1))


class Evaluating:
    """Turns the rows of tasks into pieces."""

    def __init__(self, settings: BatchSettings) -> None:
        self._facts, self._privacy = settings.rulebook.facts, settings.privacy
        self._inventory = settings.inventory
        self._evaluator = TableEvaluator(
            settings.rulebook, settings.as_of, settings.overrides, settings.shown_in
        )
        self._results = Results(settings.rulebook, settings.header)
        self._lines = cache(partial(CostLines, settings.rulebook)) if settings.costs else None
        self._look = CloseLook(settings) if settings.briefs else None

    def piece(self, task: RowsTask) -> Piece:
        """Return what the rows of a task became: those that fail are rejected like those that are wrong."""
        piece, checked, evaluation = self._begun(task)
        self._fill(piece, checked, evaluation)
        return piece

    def checked(self, task: RowsTask) -> Piece:
        """Return the problems of the rows of a task: a row that cannot be priced has one, too."""
        return self._begun(task)[0]

    def _begun(self, task: RowsTask) -> tuple[Piece, CheckedChunk, TableEvaluation]:
        checked = check_chunk(task.chunk, self._facts)
        evaluation = self._evaluator.evaluate(checked.facts)
        rejects = rejects_of(checked, evaluation, task.chunk.header)
        return _piece(rejects, _counts(checked, evaluation)), checked, evaluation

    def _fill(self, piece: Piece, checked: CheckedChunk, evaluation: TableEvaluation) -> None:
        """Add the lines of the rows that were evaluated."""
        encode = msgspec.json.encode
        records = RowRecords(evaluation, encoded=self._privacy is None)
        for i, row in enumerate(self._results.rows(checked, evaluation)):
            if i not in evaluation.failed:
                case = _case(checked, i, self._inventory)
                record = records.content(i, case_record(case))
                told = portfolio_entry(evaluation, i, record, case)
                if self._look is not None:
                    looked = self._look.at(case, evaluation.table.facts(i))
                    told = looked_at(told, looked)
                    piece.briefs.append(brief_line(looked))
                piece.results.append(encode(row))
                piece.entries.append(encode(told))
                shown = record if self._privacy is None else self._privacy.applied(record)
                piece.contents.append(encoded(shown))
                for line in self._cost_rows(evaluation, i, case):
                    piece.costs.append(encode(line))

    def _cost_rows(self, evaluation: TableEvaluation, i: int, case: Case) -> Iterator[CostRow]:
        """Yield the cost lines of a row, where they are asked for."""
        if self._lines is not None:
            found = costed_row(evaluation, i, case)
            yield from self._lines(found.months).rows(found)


def _case(checked: CheckedChunk, i: int, inventory: str) -> Case:
    """Return what a case says of itself."""
    return Case(
        name=checked.names[i],
        facts={},
        description=checked.descriptions[i],
        owner=checked.owners[i],
        tags=checked.tags[i],
        id=checked.ids[i],
        row=int(checked.rows[i]),
        inventory=inventory,
    )


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


def _counts(checked: CheckedChunk, evaluation: TableEvaluation) -> PartCounts:
    right = [i for i in range(checked.accepted) if i not in evaluation.failed]
    return PartCounts(
        accepted=len(right),
        rejected=checked.rejected + checked.accepted - len(right),
        too_early=sum(evaluation.certainty[i] == TOO_EARLY for i in right),
        skipped=checked.skipped,
        factless=sum(not evaluation.known[i] for i in right),
        remarked=sum(bool(checked.remarks[i]) for i in right),
    )


def _piece(rejects: Iterable[Reject], counts: PartCounts) -> Piece:
    """Return the piece of some rows that has their rejects already."""
    lines = PackedLines(msgspec.json.encode(reject) for reject in rejects)
    return Piece(counts, rejects=lines)


def _written(settings: BatchSettings, task: RowsTask, piece: Piece) -> PartCounts:
    write_part(settings.parts, task.first, task.stop, piece)
    return piece.counts
