"""`tunewise audit pack`: what one sends to an external auditor, in one folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tunewise.commands import options
from tunewise.commands.audit import log_progress
from tunewise.commands.program import FAILED
from tunewise.errors import Problem, UserError, harmless

if TYPE_CHECKING:
    from tunewise.asking.page import PageView
    from tunewise.log.checkpoints import Checkpoint
    from tunewise.log.form import Record
    from tunewise.log.packing import AuditPack, PackedFile
    from tunewise.log.privacy import Privacy
    from tunewise.log.reading import LogEntry


@click.command("pack", short_help="Put together what an external auditor needs.")
@click.argument("path", metavar="LOG", type=options.FILE_PATH)
@click.option(
    "-o",
    "--output",
    required=True,
    type=options.FILE_PATH,
    metavar="DIR",
    help="The folder to make; none may be there.",
)
@click.option(
    "--record",
    "chosen",
    multiple=True,
    type=click.IntRange(min=1),
    metavar="NUMBER",
    help="Only this record, and what people decided on it; may be repeated.",
)
@click.option(
    "--checkpoint",
    "note",
    type=options.FILE_PATH,
    metavar="NOTE",
    help="The checkpoint that covers them; LOG.checkpoint, if there is one, if left out.",
)
@click.option(
    "--key", type=options.FILE_PATH, metavar="FILE", help="The log's public key, to be put in."
)
@options.privacy_option
def pack(
    path: str,
    output: str,
    chosen: tuple[int, ...],
    note: str | None,
    key: str | None,
    privacy: str | None,
) -> int:
    """Put a log, or some of its records, in a folder with all that they rest on, and how to check it.

    Pages to be read, proofs, the checkpoint, the rulebooks, the prices, a script that checks a proof without Tunewise,
    and a README with the commands. With --privacy it holds a copy without what the file names, which no checkpoint
    covers; the README says so.
    """
    from tunewise.log.packing import AuditPack, checksums

    if Path(output).exists():
        raise UserError(Problem(output, None, "", "is there already; name a folder that is not"))
    entries = _entries(path, chosen)
    if entries is None:
        return FAILED
    found = _checkpoint(path, note)
    made = AuditPack(path, entries, chosen, found, _key(found, key), _privacy(path, privacy))
    held = [*made.files(), *_readable(made)]
    _write(output, [*held, checksums(held)])
    click.echo(f"{harmless(output)}: {len(made.packed):,} lines of {harmless(path)}; see README.md")
    if made.unproven:
        said = f"unproven: {made.unproven}, which the checkpoint does not cover"
        click.echo(f"tunewise: {harmless(output)}: {said}; see 'audit checkpoint'", err=True)
    return 0


def _entries(path: str, chosen: tuple[int, ...]) -> list[LogEntry] | None:
    """Return the lines of a log, None where it is not whole, which is said; raise UserError for no such record."""
    from tunewise.log.reading import Log

    log, found = Log(path), []
    with log_progress(log) as tick:
        for entry in log.entries():
            found.append(entry)
            tick(entry)
    records = {entry.line for entry in found if entry.record is not None}
    for number in chosen:
        if number not in records:
            raise log.refusal(f"line {number} is no record; it ends with line {len(found)}")
    if not any(entry.findings for entry in found):
        return found
    click.echo(f"tunewise: {harmless(path)}: is not whole, so it is not packed", err=True)
    click.echo(f"  see: tunewise audit verify {harmless(path)}", err=True)
    return None


def _checkpoint(path: str, note: str | None) -> Checkpoint | None:
    from tunewise.log.checkpoints import CHECKPOINT, read_checkpoint

    beside = path + CHECKPOINT
    return read_checkpoint(note or beside) if note or Path(beside).exists() else None


def _key(found: Checkpoint | None, path: str | None) -> str:
    """Return the key that the checkpoint is signed by, as verifiers are given it; '' where none was given."""
    if path is None:
        return ""
    if found is None:
        raise UserError("--key: there is no checkpoint that it could have signed")
    from tunewise.log.notes import NoteKey
    from tunewise.log.vouching import checked_checkpoint, read_key

    key = read_key(path)
    checked_checkpoint(found, key)
    return NoteKey(found.origin, key.kind, key.key).written()


def _privacy(path: str, privacy: str | None) -> Callable[[Record], Privacy] | None:
    """Return what gives what may not be in a record, by the rulebook that decided it."""
    if privacy is None:
        return None
    from functools import cache

    from tunewise.log.privacy import read_privacy
    from tunewise.log.selecting import Rulebooks

    rulebooks = Rulebooks(path)
    by_digest = cache(lambda sha256: read_privacy(privacy, rulebooks(sha256)))
    return lambda record: by_digest(record.rulebook.sha256)


def _readable(made: AuditPack) -> Iterator[PackedFile]:
    """Yield the README, and a page for each record that has one; a copy has none, since its records are others."""
    from tunewise.asking.page import ReadmeView
    from tunewise.report.render import PACK, RECORD, set_out

    pages = tuple(_pages(made)) if made.privacy is None else ()
    yield "README.md", set_out(PACK, ReadmeView(made.view(), pages), "markdown").encode()
    for page in pages:
        yield f"pages/record-{page.line}.html", set_out(RECORD, page, "html").encode()


def _pages(made: AuditPack) -> Iterator[PageView]:
    from tunewise.asking.explaining import Explaining
    from tunewise.log.packing import PACKED_LOG
    from tunewise.log.selecting import Rulebooks

    rulebooks, packed = Rulebooks(made.path), made.packed
    for entry in made.alone:
        if entry.record is not None:
            people = [
                one.human
                for one in packed
                if one.human is not None and one.human.record.digest == entry.computed
            ]
            book = rulebooks.of(entry.record)
            yield Explaining(PACKED_LOG, entry, entry.record, book, people).page(None, full=True)


def _write(output: str, files: list[PackedFile]) -> None:
    """Write a folder whole or not at all; raise UserError where it cannot be written."""
    target = Path(output).absolute()
    try:
        with tempfile.TemporaryDirectory(prefix=".tunewise-", dir=target.parent) as staged:
            for name, data in files:
                place = Path(staged) / "pack" / name
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(data)
            shutil.move(Path(staged) / "pack", target)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UserError(Problem(output, None, "", f"cannot be written: {reason}")) from None
