"""Puts the files of a run together, makes them appear, and says what came of it."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from tunewise.batch import assembly
from tunewise.batch.folder import SUMMARY, Folder
from tunewise.batch.looking import RowBrief
from tunewise.batch.making import Batch
from tunewise.batch.order import FileDigest, Manifest, ResultForm, digest_of
from tunewise.batch.parts import Part, PartCounts, counted
from tunewise.batch.progress import Progress
from tunewise.batch.results import ResultRow, Results
from tunewise.batch.run_end import run_end
from tunewise.exports.cost_lines import CostLines
from tunewise.exports.files import write_cost_rows
from tunewise.inventories.csv_writing import write_csv
from tunewise.inventories.raw import ColumnTypes
from tunewise.inventories.rejects import RejectReason
from tunewise.knowledge.rulebook import Rulebook
from tunewise.log import appending as log
from tunewise.log import rulebook_store as store
from tunewise.log.chain import now
from tunewise.portfolio.presenting import InventoryRun, portfolio_view
from tunewise.portfolio.tables import portfolio_sheets
from tunewise.portfolio.tally import BRIEFS_FOLDER, Portfolio, brief_path
from tunewise.portfolio.view import PortfolioView
from tunewise.report.render import BRIEFS, PORTFOLIO, set_out
from tunewise.writing import write_whole

DECISIONS_FILE, REJECTS_FILE = "decisions.jsonl", "rejects.csv"
PORTFOLIOS = {"portfolio.html": "html", "portfolio.md": "markdown"}
PORTFOLIO_WORKBOOK = "portfolio.xlsx"
LOGGED = "logged"
"""The file that tells how many records stand in the user's own log, and where it ended before the next."""
LOG_BLOCK = 1_000
"""Records that are appended to the user's own log at a time."""


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a run: how many rows, and in words why some were rejected.

    `files` are those that it left in its folder; `outcome` says of how many rows what was decided first;
    `already` tells that it was finished before.
    """

    counts: PartCounts
    reasons: tuple[str, ...]
    files: tuple[str, ...] = ()
    outcome: str = ""
    already: bool = False


class RunSummary(Manifest, frozen=True, kw_only=True):
    """What a finished run says of itself: run.json."""

    finished: str
    inventory_name: str
    result: Done
    digests: dict[str, FileDigest]


def finish(batch: Batch, folder: Folder, parts: Sequence[Part]) -> Done:
    """Put the final files together and publish them; the summary appears last."""
    batch.progress.begin("writing", counted(parts).accepted)
    shutil.rmtree(folder.finals, ignore_errors=True)
    folder.finals.mkdir()
    try:
        reasons, end, outcome = _write(batch, folder.finals, parts)
    except BaseException:
        shutil.rmtree(folder.finals, ignore_errors=True)  # room for a disk that is full
        raise
    if batch.order.log is not None:
        _append(batch, folder, chain(assembly.lines(parts, "contents"), [end]))
    files = tuple(sorted([SUMMARY, *(path.name for path in folder.finals.iterdir())]))
    said = tuple(map(str, reasons))
    done = Done(counts=counted(parts), reasons=said, files=files, outcome=outcome)
    _summarise(batch, folder.finals, done)
    folder.publish()
    folder.clear()
    return done


def refusing(parts: Sequence[Part]) -> Done:
    """Put the rejects of a check out on standard output, where there are any; return the counts and reasons."""
    counts = counted(parts)
    with TemporaryDirectory(prefix="tunewise-") as place:
        path = Path(place) / REJECTS_FILE
        reasons = assembly.write_rejects(path, assembly.rejects(parts)).reasons()
        with path.open(encoding="utf-8", newline="") as file:
            sys.stdout.writelines(file if counts.rejected else ())
    return Done(counts=counts, reasons=tuple(map(str, reasons)))


def already(folder: Folder) -> Done:
    """Return what came of a run that was finished before."""
    found = msgspec.json.decode(folder.summary.read_bytes(), type=RunSummary)
    return msgspec.structs.replace(found.result, already=True)


def _write(
    batch: Batch, place: Path, parts: Sequence[Part]
) -> tuple[tuple[RejectReason, ...], bytes, str]:
    """Write all files but the summary; return why rows were rejected, how the log says what came of it, and words."""
    order = batch.order
    types = Results(order.rulebook, batch.inventory.header).types
    results = place / f"results.{order.output_format}"
    _writer(order.output_format)(results, types, assembly.result_rows(parts))
    if order.costs is not None:
        _write_costs(place / f"costs.{order.costs}", order.rulebook, parts)
    reasons = assembly.write_rejects(place / REJECTS_FILE, assembly.rejects(parts)).reasons()
    end = run_end(batch, counted(parts), reasons, digest_of(place / REJECTS_FILE).sha256)
    assembly.write_decisions(place / DECISIONS_FILE, chain(_told(batch.progress, parts), [end]))
    store.save(str(place / DECISIONS_FILE), order.rulebook)
    outcome = _write_portfolio(batch, place, parts, reasons)
    if order.briefs:
        _write_briefs(place, order.templates, assembly.row_briefs(parts))
    return reasons, end, outcome


def _write_portfolio(
    batch: Batch, place: Path, parts: Sequence[Part], reasons: Sequence[RejectReason]
) -> str:
    """Write the portfolio in each of its forms; return its first words, on what came out."""
    order, run = batch.order, _run_of(batch, parts, reasons)
    portfolio = assembly.assemble_portfolio(parts, order.rulebook)
    view = portfolio_view(portfolio, order.rulebook, run)
    for name, text in _texts(view, order.templates).items():
        write_whole(place / name, text)
    _write_workbook(place / PORTFOLIO_WORKBOOK, portfolio, order.rulebook, run)
    return view.headline


def _write_briefs(place: Path, templates: str | None, briefs: Iterable[RowBrief]) -> None:
    """Write the brief of each row under the name by which the portfolio links it."""
    (place / BRIEFS_FOLDER).mkdir()
    for brief in briefs:
        text = set_out(BRIEFS, brief.report, "html", templates)
        write_whole(place / brief_path(brief.row), text)


def _write_costs(path: Path, rulebook: Rulebook, parts: Sequence[Part]) -> None:
    """Write the cost lines of all rows, with columns for as many months as the longest runs."""
    least = len(CostLines(rulebook, 0).types)
    months = max((len(row) for row in assembly.cost_rows(parts)), default=least) - least
    lines = CostLines(rulebook, months)
    write_cost_rows(path, lines, map(lines.spread, assembly.cost_rows(parts)))


def _told(progress: Progress, parts: Iterable[Part]) -> Iterator[bytes]:
    """Yield the records of each part, and tell of them."""
    for part in parts:
        yield from part.lines("contents")
        progress.advance(part.counts.accepted, 0)


def _writer(form: ResultForm) -> Callable[[Path, ColumnTypes, Iterable[ResultRow]], None]:
    """Return what writes results in a form; what that needs is imported only then."""
    if form == "parquet":
        from tunewise.inventories.frames import write_parquet

        return write_parquet
    if form == "xlsx":
        from tunewise.inventories.sheets import write_xlsx

        return write_xlsx
    return write_csv if form == "csv" else assembly.write_jsonl


def check_templates(batch: Batch) -> None:
    """Set out what is not there yet; raise UserError where a template fails, before hours of work."""
    rulebook = batch.order.rulebook
    nothing, run = assembly.assemble_portfolio([], rulebook), _run_of(batch, [], [])
    _texts(portfolio_view(nothing, rulebook, run), batch.order.templates)


def _texts(view: PortfolioView, templates: str | None) -> dict[str, str]:
    """Return the texts of the portfolio's files; raise UserError where a template fails."""
    return {name: set_out(PORTFOLIO, view, form, templates) for name, form in PORTFOLIOS.items()}


def _run_of(batch: Batch, parts: Sequence[Part], reasons: Sequence[RejectReason]) -> InventoryRun:
    order, counts = batch.order, counted(parts)
    return InventoryRun(
        title=order.title or "",
        inventory=Path(batch.inventory.place).name,
        as_of=order.as_of,
        read=counts.rows - counts.skipped,
        rejected=counts.rejected,
        reasons={_cause(reason): reason.count for reason in reasons},
        currency=order.currency,
        versions=batch.manifest.versions,
    )


def _write_workbook(
    path: Path, portfolio: Portfolio, rulebook: Rulebook, run: InventoryRun
) -> None:
    from tunewise.inventories.sheets import write_book

    write_book(path, portfolio_sheets(portfolio, rulebook, run))


def _cause(reason: RejectReason) -> str:
    """Return what is wrong, and the row, or the first of the rows, in which it is."""
    example, first = reason.example, "first in " if reason.count > 1 else ""
    what = f"{example.column}: {example.reason}" if example.column else example.reason
    return f"{what} ({first}row {example.row:,})"


def _append(batch: Batch, folder: Folder, told: Iterable[bytes]) -> None:
    """Append what is told to the user's own log, block by block, going on where an earlier attempt ended."""
    path, noted = str(batch.order.log), folder.work / LOGGED
    done, end = _noted(noted)
    contents = islice(told, done, None)
    while block := list(islice(contents, LOG_BLOCK)):
        if end is None or _size(path) <= end or not _stands(block[0], path, end):
            write_whole(noted, f"{done} {_size(path)}")
            store.save(path, batch.order.rulebook)
            log.append(path, block)
        done, end = done + len(block), None
    write_whole(noted, f"{done} {_size(path)}")


def _noted(noted: Path) -> tuple[int, int | None]:
    """Return how many records an earlier attempt had appended, and where the log ended before the next ones."""
    if not noted.exists():
        return 0, None
    done, end = noted.read_text(encoding="ascii").split()
    return int(done), int(end)


def _size(path: str) -> int:
    return Path(path).stat().st_size if Path(path).exists() else 0


def _stands(content: bytes, path: str, end: int) -> bool:
    """Whether a record stands in a log behind a place: its block was appended, and that was not noted any more."""
    with Path(path).open("rb") as file:
        file.seek(end)
        return any(line.startswith(content[:-1] + b",") for line in file)


def _summarise(batch: Batch, place: Path, done: Done) -> None:
    """Write how the run went: what it rested on, when it was, what came of it, and the digest of each file."""
    summary = RunSummary(
        **msgspec.structs.asdict(batch.manifest),
        finished=now(),
        inventory_name=batch.inventory.place,
        result=done,
        digests={path.name: _settled(path) for path in sorted(place.iterdir()) if path.is_file()},
    )
    text = msgspec.json.format(msgspec.json.encode(summary)).decode()
    write_whole(place / SUMMARY, text + "\n")


def _settled(path: Path) -> FileDigest:
    """Return the digest of a file that is on the disk for good."""
    with path.open("rb") as file:
        os.fsync(file.fileno())
    return digest_of(path)
