"""Small batches: inventories under the small rulebook, orders, and jobs for workers that go wrong on purpose."""

import errno
import os
import signal
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from smallbook import book

from tunewise.batch.evaluating import evaluating
from tunewise.batch.finishing import Done
from tunewise.batch.order import Order
from tunewise.batch.parts import PartCounts
from tunewise.batch.progress import Silence
from tunewise.batch.run import run_batch
from tunewise.batch.tasks import BatchSettings, RowsTask
from tunewise.costs.currency import USD

BOOK = book()
DAY = date(2026, 11, 22)
HEADER = "name,stage,examples,accuracy,target"
STAGES = ("exploration", "pilot", "production", "")
SEEN = "TUNEWISE_TEST_SEEN"
"""The variable with the file that jobs note their rows in."""

Job = Callable[[BatchSettings], Callable[[RowsTask], PartCounts]]


def rows(count: int) -> list[str]:
    """Rows of many kinds; one in nine is wrong."""
    return [
        f"case {n},{STAGES[n % 4]},{'many' if n % 9 == 4 else n * 7},0.{n % 10},0.{n * 3 % 10}"
        for n in range(count)
    ]


def inventory(folder: Path, lines: Iterable[str]) -> Path:
    """Write an inventory with these rows."""
    path = folder / "inventory.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def order(inventory: Path, output: Path, **changes: Any) -> Order:
    """An order under the small rulebook."""
    plain = Order(
        inventory=str(inventory),
        output=str(output),
        rulebook=BOOK,
        as_of=DAY,
        overrides={},
        shown_in=(None, None),
        currency=USD,
        workers=1,
        chunk_rows=4,
    )
    return replace(plain, **changes)


def ran(order: Order, job: Job = evaluating) -> Done:
    """Run an order without a word."""
    return run_batch(order, Silence(), job)


def results(folder: Path) -> Mapping[str, bytes]:
    """The bytes of all that a run left, but for its summary, which tells the time."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "run.json"
    }


def names(task: RowsTask) -> list[str]:
    """The names of a task's cases."""
    return task.chunk.columns[0].texts()


def killing(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job whose worker is killed where a case is called so."""
    return _going_wrong(settings, "deadly", lambda: os.kill(os.getpid(), signal.SIGKILL))


def hanging(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job whose worker is stopped for good where a case is called so."""
    return _going_wrong(settings, "hanging", lambda: os.kill(os.getpid(), signal.SIGSTOP))


def hanging_once(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job whose worker sleeps at the first task that anybody does."""
    mark = settings.parts.parent / "slept"

    def sleep() -> None:
        if not mark.exists():
            mark.touch()
            time.sleep(3600)

    return _going_wrong(settings, "case", sleep)


def unstartable(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job that takes for ever to be made."""
    time.sleep(3600)
    raise AssertionError


def failing(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job that fails where a case is called so."""

    def fail() -> None:
        raise ZeroDivisionError("by nought")

    return _going_wrong(settings, "failing", fail)


def filling(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job that finds the disk full at one case."""

    def fill() -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(settings.parts))

    return _going_wrong(settings, "case 17", fill)


def growing(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job during which somebody writes to the inventory."""
    job = evaluating(settings)

    def grown(task: RowsTask) -> PartCounts:
        path = settings.parts.parents[2] / "inventory.csv"
        with path.open("a", encoding="utf-8") as file:
            file.write("\n")
        return job(task)

    return grown


def noting(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job that notes the rows that it evaluates."""
    job = evaluating(settings)

    def noted(task: RowsTask) -> PartCounts:
        counts = job(task)
        with Path(os.environ[SEEN]).open("a", encoding="utf-8") as file:
            file.writelines(f"{name}\n" for name in names(task))
        return counts

    return noted


def stillborn(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job whose worker ends before it begins."""
    os._exit(3)


def broken(settings: BatchSettings) -> Callable[[RowsTask], PartCounts]:
    """A job that cannot be made."""
    raise ValueError("no engine")


def _going_wrong(
    settings: BatchSettings, name: str, wrong: Callable[[], None]
) -> Callable[[RowsTask], PartCounts]:
    job = evaluating(settings)

    def done(task: RowsTask) -> PartCounts:
        # Each different cell is read once, whether a row of the task has it or not.
        if not task.fate and any(name in str(cell) for cell in task.chunk.columns[0].cells):
            wrong()
        return job(task)

    return done
