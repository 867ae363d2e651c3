"""Runs a batch: opens the folder and the inventory, has the parts made, and the files put together."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile

from tunewise.batch.evaluating import checking, evaluating
from tunewise.batch.finishing import Done, already, check_templates, finish, refusing
from tunewise.batch.folder import MANIFEST, WORK, Folder, opened_folder, spool
from tunewise.batch.making import Batch
from tunewise.batch.order import Order, check_same, digest_of, read_manifest, write_manifest
from tunewise.batch.parts import read_parts
from tunewise.batch.progress import Progress
from tunewise.batch.tasks import Job
from tunewise.errors import Problem, UserError, harmless
from tunewise.inventories.reading import (
    STDIN,
    STDIN_PLACE,
    Inventory,
    inventory_form,
    open_inventory,
)
from tunewise.log import appending as log

SPOOLED = "inventory"
UNFINISHED_RUN = "holds an unfinished run; go on with --resume, or name another folder"
RESUME_HINT = "; what was evaluated is kept, and --resume goes on from there"
FINISHED = "holds a finished run; name another folder"
CHANGED = "changed while it was read, so nothing of the run is kept; run it again"


def run_batch(order: Order, progress: Progress, job: Job = evaluating) -> Done:
    """Carry out an order, and return what came of it.

    Raises UserError where it cannot begin or go on; what was done by then is kept, as after a crash.
    """
    try:
        if order.log is not None:
            _check_log(order.log, order.output)
        with opened_folder(order.output) as folder:
            if folder.finished:
                return _again(order, folder, progress)
            return _run(order, folder, progress, job)
    except BrokenPipeError:
        raise  # nobody reads what a check puts out
    except OSError as error:
        raise _unwritable(order.output, error) from None


def dry_run(order: Order, progress: Progress) -> Done:
    """Check an inventory and nothing more."""
    with TemporaryDirectory(prefix="tunewise-") as place:
        return _checked(_batch(order, Path(place), progress))


def _run(order: Order, folder: Folder, progress: Progress, job: Job) -> Done:
    begun = folder.unfinished
    if begun and not order.resume:
        raise _refused(order, UNFINISHED_RUN)
    try:
        batch, checked = _begun(order, folder, progress)
    except BaseException:
        if not begun:
            folder.discard()
        raise
    if checked is not None and checked.counts.rejected:
        if not begun:
            folder.discard()
        return checked
    write_manifest(folder.manifest, batch.manifest)
    return _carried_out(batch, folder, job)


def _begun(order: Order, folder: Folder, progress: Progress) -> tuple[Batch, Done | None]:
    """Open the inventory, hold that it is the one begun with, and check it where no row may be wrong."""
    if not folder.unfinished:
        folder.clear()
    folder.prepare()
    batch = _batch(order, folder.work, progress)
    if folder.unfinished:
        before = read_manifest(folder.manifest)
        check_same(order.output, before, batch.manifest)
        batch = replace(batch, manifest=before)
    if order.templates is not None:
        check_templates(batch)
    return batch, _checked(batch) if order.strict else None


def _carried_out(batch: Batch, folder: Folder, job: Job) -> Done:
    """Evaluate what is not evaluated yet, and put the files together."""
    try:
        parts = batch.make(job, folder.parts, "evaluating")
    except UserError:
        if not read_parts(folder.parts):
            folder.discard()  # the inventory cannot be read, and nothing came of it
        raise
    if digest_of(batch.inventory.path) != batch.manifest.inventory:
        folder.discard()
        raise UserError(Problem(batch.inventory.place, None, "", CHANGED))
    return finish(batch, folder, parts)


def _again(order: Order, folder: Folder, progress: Progress) -> Done:
    """Return what came of a run that is finished, where it is the same; raise UserError where it is not."""
    if not order.resume:
        raise _refused(order, FINISHED)
    with TemporaryDirectory(prefix="tunewise-") as place:
        batch = _batch(order, Path(place), progress)
    check_same(order.output, read_manifest(folder.summary), batch.manifest)
    folder.clear()
    return already(folder)


def _batch(order: Order, place: Path, progress: Progress) -> Batch:
    """Open the inventory; what comes through standard input is kept in a folder."""
    inventory = _opened(order, place)
    inventory.tell()
    return Batch(order, inventory, order.manifest(digest_of(inventory.path)), progress)


def _opened(order: Order, place: Path) -> Inventory:
    form, path, called = order.input_format, order.inventory, order.inventory
    if path == STDIN:
        form = form or inventory_form(STDIN)
        path, called = str(spool(sys.stdin.buffer, place / SPOOLED)), STDIN_PLACE
    return open_inventory(path, form, order.rulebook.facts, order.mapping, called)


def _checked(batch: Batch) -> Done:
    """Check every row, and put the problems out."""
    with TemporaryDirectory(prefix="tunewise-") as place:
        return refusing(batch.make(checking, Path(place), "checking"))


def _check_log(path: str, output: str) -> None:
    """Refuse a log that cannot be appended to, or lies where the run has one of its own."""
    if Path(output).resolve() in Path(path).resolve().parents:
        message = "lies in the output folder, which has a log of its own"
        raise UserError(Problem("", None, "--log", message))
    if not Path(path).exists():
        _check_room(
            path
        )  # the log itself appears with its first record: the run may yet be refused
    elif (mended := log.append(path, [])) is not None:
        sys.stderr.write(f"tunewise: {harmless(path)}: {mended}\n")


def _check_room(path: str) -> None:
    """Raise UserError where a file cannot be made."""
    try:
        TemporaryFile(dir=Path(path).parent).close()
    except OSError as error:
        message = f"cannot be written: {error.strerror or error}"
        raise UserError(Problem(path, None, "", message)) from None


def _unwritable(output: str, error: OSError) -> UserError:
    message = f"cannot be written: {error.strerror or error}"
    hint = RESUME_HINT if (Path(output) / WORK / MANIFEST).exists() else ""
    return UserError(Problem(output, None, "", message + hint))


def _refused(order: Order, message: str) -> UserError:
    return UserError(Problem(order.output, None, "", message))
